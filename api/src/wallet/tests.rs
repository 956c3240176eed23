#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    thread,
};

use assay_circuits::eddsa::SecretKey;
use serde_json::{Value, json};

use super::*;
use crate::wire::StatusView;

/// Far in the future, Unix seconds.
const YEARS_AHEAD_S: u64 = 4_000_000_000;

/// A node that means harm: what it says of a wallet's account is true, and of the layer 1's clock it is not.
fn lying_node() -> NodeClient {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the process.
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let head = BufReader::new(&socket).lines();
            let head: Vec<String> = head
                .map_while(|line| line.ok().filter(|line| !line.is_empty()))
                .collect();
            let body = answer(&head[0]).to_string();
            let length = body.len();
            write!(
                socket,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    NodeClient::new(&url).unwrap()
}

fn answer(request: &str) -> Value {
    if request.starts_with("GET /v1/accounts?owner=") {
        return json!({ "accounts": [{
            "index": 12, "owner": "", "token": 0, "balance": "1000", "nonce": 5, "proved_balance": null,
            "proved_nonce": null, "pending": 0, "next_nonce": 5,
        }] });
    }
    assert!(request.starts_with("GET /v1/status "), "{request}");
    let mut status = StatusView::default();
    status.l1.timestamp = YEARS_AHEAD_S;
    json!(status)
}

#[tokio::test]
async fn on_a_public_network_no_node_has_an_order_signed_that_lives_for_years() {
    let key = SecretKey::from_seed([2; 32]);
    let expires = async |chain_id| {
        let contract = L1Address([7; 20]);
        let wallet = Wallet::new(lying_node(), &key, (chain_id, contract), None);
        let payment = Payment {
            fee: Some(Fee::ZERO),
            expires_in_s: 100,
            ..Payment::ether(&wallet.address(), 10)
        };
        u64::from(wallet.sign(&payment).await.unwrap().order.expires)
    };
    let now_s = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.unwrap().as_secs()
    };
    let before_s = now_s();
    let expires_s = expires(1).await;
    assert!((before_s + 100..=now_s() + 100).contains(&expires_s));
    // A simulated chain's clock may be moved.
    assert_eq!(expires(31_337).await, YEARS_AHEAD_S + 100);
}
