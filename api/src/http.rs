//! How HTTP clients are made.

use std::pin::Pin;

use reqwest::{Client, ClientBuilder, RequestBuilder};

/// A client's builder, with the cryptography of TLS chosen for the process.
pub(crate) fn client() -> ClientBuilder {
    // Refused where a choice was made before: then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}

/// A status, and the body behind it.
pub(crate) type Exchange = Pin<Box<dyn Future<Output = reqwest::Result<(u16, Vec<u8>)>> + Send>>;

/// Sends a request and reads the whole answer.
pub(crate) fn send(request: RequestBuilder) -> Exchange {
    Box::pin(async {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let body = response.bytes().await?;
        Ok((status, body.to_vec()))
    })
}
