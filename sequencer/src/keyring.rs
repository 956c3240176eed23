//! The verifying keys by which the node judges proofs.

use std::{collections::BTreeMap, path::Path};

use assay_circuits::{address::Network, shape::Shape};
use assay_prover::{
    groth16::{setup::SetupRandomness, verifying_key::VerifyingKey},
    keys::{KeyError, VerifyingKeyFile, verifying_key_path},
};

/// A verifying key and where its trapdoor came from.
#[derive(Debug, Clone)]
pub struct ShapeKey {
    /// The key.
    pub verifying_key: VerifyingKey,
    /// Public for development, or from the system.
    pub randomness: SetupRandomness,
}

/// One verifying key per shape.
#[derive(Debug, Clone, Default)]
pub struct Keyring(BTreeMap<Shape, ShapeKey>);

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The file is of another shape.
    #[error("the key file of shape {expected} holds a key of shape {found}")]
    WrongShape {
        /// What the name says.
        expected: Shape,
        /// What it holds.
        found: Shape,
    },
    /// Everybody can forge proofs.
    #[error(
        "the key of shape {0} was made for development: everybody can forge proofs under it, and this is no development chain"
    )]
    Insecure(Shape),
    /// A shape for tests on a public chain.
    #[error("shape {0} is for tests and this is no development chain")]
    ShapeForTests(Shape),
    /// There is nothing to make batches with.
    #[error("the node needs at least one shape")]
    NoShape,
}

impl Keyring {
    /// A ring of these keys.
    pub fn new(keys: impl IntoIterator<Item = (Shape, ShapeKey)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Reads the keys of these shapes from a directory.
    ///
    /// # Errors
    /// [`KeyringError::Key`], [`KeyringError::WrongShape`].
    pub fn open(dir: &Path, shapes: &[Shape]) -> Result<Self, KeyringError> {
        let open = |shape: &Shape| {
            let file = VerifyingKeyFile::open(&verifying_key_path(dir, *shape))?;
            if file.shape != *shape {
                return Err(KeyringError::WrongShape {
                    expected: *shape,
                    found: file.shape,
                });
            }
            let VerifyingKeyFile {
                verifying_key,
                randomness,
                ..
            } = file;
            Ok((
                *shape,
                ShapeKey {
                    verifying_key,
                    randomness,
                },
            ))
        };
        Ok(Self(shapes.iter().map(open).collect::<Result<_, _>>()?))
    }

    /// Refuses what is insecure outside development chains.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn check(&self, network: Network) -> Result<(), KeyringError> {
        if self.0.is_empty() {
            return Err(KeyringError::NoShape);
        }
        for (shape, key) in &self.0 {
            if network == Network::Development {
                continue;
            }
            if shape.is_for_tests() {
                return Err(KeyringError::ShapeForTests(*shape));
            }
            if key.randomness == SetupRandomness::Development {
                return Err(KeyringError::Insecure(*shape));
            }
        }
        Ok(())
    }

    /// The key of a shape.
    #[must_use]
    pub fn get(&self, shape: Shape) -> Option<&ShapeKey> {
        self.0.get(&shape)
    }

    /// All keys, by size of shape.
    pub fn iter(&self) -> impl Iterator<Item = (Shape, &ShapeKey)> {
        self.0.iter().map(|(shape, key)| (*shape, key))
    }
}
