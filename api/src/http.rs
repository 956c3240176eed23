//! How HTTP clients are made.

use std::pin::Pin;

use reqwest::{Client, ClientBuilder, RequestBuilder, Url};

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

/// A URL without what may be secret in it, for whoever reads of it: a name, a password, a query.
pub(crate) fn shown(url: &str) -> String {
    let Some(mut shown) = Url::parse(url).ok().filter(Url::has_host) else {
        // What stands before an @ may be a password, whatever the rest is.
        return url.rsplit('@').next().unwrap_or_default().to_owned();
    };
    // Refused where a URL has no place for them.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_urls_secrets_are_not_shown() {
        for (url, expected) in [
            ("http://127.0.0.1:8645", "http://127.0.0.1:8645"),
            (
                "https://u:p@node.example/a?key=b#c",
                "https://node.example/a",
            ),
            ("u:p@node.example", "node.example"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }
}
