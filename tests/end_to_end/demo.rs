//! `assay demo` as a newcomer runs it.

use crate::{invoke::run, process::succeed};

/// What a run of the demo must have done, by its own report. It checks balances, roots and
/// bundles itself and fails where one is off.
fn check_report(report: &serde_json::Value, shape: &str) {
    assert_eq!(report["shape"], shape);
    assert!(report["transfers"].as_u64().unwrap() >= 20);
    assert_eq!(report["deposits"], 5);
    let batches = report["batches"].as_array().unwrap();
    let sum = |field: &str| {
        batches
            .iter()
            .map(|batch| batch[field].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(sum("transfers"), report["transfers"].as_u64().unwrap());
    assert_eq!((sum("deposits"), sum("withdrawals")), (5, 1));
    assert!(
        batches
            .iter()
            .all(|batch| batch["gas"].as_u64().unwrap() > 50_000)
    );
}

#[test]
fn the_demo_plays_to_its_end_with_the_shape_that_it_has_by_default() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let out = out.to_str().unwrap();
    let report = succeed(&["demo", "--out", out, "--json"]);
    check_report(&serde_json::from_str(&report).unwrap(), "small");

    // What it kept is enough to verify a batch elsewhere, with nothing else there.
    let bundle = format!("{out}/bundles/batch-1.json");
    let key = format!("{out}/keys/small.verifying.key");
    let verdict = succeed(&["verify", &bundle, "--vk", &key, "--json"]);
    let verdict: serde_json::Value = serde_json::from_str(&verdict).unwrap();
    assert_eq!(
        (&verdict["valid"], &verdict["key"]),
        (&true.into(), &"trusted".into())
    );

    // Its data cannot be used again: the layer 1 that it belongs to is gone.
    let again = run(&["demo", "--out", out]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("choose another directory"));
}

#[test]
fn the_demo_plays_with_tiny_batches() {
    let report = succeed(&["demo", "--shape", "tiny", "--json"]);
    check_report(&serde_json::from_str(&report).unwrap(), "tiny");
}
