//! What is refused before anything is asked of a network: each check of the command line has a test that fails
//! without it.

use std::{fs, path::Path};

use assay_circuits::{
    address::L1Address,
    babyjubjub::Point,
    quantity::{BatchNumber, StateRoot},
    shape::Shape,
};
use assay_exit::{
    packet::ExitPacket,
    rollup::{Rollup, StateReference},
};
use assay_prover::{
    groth16::setup::SetupRandomness,
    keys::{proving_key_path, verifying_key_path},
    known_circuits::open_or_create_keys,
};
use tempfile::TempDir;

use crate::invoke::{assay, keys_dir, run};

const CONTRACT: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const L1: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
/// That of the first key in `docs/spec/vectors.json`.
const ROLLUP: &str = "assaydev1j8csjkkqrx6svy94edtwtkec3ythlm5tvs30eg76cp8wryeyxx5s6aee76";
/// Port 1 is nobody's.
const NOBODY: &str = "http://127.0.0.1:1";

/// A command that must fail with this code and these words.
fn refused(arguments: &[&str], code: i32, words: &str) {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    assert!(errors.contains(words), "{arguments:?}: {errors}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).display().to_string()
}

/// A new key in a directory.
fn key(directory: &TempDir) -> String {
    let key = path(directory, "wallet.json");
    assert!(run(&["wallet", "--key", &key, "new"]).status.success());
    key
}

#[test]
fn what_is_given_to_make_a_key_must_make_one() {
    let directory = TempDir::new().unwrap();
    let new = path(&directory, "new.json");
    let wallet = ["wallet", "--key", &new];
    let call = |arguments: &[&str], code, words| {
        refused(&[&wallet[..], arguments].concat(), code, words);
        assert!(!Path::new(&new).exists(), "{arguments:?}");
    };
    call(&["new", "--mnemonic", "13"], 2, "12 or 24");
    call(
        &["import", "abandon", "abandon"],
        2,
        "never given as arguments",
    );
    let rollup = ["derive", "--chain-id", "31337", "--contract", CONTRACT];
    call(&rollup, 2, "of which account");
    let public = ["derive", "--chain-id", "1", "--contract", CONTRACT];
    let account = [&public[..], &["--l1-account", "0"]].concat();
    call(&account, 1, "--l1-account is for development chains");
    let long = path(&directory, "signature");
    fs::write(&long, "0".repeat(5_000)).unwrap();
    let signature = ["--signature-file", &long, "--l1-address", L1];
    call(&[&rollup[..], &signature].concat(), 2, "it is too long");
    let there = key(&directory);
    let remove = ["wallet", "--key", &there, "password", "--remove"];
    refused(&remove, 1, "there is no password to remove");
}

#[test]
fn a_packet_of_others_forces_nothing() {
    let directory = TempDir::new().unwrap();
    let (key, file) = (key(&directory), path(&directory, "packet"));
    let force = |more: &[&str], words: &str| {
        let withdraw = ["wallet", "--key", &key, "force", "withdraw", L1, "1"];
        let packet = ["--packet", &file, "--l1-url", NOBODY, "--l1-account", "3"];
        refused(&[&withdraw[..], &packet, more].concat(), 1, words);
    };
    fs::write(&file, "{}").unwrap();
    force(&[], "is no exit packet");
    let contract: L1Address = CONTRACT.parse().unwrap();
    let packet = |owner| ExitPacket {
        state: StateReference {
            rollup: Rollup {
                chain_id: 31337,
                contract,
            },
            batch: BatchNumber(1),
            root: StateRoot(0u8.into()),
        },
        owner,
        accounts: Vec::new(),
        claims: Vec::new(),
    };
    fs::write(&file, packet(Point::BASE8).to_json()).unwrap();
    force(&[], "another owner");
    let address = run(&["wallet", "--key", &key, "address"]).stdout;
    let address = String::from_utf8(address).unwrap();
    let address: assay_circuits::address::Address = address.trim().parse().unwrap();
    fs::write(&file, packet(address.owner).to_json()).unwrap();
    force(&["--contract", L1], "the packet is of the rollup at");
}

#[test]
fn keys_are_not_made_over_others_nor_taken_for_others() {
    let randomness = SetupRandomness::Development;
    open_or_create_keys(&keys_dir(), Shape::Tiny.into(), randomness, &|_, _| ()).unwrap();
    let directory = TempDir::new().unwrap();
    let keys = path(&directory, "");
    let (tiny, small) = (Shape::Tiny.into(), Shape::Small.into());
    let of_tiny = verifying_key_path(&keys_dir(), tiny);
    fs::copy(&of_tiny, verifying_key_path(directory.path(), small)).unwrap();
    let export = [
        "keys", "export", "--shape", "small", "--keys", &keys, "--out", &keys,
    ];
    refused(&export, 1, "tiny");
    assert!(!directory.path().join("verification_key.json").exists());
    fs::write(proving_key_path(directory.path(), tiny), "mine").unwrap();
    let setup = [
        "keys",
        "setup",
        "--development",
        "--shape",
        "tiny",
        "--keys",
        &keys,
    ];
    refused(&setup, 1, "--force makes new ones");
    let kept = fs::read(proving_key_path(directory.path(), tiny)).unwrap();
    assert_eq!(kept, b"mine");
}

/// Lines of `--check` that begin with `wrong`.
fn wrong(arguments: &[&str]) -> Vec<String> {
    let output = run(arguments);
    let told = String::from_utf8(output.stdout).unwrap();
    let wrong = told.lines().filter_map(|line| line.strip_prefix("wrong  "));
    wrong.map(str::to_owned).collect()
}

#[test]
fn a_check_finds_what_a_start_would_stumble_over() {
    let directory = TempDir::new().unwrap();
    let (data, file) = (path(&directory, "data"), path(&directory, "file"));
    fs::create_dir(&data).unwrap();
    fs::write(&file, "").unwrap();
    fs::write(directory.path().join("data/prover.token"), "\n").unwrap();
    let node = [
        "node",
        "--check",
        "--contract",
        CONTRACT,
        "--l1-account",
        "0",
    ];
    let found = |data: &str, what: &str, words: &str| {
        let found = wrong(&[&node[..], &["--data-dir", data]].concat());
        let found = found.iter().find(|line| line.starts_with(what));
        assert!(found.is_some_and(|line| line.contains(words)), "{found:?}");
    };
    found(&data, "workers' token", "anybody could take jobs");
    found(&file, "data directory", "is no directory");
    fs::write(directory.path().join("data/operator.json"), "{}").unwrap();
    found(&data, "operator's key", "can be read by other users");

    let randomness = SetupRandomness::Development;
    open_or_create_keys(&keys_dir(), Shape::Tiny.into(), randomness, &|_, _| ()).unwrap();
    let of_tiny = verifying_key_path(&keys_dir(), Shape::Tiny.into());
    fs::copy(
        of_tiny,
        verifying_key_path(directory.path(), Shape::Tiny.into()),
    )
    .unwrap();
    let keys = path(&directory, "");
    let worker = [
        "worker",
        "--check",
        "--prover-token",
        "x",
        "--keys",
        &keys,
        "--shape",
        "tiny",
    ];
    let found = wrong(&worker);
    assert!(
        found.len() == 1 && found[0].contains("tiny.proving.key is not there"),
        "{found:?}"
    );
}

#[test]
fn a_store_whose_layer_1_is_gone_is_not_gone_on_with() {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("store")).unwrap();
    let state = path(&directory, "");
    let devnet = ["devnet", "--shape", "tiny", "--state", &state];
    let listen = ["--listen", "127.0.0.1:0", "--l1-listen", "127.0.0.1:0"];
    refused(
        &[&devnet[..], &listen].concat(),
        1,
        "whose simulated L1 is gone",
    );
}

#[test]
fn options_of_another_file_are_refused() {
    let directory = TempDir::new().unwrap();
    let (bundle, receipt) = (path(&directory, "bundle"), path(&directory, "receipt"));
    fs::write(&bundle, "{}").unwrap();
    fs::write(&receipt, "{\"format\": \"assay-receipt\"}").unwrap();
    refused(&["verify", &bundle, "--operator", ROLLUP], 2, "no receipt");
    refused(&["verify", &bundle, "--against-l1"], 2, "no receipt");
    for option in ["--export", "--vk"] {
        let verify = ["verify", &receipt, option, &bundle];
        refused(&verify, 2, "are for a batch's bundle");
    }
}

#[test]
fn what_is_shown_to_others_holds_no_secret_and_nothing_unseen() {
    let follow = [
        "node",
        "--follow",
        "--contract",
        CONTRACT,
        "--data-dir",
        "x",
    ];
    let refer = |url: &str| {
        refused(
            &[&follow[..], &["--submit-to", url]].concat(),
            2,
            "no password",
        )
    };
    refer("https://user:secret@node.example");
    refer("https://node.example/?key=secret");
    let long = "x".repeat(141);
    for text in ["", "a\u{202e}b", &long] {
        let send = ["wallet", "send", ROLLUP, "1", "--reference", text];
        refused(&send, 2, "a reference is 1 to 140 characters");
    }
}

#[test]
fn without_a_home_the_options_that_name_a_place_are_said() {
    for (arguments, option) in [
        (&["wallet", "address"][..], "--key FILE"),
        (&["wallet", "book", "list"], "--key FILE"),
        (&["keys", "inspect"], "--keys DIR"),
    ] {
        let mut command = assay(arguments);
        for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "ASSAY_KEYS"] {
            command.env_remove(variable);
        }
        // An empty one is none.
        let output = command.env("XDG_CONFIG_HOME", "").output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains("set HOME") && errors.contains(option),
            "{errors}"
        );
    }
}
