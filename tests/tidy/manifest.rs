//! Just enough of `Cargo.toml` to see who depends on whom.

use std::{collections::BTreeSet, path::Path, process::Command};

use crate::source;

/// Our crates that each of ours may use.
pub(crate) const MAY_USE: [(&str, &[&str]); 14] = [
    ("telemetry/Cargo.toml", &[]),
    ("arithmetic/Cargo.toml", &[]),
    ("circuits/Cargo.toml", &["assay-arithmetic"]),
    ("durable/Cargo.toml", &[]),
    ("faults/Cargo.toml", &[]),
    ("l1-contracts-sim/Cargo.toml", &["assay-telemetry"]),
    ("api/Cargo.toml", &["assay-circuits"]),
    (
        "exit/Cargo.toml",
        &["assay-api", "assay-circuits", "assay-l1"],
    ),
    (
        "prover/Cargo.toml",
        &[
            "assay-api",
            "assay-arithmetic",
            "assay-circuits",
            "assay-durable",
            "assay-telemetry",
        ],
    ),
    (
        "browser/Cargo.toml",
        &["assay-api", "assay-circuits", "assay-prover"],
    ),
    (
        "restore/Cargo.toml",
        &["assay-circuits", "assay-exit", "assay-prover", "assay-l1"],
    ),
    (
        "sequencer/Cargo.toml",
        &[
            "assay-api",
            "assay-circuits",
            "assay-durable",
            "assay-prover",
            "assay-l1",
            "assay-restore",
            "assay-telemetry",
        ],
    ),
    (
        "simulation/Cargo.toml",
        &[
            "assay-api",
            "assay-circuits",
            "assay-faults",
            "assay-l1",
            "assay-prover",
            "assay-restore",
            "assay-sequencer",
        ],
    ),
    (
        "Cargo.toml",
        &[
            "assay-api",
            "assay-circuits",
            "assay-durable",
            "assay-exit",
            "assay-prover",
            "assay-l1",
            "assay-restore",
            "assay-sequencer",
            "assay-telemetry",
        ],
    ),
];

/// Names in a manifest's dependency sections, `[workspace.dependencies]` aside, each with its section.
pub(crate) fn dependencies(path: &Path) -> Vec<(String, String)> {
    let text = source::read(path);
    let mut found = Vec::new();
    let mut section = "";
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[') {
            section = title.trim_end_matches(']');
            if let Some((of, name)) = section.split_once("dependencies.") {
                found.push((format!("{of}dependencies"), name.to_owned()));
            }
            continue;
        }
        let of_dependencies =
            section.ends_with("dependencies") && section != "workspace.dependencies";
        if let Some((name, _)) = line.split_once(['=', '.']).filter(|_| of_dependencies) {
            found.push((section.to_owned(), name.trim().to_owned()));
        }
    }
    found
}

/// The packages of others that cargo builds for a choice of ours, each with its features.
pub(crate) fn built(chosen: &[&str]) -> BTreeSet<String> {
    let listed = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--prefix",
            "none",
            "--format",
            "{p} {f}",
        ])
        .args(chosen)
        .current_dir(source::root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "cargo tree: {errors}");
    let text = String::from_utf8(listed.stdout).unwrap();
    let lines = text.lines().map(|line| {
        let line = line.trim_end().trim_end_matches(" (*)").trim_end();
        line.replace(" (proc-macro)", "")
    });
    // Ours are named with the place where they are.
    lines
        .filter(|line| !line.is_empty() && !line.contains(" ("))
        .collect()
}
