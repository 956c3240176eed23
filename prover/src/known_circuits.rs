//! The circuits of this version as the engine takes them: described, with their keys, and proven.

use std::{path::Path, sync::Arc};

use assay_circuits::{
    batch::{
        BatchWitness,
        r1cs::{BatchCircuit, MisshapenWitness},
    },
    circuit::CircuitId,
    escape::r1cs::EscapeCircuit,
};

use crate::{
    circuit_digest::is_known,
    groth16::{
        Observer,
        description::{DescribeError, Description},
        prove::{ProveError, Proved, Prover},
        setup::{SetupError, SetupObserver, SetupRandomness, SetupStep},
    },
    keys::{KeyError, Keys, VerifyingKeyFile, verifying_key_path},
};

pub use crate::circuit_digest::is_development_key;

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

/// The rows and wires of a circuit.
///
/// # Errors
/// [`DescribeError`].
pub fn describe(circuit: CircuitId) -> Result<Description, DescribeError> {
    match circuit {
        CircuitId::Batch(shape) => Description::of(BatchCircuit::blank(shape)),
        CircuitId::Escape => Description::of(EscapeCircuit::blank()),
    }
}

/// Reads a circuit's verifying key from a directory and refuses that of another version of it.
///
/// # Errors
/// [`KeyError`].
pub fn open_verifying_key(dir: &Path, circuit: CircuitId) -> Result<VerifyingKeyFile, KeyError> {
    let path = verifying_key_path(dir, circuit);
    let file = VerifyingKeyFile::open(&path)?;
    if file.circuit != circuit {
        return Err(KeyError::WrongCircuit {
            path,
            expected: circuit,
            found: file.circuit,
        });
    }
    if is_known(circuit, file.circuit_digest) {
        return Ok(file);
    }
    let expected = describe(circuit).map_err(SetupError::from)?.digest();
    if expected == file.circuit_digest {
        return Ok(file);
    }
    Err(KeyError::OtherVersion {
        path,
        expected,
        found: file.circuit_digest,
    })
}

/// Reads a circuit's keys from a directory and refuses those of another version of it, which its
/// digest tells; it is described only where the key's digest is none of [`DIGESTS`].
///
/// # Errors
/// [`KeyError`].
pub fn open_keys(dir: &Path, circuit: CircuitId) -> Result<Keys, KeyError> {
    let keys = Keys::open(dir, circuit)?;
    if !is_known(circuit, keys.circuit_digest) {
        keys.expect_circuit(dir, &describe(circuit).map_err(SetupError::from)?)?;
    }
    Ok(keys)
}

/// As [`open_keys`], with the circuit described in any case and its matrices compared; the verifying
/// key beside the proving key too.
///
/// # Errors
/// [`KeyError`].
pub fn check_keys(dir: &Path, circuit: CircuitId) -> Result<Keys, KeyError> {
    let keys = check_proving_key(dir, circuit)?;
    keys.expect_verifying_key(dir)?;
    Ok(keys)
}

/// As [`check_keys`] of a proving key that stands alone.
///
/// # Errors
/// [`KeyError`].
pub fn check_proving_key(dir: &Path, circuit: CircuitId) -> Result<Keys, KeyError> {
    let (keys, description) = rayon::join(|| Keys::open(dir, circuit), || describe(circuit));
    let keys = keys?;
    keys.expect_matrices(dir, &description.map_err(SetupError::from)?)?;
    Ok(keys)
}

/// Reads a circuit's keys from a directory, or makes them there ([`Keys::open_or_create`]).
///
/// # Errors
/// [`KeyError`].
pub fn open_or_create_keys(
    dir: &Path,
    circuit: CircuitId,
    randomness: SetupRandomness,
    observer: SetupObserver<'_>,
) -> Result<Keys, KeyError> {
    let development = SetupRandomness::Development;
    match Keys::open(dir, circuit) {
        // Not those that everybody can forge under, unless they are asked for.
        Ok(keys)
            if is_known(circuit, keys.circuit_digest)
                && (keys.randomness, randomness) != (development, SetupRandomness::System) =>
        {
            return Ok(keys);
        }
        // What is wrong is told when it is opened again, after others have made what is missing.
        _ => {}
    }
    observer(SetupStep::Synthesis, SetupStep::Synthesis.done_before());
    let description = describe(circuit).map_err(SetupError::from)?;
    Keys::open_or_create(dir, circuit, &description, randomness, observer)
}

/// Makes a circuit's keys in a directory, over any that are there.
///
/// # Errors
/// [`KeyError`].
pub fn create_keys(
    dir: &Path,
    circuit: CircuitId,
    randomness: SetupRandomness,
    observer: SetupObserver<'_>,
) -> Result<Keys, KeyError> {
    observer(SetupStep::Synthesis, SetupStep::Synthesis.done_before());
    let description = describe(circuit).map_err(SetupError::from)?;
    Keys::create(dir, circuit, &description, randomness, observer)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{circuit_digest::DIGESTS, groth16::toy::Toy};

    #[test]
    fn a_verifying_key_of_another_circuit_is_refused_by_its_digest() {
        let dir = tempfile::tempdir().unwrap();
        let circuit = CircuitId::Escape;
        let toy = Description::of(Toy::new(3, 7)).unwrap();
        let development = SetupRandomness::Development;
        let keys = Keys::create(dir.path(), circuit, &toy, development, &|_, _| ()).unwrap();
        let refused = open_verifying_key(dir.path(), circuit).unwrap_err();
        assert!(
            matches!(refused, KeyError::OtherVersion { found, .. } if found == toy.digest()),
            "{refused}"
        );
        // Development's, but of another circuit.
        assert!(!is_development_key(
            circuit,
            keys.proving_key.verifying_key()
        ));
    }

    #[test]
    fn digests_are_those_of_the_circuits() {
        let digest = |circuit| hex::encode(describe(circuit).unwrap().digest());
        let found = DIGESTS.map(|(circuit, _)| (circuit, digest(circuit)));
        let known = DIGESTS.map(|(circuit, digest)| (circuit, digest.to_owned()));
        assert_eq!(
            known.each_ref().map(|(circuit, _)| *circuit),
            CircuitId::ALL
        );
        assert_eq!(
            found, known,
            "another circuit: put the left side into DIGESTS"
        );
    }
}
