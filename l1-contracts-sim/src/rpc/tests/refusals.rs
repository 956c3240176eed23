//! What is refused before any method is called.

use alloy::transports::http::reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    sockets::{Socket, chain_id, http, post, serve_to},
    *,
};

/// The code of an error that is about no call in particular.
fn check(error: &Value, code: i32) {
    assert_eq!(error["jsonrpc"], "2.0", "{error}");
    assert_eq!(error["id"], Value::Null, "{error}");
    assert_eq!(error["error"]["code"], code, "{error}");
    let message = error["error"]["message"].as_str();
    assert!(
        message.is_some_and(|message| !message.is_empty()),
        "{error}"
    );
}

async fn json_of(answer: Response) -> Value {
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/json"), "{kind}");
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn refusals_are_errors_of_json_rpc() {
    let served = serve_chain(Mining::Manual).await;
    let url = served.server.url();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = http().request(method.clone(), &url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 405, "{method}");
        assert_eq!(answer.headers()["allow"], "POST, OPTIONS");
        check(&json_of(answer).await, -32600);
    }
    let answer = http().head(&url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 405);
    for (kind, body, status, code) in [
        ("text/plain", chain_id().to_string(), 415, -32600),
        ("application/json", "{".to_owned(), 200, -32700),
    ] {
        let request = http().post(&url).header("content-type", kind).body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{kind}");
        check(&json_of(answer).await, code);
    }
    let foreign = post(&served, Some("http://evil.example"), &chain_id()).await;
    assert_eq!(foreign.status().as_u16(), 403);
    check(&json_of(foreign).await, -32600);
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused_before_it_is_read() {
    let served = serve_chain(Mining::Manual).await;
    let mut stream = TcpStream::connect(served.server.address()).await.unwrap();
    let length = REQUEST_BYTES_MAX + 1;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let error = loop {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        let text = String::from_utf8_lossy(&answer);
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body);
        if let Some(Ok(error)) = body.map(serde_json::from_str) {
            break error;
        }
    };
    assert!(answer.starts_with(b"HTTP/1.1 413"));
    check(&error, -32007);
}

#[tokio::test]
async fn one_connection_more_than_there_may_be_is_refused_in_json() {
    let served = serve_chain(Mining::Manual).await;
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        open.push(Socket::open(&served, None).await.unwrap());
    }
    let answer = post(&served, None, &chain_id()).await;
    assert_eq!(answer.status().as_u16(), 429);
    check(&json_of(answer).await, -32600);
    drop(open);
}

/// A page whose name leads here says that it is of this origin.
#[tokio::test]
async fn the_chain_is_asked_under_its_own_name() {
    let served = serve_to("https://app.example:444").await;
    for (host, status) in [
        ("127.0.0.1:8545", 200),
        ("[::1]:8545", 200),
        ("10.1.2.3", 200),
        ("localhost:8545", 200),
        ("chain.localhost", 200),
        // As in a network of containers.
        ("l1:8545", 200),
        ("app.example", 200),
        ("APP.example:8545", 200),
        ("evil.example:8545", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
    ] {
        let asked = http()
            .post(served.server.url())
            .header("content-type", "application/json")
            .header("host", host)
            .body(chain_id().to_string());
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{host}");
        let answer = json_of(answer).await;
        match status {
            200 => assert_eq!(answer["result"], json!("0x7a69")),
            _ => check(&answer, -32600),
        }
    }
}
