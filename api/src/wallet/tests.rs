#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
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

/// What is answered to an order, which is taken all the same.
#[derive(Debug, Clone, Copy)]
enum Lie {
    /// Its nonce is used.
    NonceIsUsed,
    /// Something went wrong.
    Internal,
    /// A page of something before the node.
    Page,
    /// A promise of something else.
    OtherReceipt,
}

/// A node that means harm. The layer 1's clock is years ahead by its word.
#[derive(Clone)]
struct Liar {
    node: NodeClient,
    lie: Lie,
    /// What it was handed.
    orders: Arc<Mutex<Vec<Value>>>,
}

impl Liar {
    fn start(lie: Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let liar = Self {
            node: NodeClient::new(&url).unwrap(),
            lie,
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
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (status, body) = self.answer(&head, &body);
        let close = "connection: close";
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{close}\r\ncontent-length: {length}\r\n\r\n");
        socket.write_all((head + &body).as_bytes()).unwrap();
    }

    fn answer(&self, request: &str, body: &[u8]) -> (&'static str, String) {
        if request.starts_with("POST /v1/transactions ") {
            let order = serde_json::from_slice(body).unwrap();
            self.orders.lock().unwrap().push(order);
            let refused = |code| json!({ "error": { "code": code, "message": "" } }).to_string();
            return match self.lie {
                Lie::NonceIsUsed => ("400 Bad Request", refused("wrong_nonce")),
                Lie::Internal => ("500 Internal Server Error", refused("internal")),
                Lie::Page => ("200 OK", "<html>".to_owned()),
                Lie::OtherReceipt => ("202 Accepted", self.other_receipt().to_string()),
            };
        }
        ("200 OK", self.view(request).to_string())
    }

    fn other_receipt(&self) -> Value {
        let signature = &self.orders.lock().unwrap()[0]["signature"];
        let hash = TxHash([9; 32]).to_string();
        json!({ "hash": hash, "received_ms": 1, "operator": "", "signature": signature })
    }

    fn view(&self, request: &str) -> Value {
        let orders = self.orders.lock().unwrap();
        let next = 5 + orders.len();
        if let Some(hash) = request.strip_prefix("GET /v1/transactions/") {
            return json!({
                "hash": &hash[..66], "stage": "executed", "trust": "", "operation": orders[0], "batch": 1,
                "position": null, "to_account": null, "l1": { "submit": null }, "rejection": null,
                "times_ms": {
                    "received": 1, "executed": 1, "sealed": null, "proved": null, "final": null,
                    "rejected": null,
                },
                "dropped": null, "reference": null,
            });
        }
        if request.starts_with("GET /v1/accounts?owner=") {
            let account = json!({
                "index": 12, "owner": "", "token": 0, "balance": "1000", "nonce": next, "pending": 0,
                "proved_balance": null, "proved_nonce": null, "next_nonce": next,
            });
            return json!({ "accounts": [account] });
        }
        assert!(request.starts_with("GET /v1/status "), "{request}");
        let mut status = StatusView::default();
        status.l1.timestamp = YEARS_AHEAD_S;
        json!(status)
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
        let wallet = Wallet::new(
            Liar::start(Lie::Page).node,
            &key,
            (chain_id, CONTRACT),
            None,
        );
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
    let liar = Liar::start(Lie::NonceIsUsed);
    let wallet = Wallet::new(liar.node.clone(), &key, (1, CONTRACT), None);
    let refused = wallet.pay(&payment(&wallet), PATIENCE).await;
    let Err(WalletError::Unknown { source, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(source.code(), Some("wrong_nonce"));
    assert_eq!(liar.orders.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_taken_is_not_said_to_be_refused_whatever_is_answered() {
    let key = SecretKey::from_seed([2; 32]);
    for lie in [Lie::Internal, Lie::Page, Lie::OtherReceipt] {
        let liar = Liar::start(lie);
        let wallet = Wallet::new(liar.node.clone(), &key, (1, CONTRACT), None);
        match wallet.pay(&payment(&wallet), PATIENCE).await {
            Ok(sent) => assert!(sent.receipt.is_none(), "{lie:?}"),
            Err(WalletError::Receipt { hash, .. }) => {
                assert!(matches!(lie, Lie::OtherReceipt), "{lie:?} {hash}");
            }
            Err(error) => panic!("{lie:?}: {error:?}"),
        }
        assert_eq!(liar.orders.lock().unwrap().len(), 1, "{lie:?}");
    }
}
