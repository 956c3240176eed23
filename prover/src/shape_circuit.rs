//! The batch circuit of a shape, as the engine takes it: this is the only place where the engine
//! meets the circuits.

use std::{path::Path, sync::Arc};

use assay_circuits::{
    batch::{
        BatchWitness,
        r1cs::{BatchCircuit, MisshapenWitness},
    },
    shape::Shape,
};

use crate::{
    groth16::{
        Observer,
        description::{DescribeError, Description},
        prove::{ProveError, Proved, Prover},
        setup::{SetupError, SetupObserver, SetupRandomness, SetupStep},
    },
    keys::{KeyError, Keys},
};

/// Why a batch is not proven.
#[derive(Debug, thiserror::Error)]
pub enum BatchProofError {
    /// The witness is no witness.
    #[error("the witness cannot be read: {0}")]
    Unreadable(#[from] postcard::Error),
    /// The witness is of another shape, or of none.
    #[error(transparent)]
    Misshapen(#[from] MisshapenWitness),
    /// The prover's own error.
    #[error(transparent)]
    Prove(#[from] ProveError),
}

/// The circuit of a shape.
///
/// # Errors
/// [`DescribeError`].
pub fn describe(shape: Shape) -> Result<Description, DescribeError> {
    Description::of(BatchCircuit::blank(shape))
}

/// Reads a shape's keys from a directory and refuses those of another circuit.
///
/// # Errors
/// [`KeyError`].
pub fn open_keys(dir: &Path, shape: Shape) -> Result<Keys, KeyError> {
    let (keys, description) = rayon::join(|| Keys::open(dir, shape), || describe(shape));
    let keys = keys?;
    keys.expect_circuit(dir, &description.map_err(SetupError::from)?)?;
    Ok(keys)
}

/// Reads a shape's keys from a directory, or makes them there ([`Keys::open_or_create`]).
///
/// # Errors
/// [`KeyError`].
pub fn open_or_create_keys(
    dir: &Path,
    shape: Shape,
    randomness: SetupRandomness,
    observer: SetupObserver<'_>,
) -> Result<Keys, KeyError> {
    observer(SetupStep::Synthesis, SetupStep::Synthesis.done_before());
    let description = describe(shape).map_err(SetupError::from)?;
    Keys::open_or_create(dir, shape, &description, randomness, observer)
}

/// Makes a shape's keys in a directory, over any that are there.
///
/// # Errors
/// [`KeyError`].
pub fn create_keys(
    dir: &Path,
    shape: Shape,
    randomness: SetupRandomness,
    observer: SetupObserver<'_>,
) -> Result<Keys, KeyError> {
    observer(SetupStep::Synthesis, SetupStep::Synthesis.done_before());
    let description = describe(shape).map_err(SetupError::from)?;
    Keys::create(dir, shape, &description, randomness, observer)
}

/// Proves a batch.
///
/// # Errors
/// [`BatchProofError`].
pub fn prove_batch(
    prover: &Prover,
    witness: Arc<BatchWitness>,
    observer: Observer<'_>,
) -> Result<Proved, BatchProofError> {
    let circuit = BatchCircuit::new(witness)?;
    Ok(prover.prove_with(|| circuit.assignment(), observer)?)
}

/// A witness as a job carries it.
///
/// # Errors
/// Those of postcard, which a witness in memory does not give.
pub fn encode_witness(witness: &BatchWitness) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_stdvec(witness)
}

/// Reads what [`encode_witness`] writes, to the last byte.
///
/// # Errors
/// Those of postcard.
pub fn decode_witness(bytes: &[u8]) -> Result<BatchWitness, postcard::Error> {
    match postcard::take_from_bytes(bytes)? {
        (witness, []) => Ok(witness),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}
