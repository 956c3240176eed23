//! `assay devnet --state` as a place to live in.

use std::{
    fs,
    path::{Path, PathBuf},
};

use assay_api::client::NodeClient;
use serde_json::{Value, json};

use crate::{
    invoke::run,
    process::{Process, succeed},
    rig::until,
};

/// A devnet that keeps its directory.
struct Kept {
    process: Process,
    node: String,
    l1: String,
    printed: PathBuf,
}

fn arguments(state: &Path) -> Vec<&str> {
    let state = state.to_str().unwrap();
    let place = ["devnet", "--state", state, "--shape", "tiny"];
    let listen = ["--l1-listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    let pace = ["--block-time-ms", "100", "--batch-time-ms", "300"];
    [&place[..], &listen, &pace].concat()
}

impl Kept {
    async fn start(state: &Path, printed: PathBuf) -> Self {
        let process = Process::start_into(&arguments(state), &printed);
        let text = until("the devnet is ready", async || {
            let text = fs::read_to_string(&printed).unwrap();
            text.contains("\nCtrl-C stops").then_some(text)
        })
        .await;
        assert!(text.starts_with("page "), "{text}");
        let value = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        let (node, l1) = (value("node "), value("L1 "));
        Self {
            process,
            node,
            l1,
            printed,
        }
    }

    /// What happened, by the lines after the announcement.
    fn happened(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.printed).unwrap();
        let (_, lines) = text.split_once("\nCtrl-C stops").unwrap();
        lines.lines().skip(1).map(str::to_owned).collect()
    }

    /// Waits for a line that holds all these words, and checks that it is the only one.
    async fn one_line(&self, words: &[&str]) -> String {
        let holds = |line: &String| words.iter().all(|word| line.contains(word));
        until(&format!("there is a line with {words:?}"), async || {
            let mut found = self.happened().into_iter().filter(holds);
            let line = found.next()?;
            assert_eq!(found.next(), None, "told twice");
            Some(line)
        })
        .await
    }

    /// What a command of a wallet in the state's directory prints as JSON.
    fn wallet(&self, state: &Path, name: &str, command: &[&str]) -> Value {
        let key = state.join(format!("{name}.json"));
        let key = key.to_str().unwrap();
        let wallet = ["wallet", "--json", "--node", &self.node, "--key", key];
        serde_json::from_str(&succeed(&[&wallet[..], command].concat())).unwrap()
    }
}

#[tokio::test]
async fn a_devnet_goes_on_where_it_stopped_and_tells_what_happens() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let first = Kept::start(&state, directory.path().join("first")).await;
    first.wallet(&state, "alice", &["new"]);
    first.wallet(&state, "bob", &["new"]);
    let bob = first.wallet(&state, "bob", &["address"]);
    let bob = bob["address"].as_str().unwrap().to_owned();
    let given = first.wallet(&state, "alice", &["faucet"]);
    assert_eq!(given["amount"], "1000000000000000000");
    assert_eq!(given["taken"]["executed"], true);
    let pay = ["send", &bob, "0.25eth", "--fee", "0", "--wait", "final"];
    let paid = first.wallet(&state, "alice", &pay);
    let shown = &paid["hash"].as_str().unwrap()[..10];
    let deposit = first.one_line(&["deposit ", "sealed", " 1 ETH "]).await;
    assert!(deposit.contains("entry "), "{deposit}");
    let transfer = first.one_line(&["transfer ", shown]).await;
    assert!(
        transfer.contains("executed") && transfer.contains("0.25 ETH"),
        "{transfer}"
    );
    first.one_line(&["batch ", "sealed", " 1 transfer,"]).await;
    let batch = transfer.rsplit(' ').next().unwrap();
    first
        .one_line(&[
            "proof ",
            "proved",
            &format!("  {batch}  made in "),
            "by embedded",
        ])
        .await;

    let second = run(&arguments(&state));
    let refused = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(
        refused.contains("is in use by another process") && refused.contains("--state"),
        "{refused}"
    );

    let before = NodeClient::new(&first.node)
        .unwrap()
        .status()
        .await
        .unwrap();
    first.process.terminate();
    let again = Kept::start(&state, directory.path().join("again")).await;
    let node = NodeClient::new(&again.node).unwrap();
    let after = until("the node has seen its layer 1 again", async || {
        let status = node.status().await.unwrap();
        (status.l1.seen_ms > 0).then_some(status)
    })
    .await;
    assert_eq!(
        (&after.contract, &after.operator),
        (&before.contract, &before.operator)
    );
    assert!(after.heights.sealed >= before.heights.sealed);
    assert!(after.l1.block >= before.l1.block && after.l1.timestamp >= before.l1.timestamp);
    let balance = again.wallet(&state, "alice", &["balance"]);
    assert_eq!(balance[0]["balance"], "750000000000000000");
    // All of it still works: the queue, the prover, the contract.
    let tokens = again.wallet(&state, "bob", &["faucet", "5USDX"]);
    assert_eq!(
        (&tokens["token"], &tokens["amount"]),
        (&json!(1), &json!("5000000"))
    );
    again.wallet(
        &state,
        "alice",
        &["send", &bob, "0.25eth", "--fee", "0", "--wait", "proved"],
    );
    let l1 = run(&["status", "--node", &again.l1]);
    let refused = String::from_utf8(l1.stderr).unwrap();
    assert_eq!(l1.status.code(), Some(1));
    assert!(refused.contains("a layer 1 answers at"), "{refused}");
    again.process.terminate();
}

/// Where a start fails on its way, what it has written goes and what was there stays.
#[test]
fn a_devnet_that_fails_on_its_way_leaves_what_was_there() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("net");
    // No key can be written in its place.
    fs::create_dir_all(state.join("operator.json")).unwrap();
    let output = run(&arguments(&state));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("operator.json"), "{errors}");
    let left = state.read_dir().unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["operator.json"]);
}
