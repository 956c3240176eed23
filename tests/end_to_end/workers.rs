//! Several workers on one node.

use std::fs;

use assay_api::stage::Stage;
use assay_circuits::order::Payee;

use serde_json::Value;

use crate::{
    invoke::run,
    process::{Process, TIMEOUT},
    rig::{Rig, until},
};

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

/// The objects of a file, one a line.
fn told(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| line.ends_with('}'));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn has(told: &[Value], event: &str) -> bool {
    told.iter().any(|told| told["event"] == event)
}

#[tokio::test]
async fn programs_are_told_what_a_node_and_a_worker_do() {
    let mut rig = Rig::start();
    let (of_node, of_worker) = (rig.path("node.json"), rig.path("worker.json"));
    let mut command = rig.node_command(0);
    command.arg("--json");
    let node = Process::spawn(command, "{\"event\":\"started\"");
    let (node, lines) = node;
    fs::write(&of_node, lines.join("\n")).unwrap();
    let started = told(&of_node).pop().unwrap();
    assert_eq!(started["contract"], rig.contract.as_str());
    assert_eq!(started["chain_id"], 31337);
    assert!(
        started["operator"]
            .as_str()
            .unwrap()
            .starts_with("assaydev1")
    );
    rig.answers_at(started["node_url"].as_str().unwrap());
    let (url, token) = (rig.node_url(), rig.path("data/prover.token"));
    let keys = crate::invoke::keys_dir().display().to_string();
    let worker = [
        "worker",
        "--json",
        "--node",
        &url,
        "--prover-token-file",
        &token,
        "--keys",
        &keys,
        "--shape",
        "tiny",
        "--poll-ms",
        "50",
    ];
    let worker = Process::start_into(&worker, of_worker.as_ref());
    until("the worker waits for a job", async || {
        has(&told(&of_worker), "waiting").then_some(())
    })
    .await;
    let alice = rig.user(1, 1_000_000).await;
    let client = rig.client();
    until("the deposit is proved", async || {
        let accounts = client.accounts(&alice.address).await.ok()?;
        accounts.first()?.proved_balance.clone()
    })
    .await;
    worker.terminate();
    node.terminate();
    let told = told(&of_worker);
    assert_eq!(told[0]["event"], "started", "{told:?}");
    assert_eq!(told[0]["shapes"][0], "tiny");
    assert!(has(&told, "job"), "{told:?}");
    let ended = told
        .iter()
        .find(|told| told["event"] == "job_ended")
        .unwrap();
    assert_eq!(ended["outcome"], "accepted");
    let last = told.last().unwrap();
    assert_eq!(last["event"], "ended");
    assert!(
        last["error"].is_null() && last["accepted"].as_u64().unwrap() > 0,
        "{last}"
    );
}

/// It would be waited for like a node that is away.
#[test]
fn a_worker_is_told_that_a_layer_1_is_no_node() {
    let rig = Rig::start();
    let keys = crate::invoke::keys_dir().display().to_string();
    let worker = [
        "worker",
        "--node",
        &rig.l1_url,
        "--prover-token",
        "x",
        "--keys",
        &keys,
    ];
    let output = run(&[&worker[..], &["--shape", "tiny"]].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("a layer 1 answers at"), "{errors}");
}
