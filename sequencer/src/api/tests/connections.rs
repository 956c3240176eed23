//! Through a socket: who is silent, and who is many.

use axum::http::StatusCode;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::rig::{Rig, World};

/// Connections of an address in these tests.
const OF_ADDRESS: usize = 8;

struct Served {
    rig: Rig,
    address: std::net::SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

async fn served(world: &World, header_timeout_ms: u64) -> Served {
    served_to(world, header_timeout_ms, [OF_ADDRESS, 2 * OF_ADDRESS]).await
}

/// With so many connections of an address and in all.
async fn served_to(world: &World, header_timeout_ms: u64, [each, all]: [usize; 2]) -> Served {
    let mut config = world.config();
    config.limits.connections_per_address = each;
    config.limits.connections = all;
    config.limits.header_timeout_ms = header_timeout_ms;
    let rig = world.start_with(config, Default::default()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = tokio::spawn(crate::api::serve(rig.calls.clone(), listener, stop.clone()));
    Served {
        rig,
        address,
        stop,
        server,
    }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Asks on a new connection, and gives the answer with its head.
    async fn ask(&self, path: &str) -> String {
        let mut stream = self.connect().await;
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn end(self) {
        self.stop.cancel();
        self.server.await.unwrap();
        self.rig.stop().await;
    }
}

#[tokio::test]
async fn silent_connections_however_many_keep_nobody_out() {
    keep_nobody_out([OF_ADDRESS, 2 * OF_ADDRESS]).await;
}

#[tokio::test]
async fn silent_connections_of_many_addresses_keep_nobody_out() {
    keep_nobody_out([100 * OF_ADDRESS, OF_ADDRESS]).await;
}

async fn keep_nobody_out(most: [usize; 2]) {
    let world = World::new();
    let served = served_to(&world, 600_000, most).await;
    let mut silent = Vec::new();
    for _ in 0..5 * OF_ADDRESS {
        silent.push(served.connect().await);
        // One in the middle of its request's head is silent all the same.
        let half = b"GET /healthz HTTP/1.1\r\nhost";
        silent.last_mut().unwrap().write_all(half).await.unwrap();
    }
    for _ in 0..3 {
        assert!(served.ask("/v1/status").await.starts_with("HTTP/1.1 200"));
    }
    // The first of them gave way.
    assert_eq!(silent[0].read(&mut [0; 1]).await.unwrap_or(0), 0);
    served.end().await;
}

#[tokio::test]
async fn one_that_is_answered_does_not_give_way() {
    let world = World::new();
    let served = served(&world, 600_000).await;
    let mut streams = Vec::new();
    for _ in 0..OF_ADDRESS {
        let mut stream = served.connect().await;
        let request = b"GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n";
        stream.write_all(request).await.unwrap();
        // Its answer has begun, and has no end.
        assert!(stream.read(&mut [0; 12]).await.unwrap() > 0);
        streams.push(stream);
    }
    let mut one_more = served.connect().await;
    assert_eq!(one_more.read(&mut [0; 1]).await.unwrap_or(0), 0);
    drop(streams.pop());
    // A connection is free when the server has seen that its client is gone.
    let free = async {
        loop {
            let mut stream = served.connect().await;
            let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
            let asked = stream.write_all(request).await;
            let mut answer = Vec::new();
            if asked.is_ok()
                && stream
                    .read_to_end(&mut answer)
                    .await
                    .is_ok_and(|read| read > 0)
            {
                return;
            }
        }
    };
    let generous = std::time::Duration::from_secs(60);
    tokio::time::timeout(generous, free).await.unwrap();
    drop(streams);
    served.end().await;
}

#[tokio::test]
async fn a_head_that_does_not_come_is_a_timeout_in_json() {
    let world = World::new();
    let served = served(&world, 50).await;
    let mut silent = served.connect().await;
    silent
        .write_all(b"GET /healthz HTTP/1.1\r\nho")
        .await
        .unwrap();
    let mut answer = String::new();
    silent.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = format!("content-length: {}", body.len());
    assert!(
        head.starts_with("HTTP/1.1 408") && head.contains(&length),
        "{answer}"
    );
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["error"]["code"], "timed_out");
    served.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_timeout_in_json() {
    let world = World::new();
    let mut config = world.config();
    config.limits.request_timeout_ms = 50;
    let rig = world.start_with(config, Default::default()).await.unwrap();
    let body =
        axum::body::Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>());
    let request = axum::http::Request::post("/v1/transactions")
        .body(body)
        .unwrap();
    let (status, answer) = rig.call(request).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["error"]["code"], "timed_out");
    rig.stop().await;
}

/// Answered by the library, before any call.
#[tokio::test]
async fn a_request_that_cannot_be_read_is_refused_in_json() {
    let world = World::new();
    let served = served(&world, 600_000).await;
    let get =
        |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let many = "x-more: 1\r\n".repeat(200);
    let long = format!("/{}", "a".repeat(70_000));
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        (get("/healthz", "no colon\r\n"), 400),
        (get("/healthz", &many), 431),
        (get(&long, ""), 414),
    ] {
        let mut stream = served.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The connection may end with what was not read, so its end is not waited for.
        let (head, body) = loop {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
            let text = String::from_utf8_lossy(&answer).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n")
                && body.ends_with("}}")
            {
                break (head.to_owned(), body.to_owned());
            }
        };
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        let length = format!("content-length: {}", body.len());
        assert!(head.contains(&length), "{head}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["error"]["code"], "malformed_request", "{status}");
    }
    // Others are served as before.
    assert!(served.ask("/healthz").await.starts_with("HTTP/1.1 200"));
    served.end().await;
}

/// Somebody who asked for a large file, and reads the beginning of it.
async fn one_that_stops_reading(served: &Served) -> TcpStream {
    let key = served.rig.config.keys_dir.join("tiny.proving.key");
    // More than any buffer on the way.
    std::fs::File::create(key)
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    let mut rude = served.connect().await;
    let request = b"GET /v1/keys/tiny.proving.key HTTP/1.1\r\nhost: x\r\n\r\n";
    rude.write_all(request).await.unwrap();
    let mut begun = [0; 12];
    rude.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    rude
}

/// A node that ends, or makes its parts anew, does not wait for it.
#[tokio::test]
async fn who_does_not_read_an_answer_keeps_nobody_from_ending() {
    let world = World::new();
    let served = served(&world, 600_000).await;
    let _rude = one_that_stops_reading(&served).await;
    tokio::time::pause();
    let generous = std::time::Duration::from_secs(30);
    tokio::time::timeout(generous, served.end()).await.unwrap();
}

#[tokio::test]
async fn who_does_not_read_an_answer_is_left_alone_in_the_end() {
    let world = World::new();
    let served = served(&world, 600_000).await;
    let mut rude = one_that_stops_reading(&served).await;
    tokio::time::pause();
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    tokio::time::resume();
    // Behind what was on its way nothing comes.
    let mut rest = Vec::new();
    let _ = rude.read_to_end(&mut rest).await;
    assert!(rest.len() < 1 << 29, "{}", rest.len());
    served.end().await;
}
