//! `assay status` of a node that is well, of one that is not, and of none.

use std::fs;

use serde_json::Value;

use crate::{
    devnet::Devnet,
    invoke::run,
    process::Process,
    rig::{Rig, until},
};

#[tokio::test]
async fn a_node_that_is_well_is_shown_with_what_its_workers_do() {
    let devnet = Devnet::start();
    devnet.funded("alice", "2eth");
    let directory = &devnet.directory;
    let asked = [
        "status",
        "--node",
        &devnet.node,
        "--prover-token-file",
        &devnet.token_file,
    ];
    let found: Value = until("the node is well and all is final", async || {
        let output = run(&[&asked[..], &["--json"]].concat());
        let found: Value = serde_json::from_slice(&output.stdout).ok()?;
        let heights = &found["status"]["heights"];
        let is_done = heights["final"] == heights["sealed"] && found["well"] == true;
        assert_eq!(
            output.status.code(),
            Some(if found["well"] == true { 0 } else { 5 })
        );
        is_done.then_some(found)
    })
    .await;
    assert_eq!(found["workers"][0]["name"], "embedded");
    assert_eq!(found["status"]["contract"], devnet.contract);
    for stage in &found["stages"].as_array().unwrap()[1..] {
        assert!(
            stage["at_ms"].as_u64().unwrap() > 1_600_000_000_000,
            "{stage}"
        );
    }
    assert!(found["figures"]["base_fee_wei"].as_f64().unwrap() > 0.0);
    let shown = String::from_utf8(run(&asked).stdout).unwrap();
    for words in [
        "  well  (",
        "\nL1        block ",
        "\nqueue     ",
        "embedded",
        "\ndisk      ",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains('\u{1b}'), "a pipe gets no colours");

    let lines = directory.path().join("lines");
    let watching = Process::start_into(&[&asked[..], &["--watch", "1"]].concat(), &lines);
    until("a line is told", async || {
        let told = fs::read_to_string(&lines).unwrap();
        told.contains(" UTC  well; executed ").then_some(())
    })
    .await;
    watching.terminate();
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_to_do_and_has_its_own_exit_code() {
    let mut rig = Rig::start();
    let _node = rig.node();
    rig.stop_l1();
    let url = rig.node_url();
    let shown = until("the node misses its layer 1", async || {
        let output = run(&["status", "--node-url", &url]);
        let shown = String::from_utf8(output.stdout).unwrap();
        let is_missed = shown.contains("l1_unreachable");
        if is_missed {
            assert_eq!(output.status.code(), Some(5), "{shown}");
        }
        is_missed.then_some(shown)
    })
    .await;
    assert!(shown.contains("not ready: l1_unreachable"), "{shown}");
    assert!(shown.contains("  what to do: "), "{shown}");
    assert!(
        shown.contains("docs/operations.md#the-layer-1-is-away"),
        "{shown}"
    );
    let nobody = run(&["status", "--node", "http://127.0.0.1:1"]);
    assert_eq!(nobody.status.code(), Some(3));
    assert!(nobody.stdout.is_empty());
}
