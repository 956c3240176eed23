//! Commands that do not get far: what they say to programs, and what they leave behind.

use std::{fs::File, net::TcpListener, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::invoke::run;

/// Port 1 is nobody's.
const NOBODY: &str = "http://127.0.0.1:1";
const CONTRACT: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).display().to_string()
}

/// What a command that ends with this code says on standard error, and on standard output.
fn ends(arguments: &[&str], code: i32) -> (String, String) {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    (errors, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn programs_are_told_why_a_node_or_a_worker_has_ended() {
    let directory = TempDir::new().unwrap();
    let (data, nowhere) = (path(&directory, "data"), path(&directory, "nowhere"));
    let node = [
        "node",
        "--json",
        "--follow",
        "--contract",
        CONTRACT,
        "--l1-url",
        NOBODY,
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        &data,
    ];
    let worker = [
        "worker",
        "--json",
        "--prover-token",
        "x",
        "--node",
        NOBODY,
        "--keys",
        &nowhere,
    ];
    for (arguments, code, words) in [
        (
            &node[..],
            3,
            "no layer 1 is reached at http://127.0.0.1:1 (--l1-url)",
        ),
        (&worker, 1, "no keys in"),
    ] {
        let (errors, printed) = ends(arguments, code);
        assert_eq!(printed.lines().count(), 1, "{printed}");
        let told: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(told["event"], "ended");
        let why = told["error"].as_str().unwrap();
        assert!(why.contains(words), "{why}");
        assert!(errors.contains(why), "{errors}");
    }
    assert!(!Path::new(&data).exists());
}

#[test]
fn a_check_can_be_read_by_programs() {
    let directory = TempDir::new().unwrap();
    let (data, keys) = (path(&directory, "data"), path(&directory, "keys"));
    let node = ["node", "--check", "--json", "--contract", CONTRACT];
    let (_, printed) = ends(
        &[&node[..], &["--data-dir", &data, "--keys", &keys]].concat(),
        1,
    );
    let found: Value = serde_json::from_str(&printed).unwrap();
    let looked_at = found["looked_at"].as_array().unwrap();
    let verdict = |what: &str| {
        let found = looked_at.iter().find(|found| found["what"] == what);
        found.unwrap()["ok"].as_bool().unwrap()
    };
    assert!(
        verdict("data directory") && !verdict("verifying keys"),
        "{printed}"
    );
    assert!(
        found["not_checked"]
            .as_str()
            .unwrap()
            .contains("the layer 1")
    );
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let directory = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap().to_string();
    let state = path(&directory, "net/state");
    let devnet = ["devnet", "--shape", "tiny", "--state", &state];
    ends(
        &[
            &devnet[..],
            &["--listen", &place, "--l1-listen", "127.0.0.1:0"],
        ]
        .concat(),
        1,
    );
    ends(
        &[
            &devnet[..],
            &["--l1-listen", &place, "--listen", "127.0.0.1:0"],
        ]
        .concat(),
        1,
    );
    ends(
        &[
            "backup",
            "--data-dir",
            &path(&directory, "nowhere"),
            &path(&directory, "copy"),
        ],
        1,
    );
    let keys = path(&directory, "keys");
    let fetch = [
        "keys",
        "fetch",
        "--from",
        NOBODY,
        "--contract",
        CONTRACT,
        "--l1-url",
        NOBODY,
    ];
    ends(&[&fetch[..], &["--keys", &keys]].concat(), 3);
    let left: Vec<_> = directory.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_directory_in_use_is_refused_with_the_option_that_chooses_another() {
    let directory = TempDir::new().unwrap();
    let held = File::open(directory.path()).unwrap();
    held.try_lock().unwrap();
    let state = directory.path().display().to_string();
    let (errors, _) = ends(&["devnet", "--shape", "tiny", "--state", &state], 1);
    assert!(
        errors.contains("is in use") && errors.contains("--state"),
        "{errors}"
    );
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

/// Before a layer 1 is read, which takes long.
#[test]
fn a_file_where_a_directory_belongs_is_refused_at_once() {
    let directory = TempDir::new().unwrap();
    let file = path(&directory, "file");
    File::create(&file).unwrap();
    let restore = [
        "restore",
        "--contract",
        CONTRACT,
        "--l1-url",
        NOBODY,
        "--out",
        &file,
    ];
    let (errors, _) = ends(&restore, 1);
    assert!(
        errors.contains("is no directory") && errors.contains("--out"),
        "{errors}"
    );
}

#[test]
fn keys_that_are_missing_are_named_with_the_commands_that_get_them() {
    let directory = TempDir::new().unwrap();
    let keys = path(&directory, "keys");
    let worker = ["worker", "--prover-token", "x", "--node", NOBODY];
    let (errors, _) = ends(
        &[&worker[..], &["--shape", "small", "--keys", &keys]].concat(),
        1,
    );
    for words in [
        "small.proving.key",
        "`assay keys fetch",
        "`assay keys setup",
    ] {
        assert!(errors.contains(words), "{errors}");
    }
}
