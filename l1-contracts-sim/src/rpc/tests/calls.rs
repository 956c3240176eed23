//! Blocks by tag, and calls in a world that is other than it is.

use serde_json::{Value, json};

use super::*;

const RETURN: &str = "60005260206000f3";

/// Code that returns what an opcode pushes.
fn returns(opcodes: &str) -> String {
    format!("0x{opcodes}{RETURN}")
}

#[tokio::test]
async fn safe_and_finalized_are_behind_the_latest() {
    let served = serve_chain(Mining::Manual).await;
    let at = async |tag: &str| {
        let block = served.ask("eth_getBlockByNumber", json!([tag])).await;
        block["number"].as_str().unwrap().to_owned()
    };
    served.chain.mine(40).unwrap();
    let tags = ["earliest", "finalized", "safe", "latest", "pending"];
    for (tag, number) in tags.into_iter().zip(["0x0", "0x0", "0x8", "0x28", "0x29"]) {
        assert_eq!(at(tag).await, number, "{tag}");
    }
    served.chain.mine(60).unwrap();
    for (tag, number) in tags
        .into_iter()
        .zip(["0x0", "0x24", "0x44", "0x64", "0x65"])
    {
        assert_eq!(at(tag).await, number, "{tag}");
    }
    let balance = async |tag: &str| served.ask("eth_getBalance", json!([TO, tag])).await;
    served.chain.node().set_balance(TO, U256::from(7));
    served.chain.mine(40).unwrap();
    assert_eq!(
        (balance("latest").await, balance("safe").await),
        (json!("0x7"), json!("0x7"))
    );
    assert_eq!(balance("finalized").await, json!("0x0"));
}

#[tokio::test]
async fn pending_holds_what_waits() {
    let served = serve_chain(Mining::Manual).await;
    let from = signers()[0].address();
    let payment = json!([{"from": from, "to": TO, "value": "0x5"}]);
    let hash = served.ask("eth_sendTransaction", payment).await;
    let block = served
        .ask("eth_getBlockByNumber", json!(["pending", false]))
        .await;
    assert_eq!(block["transactions"], json!([hash]));
    assert_eq!(block["number"], "0x1");
    let counted = served
        .ask("eth_getBlockTransactionCountByNumber", json!(["pending"]))
        .await;
    assert_eq!(counted, "0x1");
    let balance = async |tag: &str| served.ask("eth_getBalance", json!([TO, tag])).await;
    assert_eq!(balance("pending").await, "0x5");
    assert_eq!(balance("latest").await, "0x0");
    let content = served.ask("txpool_content", json!([])).await;
    assert_eq!(content["pending"][from.to_string()]["0"]["hash"], hash);
    let status = served.ask("txpool_status", json!([])).await;
    assert_eq!(status, json!({"pending": "0x1", "queued": "0x0"}));
    assert_eq!(
        served.ask("anvil_dropTransaction", json!([hash])).await,
        hash
    );
    assert_eq!(
        served.ask("anvil_dropTransaction", json!([hash])).await,
        Value::Null
    );
    assert_eq!(balance("pending").await, "0x0");
    assert_eq!(served.chain.block_number(), 0);
}

#[tokio::test]
async fn calls_run_with_other_accounts() {
    let served = serve_chain(Mining::Manual).await;
    let call = async |account: Value| {
        let accounts = json!({TO.to_string(): account});
        let answer = served
            .ask("eth_call", json!([{"to": TO}, "latest", accounts]))
            .await;
        answer
            .as_str()
            .unwrap()
            .trim_start_matches("0x")
            .trim_start_matches('0')
            .to_owned()
    };
    // PUSH1 0 SLOAD, PUSH1 1 SLOAD, SELFBALANCE.
    let (first, second) = (returns("600054"), returns("600154"));
    served
        .ask("anvil_setStorageAt", json!([TO, "0x1", "0x9"]))
        .await;
    let seven = json!({format!("{:?}", B256::ZERO): B256::with_last_byte(7)});
    assert_eq!(call(json!({"code": first, "stateDiff": seven})).await, "7");
    assert_eq!(call(json!({"code": second, "stateDiff": seven})).await, "9");
    assert_eq!(call(json!({"code": first, "state": seven})).await, "7");
    assert_eq!(call(json!({"code": second, "state": seven})).await, "");
    assert_eq!(
        call(json!({"code": returns("47"), "balance": "0x2a"})).await,
        "2a"
    );
    assert_eq!(
        served.ask("eth_getCode", json!([TO])).await,
        "0x",
        "nothing of it stays"
    );
    // CREATE answers an address that the nonce is part of.
    let created = returns("600060006000f0");
    let one = call(json!({"code": created, "nonce": "0x1"})).await;
    assert_eq!(one, hex_of(TO.create(1)));
    assert_eq!(
        call(json!({"code": created, "nonce": "0x9"})).await,
        hex_of(TO.create(9))
    );
}

fn hex_of(address: Address) -> String {
    alloy::primitives::hex::encode(address)
        .trim_start_matches('0')
        .to_owned()
}

#[tokio::test]
async fn calls_run_in_another_block() {
    let served = serve_chain(Mining::Manual).await;
    served.chain.mine(3).unwrap();
    let table = [
        ("43", json!({"number": "0x1234"}), U256::from(0x1234)),
        ("42", json!({"time": "0x77777777"}), U256::from(0x7777_7777)),
        ("45", json!({"gasLimit": "0xffff"}), U256::from(0xffff)),
        ("41", json!({"coinbase": TO}), TO.into_word().into()),
        ("41", json!({"feeRecipient": TO}), TO.into_word().into()),
        (
            "44",
            json!({"prevRandao": B256::with_last_byte(3)}),
            U256::from(3),
        ),
        ("48", json!({"baseFee": "0x5"}), U256::from(5)),
        (
            "600240",
            json!({"blockHash": {"2": B256::with_last_byte(4)}}),
            U256::from(4),
        ),
    ];
    for (opcodes, block, expected) in table {
        let accounts = json!({TO.to_string(): {"code": returns(opcodes)}});
        // With a price, so that the base fee counts.
        let call = json!({"to": TO, "gasPrice": "0x77359400", "from": signers()[0].address()});
        let answer = served
            .ask("eth_call", json!([call, "latest", accounts, block]))
            .await;
        assert_eq!(answer, json!(B256::from(expected)), "{block}");
    }
}

#[tokio::test]
async fn access_lists_and_authorizations_cost_what_they_cost() {
    let served = serve_chain(Mining::Manual).await;
    let estimate = async |fields: Value| served.ask("eth_estimateGas", json!([fields])).await;
    let list = json!([{"address": Address::repeat_byte(9), "storageKeys": [B256::ZERO]}]);
    // EIP-2930: 2400 an address, 1900 a slot.
    let with_list = json!({"to": TO, "accessList": list});
    assert_eq!(estimate(with_list).await, json!("0x62d4"));
    assert_eq!(estimate(json!({"to": TO})).await, json!("0x5208"));
    // EIP-7702: 25,000 an authorization.
    let authorization = json!({"chainId": "0x0", "address": TO, "nonce": "0x0",
        "yParity": "0x0", "r": "0x1", "s": "0x1"});
    let with_code = json!({"to": TO, "authorizationList": [authorization]});
    assert_eq!(estimate(with_code).await, json!("0xb3b0"));
}

#[tokio::test]
async fn transactions_are_found_by_place_and_raw() {
    let served = serve_chain(Mining::Automatic).await;
    let from = signers()[1].address();
    let payment = json!([{"from": from, "to": TO, "value": "0x5", "type": "0x1"}]);
    let hash = served.ask("eth_sendTransaction", payment).await;
    let transaction = served.ask("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!(transaction["type"], "0x1");
    let by_number = served.ask(
        "eth_getTransactionByBlockNumberAndIndex",
        json!(["0x1", "0x0"]),
    );
    assert_eq!(by_number.await, transaction);
    let block = &transaction["blockHash"];
    let by_hash = served.ask(
        "eth_getTransactionByBlockHashAndIndex",
        json!([block, "0x0"]),
    );
    assert_eq!(by_hash.await, transaction);
    let none = served.ask(
        "eth_getTransactionByBlockHashAndIndex",
        json!([block, "0x1"]),
    );
    assert_eq!(none.await, Value::Null);
    let raw = served
        .ask("eth_getRawTransactionByHash", json!([hash]))
        .await;
    let bytes: alloy::primitives::Bytes = serde_json::from_value(raw).unwrap();
    assert_eq!(json!(alloy::primitives::keccak256(bytes)), hash);
    for (method, counted) in [
        ("eth_getBlockTransactionCountByHash", json!("0x1")),
        ("eth_getUncleCountByBlockHash", json!("0x0")),
    ] {
        assert_eq!(served.ask(method, json!([block])).await, counted);
    }
}

#[tokio::test]
async fn a_fee_history_samples_tips() {
    let served = serve_chain(Mining::Manual).await;
    for (from, tip) in [(0, 1_u64), (1, 3), (2, 2)] {
        let payment = json!([{"from": signers()[from].address(), "to": TO, "gas": "0x5208",
            "maxFeePerGas": "0x2540be400", "maxPriorityFeePerGas": format!("{tip:#x}")}]);
        served.ask("eth_sendTransaction", payment).await;
    }
    served.chain.mine(1).unwrap();
    let history = served
        .ask("eth_feeHistory", json!(["0x2", "latest", [0, 34, 100]]))
        .await;
    assert_eq!(
        history["reward"],
        json!([["0x0", "0x0", "0x0"], ["0x1", "0x2", "0x3"]])
    );
}

#[tokio::test]
async fn an_access_list_is_found_and_pays() {
    let served = serve_chain(Mining::Manual).await;
    let other = Address::repeat_byte(9);
    // CALL to another account, which reads a slot of its own.
    let calls = format!(
        "0x6000600060006000600073{}5af100",
        alloy::primitives::hex::encode(other)
    );
    served.ask("anvil_setCode", json!([TO, calls])).await;
    served
        .ask("anvil_setCode", json!([other, "0x60055400"]))
        .await;
    let call = json!([{"from": signers()[0].address(), "to": TO}]);
    let found = served.ask("eth_createAccessList", call).await;
    let list = json!([{"address": other, "storageKeys": [B256::with_last_byte(5)]}]);
    assert_eq!(
        (&found["accessList"], &found["error"]),
        (&list, &Value::Null)
    );
    let listed = json!([{"from": signers()[0].address(), "to": TO, "accessList": list}]);
    assert_eq!(served.ask("eth_createAccessList", listed).await, found);
    let reverts = json!([{"data": "0x60006000fd"}]);
    let failed = served.ask("eth_createAccessList", reverts).await;
    assert_eq!(failed["error"], "execution reverted");
}

#[tokio::test]
async fn a_transaction_is_traced_where_it_ran() {
    let served = serve_chain(Mining::Manual).await;
    let other = Address::repeat_byte(9);
    // Sends what the contract has to another account, once.
    let calls = format!(
        "0x600060006000600047 73{}5af100",
        alloy::primitives::hex::encode(other)
    );
    served
        .ask("anvil_setCode", json!([TO, calls.replace(' ', "")]))
        .await;
    served.chain.mine(1).unwrap();
    let from = signers()[0].address();
    let mut hashes = Vec::new();
    for value in ["0x5", "0x7"] {
        let payment = json!([{"from": from, "to": TO, "value": value, "gas": "0x186a0"}]);
        hashes.push(served.ask("eth_sendTransaction", payment).await);
    }
    served.chain.mine(3).unwrap();
    let tracer = json!({"tracer": "callTracer"});
    for (hash, value) in hashes.iter().zip(["0x5", "0x7"]) {
        let traced = served
            .ask("debug_traceTransaction", json!([hash, tracer]))
            .await;
        let receipt = served.ask("eth_getTransactionReceipt", json!([hash])).await;
        assert_eq!(traced["gasUsed"], receipt["gasUsed"]);
        let inner = &traced["calls"][0];
        assert_eq!(
            (&inner["to"], &inner["value"]),
            (&json!(other), &json!(value))
        );
    }
    let top = json!({"tracer": "callTracer", "tracerConfig": {"onlyTopCall": true}});
    let traced = served
        .ask("debug_traceTransaction", json!([hashes[0], top]))
        .await;
    assert_eq!(traced.get("calls"), None);
    let unknown = served
        .request("debug_traceTransaction", json!([B256::ZERO, tracer]))
        .await;
    assert!(unknown.unwrap_err().to_string().contains("not found"));
}
