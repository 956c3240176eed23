//! What is told of keys.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use assay_api::hexadecimal::Hex;
use assay_prover::{
    groth16::setup::SetupRandomness,
    keys::{Keys, proving_key_path, verifying_key_path},
};
use serde::Serialize;

use crate::terminal::{outcome::Outcome, output::OutputArgs};

/// What a key file holds.
#[derive(Debug, Serialize)]
struct KeyReport {
    circuit: String,
    provenance: String,
    insecure: bool,
    circuit_sha256: String,
    verifying_key_sha256: String,
    constraints: usize,
    wires: usize,
    proving_key: PathBuf,
    proving_key_bytes: u64,
    verifying_key: PathBuf,
}

/// Prints what keys are.
pub(super) fn show(directory: &Path, keys: &Keys, output: OutputArgs) -> Result<Outcome> {
    let proving_key = proving_key_path(directory, keys.circuit);
    let size = fs::metadata(&proving_key)
        .with_context(|| format!("cannot read {}", proving_key.display()))?;
    let matrices = keys.proving_key.matrices();
    let report = KeyReport {
        circuit: keys.circuit.name().to_owned(),
        provenance: keys.randomness.to_string(),
        insecure: keys.randomness == SetupRandomness::Development,
        circuit_sha256: Hex(&keys.circuit_digest).to_string(),
        verifying_key_sha256: Hex(&keys.proving_key.verifying_key().digest()).to_string(),
        constraints: matrices.constraints(),
        wires: matrices.wires(),
        proving_key,
        proving_key_bytes: size.len(),
        verifying_key: verifying_key_path(directory, keys.circuit),
    };
    output.print(&report, |report| {
        [
            format!("circuit               {}", report.circuit),
            format!("made from             {}", report.provenance),
            format!("circuit SHA-256       {}", report.circuit_sha256),
            format!("verifying key SHA-256 {}", report.verifying_key_sha256),
            format!("constraints           {}", report.constraints),
            format!("wires                 {}", report.wires),
            format!(
                "proving key           {} ({} bytes)",
                report.proving_key.display(),
                report.proving_key_bytes
            ),
            format!("verifying key         {}", report.verifying_key.display()),
        ]
        .join("\n")
    })?;
    Ok(Outcome::Done)
}
