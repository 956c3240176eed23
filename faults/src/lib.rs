//! A layer 1 that answers badly, for tests.
//!
//! [`FaultyL1`] stands before any Ethereum JSON-RPC endpoint, the simulated one or another. It passes
//! calls on until a test gives it a rule, which says for each call what goes wrong with it.

mod behind;
mod endpoint;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::task::JoinHandle;

/// A call of JSON-RPC that somebody makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// As `eth_call`.
    pub method: String,
    /// Its parameters, an array.
    pub params: Value,
    /// How many calls came before it.
    pub number: u64,
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The node of the layer 1 answers with an error of JSON-RPC.
    Refuse {
        /// As -32005.
        code: i64,
        /// In the node's words.
        message: String,
    },
    /// Something before the node answers, with a status of HTTP and a page.
    Status(u16, String),
    /// No answer ever comes.
    Hang,
    /// The answer takes so long.
    Slow(Duration),
    /// The connection breaks before the call arrives.
    Cut,
    /// The call arrives, and the connection breaks before the answer does.
    LoseAnswer,
    /// The call is made with other parameters: of an older block, for instance.
    Ask(Value),
    /// The answer is this.
    Lie(Value),
    /// The call is answered as by a node that has not seen the last blocks yet.
    Behind(u64),
}

type Rule = Box<dyn FnMut(&Call) -> Option<Fault> + Send>;

#[derive(Default)]
struct Rules {
    rule: Option<Rule>,
    calls: u64,
    /// Not asked for yet.
    log: Vec<Call>,
}

/// The endpoint that answers badly. It ends when it is dropped.
pub struct FaultyL1 {
    url: String,
    rules: Arc<Mutex<Rules>>,
    server: JoinHandle<()>,
}

/// Calls that are remembered; older ones are forgotten.
const REMEMBERED: usize = 10_000;

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

impl Rules {
    /// Notes a call, and says what goes wrong with it.
    fn judge(&mut self, method: &str, params: &Value) -> Option<Fault> {
        let call = Call {
            method: method.to_owned(),
            params: params.clone(),
            number: self.calls,
        };
        self.calls += 1;
        if self.log.len() == REMEMBERED {
            self.log.remove(0);
        }
        self.log.push(call.clone());
        self.rule.as_mut().and_then(|rule| rule(&call))
    }
}
