//! What the keeper of a development chain may set.

use serde_json::{Value, json};

use super::*;
use crate::chain::Clock;

#[tokio::test]
async fn a_snapshot_that_was_not_given_changes_nothing() {
    let served = serve_chain(Mining::Automatic).await;
    served.chain.mine(5).unwrap();
    for number in ["0x0", "0x1", "0x5", "0x99"] {
        assert_eq!(served.ask("evm_revert", json!([number])).await, false);
    }
    let snapshot = served.ask("evm_snapshot", json!([])).await;
    served.chain.mine(1).unwrap();
    assert_eq!(served.ask("evm_revert", json!([snapshot])).await, true);
    assert_eq!(served.ask("evm_revert", json!([snapshot])).await, false);
    assert_eq!(served.chain.block_number(), 5);
}

#[tokio::test]
async fn mining_takes_its_parameters() {
    let served = serve_config(ChainConfig {
        mining: Mining::Manual,
        clock: Clock::Fixed(1_800_000_000),
        ..ChainConfig::default()
    })
    .await;
    let start = served.chain.timestamp();
    served.ask("evm_mine", json!([start + 100])).await;
    assert_eq!(
        (served.chain.block_number(), served.chain.timestamp()),
        (1, start + 100)
    );
    served
        .ask("evm_mine", json!([{"timestamp": start + 200, "blocks": 3}]))
        .await;
    assert_eq!(
        (served.chain.block_number(), served.chain.timestamp()),
        (4, start + 200)
    );
    let block = |number| block_at(&served.chain, number).header.timestamp;
    served.ask("anvil_mine", json!([3, 1000])).await;
    assert_eq!(served.chain.block_number(), 7);
    assert_eq!([block(6) - block(5), block(7) - block(6)], [1000, 1000]);
    let past = served.request("evm_mine", json!([start])).await;
    assert!(past.unwrap_err().to_string().contains("before the latest"));
    served.ask("evm_setTime", json!([start + 50_000])).await;
    served
        .ask("anvil_setNextBlockBaseFeePerGas", json!(["0x7"]))
        .await;
    served.ask("evm_mine", json!([])).await;
    assert_eq!(served.chain.timestamp(), start + 50_000);
    assert_eq!(block_at(&served.chain, 8).base_fee(), 7);
}

#[tokio::test]
async fn accounts_are_set() {
    let served = serve_chain(Mining::Manual).await;
    served.chain.mine(1).unwrap();
    served.ask("anvil_setBalance", json!([TO, "0x10"])).await;
    served.ask("hardhat_setNonce", json!([TO, "0x3"])).await;
    served.ask("anvil_setCode", json!([TO, "0x6001"])).await;
    let word = B256::with_last_byte(5);
    served
        .ask(
            "anvil_setStorageAt",
            json!([TO, B256::with_last_byte(2), word]),
        )
        .await;
    for mined in [false, true] {
        assert_eq!(served.ask("eth_getBalance", json!([TO])).await, "0x10");
        assert_eq!(
            served.ask("eth_getTransactionCount", json!([TO])).await,
            "0x3"
        );
        assert_eq!(served.ask("eth_getCode", json!([TO])).await, "0x6001");
        assert_eq!(
            served.ask("eth_getStorageAt", json!([TO, "0x2"])).await,
            json!(word)
        );
        assert_eq!(
            served.ask("eth_getBalance", json!([TO, "0x0"])).await,
            "0x0"
        );
        if !mined {
            served.chain.mine(1).unwrap();
        }
    }
}

/// Also an account with code may send: nobody has the key of any of them.
#[tokio::test]
async fn accounts_are_impersonated() {
    let served = serve_chain(Mining::Automatic).await;
    served
        .ask("anvil_setBalance", json!([TO, "0xde0b6b3a7640000"]))
        .await;
    served.ask("anvil_setCode", json!([TO, "0x00"])).await;
    let payment = || json!([{"from": TO, "to": Address::repeat_byte(1), "value": "0x1"}]);
    let refused = served.request("eth_sendTransaction", payment()).await;
    assert!(refused.unwrap_err().to_string().contains("not unlocked"));
    served.ask("anvil_impersonateAccount", json!([TO])).await;
    let hash = served.ask("eth_sendTransaction", payment()).await;
    let receipt = served.ask("eth_getTransactionReceipt", json!([hash])).await;
    assert_eq!(
        (&receipt["from"], &receipt["status"]),
        (&json!(TO), &json!("0x1"))
    );
    served
        .ask("anvil_stopImpersonatingAccount", json!([TO]))
        .await;
    assert!(
        served
            .request("eth_sendTransaction", payment())
            .await
            .is_err()
    );
    served
        .ask("anvil_autoImpersonateAccount", json!([true]))
        .await;
    served.ask("eth_sendTransaction", payment()).await;
    assert_eq!(served.chain.block_number(), 2);
}

#[tokio::test]
async fn unlocked_accounts_sign() {
    let served = serve_chain(Mining::Automatic).await;
    let signer = &signers()[2];
    let text = json!("0x68656c6c6f");
    let signature = served
        .ask("personal_sign", json!([text, signer.address()]))
        .await;
    assert_eq!(
        served
            .ask("eth_sign", json!([signer.address(), text]))
            .await,
        signature
    );
    let bytes: alloy::primitives::Bytes = serde_json::from_value(signature).unwrap();
    let signature = alloy::primitives::Signature::from_raw(&bytes).unwrap();
    assert_eq!(
        signature.recover_address_from_msg("hello").unwrap(),
        signer.address()
    );
    let payment = json!([{"from": signer.address(), "to": TO, "value": "0x1"}]);
    let signed = served.ask("eth_signTransaction", payment).await;
    assert_eq!(served.chain.block_number(), 0);
    let hash = served.ask("eth_sendRawTransaction", json!([signed])).await;
    let sent = served
        .ask("eth_getRawTransactionByHash", json!([hash]))
        .await;
    assert_eq!(sent, signed);
}

#[tokio::test]
async fn a_dumped_chain_is_loaded_again() {
    let served = serve_chain(Mining::Automatic).await;
    served.ask("anvil_setBalance", json!([TO, "0x10"])).await;
    served.chain.mine(3).unwrap();
    let filter = served.ask("eth_newBlockFilter", json!([])).await;
    let dumped = served.ask("anvil_dumpState", json!([])).await;
    let head = served.ask("eth_getBlockByNumber", json!(["latest"])).await;
    served.ask("anvil_setBalance", json!([TO, "0x20"])).await;
    served.chain.mine(3).unwrap();
    assert_eq!(served.ask("anvil_loadState", json!([dumped])).await, true);
    assert_eq!(
        served.ask("eth_getBlockByNumber", json!(["latest"])).await,
        head
    );
    assert_eq!(served.ask("eth_getBalance", json!([TO])).await, "0x10");
    let told = served.ask("eth_getFilterChanges", json!([filter])).await;
    assert_eq!(
        told.as_array().map(Vec::len),
        Some(3),
        "blocks that went away again"
    );
    let garbage = served.request("anvil_loadState", json!(["0x00"])).await;
    assert!(garbage.unwrap_err().to_string().contains("no saved chain"));
    let info: Value = served.ask("anvil_nodeInfo", json!([])).await;
    assert_eq!(info["currentBlockNumber"], "0x3");
}
