//! The verifying key, its canonical words and its digest.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_groth16::PreparedVerifyingKey;
use assay_api::hexadecimal::Hex;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

use super::encoding::{PointError, Word, g1_from_words, g1_to_words, g2_from_words, g2_to_words};

/// A Groth16 verifying key whose points are valid, with what verification computes from it once.
#[derive(Clone)]
pub struct VerifyingKey {
    key: ark_groth16::VerifyingKey<Bn254>,
    prepared: Arc<OnceLock<PreparedVerifyingKey<Bn254>>>,
}

/// Why words are no verifying key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyingKeyError {
    /// Too few words, or half a point at the end.
    #[error("a verifying key is 14 words and 2 per input; these are {found}")]
    Length {
        /// How many words there are.
        found: usize,
    },
    /// More inputs than any circuit of this project has.
    #[error(
        "a verifying key has at most {} inputs, this one {found}",
        VerifyingKey::INPUTS_MAX
    )]
    TooManyInputs {
        /// How many inputs there are.
        found: usize,
    },
    /// A word is not 0x and 64 hexadecimal digits.
    #[error("word {word} of the verifying key is not 0x and 64 hexadecimal digits")]
    NotHex {
        /// Which one.
        word: usize,
    },
    /// One of its points is none. An input whose point is infinity would bind nothing.
    #[error("{point} of the verifying key: {reason}")]
    Point {
        /// Its name.
        point: String,
        /// What is wrong with it.
        #[source]
        reason: PointError,
    },
    /// With gamma = delta, whoever has one proof can prove any other inputs.
    #[error("gamma and delta of the verifying key are equal")]
    GammaIsDelta,
}

impl VerifyingKey {
    /// Most inputs that a key may have.
    pub const INPUTS_MAX: usize = 64;
    /// Words before the inputs' points: alpha, beta, gamma, delta.
    const FIXED_WORDS: usize = 14;

    /// A key of points that the caller computed in their groups.
    pub(crate) fn from_ark(key: ark_groth16::VerifyingKey<Bn254>) -> Self {
        Self {
            key,
            prepared: Arc::default(),
        }
    }

    /// The key as ark-groth16 has it.
    #[must_use]
    pub fn as_ark(&self) -> &ark_groth16::VerifyingKey<Bn254> {
        &self.key
    }

    /// What the pairing needs of the key, computed at its first use.
    pub(crate) fn prepared(&self) -> &PreparedVerifyingKey<Bn254> {
        self.prepared
            .get_or_init(|| ark_groth16::prepare_verifying_key(&self.key))
    }

    /// How many public inputs a proof under this key has.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.key.gamma_abc_g1.len() - 1
    }

    /// alpha, in G1.
    #[must_use]
    pub fn alpha(&self) -> [Word; 2] {
        g1_to_words(&self.key.alpha_g1)
    }

    /// beta, in G2.
    #[must_use]
    pub fn beta(&self) -> [Word; 4] {
        g2_to_words(&self.key.beta_g2)
    }

    /// gamma, in G2.
    #[must_use]
    pub fn gamma(&self) -> [Word; 4] {
        g2_to_words(&self.key.gamma_g2)
    }

    /// delta, in G2.
    #[must_use]
    pub fn delta(&self) -> [Word; 4] {
        g2_to_words(&self.key.delta_g2)
    }

    /// One point of G1 for the constant and one for each public input.
    #[must_use]
    pub fn ic(&self) -> Vec<[Word; 2]> {
        self.key.gamma_abc_g1.iter().map(g1_to_words).collect()
    }

    /// alpha (2 words), beta (4), gamma (4), delta (4), then the inputs' points (2 each): the
    /// canonical encoding, and what the verifier contract is made with.
    #[must_use]
    pub fn to_words(&self) -> Vec<Word> {
        let mut words = self.alpha().to_vec();
        words.extend([self.beta(), self.gamma(), self.delta()].as_flattened());
        words.extend(self.ic().as_flattened());
        words
    }

    /// Reads what [`Self::to_words`] writes.
    ///
    /// # Errors
    /// [`VerifyingKeyError`].
    pub fn from_words(words: &[Word]) -> Result<Self, VerifyingKeyError> {
        let found = words.len();
        let (fixed, inputs) = words
            .split_first_chunk::<{ Self::FIXED_WORDS }>()
            .ok_or(VerifyingKeyError::Length { found })?;
        let (ic_words, rest) = inputs.as_chunks::<2>();
        if ic_words.is_empty() || !rest.is_empty() {
            return Err(VerifyingKeyError::Length { found });
        }
        if ic_words.len() > Self::INPUTS_MAX + 1 {
            return Err(VerifyingKeyError::TooManyInputs {
                found: ic_words.len() - 1,
            });
        }
        let g1 = |name: String, words: &[Word; 2]| -> Result<G1Affine, VerifyingKeyError> {
            g1_from_words(words).map_err(|reason| VerifyingKeyError::Point {
                point: name,
                reason,
            })
        };
        let g2 = |name: &str, at: usize| -> Result<G2Affine, VerifyingKeyError> {
            let words = [fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]];
            g2_from_words(&words).map_err(|reason| VerifyingKeyError::Point {
                point: name.to_owned(),
                reason,
            })
        };
        let key = ark_groth16::VerifyingKey {
            alpha_g1: g1("alpha".to_owned(), &[fixed[0], fixed[1]])?,
            beta_g2: g2("beta", 2)?,
            gamma_g2: g2("gamma", 6)?,
            delta_g2: g2("delta", 10)?,
            gamma_abc_g1: ic_words
                .iter()
                .enumerate()
                .map(|(i, words)| g1(format!("ic[{i}]"), words))
                .collect::<Result<_, _>>()?,
        };
        if key.gamma_g2 == key.delta_g2 {
            return Err(VerifyingKeyError::GammaIsDelta);
        }
        Ok(Self::from_ark(key))
    }

    /// Reads words of 0x and 64 hexadecimal digits, in the order of [`Self::to_words`].
    ///
    /// # Errors
    /// [`VerifyingKeyError`].
    pub fn from_hex_words(texts: &[String]) -> Result<Self, VerifyingKeyError> {
        let mut words = vec![[0u8; 32]; texts.len()];
        for (i, (word, text)) in words.iter_mut().zip(texts).enumerate() {
            let digits = text.strip_prefix("0x").unwrap_or_default();
            hex::decode_to_slice(digits, word)
                .map_err(|_| VerifyingKeyError::NotHex { word: i })?;
        }
        Self::from_words(&words)
    }

    /// SHA-256 of the canonical words, end to end.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.to_words().as_flattened()).into()
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", Hex(&self.digest()))
    }
}

/// A list of words, each 0x and 64 hexadecimal digits, in the order of
/// [`VerifyingKey::to_words`].
impl Serialize for VerifyingKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = self.to_words();
        serializer.collect_seq(words.iter().map(|word| Hex(word).to_string()))
    }
}

impl<'de> Deserialize<'de> for VerifyingKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Self::from_hex_words(&texts).map_err(D::Error::custom)
    }
}
