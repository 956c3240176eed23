//! Options from a file, and what is told of them.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::invoke::{assay, run};

const CONTRACT: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

/// A file of options in a directory of its own.
fn file(dir: &TempDir, text: &str) -> String {
    let path = dir.path().join("options.toml");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_node_shows_its_options_where_they_are_from_and_no_secret() {
    let dir = TempDir::new().unwrap();
    let secret = "11".repeat(32);
    let path = file(
        &dir,
        &format!(
            "contract = \"{CONTRACT}\"\ndata-dir = \"data\"\nshape = [\"tiny\"]\npoll-ms = 50\n"
        ),
    );
    let mut command = assay(&[
        "node",
        "--config",
        &path,
        "--poll-ms",
        "70",
        "--print-config",
    ]);
    let command = command
        .env("ASSAY_L1_KEY", &secret)
        .env("ASSAY_LEASE_MS", "9");
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in [
        format!("contract = \"{CONTRACT}\"  # {path}"),
        "poll-ms = 70  # option".to_owned(),
        "lease-ms = 9  # ASSAY_LEASE_MS".to_owned(),
        format!("shape = [\"tiny\"]  # {path}"),
        "batch-time-ms = 2000  # default".to_owned(),
        "# settler is not set".to_owned(),
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(!text.contains(&secret), "{text}");
    // It is a file of options again.
    let again = file(&dir, &text);
    let output = run(&["node", "--config", &again, "--print-config"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn names_that_are_no_options_are_refused() {
    let dir = TempDir::new().unwrap();
    let output = run(&["worker", "--config", &file(&dir, "treads = 2\n")]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("`treads`") && told.contains("did you mean threads?"),
        "{told}"
    );
    let output = assay(&["worker", "--prover-token", "x"])
        .env("ASSAY_THREAD", "2")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("ASSAY_THREAD ") && told.contains("ASSAY_THREADS?"),
        "{told}"
    );
}

#[test]
fn a_check_says_what_is_wrong_and_starts_nothing() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    let (data, keys) = (data.display().to_string(), dir.path().display().to_string());
    let node = [
        "node",
        "--check",
        "--contract",
        CONTRACT,
        "--data-dir",
        &data,
        "--keys",
        &keys,
    ];
    let output = run(&node);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("wrong  account on the layer 1: "), "{told}");
    assert!(told.contains("wrong  verifying keys: "), "{told}");
    assert!(
        told.contains("ok     operator's key: ") && told.contains("not checked: "),
        "{told}"
    );
    assert!(!Path::new(&data).exists());
    let output = run(&[&node[..], &["--follow"]].concat());
    assert_eq!(output.status.code(), Some(0));
    let output = run(&["worker", "--check", "--prover-token", "x", "--keys", &keys]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("ok     token") && told.contains("wrong  keys: "),
        "{told}"
    );
}

/// The files that operators begin with have no key that is not an option.
#[test]
fn the_example_files_are_taken() {
    let ops = Path::new(env!("CARGO_MANIFEST_DIR")).join("ops/systemd");
    for name in ["node", "worker"] {
        let path = ops.join(format!("{name}.toml")).display().to_string();
        let output = run(&[name, "--config", &path, "--print-config"]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{shell}");
        assert!(
            script.contains("print-config") && script.contains("withdraw"),
            "{shell}"
        );
    }
    let dir = TempDir::new().unwrap();
    let to = dir.path().join("man").display().to_string();
    assert!(run(&["man", &to]).status.success());
    for page in ["assay.1", "assay-node.1", "assay-wallet-send.1"] {
        let text = fs::read_to_string(Path::new(&to).join(page)).unwrap();
        assert!(text.contains(".SH NAME"), "{page}");
    }
}
