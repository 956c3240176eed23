//! Receipts that users keep, held against the layer 1; and what waits, given up or hastened.

use std::{fs, path::PathBuf};

use assay_api::{
    client::NodeClient,
    wire::{AccountView, SignedOperation},
};
use assay_circuits::{
    address::{Address, L1Address, Network},
    eddsa::SecretKey,
    order::{Domain, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Fee, TokenId},
};
use serde_json::Value;

use crate::{devnet::Devnet, invoke::run};

/// What `assay verify` makes of a receipt by the layer 1 alone: its exit code, and the answer.
fn held_against_l1(wallet: &Devnet, file: &str) -> (Option<i32>, Value) {
    let output = run(&[
        "verify",
        file,
        "--against-l1",
        "--l1-url",
        &wallet.l1,
        "--confirmations",
        "0",
        "--json",
    ]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let answer = serde_json::from_slice(&output.stdout);
    (
        output.status.code(),
        answer.unwrap_or_else(|_| panic!("{errors}")),
    )
}

fn path(wallet: &Devnet, name: &str) -> PathBuf {
    wallet.directory.path().join(name)
}

/// The key in a wallet's file.
fn secret(wallet: &Devnet, name: &str) -> SecretKey {
    let text = fs::read_to_string(path(wallet, name)).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let seed = file["seed"].as_str().unwrap().trim_start_matches("0x");
    SecretKey::from_seed(hex::decode(seed).unwrap().try_into().unwrap())
}

/// A payment of a wallet that waits: the nonce before it is nobody's.
fn one_that_waits(
    wallet: &Devnet,
    account: &AccountView,
    (key, now_s): (&SecretKey, u64),
) -> Signed<Order> {
    let domain = Domain::new(31337, wallet.contract.parse::<L1Address>().unwrap());
    let order = Order {
        from: AccountIndex::new(account.index).unwrap(),
        nonce: account.next_nonce + 1,
        token: TokenId::ETHER,
        to: Payee::Owner(key.public_key().0),
        amount: Amount(70),
        fee: Fee::from_value(100_000_000_000_000).unwrap(),
        expires: u32::try_from(now_s + 7_200).unwrap(),
    };
    order.sign(domain, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_is_kept_in_a_file_and_held_against_the_layer_1() {
    let wallet = Devnet::start();
    wallet.funded("alice", "1eth");
    let bob = wallet.call("bob", &["new"]).trim().to_owned();
    let file = path(&wallet, "receipt.json");
    let file = file.to_str().unwrap();
    let send = ["send", &bob, "1000", "--wait", "proved", "--receipt", file];
    let send = [&send[..], &["--reference", "invoice 17"]].concat();
    let sent = wallet.json("alice", &send);
    assert_eq!(sent["transaction"]["reference"]["text"], "invoice 17");
    let hash = sent["hash"].as_str().unwrap();
    let again: Value = serde_json::from_str(&wallet.call("alice", &["receipt", hash])).unwrap();
    let kept: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(again, kept);
    assert_eq!(kept["receipt"], sent["receipt"]);
    let operator = kept["receipt"]["operator"].as_str().unwrap();
    let offline = run(&["verify", file, "--operator", operator]);
    assert_eq!(offline.status.code(), Some(0));

    let (code, found) = held_against_l1(&wallet, file);
    assert_eq!(code, Some(0), "{found}");
    let promise = &found["promise"];
    assert_eq!(promise["verdict"], "kept", "{found}");
    assert_eq!(promise["batch"], sent["transaction"]["batch"]);
    assert!(promise["block"].is_u64(), "{found}");
    let executed = wallet.fail("alice", &["cancel", hash]);
    assert!(executed.contains("cannot be taken back"), "{executed}");
    wallet.process.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_can_be_hastened_and_given_up() {
    let wallet = Devnet::start();
    wallet.funded("alice", "1eth");
    wallet.call("bob", &["new"]);
    let client = NodeClient::new(&wallet.node).unwrap();
    let key = secret(&wallet, "alice");
    let network = Network::Development;
    let owner = key.public_key().0;
    let account = &client.accounts(&Address { network, owner }).await.unwrap()[0];
    let now_s = client.status().await.unwrap().l1.timestamp;
    let waits = one_that_waits(&wallet, account, (&key, now_s));
    let first = client.submit(&waits, network).await.unwrap().hash;
    let strange = wallet.fail("bob", &["cancel", &first]);
    assert!(
        strange.contains("not signed with this wallet's key"),
        "{strange}"
    );

    let file = path(&wallet, "receipt.json");
    let file = file.to_str().unwrap();
    wallet.call("alice", &["receipt", &first, "--out", file]);
    let (code, found) = held_against_l1(&wallet, file);
    assert_eq!(code, Some(4), "{found}");
    assert_eq!(found["promise"]["verdict"], "open", "{found}");

    let faster = wallet.json("alice", &["speed-up", &first]);
    let second = faster["hash"].as_str().unwrap();
    assert_eq!(faster["fee"], "110000000000000");
    let low = ["cancel", second, "--fee", "110000000000000"];
    let low = wallet.fail("alice", &low);
    assert!(low.contains("does not give way"), "{low}");
    let third = wallet.json("alice", &["cancel", second]);
    let third = third["hash"].as_str().unwrap();
    let show = async |hash: &str| client.transaction(hash.parse().unwrap()).await.unwrap();
    for (hash, replaced) in [(first.as_str(), true), (second, true), (third, false)] {
        let found = show(hash).await;
        let code = found.rejection.map(|rejection| rejection.code);
        assert_eq!(code.as_deref(), replaced.then_some("replaced"), "{hash}");
    }
    let SignedOperation { to, amount, .. } = show(third).await.operation;
    assert_eq!(
        (to, amount),
        (Address { network, owner }.to_string(), "1".to_owned())
    );
    let gone = wallet.fail("alice", &["speed-up", &first]);
    assert!(gone.contains("nothing of it will happen"), "{gone}");
    wallet.process.terminate();
}
