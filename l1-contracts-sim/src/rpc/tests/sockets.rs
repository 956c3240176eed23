//! HTTP as it is on the wire, and WebSockets.

use alloy::transports::http::reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use soketto::handshake::{ServerResponse, client::Header};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use super::*;

pub(super) fn http() -> Client {
    // Refused where a choice of TLS's cryptography was made before: then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

pub(super) async fn post(served: &Served, origin: Option<&str>, body: &Value) -> Response {
    let request = http()
        .post(served.server.url())
        .header("content-type", "application/json")
        .body(body.to_string());
    let request = match origin {
        Some(origin) => request.header("origin", origin),
        None => request,
    };
    request.send().await.unwrap()
}

pub(super) fn chain_id() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []})
}

#[tokio::test]
async fn a_batch_has_up_to_a_thousand_calls() {
    let served = serve_chain(Mining::Manual).await;
    for (calls, answers) in [(1000, Some(1000)), (1001, None)] {
        let batch = Value::Array(vec![chain_id(); calls]);
        let answer = post(&served, None, &batch).await.text().await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer.as_array().map(Vec::len), answers);
    }
}

const PAGE: &str = "http://localhost:3000";

async fn serve_to_page() -> Served {
    serve_to(PAGE).await
}

/// Lets in pages of one origin.
pub(super) async fn serve_to(origin: &str) -> Served {
    let chain = Chain::start(ChainConfig::default());
    let shutdown = CancellationToken::new();
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let origins = [origin.parse().unwrap()];
    let server = serve_pages(listener, chain.clone(), &origins, shutdown.clone()).unwrap();
    Served {
        chain,
        server,
        shutdown,
    }
}

#[tokio::test]
async fn only_pages_that_were_named_are_let_in() {
    const ALLOWED: &str = "access-control-allow-origin";
    let (nobody, page) = (serve_chain(Mining::Manual).await, serve_to_page().await);
    for (served, origin, status) in [
        (&nobody, None, 200),
        (&nobody, Some(PAGE), 403),
        (&nobody, Some("null"), 403),
        (&page, None, 200),
        (&page, Some(PAGE), 200),
        (&page, Some("http://localhost:3001"), 403),
        (&page, Some("http://evil.example"), 403),
    ] {
        let answer = post(served, origin, &chain_id()).await;
        assert_eq!(answer.status().as_u16(), status, "{origin:?}");
        let allowed = answer.headers().get(ALLOWED).map(|o| o.to_str().unwrap());
        let expected = origin.filter(|_| status == 200);
        assert_eq!(allowed, expected, "{origin:?}");
    }
    for (origin, status) in [(PAGE, 200), ("http://evil.example", 403)] {
        let asked = http()
            .request(Method::OPTIONS, page.server.url())
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.headers().contains_key(ALLOWED), status == 200);
    }
    for (given, sent) in [
        ("https://Page.example", "https://page.example"),
        ("https://page.example:443", "https://page.example"),
        ("http://page.example:80", "http://page.example"),
        ("http://page.example:443", "http://page.example:443"),
    ] {
        assert_eq!(given.parse::<Origin>().unwrap().header(), sent);
    }
    for wrong in ["localhost:3000", "http://", "http://a/b", "*"] {
        assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
    }
}

type Stream = soketto::connection::Sender<Compat<TcpStream>>;

pub(super) struct Socket {
    sender: Stream,
    receiver: soketto::connection::Receiver<Compat<TcpStream>>,
}

impl Socket {
    /// The status with which the server refuses, or the open socket.
    pub(super) async fn open(served: &Served, origin: Option<&str>) -> Result<Self, u16> {
        let address = served.server.address();
        let stream = TcpStream::connect(address).await.unwrap().compat();
        let host = address.to_string();
        let mut client = soketto::handshake::Client::new(stream, &host, "/");
        let header = origin.map(|origin| Header {
            name: "origin",
            value: origin.as_bytes(),
        });
        client.set_headers(header.as_slice());
        match client.handshake().await.unwrap() {
            ServerResponse::Accepted { .. } => {}
            ServerResponse::Rejected { status_code } => return Err(status_code),
            other => panic!("{other:?}"),
        }
        let (sender, receiver) = client.into_builder().finish();
        Ok(Self { sender, receiver })
    }

    async fn next(&mut self) -> Value {
        let mut data = Vec::new();
        self.receiver.receive_data(&mut data).await.unwrap();
        serde_json::from_slice(&data).unwrap()
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.sender.send_text(request.to_string()).await.unwrap();
        self.sender.flush().await.unwrap();
        self.next().await
    }

    async fn subscribe(&mut self, params: Value) -> Value {
        let answer = self.ask("eth_subscribe", params).await;
        assert!(answer["result"].is_string(), "{answer}");
        answer["result"].clone()
    }

    /// What a subscription is told next.
    async fn told(&mut self, subscription: &Value) -> Value {
        let message = self.next().await;
        assert_eq!(message["method"], "eth_subscription", "{message}");
        assert_eq!(
            message["params"]["subscription"], *subscription,
            "{message}"
        );
        message["params"]["result"].clone()
    }
}

#[tokio::test]
async fn sockets_are_for_the_same_pages() {
    let served = serve_to_page().await;
    for (origin, refused) in [
        (None, None),
        (Some(PAGE), None),
        (Some("http://evil.example"), Some(403)),
    ] {
        assert_eq!(Socket::open(&served, origin).await.err(), refused);
    }
}

#[tokio::test]
async fn subscribers_hear_of_blocks_and_reorganisations() {
    let served = serve_chain(Mining::Manual).await;
    let mut socket = Socket::open(&served, None).await.unwrap();
    assert_eq!(
        socket.ask("eth_chainId", json!([])).await["result"],
        "0x7a69"
    );
    let heads = socket.subscribe(json!(["newHeads"])).await;
    served.chain.mine(2).unwrap();
    assert_eq!(socket.told(&heads).await["number"], "0x1");
    let head = socket.told(&heads).await;
    assert_eq!(head["hash"], json!(block_at(&served.chain, 2).hash));
    served
        .chain
        .reorg(1, crate::chain::Removed::Forgotten)
        .unwrap();
    let new = socket.told(&heads).await;
    assert_eq!(new["number"], "0x2");
    assert_ne!(new["hash"], head["hash"]);
    assert_eq!(
        socket.ask("eth_unsubscribe", json!([heads])).await["result"],
        true
    );
    served.chain.mine(1).unwrap();
    let answer = socket.ask("eth_blockNumber", json!([])).await;
    assert_eq!(answer["result"], "0x3", "no head came before");
}

#[tokio::test]
async fn subscribers_hear_of_logs_and_waiting_transactions() {
    let served = serve_chain(Mining::Manual).await;
    let mut socket = Socket::open(&served, None).await.unwrap();
    let hashes = socket.subscribe(json!(["newPendingTransactions"])).await;
    // LOG0 of nothing, while it is created.
    let speech = json!([{"from": signers()[0].address(), "data": "0x60006000a000"}]);
    let hash = served.ask("eth_sendTransaction", speech).await;
    assert_eq!(socket.told(&hashes).await, hash);
    socket.ask("eth_unsubscribe", json!([hashes])).await;
    let logs = socket.subscribe(json!(["logs", {}])).await;
    let nobody = socket.subscribe(json!(["logs", {"address": TO}])).await;
    assert_ne!(logs, nobody);
    served.chain.mine(1).unwrap();
    let log = socket.told(&logs).await;
    assert_eq!(
        (&log["transactionHash"], &log["removed"]),
        (&hash, &json!(false))
    );
    served
        .chain
        .reorg(1, crate::chain::Removed::Forgotten)
        .unwrap();
    let gone = socket.told(&logs).await;
    assert_eq!(
        (&gone["blockHash"], &gone["removed"]),
        (&log["blockHash"], &json!(true))
    );
    served.shutdown.cancel();
    served.server.stopped().await;
}

#[tokio::test]
async fn metrics_are_told_beside_json_rpc_with_every_method_from_the_start() {
    let served = serve_chain(Mining::Automatic).await;
    served.chain.mine(3).unwrap();
    post(&served, None, &chain_id()).await;
    let wrong = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": []});
    post(&served, None, &wrong).await;
    let url = format!("{}/metrics", served.server.url());
    let answer = http().get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    for metric in crate::telemetry::ALL {
        let (name, kind) = (metric.name, metric.kind.name());
        assert!(
            text.contains(&format!("# HELP {name} {}\n", metric.help)),
            "{name}"
        );
        assert!(text.contains(&format!("# TYPE {name} {kind}\n")), "{name}");
    }
    let value = |series: &str| {
        let mut lines = text.lines();
        let found = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        found
            .unwrap_or_else(|| panic!("{series}"))
            .parse::<f64>()
            .unwrap()
    };
    // Tests beside this one count in the same process.
    assert!(value("assay_chain_calls_total{method=\"eth_chainId\"}") >= 1.0);
    assert!(value("assay_chain_refused_calls_total{method=\"eth_getBalance\"}") >= 1.0);
    assert!(value("assay_chain_refused_calls_total{method=\"web3_clientVersion\"}") >= 0.0);
    assert!(value("assay_chain_call_seconds_count") >= 2.0);
    assert!(value("assay_chain_blocks_total") >= 3.0);
    let of_a_page = http().get(&url).header("origin", PAGE);
    assert_eq!(of_a_page.send().await.unwrap().status(), 403);
    let others = http().get(served.server.url()).send().await.unwrap();
    assert_ne!(others.status(), 200);
}
