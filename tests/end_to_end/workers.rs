//! Several workers on one node.

use assay_api::stage::Stage;
use assay_circuits::order::Payee;

use crate::rig::{Rig, TIMEOUT, until};

#[tokio::test]
async fn a_worker_that_dies_with_a_job_is_replaced() {
    let mut rig = Rig::start();
    let _node = rig.node();
    let client = rig.client();
    let mut alice = rig.user(1, 1_000_000).await;
    let bob = rig.user(2, 1).await;
    let mut killed_with_a_job = false;
    // The first worker may be quick enough to hand its proof in before it is killed; then again.
    for round in 0..5 {
        let mut first = rig.worker("first");
        let signed = alice.sign(Payee::Owner(bob.address.owner), 100 + round);
        client.submit(&signed, bob.address.network).await.unwrap();
        until("a worker has a job", async || {
            let status = client.status().await.unwrap();
            (status.prover.leased > 0).then_some(())
        })
        .await;
        first.kill();
        let status = client.status().await.unwrap();
        killed_with_a_job |= status.prover.leased > 0;
        let _others = [rig.worker("second"), rig.worker("third")];
        let hash = signed.hash(alice.domain);
        client.wait_for(hash, Stage::Proved, TIMEOUT).await.unwrap();
        if killed_with_a_job {
            break;
        }
    }
    assert!(
        killed_with_a_job,
        "the first worker was always quicker than its end"
    );
    let batches = client.batches(None, None).await.unwrap().batches;
    let by_others = |name: &str| {
        batches
            .iter()
            .any(|batch| batch.prover.as_deref() == Some(name))
    };
    assert!(by_others("second") || by_others("third"), "{batches:?}");
}

#[tokio::test]
async fn a_node_that_restarts_is_waited_for() {
    let mut rig = Rig::start();
    let node = rig.node();
    let worker = rig.worker("steady");
    let mut alice = rig.user(1, 1_000_000).await;
    node.terminate();
    let _node = rig.node();
    let client = rig.client();
    let signed = alice.sign(Payee::Owner(alice.address.owner), 7);
    until("the node takes transactions", async || {
        client.submit(&signed, alice.address.network).await.ok()
    })
    .await;
    client
        .wait_for(signed.hash(alice.domain), Stage::Proved, TIMEOUT)
        .await
        .unwrap();
    worker.terminate();
}
