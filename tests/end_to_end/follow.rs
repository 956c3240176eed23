//! A node that follows, as a process beside the operator's.

use assay_api::{client::NodeClient, stage::Stage};
use assay_circuits::order::Payee;
use tempfile::TempDir;

use crate::{
    process::{Process, TIMEOUT, succeed},
    rig::{Rig, User, until},
};

/// Starts a node that follows, on a port of its own.
fn follow(rig: &Rig, data_dir: &str) -> (Process, NodeClient) {
    let arguments = [
        "node",
        "--follow",
        "--submit-to",
        &rig.node_url(),
        "--l1-url",
        &rig.l1_url,
        "--contract",
        &rig.contract,
        "--data-dir",
        data_dir,
        "--listen",
        "127.0.0.1:0",
        "--poll-ms",
        "50",
        "--finality-blocks",
        "3",
    ];
    let (node, lines) = Process::start(&arguments, "node");
    let url = lines.last().unwrap().split_whitespace().nth(1).unwrap();
    (node, NodeClient::new(url).unwrap())
}

/// Pays, and waits until it is proved.
async fn pay(rig: &Rig, from: &mut User, to: &User, amount: u128) {
    let signed = from.sign(Payee::Owner(to.address.owner), amount);
    let client = rig.client();
    client.submit(&signed, to.address.network).await.unwrap();
    let hash = signed.hash(from.domain);
    client.wait_for(hash, Stage::Proved, TIMEOUT).await.unwrap();
}

/// Waits until a follower shows these balances as the operator does, and the same roots.
async fn agrees(rig: &Rig, follower: &NodeClient, users: [&User; 2]) {
    let operator = rig.client();
    let last = operator.status().await.unwrap().heights.proved;
    until("the follower has the batch", async || {
        let status = follower.status().await.ok()?;
        (status.ready && status.heights.proved >= last).then_some(())
    })
    .await;
    for user in users {
        let theirs = operator.account(user.account).await.unwrap();
        let found = follower.account(user.account).await.unwrap();
        assert_eq!(found.proved_balance, theirs.proved_balance);
        assert_eq!(found.balance, theirs.balance);
    }
    for number in 1..=last {
        let (ours, theirs) = (operator.batch(number).await, follower.batch(number).await);
        let (ours, theirs) = (ours.unwrap().batch, theirs.unwrap().batch);
        assert_eq!(ours.new_root, theirs.new_root);
        assert_eq!(ours.operations, theirs.operations);
        assert_eq!(ours.l1, theirs.l1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_shows_what_the_operator_has_proved() {
    let mut rig = Rig::start();
    let _node = rig.node();
    let _worker = rig.worker("only");
    let mut alice = rig.user(1, 10_000).await;
    let bob = rig.user(2, 500).await;
    pay(&rig, &mut alice, &bob, 70).await;

    let directories = TempDir::new().unwrap();
    let path = |name: &str| directories.path().join(name).to_str().unwrap().to_owned();
    let (mut first, client) = follow(&rig, &path("from nothing"));
    agrees(&rig, &client, [&alice, &bob]).await;
    let order = alice.sign(Payee::Owner(bob.address.owner), 1);
    alice.nonce -= 1;
    let refused = client
        .submit(&order, bob.address.network)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some("read_only"));
    assert!(refused.to_string().contains(&rig.node_url()), "{refused}");
    first.kill();

    pay(&rig, &mut alice, &bob, 5).await;
    let (_first, client) = follow(&rig, &path("from nothing"));
    agrees(&rig, &client, [&alice, &bob]).await;

    let restored = path("restored");
    let of_contract = ["--l1-url", &rig.l1_url, "--contract", &rig.contract];
    let restore = ["restore", "--confirmations", "0", "--out", &restored];
    succeed(&[&restore[..], &of_contract].concat());
    let base = rig.client().status().await.unwrap().heights.proved;
    let (_second, client) = follow(&rig, &restored);
    pay(&rig, &mut alice, &bob, 6).await;
    until("the follower goes on from there", async || {
        let status = client.status().await.ok()?;
        (status.ready && status.heights.proved > base).then_some(())
    })
    .await;
    let account = client.account(bob.account).await.unwrap();
    assert_eq!(account.proved_balance.as_deref(), Some("581"));
}
