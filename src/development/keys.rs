//! Keys made from a public seed: the same on every machine, for development only.

use std::path::Path;

use anyhow::{Context as _, Result};
use assay_circuits::circuit::CircuitId;
use assay_prover::{
    groth16::setup::SetupRandomness,
    keys::{Keys, proving_key_path},
    known_circuits::open_or_create_keys,
};

use crate::terminal::progress::Progress;

/// Keys of a circuit: read, or made where there are none.
///
/// # Errors
/// Where they cannot be read or written.
pub(crate) fn open_or_create(
    directory: &Path,
    circuit: CircuitId,
    progress: &Progress,
) -> Result<Keys> {
    let there = proving_key_path(directory, circuit).exists();
    let step = progress.step_of_one(format!("development keys of {circuit}"));
    let randomness = SetupRandomness::Development;
    let keys = open_or_create_keys(directory, circuit, randomness, &|_, share| {
        step.set_share(share);
    })?;
    let done = if there {
        "read from"
    } else {
        "made and kept in"
    };
    step.finish(&format!("{done} {}", directory.display()));
    Ok(keys)
}

/// As [`open_or_create`], on a thread that may block.
///
/// # Errors
/// As [`open_or_create`].
pub(crate) async fn open_or_create_blocking(
    directory: &Path,
    circuit: CircuitId,
    progress: &Progress,
) -> Result<Keys> {
    let (directory, progress) = (directory.to_owned(), progress.clone());
    let work = tokio::task::spawn_blocking(move || open_or_create(&directory, circuit, &progress));
    work.await.context("making the keys broke off")?
}
