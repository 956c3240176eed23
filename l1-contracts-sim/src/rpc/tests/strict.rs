//! What is not supported is refused, and named.

use jsonrpsee::RpcModule;
use serde_json::{Value, json};

use super::*;

async fn refusal(module: &RpcModule<ChainHandle>, method: &str, params: &Value) -> (i64, String) {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let (answer, _) = module
        .raw_json_request(&request.to_string(), 1)
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(answer.get()).unwrap();
    let error = &answer["error"];
    let text = error["message"].as_str().unwrap_or_default().to_owned();
    (error["code"].as_i64().unwrap_or_default(), text)
}

fn module_of_a_chain() -> RpcModule<ChainHandle> {
    module(Chain::start(ChainConfig::default()))
}

#[tokio::test]
async fn no_method_takes_more_parameters_than_it_has() {
    let module = module_of_a_chain();
    let names: Vec<&str> = module.method_names().collect();
    assert!(names.len() > 70, "{}", names.len());
    for name in names {
        if name == "eth_unsubscribe" {
            // The library's own.
            continue;
        }
        let (code, text) = refusal(&module, name, &json!([0, 0, 0, 0, 0, {"extra": 1}])).await;
        assert_eq!(code, -32602, "{name}: {text}");
        assert!(text.contains("parameter"), "{name}: {text}");
    }
}

#[tokio::test]
async fn what_is_not_supported_is_named() {
    let module = module_of_a_chain();
    let zero = B256::ZERO;
    let table = [
        ("eth_getBalance", json!([TO, "latest", {}]), "parameter 3"),
        ("eth_getBalance", json!([]), "parameter 1 is missing"),
        (
            "eth_getBalance",
            json!([TO, {"blockNumber": "0x0", "odd": 1}]),
            "odd",
        ),
        ("eth_call", json!([{"to": TO, "odd": 1}]), "odd"),
        (
            "eth_call",
            json!([{"to": TO, "blobVersionedHashes": [zero]}]),
            "blobVersionedHashes",
        ),
        (
            "eth_call",
            json!([{"to": TO, "maxFeePerBlobGas": "0x1"}]),
            "maxFeePerBlobGas",
        ),
        ("eth_call", json!([{"to": TO, "type": "0x3"}]), "type 3"),
        ("eth_call", json!([{"to": TO, "type": "0x5"}]), "type 5"),
        (
            "eth_call",
            json!([{"to": TO, "type": "0x0", "accessList": []}]),
            "type 0",
        ),
        ("eth_call", json!([{"to": TO, "type": "0x4"}]), "type 4"),
        (
            "eth_call",
            json!([{"gasPrice": "0x1", "maxFeePerGas": "0x1"}]),
            "exclude",
        ),
        (
            "eth_call",
            json!([{"data": "0x01", "input": "0x02"}]),
            "data",
        ),
        (
            "eth_call",
            json!([{}, "latest", {TO.to_string(): {"odd": 1}}]),
            "odd",
        ),
        (
            "eth_call",
            json!([{}, "latest", {TO.to_string(): {"movePrecompileToAddress": TO}}]),
            "movePrecompileToAddress",
        ),
        (
            "eth_call",
            json!([{}, "latest", {TO.to_string(): {"state": {}, "stateDiff": {}}}]),
            "stateDiff",
        ),
        (
            "eth_call",
            json!([{}, "latest", {}, {"withdrawals": []}]),
            "withdrawals",
        ),
        (
            "eth_call",
            json!([{}, "latest", {}, {"difficulty": "0x1"}]),
            "difficulty",
        ),
        ("eth_call", json!([{}, "latest", {}, {}, 1]), "parameter 5"),
        ("eth_estimateGas", json!([{"odd": 1}]), "odd"),
        (
            "eth_sendTransaction",
            json!([{"from": TO, "odd": 1}]),
            "odd",
        ),
        (
            "eth_sendTransaction",
            json!([{"from": TO, "type": "0x3"}]),
            "type 3",
        ),
        ("eth_getLogs", json!([{"odd": 1}]), "odd"),
        (
            "eth_getLogs",
            json!([{"blockHash": zero, "fromBlock": "0x0"}]),
            "blockHash",
        ),
        ("eth_newFilter", json!([{"blockHash": zero}]), "blockHash"),
        (
            "eth_feeHistory",
            json!([1, "latest", [101.0]]),
            "percentiles",
        ),
        ("evm_mine", json!([{"odd": 1}]), "parameter 1"),
        ("evm_mine", json!([1, 2]), "parameter 2"),
        ("anvil_mine", json!([1, 2, 3]), "parameter 3"),
        ("anvil_reorg", json!([1, [["0x00", 0]]]), "transactions"),
        ("evm_snapshot", json!([1]), "parameter 1"),
        ("anvil_setCode", json!([TO, "0xef01"]), "code"),
        (
            "personal_sign",
            json!(["0x00", TO, "secret"]),
            "parameter 3",
        ),
        ("debug_traceTransaction", json!([zero]), "parameter 2"),
        (
            "debug_traceTransaction",
            json!([zero, {"tracer": "muxTracer"}]),
            "muxTracer",
        ),
        (
            "debug_traceTransaction",
            json!([zero, {"tracer": "callTracer", "odd": 1}]),
            "odd",
        ),
        ("eth_createAccessList", json!([{"odd": 1}]), "odd"),
        ("eth_subscribe", json!(["syncing"]), "syncing"),
        ("eth_subscribe", json!(["newHeads", {}]), "parameter 2"),
        (
            "eth_subscribe",
            json!(["logs", {"fromBlock": "0x0"}]),
            "fromBlock",
        ),
    ];
    for (method, params, named) in table {
        let (code, text) = refusal(&module, method, &params).await;
        assert_eq!(code, -32602, "{method} {params}: {text}");
        assert!(text.contains(named), "{method} {params}: {text}");
    }
}

/// Blobs are refused where they come signed, too.
#[tokio::test]
async fn a_signed_transaction_with_blobs_is_refused() {
    use alloy::{
        consensus::{SignableTransaction as _, TxEip4844},
        eips::eip2718::Encodable2718 as _,
        primitives::hex,
        signers::SignerSync as _,
    };
    let blobs = TxEip4844 {
        chain_id: 31337,
        gas_limit: 21_000,
        blob_versioned_hashes: vec![B256::ZERO],
        ..TxEip4844::default()
    };
    let signature = signers()[0]
        .sign_hash_sync(&blobs.signature_hash())
        .unwrap();
    let signed = blobs.into_signed(signature);
    let raw = hex::encode_prefixed(signed.encoded_2718());
    let (_, text) = refusal(
        &module_of_a_chain(),
        "eth_sendRawTransaction",
        &json!([raw]),
    )
    .await;
    assert_eq!(text, "transaction type 3 not supported");
}
