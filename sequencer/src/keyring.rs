//! The verifying keys by which the node judges proofs.

use std::{collections::BTreeMap, path::Path};

use assay_circuits::{address::Network, circuit::CircuitId};
use assay_prover::{
    groth16::{setup::SetupRandomness, verifying_key::VerifyingKey},
    keys::{KeyError, VerifyingKeyFile},
    known_circuits::open_verifying_key,
};
use assay_restore::keys::VerifyingKeys;

/// A verifying key and where its trapdoor came from.
#[derive(Debug, Clone)]
pub struct CircuitKey {
    /// The key.
    pub verifying_key: VerifyingKey,
    /// Public for development, or from the system.
    pub randomness: SetupRandomness,
}

/// One verifying key per circuit.
#[derive(Debug, Clone, Default)]
pub struct Keyring(BTreeMap<CircuitId, CircuitKey>);

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Everybody can forge proofs.
    #[error(
        "the key of {0} was made for development: everybody can forge proofs under it, and this is no development chain"
    )]
    Insecure(CircuitId),
    /// A circuit for tests on a public chain.
    #[error("{0} is for tests and this is no development chain")]
    ForTests(CircuitId),
    /// There is nothing to make batches with.
    #[error("the node needs at least one shape")]
    NoShape,
}

impl Keyring {
    /// A ring of these keys.
    pub fn new(keys: impl IntoIterator<Item = (CircuitId, CircuitKey)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Reads the keys of these circuits from a directory.
    ///
    /// # Errors
    /// [`KeyringError::Key`], also for keys of another circuit or another version of it.
    pub fn open(
        dir: &Path,
        circuits: impl IntoIterator<Item = CircuitId>,
    ) -> Result<Self, KeyringError> {
        let open = |circuit: CircuitId| {
            let VerifyingKeyFile {
                verifying_key,
                randomness,
                ..
            } = open_verifying_key(dir, circuit)?;
            let key = CircuitKey {
                verifying_key,
                randomness,
            };
            Ok::<_, KeyringError>((circuit, key))
        };
        Ok(Self(
            circuits.into_iter().map(open).collect::<Result<_, _>>()?,
        ))
    }

    /// The keys that a contract shows. Where their randomness came from it does not say; those of a
    /// development chain are taken for development keys.
    #[must_use]
    pub fn of_contract(keys: &VerifyingKeys, network: Network) -> Self {
        let randomness = match network {
            Network::Development => SetupRandomness::Development,
            Network::Public => SetupRandomness::System,
        };
        Self::new(keys.iter().map(|(shape, verifying_key)| {
            let key = CircuitKey {
                verifying_key: verifying_key.clone(),
                randomness,
            };
            (CircuitId::Batch(shape), key)
        }))
    }

    /// Refuses what is insecure outside development chains.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn check(&self, network: Network) -> Result<(), KeyringError> {
        if self.0.is_empty() {
            return Err(KeyringError::NoShape);
        }
        for (circuit, key) in &self.0 {
            if network == Network::Development {
                continue;
            }
            if circuit.is_for_tests() {
                return Err(KeyringError::ForTests(*circuit));
            }
            if key.randomness == SetupRandomness::Development {
                return Err(KeyringError::Insecure(*circuit));
            }
        }
        Ok(())
    }

    /// The key of a circuit.
    #[must_use]
    pub fn get(&self, circuit: impl Into<CircuitId>) -> Option<&CircuitKey> {
        self.0.get(&circuit.into())
    }

    /// All keys, by circuit.
    pub fn iter(&self) -> impl Iterator<Item = (CircuitId, &CircuitKey)> {
        self.0.iter().map(|(circuit, key)| (*circuit, key))
    }
}
