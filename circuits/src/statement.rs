//! The statement of a batch: its vector and the public inputs (`docs/spec/statement.md`).

pub mod r1cs;

use ark_bn254::Fr;
use ark_ff::{PrimeField, Zero};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{poseidon, shape::Shape, word};

/// Words of the vector that go into one hash of the chain; the 16th input is the chain itself.
pub const WORDS_PER_HASH: usize = 15;

/// Positions of the header's words in the vector.
pub mod position {
    /// Root before the batch.
    pub const OLD_ROOT: usize = 0;
    /// Root after it.
    pub const NEW_ROOT: usize = 1;
    /// [`crate::order::Domain`].
    pub const DOMAIN: usize = 2;
    /// [`crate::shape::Shape::id`].
    pub const SHAPE: usize = 3;
    /// [`crate::quantity::BatchNumber`].
    pub const BATCH_NUMBER: usize = 4;
    /// Unix seconds.
    pub const TIMESTAMP: usize = 5;
    /// How many of the first full records are of the layer 1's queue.
    pub const L1_OPERATIONS: usize = 6;
    /// [`crate::address::L1Address`] of whoever is paid for settling the batch; only bound.
    pub const SETTLER: usize = 7;
    /// How many leaves are given out before the batch, the reserved leaf 0 among them.
    pub const ACCOUNTS_BEFORE: usize = 8;
    /// How many are given out after it.
    pub const ACCOUNTS_AFTER: usize = 9;
}

/// The vector of a batch, of the length of its shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    shape: Shape,
    #[serde(with = "word::list")]
    words: Vec<Fr>,
}

/// A vector whose length does not fit its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the statement has {found} words; shape {shape} has {expected}")]
pub struct WrongLength {
    /// The shape.
    pub shape: Shape,
    /// Its length, words.
    pub expected: usize,
    /// The length found.
    pub found: usize,
}

impl Statement {
    /// A statement of these words.
    ///
    /// # Errors
    /// [`WrongLength`].
    pub fn new(shape: Shape, words: Vec<Fr>) -> Result<Self, WrongLength> {
        let (expected, found) = (shape.statement_words(), words.len());
        if expected != found {
            return Err(WrongLength {
                shape,
                expected,
                found,
            });
        }
        Ok(Self { shape, words })
    }

    /// Lays out records after a header and fee slots; what is missing is zero.
    ///
    /// # Panics
    /// When there are more fee slots or records than the shape has.
    #[must_use]
    pub fn lay_out(
        shape: Shape,
        header: [Fr; Shape::HEADER_WORDS],
        fee_slots: &[[Fr; 2]],
        full: &[[Fr; Shape::FULL_RECORD_WORDS]],
        transfers: &[[u8; Shape::TRANSFER_RECORD_BYTES]],
    ) -> Self {
        assert!(
            fee_slots.len() <= shape.fee_slots(),
            "more fee slots than {shape} has"
        );
        assert!(
            full.len() <= shape.full_records(),
            "more full records than {shape} has"
        );
        assert!(
            transfers.len() <= shape.transfers(),
            "more transfers than {shape} has"
        );
        let mut words = header.to_vec();
        words.extend(fee_slots.iter().flatten());
        words.resize(Shape::HEADER_WORDS + 2 * shape.fee_slots(), Fr::zero());
        words.extend(full.iter().flatten());
        words.resize(shape.statement_words() - shape.transfer_words(), Fr::zero());
        let bytes = transfers.concat();
        words.extend(bytes.chunks(Shape::BYTES_PER_WORD).map(|chunk| {
            let mut word = [0; 32];
            word[1..=chunk.len()].copy_from_slice(chunk);
            Fr::from_be_bytes_mod_order(&word)
        }));
        words.resize(shape.statement_words(), Fr::zero());
        Self { shape, words }
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> &[Fr] {
        &self.words
    }

    /// `C`, `z`, `y`.
    #[must_use]
    pub fn public_inputs(&self) -> PublicInputs {
        let c = chain_hash(&self.words);
        let z = challenge(c, &self.words);
        let y = evaluate(&self.words, z);
        PublicInputs { c, z, y }
    }
}

/// The public inputs of a batch proof, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicInputs {
    /// Chain hash of the words.
    #[serde(with = "word")]
    pub c: Fr,
    /// The point at which they are evaluated.
    #[serde(with = "word")]
    pub z: Fr,
    /// Their value there.
    #[serde(with = "word")]
    pub y: Fr,
}

impl PublicInputs {
    /// As the verifier takes them.
    #[must_use]
    pub fn to_array(&self) -> [Fr; 3] {
        [self.c, self.z, self.y]
    }
}

/// `C`: the Poseidon chain over the words, [`WORDS_PER_HASH`] at a time.
#[must_use]
pub fn chain_hash(words: &[Fr]) -> Fr {
    words
        .chunks(WORDS_PER_HASH)
        .fold(Fr::zero(), |chain, chunk| {
            let mut inputs = [Fr::zero(); WORDS_PER_HASH + 1];
            inputs[0] = chain;
            inputs[1..=chunk.len()].copy_from_slice(chunk);
            poseidon::hash(&inputs)
        })
}

/// `z = SHA-256("assay/z" | C | words) mod r`.
#[must_use]
pub fn challenge(c: Fr, words: &[Fr]) -> Fr {
    let mut hash = Sha256::new();
    hash.update(b"assay/z");
    hash.update(word::to_bytes(c));
    for w in words {
        hash.update(word::to_bytes(*w));
    }
    Fr::from_be_bytes_mod_order(&hash.finalize())
}

/// `y = sum of w_i z^i`.
#[must_use]
pub fn evaluate(words: &[Fr], z: Fr) -> Fr {
    words
        .iter()
        .rev()
        .fold(Fr::zero(), |value, w| value * z + w)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn transfer_records_fill_words_of_31_bytes() {
        let shape = Shape::Small;
        let records: Vec<[u8; 13]> = (1..=5u8).map(|i| [i; 13]).collect();
        let header = [Fr::from(9u8); Shape::HEADER_WORDS];
        let statement = Statement::lay_out(shape, header, &[], &[], &records);
        assert_eq!(statement.words().len(), shape.statement_words());
        let first = statement.words()[shape.statement_words() - shape.transfer_words()];
        let mut expected = [0u8; 32];
        expected[1..14].fill(1);
        expected[14..27].fill(2);
        expected[27..32].fill(3);
        assert_eq!(word::to_bytes(first), expected);
    }

    #[test]
    fn evaluation_is_the_polynomial_with_these_coefficients() {
        let words: Vec<Fr> = (1..=4u64).map(Fr::from).collect();
        assert_eq!(evaluate(&words, Fr::from(10u8)), Fr::from(4321u64));
    }

    #[test]
    fn every_word_moves_every_public_input() {
        let words = vec![Fr::from(3u8); Shape::Tiny.statement_words()];
        let original = Statement::new(Shape::Tiny, words.clone())
            .unwrap()
            .public_inputs();
        for at in 0..words.len() {
            let mut changed = words.clone();
            changed[at] += Fr::from(1u8);
            let inputs = Statement::new(Shape::Tiny, changed)
                .unwrap()
                .public_inputs();
            assert!(inputs.c != original.c && inputs.z != original.z && inputs.y != original.y);
        }
    }
}
