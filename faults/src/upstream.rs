//! The endpoint behind.

use reqwest::Client;
use serde_json::{Value, json};

/// Where calls are passed on to.
#[derive(Clone)]
pub(crate) struct Upstream {
    url: String,
    client: Client,
}

/// The connection breaks.
#[derive(Debug)]
pub(crate) struct Broken;

impl Upstream {
    pub(crate) fn new(url: String) -> Self {
        // Refused where a choice of TLS's cryptography was made before: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().expect("TLS is set up");
        Self { url, client }
    }

    /// Passes a call on.
    pub(crate) async fn ask(&self, call: &Value) -> Result<Value, Broken> {
        let request = self.client.post(&self.url).json(call);
        let response = request.send().await.map_err(|_| Broken)?;
        response.json().await.map_err(|_| Broken)
    }

    /// The result of a call of its own.
    pub(crate) async fn result(&self, method: &str, params: Value) -> Result<Value, Broken> {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        Ok(self.ask(&call).await?["result"].take())
    }
}
