//! Mistyped options, ports in use, files that are missing or damaged, a disk that is full.

use std::{fs, net::TcpListener, path::Path, process::Command};

use assay_circuits::shape::Shape;
use assay_prover::{
    groth16::setup::SetupRandomness, keys::proving_key_path, known_circuits::open_or_create_keys,
};

use crate::invoke::{assay, keys_dir, run};

/// Runs a command that must fail with this code and say `words` in its last line.
fn refused(arguments: &[&str], code: i32, words: &str) {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    assert!(errors.contains(words), "{arguments:?}: {errors}");
    assert!(
        !errors.contains("panicked") && !errors.contains("backtrace"),
        "{errors}"
    );
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn a_mistyped_word_is_answered_with_the_right_one() {
    refused(&["demmo"], 2, "'demo'");
    refused(&["worker", "--treads", "2"], 2, "'--threads'");
    refused(
        &["keys", "setup", "--shape", "smal"],
        2,
        "tiny, small, medium, large",
    );
    refused(&["bench", "--runs", "0"], 2, "--runs");
    refused(
        &["wallet", "send", "assaydev1nonsense", "1"],
        2,
        "checksum does not fit",
    );
    refused(
        &[
            "wallet",
            "withdraw",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed",
            "1",
        ],
        2,
        "EIP-55",
    );
    for amount in ["-1", "1.5", "1e18", "eth"] {
        let to = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        let output = run(&["wallet", "withdraw", to, amount]);
        assert_eq!(output.status.code(), Some(2), "{amount}");
    }
}

#[test]
fn options_are_read_from_the_environment() {
    let output = assay(&["bench"])
        .env("ASSAY_RUNS", "none")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--runs"));
}

#[test]
fn a_port_in_use_is_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let port = address.port().to_string();
    refused(
        &["l1", "--no-deploy", "--port", &port],
        1,
        "the port is in use",
    );
    refused(
        &[
            "devnet",
            "--shape",
            "tiny",
            "--listen",
            &address.to_string(),
        ],
        1,
        "cannot listen on",
    );
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let contract = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    let start = ["node", "--contract", contract, "--l1-account", "0"];
    let place = [
        "--listen",
        &address.to_string(),
        "--data-dir",
        data.to_str().unwrap(),
    ];
    refused(
        &[&start[..], &place].concat(),
        1,
        "choose one with --listen",
    );
    assert!(!data.exists(), "a failed start left something");
}

#[test]
fn what_is_not_there_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("file"), "").unwrap();
    let (wallet, below_a_file) = (path("wallet.json"), path("file/keys"));
    refused(
        &["wallet", "--key", &wallet, "address"],
        1,
        "assay wallet new",
    );
    refused(
        &["keys", "inspect", "--keys", &path("nowhere")],
        1,
        "assay keys setup",
    );
    refused(
        &["keys", "setup", "--shape", "tiny", "--keys", &below_a_file],
        1,
        &below_a_file,
    );
    refused(
        &["worker", "--prover-token", "x", "--keys", &path("nowhere")],
        1,
        "no keys",
    );
    refused(&["worker"], 1, "--prover-token");
    refused(
        &["worker", "--prover-token-file", &path("token")],
        1,
        "cannot read",
    );
    // Port 1 is nobody's.
    let node = "http://127.0.0.1:1";
    assert!(run(&["wallet", "--key", &wallet, "new"]).status.success());
    refused(
        &["wallet", "--key", &wallet, "--node", node, "balance"],
        3,
        "does not answer",
    );
    refused(
        &["wallet", "--key", &wallet, "--node", "ftp://x", "balance"],
        1,
        "http://",
    );
    let contract = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    let data = path("data");
    let arguments = [
        "node",
        "--contract",
        contract,
        "--data-dir",
        &data,
        "--l1-url",
        node,
        "--listen",
        "127.0.0.1:0",
    ];
    refused(
        &[&arguments[..], &["--l1-account", "0"]].concat(),
        3,
        "the L1 did not answer",
    );
    refused(&arguments, 1, "--l1-key");
    assert!(!Path::new(&data).exists(), "a failed start left something");
}

/// Whoever is not reached was handed nothing: it can be tried again, and the exit code says so.
#[test]
fn who_is_not_reached_is_told_apart_from_who_refuses() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    // Port 1 is nobody's.
    let nobody = "http://127.0.0.1:1";
    let contract = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    let (wallet, out, keys) = (path("wallet.json"), path("state"), path("keys"));
    assert!(run(&["wallet", "--key", &wallet, "new"]).status.success());
    let l1 = ["--l1-url", nobody, "--contract", contract];
    let paid = [&l1[..], &["--l1-account", "3"]].concat();
    let file = format!("{nobody}/state.json");
    for command in [
        [&["restore", "--out", &out], &l1[..]].concat(),
        [&["operator"], &l1[..], &["status"]].concat(),
        [&["operator"], &paid[..], &["accept"]].concat(),
        [&["exit", "--key", &wallet], &paid[..]].concat(),
        [&["exit", "--key", &wallet, "--from", &file], &paid[..]].concat(),
        vec![
            "l1",
            "deploy",
            "--l1-url",
            nobody,
            "--l1-account",
            "0",
            "--shape",
            "tiny",
        ],
        [
            &["keys", "fetch", "--from", nobody, "--keys", &keys],
            &l1[..],
        ]
        .concat(),
        [
            &[
                "node",
                "--follow",
                "--data-dir",
                &path("data"),
                "--listen",
                "127.0.0.1:0",
            ],
            &l1[..],
        ]
        .concat(),
    ] {
        let output = run(&command);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{command:?}: {errors}");
        assert!(output.stdout.is_empty(), "{command:?}");
    }
}

#[test]
fn a_damaged_key_is_refused_by_name() {
    let randomness = SetupRandomness::Development;
    open_or_create_keys(&keys_dir(), Shape::Tiny.into(), randomness, &|_, _| ()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().to_str().unwrap();
    let good = fs::read(proving_key_path(&keys_dir(), Shape::Tiny.into())).unwrap();
    let inspect = |content: &[u8], shape: Shape, words: &str| {
        let path = proving_key_path(Path::new(keys), shape.into());
        fs::write(&path, content).unwrap();
        refused(
            &["keys", "inspect", "--shape", shape.name(), "--keys", keys],
            1,
            words,
        );
        fs::remove_file(path).unwrap();
    };
    let mut changed = good.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    inspect(&changed, Shape::Tiny, "is damaged in its section");
    inspect(&good[..middle], Shape::Tiny, "bytes");
    inspect(b"something else", Shape::Tiny, "tiny.proving.key");
    inspect(&good, Shape::Small, "is a key of shape tiny, not small");
}

#[test]
fn a_full_disk_is_a_sentence_and_leaves_no_half_key() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = directory.path().join("wallet.json");
    // A limit of 0 on the size of files gives the same error to every write as a full disk does.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let program = env!("CARGO_BIN_EXE_assay");
    let output = Command::new("bash")
        .args([
            "-c",
            script,
            program,
            "wallet",
            "--key",
            wallet.to_str().unwrap(),
            "new",
        ])
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("cannot write") && errors.lines().count() == 1,
        "{errors}"
    );
    assert!(!wallet.exists());
}
