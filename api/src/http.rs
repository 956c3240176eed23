//! How HTTP clients are made.

use reqwest::{Client, ClientBuilder};

/// A client's builder, with the cryptography of TLS chosen for the process.
pub(crate) fn client() -> ClientBuilder {
    // Refused where a choice was made before: then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}
