//! A proof and its 256 bytes.

use std::fmt;

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use assay_api::hexadecimal::Hex;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::encoding::{PointError, Word, g1_from_words, g1_to_words, g2_from_words, g2_to_words};

/// A Groth16 proof whose points are on their curves, in their subgroups and not infinity.
///
/// A proof of the same statement can be turned into another by anybody: its bytes are never a
/// nonce and never an identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    a: G1Affine,
    b: G2Affine,
    c: G1Affine,
}

/// Why bytes or points are no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not 256 bytes.
    #[error("a proof is 256 bytes, these are {found}")]
    Length {
        /// How many bytes there are.
        found: usize,
    },
    /// Not hexadecimal digits after 0x.
    #[error("a proof is written as 0x and 512 hexadecimal digits")]
    NotHex,
    /// One of its points is none.
    #[error("point {point} of the proof: {reason}")]
    Point {
        /// `A`, `B` or `C`.
        point: char,
        /// What is wrong with it.
        #[source]
        reason: PointError,
    },
}

impl Proof {
    /// Length of the encoding.
    pub const BYTES: usize = 256;
    /// Words of the encoding.
    pub const WORDS: usize = 8;

    /// A proof of points that the caller computed in their groups.
    ///
    /// # Errors
    /// [`ProofError::Point`] when one of them is infinity.
    pub(crate) fn from_points(a: G1Affine, b: G2Affine, c: G1Affine) -> Result<Self, ProofError> {
        let infinite = [(a.is_zero(), 'A'), (b.is_zero(), 'B'), (c.is_zero(), 'C')];
        match infinite.into_iter().find(|(is_infinite, _)| *is_infinite) {
            Some((_, point)) => Err(ProofError::Point {
                point,
                reason: PointError::Infinity,
            }),
            None => Ok(Self { a, b, c }),
        }
    }

    /// The words of the verifier contract: A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y.
    #[must_use]
    pub fn to_words(&self) -> [Word; Self::WORDS] {
        let [ax, ay] = g1_to_words(&self.a);
        let [bx1, bx0, by1, by0] = g2_to_words(&self.b);
        let [cx, cy] = g1_to_words(&self.c);
        [ax, ay, bx1, bx0, by1, by0, cx, cy]
    }

    /// The proof of these words.
    ///
    /// # Errors
    /// [`ProofError::Point`]: a coordinate of q or more, infinity, off the curve or outside the
    /// subgroup.
    pub fn from_words(words: &[Word; Self::WORDS]) -> Result<Self, ProofError> {
        let [ax, ay, bx1, bx0, by1, by0, cx, cy] = *words;
        let named = |point| move |reason| ProofError::Point { point, reason };
        Ok(Self {
            a: g1_from_words(&[ax, ay]).map_err(named('A'))?,
            b: g2_from_words(&[bx1, bx0, by1, by0]).map_err(named('B'))?,
            c: g1_from_words(&[cx, cy]).map_err(named('C'))?,
        })
    }

    /// The words, end to end.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        for (chunk, word) in bytes
            .as_chunks_mut::<32>()
            .0
            .iter_mut()
            .zip(self.to_words())
        {
            *chunk = word;
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] writes.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        let words = match bytes.as_chunks::<32>() {
            (words, []) => <&[Word; Self::WORDS]>::try_from(words).ok(),
            _ => None,
        };
        Self::from_words(words.ok_or(ProofError::Length { found: bytes.len() })?)
    }

    /// Reads what `to_string` writes: 0x and 512 hexadecimal digits.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn from_hex(text: &str) -> Result<Self, ProofError> {
        let digits = text.strip_prefix("0x").ok_or(ProofError::NotHex)?;
        Self::from_bytes(&hex::decode(digits).map_err(|_| ProofError::NotHex)?)
    }

    /// A, in G1.
    pub fn a(&self) -> &G1Affine {
        &self.a
    }

    /// B, in G2.
    pub fn b(&self) -> &G2Affine {
        &self.b
    }

    /// C, in G1.
    pub fn c(&self) -> &G1Affine {
        &self.c
    }

    /// The same proof as ark-groth16 has it.
    #[must_use]
    pub fn to_ark(&self) -> ark_groth16::Proof<Bn254> {
        ark_groth16::Proof {
            a: self.a,
            b: self.b,
            c: self.c,
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Hex(&self.to_bytes()))
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({self})")
    }
}

impl Serialize for Proof {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Proof {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).map_err(D::Error::custom)
    }
}
