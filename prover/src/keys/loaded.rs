//! The keys of a circuit, as a file or bytes have them.

use std::{path::Path, sync::Arc};

use assay_circuits::circuit::CircuitId;

use super::{
    container::{Header, Reader},
    error::{KeyError, Kind},
    records::{PROVING_KEY_SECTIONS, VERIFYING_KEY_SECTIONS, read_proving_key, read_verifying_key},
};
use crate::groth16::{ProvingKey, SetupRandomness, verifying_key::VerifyingKey};

/// The keys of one circuit, loaded.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Of which circuit.
    pub circuit: CircuitId,
    /// Where the trapdoor came from.
    pub randomness: SetupRandomness,
    /// [`Description::digest`](crate::groth16::description::Description::digest) of the circuit.
    pub circuit_digest: [u8; 32],
    /// Matrices, points and verifying key.
    pub proving_key: Arc<ProvingKey>,
}

/// A verifying key from a file.
#[derive(Debug, Clone)]
pub struct VerifyingKeyFile {
    /// Of which circuit.
    pub circuit: CircuitId,
    /// Where the trapdoor came from.
    pub randomness: SetupRandomness,
    /// [`Description::digest`](crate::groth16::description::Description::digest) of the circuit.
    pub circuit_digest: [u8; 32],
    /// The key.
    pub verifying_key: VerifyingKey,
}

impl Keys {
    /// The keys that the bytes of a proving key's file hold; `name` is for errors. Every section's
    /// digest is checked.
    ///
    /// # Errors
    /// [`KeyError`], never of setup.
    pub fn parse(name: &Path, circuit: CircuitId, bytes: &[u8]) -> Result<Self, KeyError> {
        let reader = Reader::of_bytes(name, bytes, Kind::Proving, &PROVING_KEY_SECTIONS)?;
        Self::of(name, circuit, &reader)
    }

    /// The keys in a file whose sections were checked.
    pub(super) fn of(path: &Path, circuit: CircuitId, reader: &Reader) -> Result<Self, KeyError> {
        let header = reader.header().clone();
        if header.circuit != circuit {
            return Err(KeyError::WrongCircuit {
                path: path.to_owned(),
                expected: circuit,
                found: header.circuit,
            });
        }
        let proving_key = Arc::new(read_proving_key(reader)?);
        check_mark(path, &header, proving_key.verifying_key())?;
        Ok(Self {
            circuit,
            randomness: header.randomness,
            circuit_digest: header.circuit_digest,
            proving_key,
        })
    }
}

impl VerifyingKeyFile {
    /// The verifying key that the bytes of its file hold; `name` is for errors.
    ///
    /// # Errors
    /// [`KeyError`], never of setup.
    pub fn parse(name: &Path, bytes: &[u8]) -> Result<Self, KeyError> {
        let reader = Reader::of_bytes(name, bytes, Kind::Verifying, &VERIFYING_KEY_SECTIONS)?;
        Self::of(name, &reader)
    }

    /// The verifying key in a file whose section was checked.
    pub(super) fn of(path: &Path, reader: &Reader) -> Result<Self, KeyError> {
        let header = reader.header().clone();
        let verifying_key = read_verifying_key(reader)?;
        check_mark(path, &header, &verifying_key)?;
        let Header {
            circuit,
            randomness,
            circuit_digest,
            ..
        } = header;
        Ok(Self {
            circuit,
            randomness,
            circuit_digest,
            verifying_key,
        })
    }
}

/// What a header says of its key's trapdoor is one byte; the key's points say it too.
fn check_mark(path: &Path, header: &Header, key: &VerifyingKey) -> Result<(), KeyError> {
    let (said, found) = (
        header.randomness,
        SetupRandomness::of_key(key, &header.circuit_digest),
    );
    if said == found {
        return Ok(());
    }
    Err(KeyError::Mismarked {
        path: path.to_owned(),
        said,
        found,
    })
}
