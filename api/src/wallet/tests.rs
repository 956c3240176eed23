#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use assay_circuits::eddsa::SecretKey;
use serde_json::{Value, json};

use super::*;
use crate::wire::StatusView;

const CONTRACT: L1Address = L1Address([7; 20]);
const PATIENCE: Duration = Duration::from_secs(10);
/// Far in the future, Unix seconds.
const YEARS_AHEAD_S: u64 = 4_000_000_000;

/// A node that means harm. The layer 1's clock is years ahead by its word, and of each order that it is handed
/// it says that its nonce is used.
#[derive(Clone)]
struct Liar {
    node: NodeClient,
    /// How many orders it was handed.
    orders: Arc<AtomicU32>,
}

impl Liar {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let liar = Self {
            node: NodeClient::new(&url).unwrap(),
            orders: Arc::default(),
        };
        let serving = liar.clone();
        // Ends with the process.
        thread::spawn(move || {
            for socket in listener.incoming() {
                serving.serve(socket.unwrap());
            }
        });
        liar
    }

    fn serve(&self, mut socket: TcpStream) {
        let mut reader = BufReader::new(&socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let mut lines = head.lines();
        let length = lines.find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        reader.read_exact(&mut vec![0; length]).unwrap();
        let (status, body) = self.answer(&head);
        let (body, close) = (body.to_string(), "connection: close");
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{close}\r\ncontent-length: {length}\r\n\r\n");
        socket.write_all((head + &body).as_bytes()).unwrap();
    }

    fn answer(&self, request: &str) -> (&'static str, Value) {
        let next = 5 + self.orders.load(Ordering::Acquire);
        if request.starts_with("POST /v1/transactions ") {
            self.orders.fetch_add(1, Ordering::AcqRel);
            let error = json!({ "code": "wrong_nonce", "message": "it is used" });
            return ("400 Bad Request", json!({ "error": error }));
        }
        if request.starts_with("GET /v1/accounts?owner=") {
            let account = json!({
                "index": 12, "owner": "", "token": 0, "balance": "1000", "nonce": next, "pending": 0,
                "proved_balance": null, "proved_nonce": null, "next_nonce": next,
            });
            return ("200 OK", json!({ "accounts": [account] }));
        }
        assert!(request.starts_with("GET /v1/status "), "{request}");
        let mut status = StatusView::default();
        status.l1.timestamp = YEARS_AHEAD_S;
        ("200 OK", json!(status))
    }
}

fn payment(wallet: &Wallet<'_>) -> Payment {
    Payment {
        fee: Some(Fee::ZERO),
        expires_in_s: 100,
        ..Payment::ether(&wallet.address(), 10)
    }
}

#[tokio::test]
async fn on_a_public_network_no_node_has_an_order_signed_that_lives_for_years() {
    let key = SecretKey::from_seed([2; 32]);
    let expires_s = async |chain_id| {
        let wallet = Wallet::new(Liar::start().node, &key, (chain_id, CONTRACT), None);
        let signed = wallet.sign(&payment(&wallet)).await.unwrap();
        u64::from(signed.order.expires)
    };
    let now_s = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.unwrap().as_secs()
    };
    let before_s = now_s();
    let public_s = expires_s(1).await;
    assert!((before_s + 100..=now_s() + 100).contains(&public_s));
    // A simulated chain's clock may be moved.
    assert_eq!(expires_s(31_337).await, YEARS_AHEAD_S + 100);
}

#[tokio::test]
async fn on_a_public_network_no_node_has_a_payment_signed_again_by_saying_that_its_nonce_is_used() {
    let key = SecretKey::from_seed([2; 32]);
    let liar = Liar::start();
    let wallet = Wallet::new(liar.node.clone(), &key, (1, CONTRACT), None);
    let refused = wallet.pay(&payment(&wallet), PATIENCE).await;
    let Err(WalletError::Unknown { source, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(source.code(), Some("wrong_nonce"));
    assert_eq!(liar.orders.load(Ordering::Acquire), 1);
}
