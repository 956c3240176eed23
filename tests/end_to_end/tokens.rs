//! Tokens of strangers: their names, their decimals, and how they want to be approved.

use std::fs;

use assay_api::{client::NodeClient, wire::TokenView};
use assay_l1::{
    address::EthAddress,
    client::{RollupCall, RollupClient, deploy_test_token, mint_test_token},
};
use serde_json::{Value, json};

use crate::{
    devnet::{Devnet, PAYER},
    layer1::{ask, signer},
    process::TIMEOUT,
    rig::until,
};

/// A stranger's account.
const STRANGER: usize = 6;
/// Selectors of `mint(address,uint256)` and `approve(address,uint256)`.
const MINT: &str = "40c10f19";
const APPROVE: &str = "095ea7b3";

/// Deploys a contract of the tests, which takes no arguments.
pub(crate) async fn deploy(l1: &str, name: &str) -> EthAddress {
    let path = format!(
        "{}/l1-contracts-sim/contracts/artifacts/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let artifact: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let from = signer(STRANGER).address();
    let receipt = mine(l1, json!({ "from": from, "data": artifact["bytecode"] })).await;
    receipt["contractAddress"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

/// Sends from an account of the chain's own, and waits for the receipt.
async fn mine(l1: &str, transaction: Value) -> Value {
    let hash = ask(l1, "eth_sendTransaction", json!([transaction])).await;
    let receipt = until("a transaction is mined", async || {
        let found = ask(l1, "eth_getTransactionReceipt", json!([hash])).await;
        (!found.is_null()).then_some(found)
    })
    .await;
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    receipt
}

async fn call_token(
    devnet: &Devnet,
    from: usize,
    token: EthAddress,
    selector: &str,
    to: &str,
    amount: u64,
) {
    let to = to.trim_start_matches("0x").to_lowercase();
    let data = format!("0x{selector}{to:0>64}{amount:064x}");
    mine(
        &devnet.l1,
        json!({ "from": signer(from).address(), "to": token, "data": data }),
    )
    .await;
}

/// Registers a token, and waits until the node lists it; its number.
async fn register(devnet: &Devnet, token: EthAddress) -> String {
    let contract = devnet.contract.parse().unwrap();
    let client = RollupClient::connect(&devnet.l1, contract, Some(signer(STRANGER)));
    let client = client.await.unwrap();
    let fee_wei = client.registration_fee().await.unwrap();
    let call = RollupCall::RegisterToken { token, fee_wei };
    client.execute(&call, TIMEOUT).await.unwrap();
    let address = token.to_string();
    let number = until("the node lists a token", async || {
        let listed = listed(devnet).await;
        let found = listed
            .iter()
            .find(|view| view.address.as_ref() == Some(&address));
        found.map(|view| view.number)
    });
    number.await.to_string()
}

/// The tokens that the node lists.
pub(crate) async fn listed(devnet: &Devnet) -> Vec<TokenView> {
    NodeClient::new(&devnet.node)
        .unwrap()
        .tokens()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_stranger_s_token_takes_nobody_s_name() {
    let devnet = Devnet::start();
    devnet.funded("alice", "2eth");
    let mut numbers = Vec::new();
    for symbol in ["ETH", "USDX"] {
        let made = deploy_test_token(&devnet.l1, signer(STRANGER), symbol, symbol, 18);
        let token = made.await.unwrap();
        let payer = signer(PAYER).address();
        let minted = mint_test_token(&devnet.l1, signer(STRANGER), token, payer, 1_000_000);
        minted.await.unwrap();
        numbers.push((register(&devnet, token).await, token));
    }
    let listed = listed(&devnet).await;
    let names: Vec<_> = listed.iter().map(|view| view.name.as_deref()).collect();
    assert_eq!(names, [Some("ETH"), Some("USDX"), None, None]);
    // The names mean what they meant.
    let to = devnet.call("alice", &["address"]).trim().to_owned();
    devnet.call("alice", &["send", &to, "1.5eth", "--fee", "0"]);
    let paid = devnet.pay("alice", &["deposit", "1.5USDX"]);
    assert!(paid.starts_with("deposited 1.5 USDX"), "{paid}");
    for (number, token) in &numbers {
        let paid = devnet.pay("alice", &["deposit", "5", "--token", number]);
        assert!(
            paid.starts_with(&format!("deposited 0.000000000000000005 token{number}")),
            "{paid}"
        );
        let shown = devnet.call("alice", &["balance"]);
        assert!(shown.contains(&format!("token{number} {token}")), "{shown}");
    }
    let tokens = devnet.json("alice", &["balance"]);
    let tokens: Vec<u64> = tokens
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["token"].as_u64().unwrap())
        .collect();
    assert_eq!(tokens, [0, 1, 2, 3]);
    devnet.process.terminate();
}

#[tokio::test]
async fn a_token_that_wants_its_allowance_reset_is_deposited() {
    let devnet = Devnet::start();
    devnet.call("alice", &["new"]);
    let token = deploy(&devnet.l1, "StubbornToken").await;
    let number = register(&devnet, token).await;
    let payer = signer(PAYER).address().to_string();
    call_token(&devnet, STRANGER, token, MINT, &payer, 100).await;
    // Left over from something that came to nothing.
    call_token(&devnet, PAYER, token, APPROVE, &devnet.contract, 5).await;
    let units = format!("20token{number}");
    let refused = devnet.pay_in_vain("alice", &["deposit", &units], 1);
    assert!(
        refused.contains("decimals of") && refused.contains("not known"),
        "{refused}"
    );
    let too_much = devnet.pay_in_vain("alice", &["deposit", "101", "--token", &number], 1);
    assert!(too_much.contains("has 100 base units"), "{too_much}");
    assert!(!too_much.contains("approve"), "{too_much}");
    let paid = devnet.pay("alice", &["deposit", "50", "--token", &number]);
    assert!(
        paid.starts_with(&format!("deposited 50 base units of token{number}")),
        "{paid}"
    );
    // Allowed already: nothing is approved.
    call_token(&devnet, PAYER, token, APPROVE, &devnet.contract, 50).await;
    let l1 = devnet.l1_options();
    let deposit = ["deposit", "50", "--token", &number];
    let deposit = [&deposit[..], &l1.each_ref().map(String::as_str)].concat();
    let told = devnet.ends("alice", &deposit, 0);
    assert!(
        told.contains("deposit: L1 transaction 0x") && !told.contains("approve"),
        "{told}"
    );
    assert_eq!(devnet.balance("alice"), 100);
    devnet.process.terminate();
}
