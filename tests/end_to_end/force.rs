//! Orders past the operator, and contracts that are deployed for one's own operator.

use std::{fs, os::unix::fs::symlink, path::PathBuf, process::Command};

use assay_api::hexadecimal::Hex;
use assay_l1::chain::dev_accounts;

use crate::{
    process::{Process, TIMEOUT, succeed},
    rig::{Rig, until},
};

/// Names a directory where `npm install viem circomlibjs` has run; without it the script of the
/// page is not tried.
const NODE_MODULES: &str = "ASSAY_NODE_MODULES";

/// The script that `docs/force.md` shows.
fn script() -> &'static str {
    let page = include_str!("../../docs/force.md");
    let (_, rest) = page.split_once("```js\n").unwrap();
    rest.split_once("```").unwrap().0
}

/// Forces a withdrawal as the page does.
fn force_by_script(rig: &Rig, installed: PathBuf, [key, to, amount]: [&str; 3]) -> String {
    let file = rig.directory.path().join("force.mjs");
    fs::write(&file, script()).unwrap();
    symlink(installed.join("node_modules"), rig.path("node_modules")).unwrap();
    let secret = Hex(&dev_accounts()[4].secret).to_string();
    let numbers = ["1", "600", "0", amount, to];
    let output = Command::new("node")
        .arg(&file)
        .args([&rig.l1_url, &rig.contract, &secret, key])
        .args(numbers)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_forced_through_the_queue() {
    let mut rig = Rig::start();
    let _node = rig.node();
    let key = rig.path("wallet.json");
    let (url, l1) = (rig.node_url(), rig.l1_url.clone());
    let wallet = |arguments: &[&str]| -> String {
        let options = ["wallet", "--json", "--key", &key, "--node", &url];
        succeed(&[&options, arguments].concat())
    };
    let l1_options = ["--l1-url", &l1, "--l1-account", "4"];
    wallet(&["new"]);
    wallet(&[&["deposit", "5000"], &l1_options[..]].concat());
    let to = "0x00000000000000000000000000000000000000A1";
    let force = ["force", "withdraw", to, "1200"];
    let forced = wallet(&[&force, &l1_options[..]].concat());
    let forced: serde_json::Value = serde_json::from_str(&forced).unwrap();
    assert_eq!(
        (&forced["queue_index"], &forced["nonce"]),
        (&1.into(), &256.into())
    );
    assert!(
        forced["due_in_s"].as_u64() > Some(2 * 24 * 3600),
        "{forced}"
    );
    let balance = async |before: &str| {
        let changed = until("the order is executed", async || {
            let accounts = wallet(&["balance"]);
            let accounts: serde_json::Value = serde_json::from_str(&accounts).unwrap();
            let balance = accounts[0]["balance"].as_str().unwrap().to_owned();
            (balance != before).then_some(balance)
        });
        changed.await
    };
    assert_eq!(balance("5000").await, "3800");
    let Some(installed) = std::env::var_os(NODE_MODULES) else {
        return;
    };
    let said = force_by_script(&rig, installed.into(), [&key, to, "700"]);
    assert!(said.starts_with("entry 2, due "), "{said}");
    assert_eq!(balance("3800").await, "3100");
}

#[test]
fn contracts_are_deployed_and_handed_over() {
    let (_l1, lines) = Process::start(
        &["l1", "--no-deploy", "--port", "0", "--block-time-ms", "0"],
        "L1",
    );
    let url = lines[0].split_whitespace().nth(1).unwrap().to_owned();
    let deploy = |more: &[&str]| -> serde_json::Value {
        let options = ["l1", "deploy", "--rpc-url", &url, "--l1-account", "1"];
        let shape = ["--shape", "tiny", "--json"];
        serde_json::from_str(&succeed(&[&options, &shape[..], more].concat())).unwrap()
    };
    let dry = deploy(&["--dry-run"]);
    assert!(dry["contract"].is_null() && dry["governor"].is_null());
    let real = deploy(&[]);
    let contract = real["contract"].as_str().unwrap();
    // The addresses of the factories in the arguments differ, and zeros cost less.
    let gas = |answer: &serde_json::Value| answer["gas_used"].as_u64().unwrap();
    assert!(gas(&dry).abs_diff(gas(&real)) < 1_000, "{dry} {real}");
    assert!(gas(&real) < 2 << 24, "{real}");

    let operator = |account: &str, arguments: &[&str]| -> serde_json::Value {
        let options = ["operator", "--l1-url", &url, "--contract", contract];
        let signer = ["--l1-account", account, "--json"];
        serde_json::from_str(&succeed(&[&options, &signer[..], arguments].concat())).unwrap()
    };
    let status = operator("1", &["status"]);
    assert_eq!(status["operator"], real["operator"]);
    assert_eq!(
        (&status["batches"], &status["frozen"]),
        (&0.into(), &false.into())
    );
    let next = dev_accounts()[2].address.to_string();
    operator("1", &["propose", &next]);
    operator("2", &["accept"]);
    operator("2", &["announce-closing"]);
    let status = operator("2", &["status"]);
    assert_eq!(status["operator"], next);
    let closing = status["closing_at"].as_u64().unwrap();
    assert!(closing > status["now"].as_u64().unwrap() + TIMEOUT.as_secs());
}
