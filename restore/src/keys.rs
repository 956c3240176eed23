//! The keys by which batches are verified.

use std::collections::BTreeMap;

use assay_circuits::shape::Shape;
use assay_l1::client::{L1Error, RollupClient};
use assay_prover::groth16::verifying_key::{VerifyingKey, VerifyingKeyError};

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The layer 1 does not answer.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// The contract has a shape of this number with another size, or another kind of verifier.
    #[error("the contract's shape {0} is not the one that this program knows")]
    Shape(Shape),
    /// A verifier's words are no key.
    #[error("the key of the contract's verifier of shape {shape}: {source}")]
    Key {
        /// The shape.
        shape: Shape,
        /// Why.
        source: VerifyingKeyError,
    },
    /// The contract verifies with another key than the one that is trusted.
    #[error("the contract verifies shape {0} with another key than the one given")]
    OtherKey(Shape),
}

/// The verifying key of each shape.
#[derive(Debug, Clone, Default)]
pub struct VerifyingKeys(BTreeMap<Shape, VerifyingKey>);

impl VerifyingKeys {
    /// These keys.
    pub fn new(keys: impl IntoIterator<Item = (Shape, VerifyingKey)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// The keys that the contract's verifiers show. What is `trusted` must be among them, or of a
    /// shape that the contract does not have.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn of_contract(client: &RollupClient, trusted: &Self) -> Result<Self, KeysError> {
        let mut keys = BTreeMap::new();
        for shape in Shape::ALL {
            let Some(found) = client.shape(shape.id()).await? else {
                continue;
            };
            let size = found.size;
            let fits = usize::from(size.transfers) == shape.transfers()
                && usize::from(size.full_records) == shape.full_records()
                && usize::from(size.fee_slots) == shape.fee_slots();
            if !fits {
                return Err(KeysError::Shape(shape));
            }
            let words = client.verifier_key(found.verifier).await?;
            let key = VerifyingKey::from_words(&words);
            let key = key.map_err(|source| KeysError::Key { shape, source })?;
            if trusted.get(shape).is_some_and(|trusted| *trusted != key) {
                return Err(KeysError::OtherKey(shape));
            }
            keys.insert(shape, key);
        }
        Ok(Self(keys))
    }

    /// All keys, by shape.
    pub fn iter(&self) -> impl Iterator<Item = (Shape, &VerifyingKey)> {
        self.0.iter().map(|(shape, key)| (*shape, key))
    }

    /// The key of a shape.
    #[must_use]
    pub fn get(&self, shape: Shape) -> Option<&VerifyingKey> {
        self.0.get(&shape)
    }
}
