use std::time::Duration;

use axum::{Json, Router, routing::post};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

use super::{Fault, FaultyL1};

/// An endpoint whose latest block is 20, and that repeats what it is asked.
async fn echo() -> String {
    let answer = |Json(call): Json<Value>| async move {
        let result = match call["method"].as_str() {
            Some("eth_blockNumber") => json!("0x14"),
            Some("eth_getTransactionReceipt") => json!({"blockNumber": "0x13"}),
            _ => call["params"].clone(),
        };
        Json(json!({"jsonrpc": "2.0", "id": call["id"], "result": result}))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn ask(l1: &FaultyL1, method: &str, params: Value) -> Result<Value, String> {
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    let client = Client::builder().no_proxy().build().unwrap();
    let sent = client.post(l1.url()).json(&call).send().await;
    let answer = sent.map_err(|_| "broken".to_owned())?;
    if !answer.status().is_success() {
        return Err(format!("status {}", answer.status().as_u16()));
    }
    let mut answer: Value = answer.json().await.map_err(|_| "broken".to_owned())?;
    match answer["error"]["message"].as_str() {
        Some(message) => Err(message.to_owned()),
        None => Ok(answer["result"].take()),
    }
}

#[tokio::test]
async fn each_fault_is_seen_and_ends_with_its_rule() {
    let l1 = FaultyL1::before(&echo().await).await;
    let params = json!(["0x1", "latest"]);
    let call = || ask(&l1, "eth_call", params.clone());
    assert_eq!(call().await, Ok(params.clone()));
    let message = "missing trie node".to_owned();
    let code = -32000;
    let cases = [
        (
            Fault::Refuse {
                code,
                message: message.clone(),
            },
            Err(message),
        ),
        (
            Fault::Status(429, "slower".to_owned()),
            Err("status 429".to_owned()),
        ),
        (Fault::Cut, Err("broken".to_owned())),
        (Fault::LoseAnswer, Err("broken".to_owned())),
        (Fault::Ask(json!(["0x2"])), Ok(json!(["0x2"]))),
        (Fault::Lie(json!(3)), Ok(json!(3))),
        (Fault::Slow(Duration::from_millis(1)), Ok(params.clone())),
        (Fault::Behind(3), Ok(json!(["0x1", "0x11"]))),
    ];
    for (fault, expected) in cases {
        l1.set_for("eth_call", fault.clone());
        assert_eq!(call().await, expected, "{fault:?}");
        assert_eq!(ask(&l1, "eth_other", json!([])).await, Ok(json!([])));
    }
    l1.set_for("eth_call", Fault::Hang);
    assert!(timeout(Duration::from_millis(100), call()).await.is_err());
    l1.clear();
    assert_eq!(call().await, Ok(params.clone()));
    assert_eq!(l1.calls().len(), 1 + 2 * 8 + 2);
}

#[tokio::test]
async fn a_node_that_is_behind_has_not_seen_what_is_in_the_last_blocks() {
    let l1 = FaultyL1::before(&echo().await).await;
    l1.set(|_| Some(Fault::Behind(2)));
    assert_eq!(
        ask(&l1, "eth_blockNumber", json!([])).await,
        Ok(json!("0x12"))
    );
    let receipt = ask(&l1, "eth_getTransactionReceipt", json!(["0xab"]));
    assert_eq!(receipt.await, Ok(Value::Null));
    let filter = |to: &str| json!([{"fromBlock": "0x1", "toBlock": to}]);
    let logs = ask(&l1, "eth_getLogs", filter("0x14")).await;
    assert_eq!(logs, Ok(filter("0x12")));
    l1.set(|_| Some(Fault::Behind(1)));
    let receipt = ask(&l1, "eth_getTransactionReceipt", json!(["0xab"]));
    assert_eq!(receipt.await, Ok(json!({"blockNumber": "0x13"})));
}
