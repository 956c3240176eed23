//! A second operator, with nothing but the layer 1.

use assay_api::stage::Stage;
use assay_circuits::order::Payee;

use crate::{
    invoke::run,
    process::{TIMEOUT, succeed},
    rig::Rig,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_goes_on_from_what_was_restored_from_the_layer_1() {
    let mut rig = Rig::start();
    let mut node = rig.node();
    let worker = rig.worker("first");
    let mut alice = rig.user(1, 10_000).await;
    let bob = rig.user(2, 500).await;
    let pay = alice.sign(Payee::Owner(bob.address.owner), 70);
    let network = alice.address.network;
    let receipt = rig.client().submit(&pay, network).await.unwrap();
    let hash = receipt.hash.parse().unwrap();
    let client = rig.client();
    client.wait_for(hash, Stage::Proved, TIMEOUT).await.unwrap();
    let before = client.status().await.unwrap().heights.proved;
    node.kill();
    drop(worker);

    let data = rig.path("data");
    let arguments = [
        "restore",
        "--l1-url",
        &rig.l1_url,
        "--contract",
        &rig.contract,
        "--confirmations",
        "0",
        "--json",
        "--out",
        &data,
    ];
    let refused = run(&arguments);
    assert_eq!(refused.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(errors.contains("holds a node's data already"), "{errors}");

    // All that the first operator had is gone, the key of its receipts and fees too.
    std::fs::remove_dir_all(&data).unwrap();
    let restored: serde_json::Value = serde_json::from_str(&succeed(&arguments)).unwrap();
    assert!(restored["batches"].as_u64() >= Some(before), "{restored}");
    assert_eq!(restored["accounts"], 2);

    let _node = rig.node();
    let _worker = rig.worker("second");
    let client = rig.client();
    let accounts = client.accounts(&bob.address).await.unwrap();
    assert_eq!(accounts[0].balance, "570");
    let pay = alice.sign(Payee::Owner(bob.address.owner), 5);
    let receipt = client.submit(&pay, network).await.unwrap();
    let hash = receipt.hash.parse().unwrap();
    client.wait_for(hash, Stage::Proved, TIMEOUT).await.unwrap();
}
