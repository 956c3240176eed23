//! The simulated chain answers in the shapes in which anvil answers: same fields, same types.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{layer1::Layer1, rig::until};

const DEVELOPMENT: u64 = 31337;
const FROM: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const TO: &str = "0x4242424242424242424242424242424242424242";
/// Emits a log without topics while it is created, and has no code.
const SPEECH: &str = "0x60006000a000";

/// Fields that only one of the two has, and why that is right.
const OTHERWISE: [&str; 4] = [
    // Anvil's own, in receipts of transactions without blobs; a number where others have hexadecimal.
    "eth_getBlockReceipts[].blobGasPrice",
    "eth_getBlockReceipts[].blockTimestamp",
    "eth_getTransactionReceipt.blobGasPrice",
    "eth_getTransactionReceipt.blockTimestamp",
];

#[tokio::test]
async fn answers_have_the_shapes_of_anvil() {
    let Some(anvil) = Layer1::anvil(DEVELOPMENT) else {
        return;
    };
    let ours = play(&Layer1::simulated(DEVELOPMENT)).await;
    let theirs = play(&anvil).await;
    assert_eq!(ours.len(), theirs.len());
    let mut differences = BTreeSet::new();
    for ((method, ours), (_, theirs)) in ours.iter().zip(&theirs) {
        compare(method, ours, theirs, &mut differences);
    }
    differences.retain(|difference| {
        let otherwise = |field: &&str| difference.starts_with(*field);
        !OTHERWISE.iter().any(otherwise)
    });
    assert!(differences.is_empty(), "{differences:#?}");
}

/// The answers to the same questions about the same chain.
async fn play(layer1: &Layer1) -> Vec<(&'static str, Value)> {
    layer1.ask("evm_setAutomine", json!([true])).await;
    let mut answers = Vec::new();
    let first = [
        ("web3_clientVersion", json!([])),
        ("web3_sha3", json!(["0x00"])),
        ("net_version", json!([])),
        ("net_listening", json!([])),
        ("eth_chainId", json!([])),
        ("eth_syncing", json!([])),
        ("eth_accounts", json!([])),
        ("eth_gasPrice", json!([])),
        ("eth_maxPriorityFeePerGas", json!([])),
        ("eth_blobBaseFee", json!([])),
        ("eth_newFilter", json!([{}])),
        ("eth_newBlockFilter", json!([])),
        ("eth_newPendingTransactionFilter", json!([])),
        ("evm_snapshot", json!([])),
        (
            "eth_sendTransaction",
            json!([{"from": FROM, "data": SPEECH}]),
        ),
    ];
    for (method, params) in first {
        answers.push((method, layer1.ask(method, params).await));
    }
    let told = |method| {
        let found: &(_, Value) = answers.iter().find(|(name, _)| *name == method).unwrap();
        found.1.clone()
    };
    let hash = told("eth_sendTransaction");
    let (logs, blocks) = (told("eth_newFilter"), told("eth_newBlockFilter"));
    let waiting = told("eth_newPendingTransactionFilter");
    let snapshot = told("evm_snapshot");
    let receipt = until("it is mined", async || {
        let receipt = layer1.ask("eth_getTransactionReceipt", json!([hash])).await;
        (!receipt.is_null()).then_some(receipt)
    })
    .await;
    let (number, block) = (&receipt["blockNumber"], &receipt["blockHash"]);
    for (method, params) in [
        ("eth_getTransactionReceipt", json!([hash])),
        ("eth_getTransactionByHash", json!([hash])),
        ("eth_getRawTransactionByHash", json!([hash])),
        (
            "eth_getTransactionByBlockNumberAndIndex",
            json!([number, "0x0"]),
        ),
        (
            "eth_getTransactionByBlockHashAndIndex",
            json!([block, "0x0"]),
        ),
        ("eth_getBlockByNumber", json!([number, true])),
        ("eth_getBlockByNumber", json!(["safe", false])),
        ("eth_getBlockByNumber", json!(["pending", false])),
        ("eth_getBlockByNumber", json!(["0xffffff", false])),
        ("eth_getBlockByHash", json!([block, false])),
        ("eth_getBlockReceipts", json!([number])),
        ("eth_getBlockTransactionCountByNumber", json!([number])),
        ("eth_getBlockTransactionCountByHash", json!([block])),
        ("eth_getUncleCountByBlockNumber", json!([number])),
        ("eth_getUncleCountByBlockHash", json!([block])),
        ("eth_getLogs", json!([{"fromBlock": "earliest"}])),
        ("eth_getFilterChanges", json!([logs])),
        ("eth_getFilterChanges", json!([blocks])),
        ("eth_getFilterChanges", json!([waiting])),
        ("eth_getFilterLogs", json!([logs])),
        ("eth_uninstallFilter", json!([logs])),
        ("eth_getBalance", json!([FROM, "latest"])),
        ("eth_getTransactionCount", json!([FROM, "pending"])),
        ("eth_getCode", json!([FROM, "latest"])),
        ("eth_getStorageAt", json!([FROM, "0x0", "latest"])),
        (
            "eth_call",
            json!([{"to": TO}, "latest", {TO: {"code": "0x00"}}]),
        ),
        ("eth_estimateGas", json!([{"from": FROM, "to": TO}])),
        ("eth_createAccessList", json!([{"from": FROM, "to": TO}])),
        (
            "debug_traceTransaction",
            json!([hash, {"tracer": "callTracer"}]),
        ),
        ("eth_feeHistory", json!(["0x2", "latest", [50]])),
        ("eth_sign", json!([FROM, "0x00"])),
        ("personal_sign", json!(["0x00", FROM])),
        ("txpool_status", json!([])),
        ("txpool_content", json!([])),
        ("anvil_setBalance", json!([TO, "0x1"])),
        ("anvil_setNonce", json!([TO, "0x1"])),
        ("anvil_setCode", json!([TO, "0x00"])),
        (
            "anvil_setStorageAt",
            json!([TO, "0x0", format!("0x{:064}", 1)]),
        ),
        ("anvil_impersonateAccount", json!([TO])),
        ("anvil_stopImpersonatingAccount", json!([TO])),
        ("anvil_autoImpersonateAccount", json!([false])),
        ("anvil_setNextBlockBaseFeePerGas", json!(["0x77359400"])),
        ("anvil_getAutomine", json!([])),
        ("anvil_nodeInfo", json!([])),
        ("anvil_mine", json!(["0x2", "0x5"])),
        ("evm_mine", json!([])),
        ("evm_increaseTime", json!([5])),
        ("evm_revert", json!([snapshot])),
        ("evm_revert", json!([snapshot])),
        ("anvil_dropTransaction", json!([hash])),
    ] {
        answers.push((method, layer1.ask(method, params).await));
    }
    answers
}

fn compare(place: &str, ours: &Value, theirs: &Value, differences: &mut BTreeSet<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let fields: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
            for field in fields {
                let place = format!("{place}.{field}");
                match (ours.get(field), theirs.get(field)) {
                    (Some(ours), Some(theirs)) => compare(&place, ours, theirs, differences),
                    (Some(only), None) => {
                        _ = differences.insert(format!("{place} is ours: {only}"))
                    }
                    (None, only) => _ = differences.insert(format!("{place} is theirs: {only:?}")),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => match (ours.first(), theirs.first()) {
            (Some(ours), Some(theirs)) => compare(&format!("{place}[]"), ours, theirs, differences),
            (None, None) => {}
            _ => {
                _ = differences.insert(format!(
                    "{place}: {} and {} of them",
                    ours.len(),
                    theirs.len()
                ))
            }
        },
        (ours, theirs) if kind(ours) == kind(theirs) => {}
        _ => _ = differences.insert(format!("{place}: {ours} and {theirs}")),
    }
}

/// What a program takes a value for. Quantities have no leading zeros; data have pairs of digits.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(text) => match text.strip_prefix("0x") {
            None => "text",
            Some(digits) if digits.len() >= 40 => "data",
            Some(_) => "short hexadecimal",
        },
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
