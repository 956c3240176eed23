//! A layer 1 that answers badly, for tests.
//!
//! [`FaultyL1`] stands before any Ethereum JSON-RPC endpoint, the simulated one or another. It passes
//! calls on until a test gives it a rule, which says for each call what goes wrong with it.

mod behind;
mod endpoint;
mod rules;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod upstream;

use std::sync::{Arc, Mutex};

use tokio::task::JoinHandle;

use rules::Rules;
pub use rules::{Call, Fault};

/// The endpoint that answers badly. It ends when it is dropped.
pub struct FaultyL1 {
    url: String,
    rules: Arc<Mutex<Rules>>,
    server: JoinHandle<()>,
}

impl FaultyL1 {
    /// Stands before the endpoint at `upstream`, on a port of its own.
    pub async fn before(upstream: &str) -> Self {
        let rules = Arc::new(Mutex::new(Rules::default()));
        let (url, server) = endpoint::serve(upstream.to_owned(), rules.clone()).await;
        Self { url, rules, server }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on the rule says what goes wrong with each call, in the order in which they come.
    pub fn set(&self, rule: impl FnMut(&Call) -> Option<Fault> + Send + 'static) {
        self.rules.lock().expect("no rule panics").rule = Some(Box::new(rule));
    }

    /// From now on this goes wrong with each call of a method.
    pub fn set_for(&self, method: &str, fault: Fault) {
        let method = method.to_owned();
        self.set(move |call| (call.method == method).then(|| fault.clone()));
    }

    /// From now on nothing goes wrong.
    pub fn clear(&self) {
        self.rules.lock().expect("no rule panics").rule = None;
    }

    /// The calls that were made since this was asked last, the latest ten thousand.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.rules.lock().expect("no rule panics").log)
    }
}

impl Drop for FaultyL1 {
    fn drop(&mut self) {
        self.server.abort();
    }
}
