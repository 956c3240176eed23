//! What a script may do next is in the exit code (`docs/exit-codes.md`).

use serde_json::json;

use crate::{devnet::Devnet, invoke::run, layer1::ask, rig::Rig};

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1";

#[tokio::test]
async fn the_exit_code_says_whether_money_may_have_moved() {
    let devnet = Devnet::start();
    let bob = devnet.call("bob", &["new"]).trim().to_owned();
    devnet.funded("alice", "2eth");
    let to = "0x00000000000000000000000000000000000000A1";
    let l1 = ["--l1-url", &devnet.l1, "--l1-account", "3"];
    let no_l1 = ["--l1-url", NOBODY, "--l1-account", "3"];
    let withdrawn = devnet.json(
        "alice",
        &["withdraw", to, "1gwei", "--fee", "0", "--wait", "none"],
    );
    let hash = withdrawn["hash"].as_str().unwrap().to_owned();
    let done: &[&[&str]] = &[
        &["balance"],
        &["address"],
        &["send", &bob, "1gwei", "--fee", "0"],
    ];
    let refused: &[&[&str]] = &[
        &["send", &bob, "5eth", "--fee", "0"],
        &["send", &bob, "123456789012345678"],
        &[
            "withdraw",
            "0x0000000000000000000000000000000000000000",
            "1",
        ],
        &[&["deposit", "1000000000eth"], &l1[..]].concat(),
        &[&["deposit", "0"], &l1[..]].concat(),
        &["deposit", "1eth", "--l1-url", &devnet.l1],
        &[&["deposit", "1eth", "--contract", to], &l1[..]].concat(),
        &[
            &["deposit", "1eth", "--refund-to", &devnet.contract],
            &l1[..],
        ]
        .concat(),
        &[&["force", "send", &bob, "5eth"], &l1[..]].concat(),
        &[&["force", "withdraw", to, "0"], &l1[..]].concat(),
        &["send", &bob, "1gwei", "--fee", "1USDX"],
    ];
    let unreadable: &[&[&str]] = &[
        &["send", "assaydev1nonsense", "1"],
        &["send", &bob, "1.5"],
        &["pay", &bob, "1"],
    ];
    let not_reached: &[&[&str]] = &[
        &["--node", NOBODY, "balance"],
        &["--node", NOBODY, "send", &bob, "1"],
        &["--node", NOBODY, "withdraw", to, "1"],
        &["--node", NOBODY, "history"],
        &["--node", NOBODY, "packet"],
        &[&["--node", NOBODY, "claim", &hash], &l1[..]].concat(),
        &[&["deposit", "1eth"], &no_l1[..]].concat(),
        &[&["force", "withdraw", to, "1eth"], &no_l1[..]].concat(),
        &[&["credit"], &no_l1[..]].concat(),
    ];
    let in_no_time = ["--wait-s", "0"];
    let not_there_yet: &[&[&str]] = &[
        &[
            "send", &bob, "1gwei", "--fee", "0", "--wait", "final", "--wait-s", "0",
        ],
        &[
            "withdraw", to, "1gwei", "--fee", "0", "--wait", "proved", "--wait-s", "0",
        ],
        &[&["deposit", "3gwei"], &in_no_time[..], &l1].concat(),
        &[&["force", "withdraw", to, "1gwei"], &in_no_time[..], &l1].concat(),
    ];
    let all_end = |code, commands: &[&[&str]]| {
        for command in commands {
            devnet.ends("alice", command, code);
        }
    };
    all_end(0, done);
    all_end(1, refused);
    all_end(2, unreadable);
    all_end(3, not_reached);
    // A block comes when it is asked for: nothing is there in no time.
    ask(&devnet.l1, "evm_setIntervalMining", json!([0])).await;
    all_end(4, not_there_yet);
    ask(&devnet.l1, "evm_setIntervalMining", json!([1])).await;
    // What was not there yet is there once, and what was not reached or refused is not.
    let final_send = ["send", &bob, "1gwei", "--fee", "0", "--wait", "final"];
    devnet.call("alice", &final_send);
    assert_eq!(devnet.balance("bob"), 3 * 10u128.pow(9));
    // Two withdrawals, three transfers; the deposit of three came, the forced order is on its way or not.
    let left = devnet.balance("alice");
    let most = 2 * 10u128.pow(18) - 5 * 10u128.pow(9) + 3 * 10u128.pow(9);
    assert!([most, most - 10u128.pow(9)].contains(&left), "{left}");
    devnet.process.terminate();
}

#[test]
fn a_node_prints_its_url_when_it_can_be_used_and_not_before() {
    let mut rig = Rig::start();
    let node = rig.node();
    let output = run(&[
        "node",
        "--l1-url",
        &rig.l1_url,
        "--contract",
        &rig.contract,
        "--l1-account",
        "0",
        "--data-dir",
        &rig.path("data"),
        "--listen",
        "127.0.0.1:0",
        "--shape",
        "tiny",
    ]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("in use"), "{errors}");
    assert!(output.stdout.is_empty(), "{output:?}");
    node.terminate();
}

#[test]
fn a_least_fee_of_a_token_that_is_not_there_is_refused_with_those_that_are() {
    let rig = Rig::start();
    let output = run(&[
        "node",
        "--l1-url",
        &rig.l1_url,
        "--contract",
        &rig.contract,
        "--l1-account",
        "0",
        "--data-dir",
        &rig.path("data"),
        "--listen",
        "127.0.0.1:0",
        "--shape",
        "tiny",
        "--minimum-fee",
        "0=5500,7=1",
    ]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let told = "the rollup has no token 7; its tokens are 0 (ether), 1 (0x";
    assert!(errors.contains(told), "{errors}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

/// A start that fails when the contract was asked leaves no key that nobody uses.
#[test]
fn an_account_that_may_not_submit_leaves_nothing_behind() {
    let rig = Rig::start();
    let output = rig.node_command(5).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("may not submit batches"), "{errors}");
    assert!(!std::path::Path::new(&rig.path("data")).exists());
}

#[test]
fn who_was_not_named_is_told_who_was() {
    let rig = Rig::start();
    let operator = |account: &str, command: &[&str]| {
        let contract = [
            "operator",
            "--contract",
            &rig.contract,
            "--l1-url",
            &rig.l1_url,
        ];
        let output = run(&[&contract[..], &["--l1-account", account], command].concat());
        let errors = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), errors)
    };
    let (code, errors) = operator("5", &["accept"]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("nobody was named"), "{errors}");
    let named = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
    let (code, errors) = operator("5", &["propose", named]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("the operator is 0x"), "{errors}");
    assert_eq!(operator("0", &["propose", named]).0, Some(0));
    let (code, errors) = operator("5", &["accept"]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains(&format!("{named} was named")), "{errors}");
    assert_eq!(operator("3", &["accept"]).0, Some(0));
}

#[test]
fn a_node_without_keys_is_told_where_they_come_from() {
    let rig = Rig::start();
    let (data, keys) = (rig.path("data"), rig.path("nowhere"));
    let l1 = ["--l1-url", &rig.l1_url, "--contract", &rig.contract];
    let place = ["--data-dir", &data, "--keys", &keys, "--shape", "tiny"];
    let node = ["node", "--l1-account", "0", "--listen", "127.0.0.1:0"];
    let output = run(&[&node[..], &l1, &place].concat());
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("`assay keys fetch` takes the keys of a rollup"),
        "{errors}"
    );
    assert!(!std::path::Path::new(&data).exists());
}
