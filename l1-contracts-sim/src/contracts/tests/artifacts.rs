//! The committed artifacts are those of the committed sources.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

#[derive(Deserialize)]
struct Digests {
    solc: String,
    settings: String,
    sources: BTreeMap<String, String>,
    artifacts: BTreeMap<String, String>,
}

fn contracts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contracts")
}

fn sha256(path: &str) -> String {
    hex::encode(Sha256::digest(fs::read(contracts().join(path)).unwrap()))
}

fn solidity_files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(contracts().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.ends_with(".sol"))
        .map(|name| format!("{folder}/{name}"))
        .collect()
}

#[test]
fn artifacts_are_not_stale() {
    let text = fs::read_to_string(contracts().join("artifacts/digest.json")).unwrap();
    let digests: Digests = serde_json::from_str(&text).unwrap();
    let remedy = "run l1-contracts-sim/contracts/build.sh";

    assert_eq!(sha256("settings.json"), digests.settings, "{remedy}");
    let mut files = [solidity_files("src"), solidity_files("src/test")].concat();
    files.sort();
    let sources: BTreeMap<_, _> = files.into_iter().map(|f| (f.clone(), sha256(&f))).collect();
    assert_eq!(sources, digests.sources, "{remedy}");
    for (name, digest) in digests.artifacts {
        assert_eq!(
            sha256(&format!("artifacts/{name}")),
            digest,
            "{name} was edited by hand: {remedy}"
        );
    }

    let package: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(contracts().join("package.json")).unwrap())
            .unwrap();
    let pinned = package["dependencies"]["solc"].as_str().unwrap();
    assert!(
        digests.solc.starts_with(&format!("{pinned}+")),
        "compiled with {}: {remedy}",
        digests.solc
    );
}
