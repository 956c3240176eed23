//! The keys that all scenarios share.

use std::path::{Path, PathBuf};

use assay_circuits::{circuit::CircuitId, shape::Shape};
use assay_l1::batch::VerifyingKeyWords;
use assay_prover::groth16::setup::SetupRandomness;
use assay_prover::{
    groth16::verifying_key::VerifyingKey,
    keys::{KeyError, VerifyingKeyFile},
    known_circuits::{open_or_create_keys, open_verifying_key},
};

use crate::trapdoor::{Forger, NotPublic};

/// The shape of every batch.
pub(crate) const SHAPE: Shape = Shape::Tiny;

/// Development keys, and who proves with their trapdoor.
#[derive(Debug)]
pub struct DevelopmentKeys {
    pub(crate) directory: PathBuf,
    pub(crate) batch: VerifyingKey,
    pub(crate) escape: VerifyingKey,
    pub(crate) forger: Forger,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// They cannot be read or made.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// They are not development's.
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
}

impl DevelopmentKeys {
    /// Reads the keys in a directory, and makes those that are not there.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open_or_create(directory: &Path) -> Result<Self, KeysError> {
        let open = |circuit: CircuitId| -> Result<VerifyingKeyFile, KeyError> {
            open_or_create_keys(directory, circuit, SetupRandomness::Development, &|_, _| {})?;
            open_verifying_key(directory, circuit)
        };
        let batch = open(SHAPE.into())?;
        let escape = open(CircuitId::Escape)?;
        Ok(Self {
            directory: directory.to_owned(),
            forger: Forger::new(&batch)?,
            batch: batch.verifying_key,
            escape: escape.verifying_key,
        })
    }
}

/// A key as the contract takes it.
pub(crate) fn words(key: &VerifyingKey) -> VerifyingKeyWords {
    VerifyingKeyWords {
        alpha: key.alpha(),
        beta: key.beta(),
        gamma: key.gamma(),
        delta: key.delta(),
        ic: key.ic(),
    }
}
