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

/// No answer of a node is longer, bytes: what is, is read no further, so that it fills no memory.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Sends a request and reads the whole answer; of one that is longer than any of a node's the beginning,
/// which nobody can take for the whole.
pub(crate) fn send(request: RequestBuilder) -> Exchange {
    Box::pin(async {
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            let room = ANSWER_BYTES_MAX - body.len();
            body.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                break;
            }
        }
        Ok((status, body))
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
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    #[tokio::test]
    async fn an_answer_without_an_end_is_read_no_further_than_any_of_a_nodes() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let endless = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            // An answer to nothing is none.
            assert!(socket.read(&mut [0; 1024]).unwrap() > 0);
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n\"";
            socket.write_all(head).unwrap();
            while socket.write_all(&[b'x'; 1 << 16]).is_ok() {}
        });
        let request = client().build().unwrap().get(url);
        let (status, body) = send(request).await.unwrap();
        assert_eq!((status, body.len()), (200, ANSWER_BYTES_MAX));
        assert!(serde_json::from_slice::<String>(&body).is_err());
        // The connection is closed meanwhile, by this thread.
        let ended = tokio::task::spawn_blocking(|| endless.join());
        ended.await.unwrap().unwrap();
    }

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
