//! Words: field elements as 32 bytes, big-endian, canonical (less than r).

pub mod list;

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// 32 bytes that are no field element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("0x{} is not below the order of the scalar field", hex::encode(.0))]
pub struct NotCanonical(pub [u8; 32]);

/// The word as 32 bytes, big-endian.
#[must_use]
pub fn to_bytes(word: Fr) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&word.into_bigint().to_bytes_be());
    bytes
}

/// The word that 32 big-endian bytes stand for.
///
/// # Errors
/// [`NotCanonical`] when they are r or more.
pub fn from_bytes(bytes: &[u8; 32]) -> Result<Fr, NotCanonical> {
    let word = Fr::from_be_bytes_mod_order(bytes);
    if to_bytes(word) == *bytes {
        Ok(word)
    } else {
        Err(NotCanonical(*bytes))
    }
}

/// Serde: 0x hex in text formats, 32 bytes in binary ones (`#[serde(with = "word")]`).
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(word: &Fr, serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = to_bytes(*word);
    if serializer.is_human_readable() {
        serializer.serialize_str(&format!("0x{}", hex::encode(bytes)))
    } else {
        serde::Serialize::serialize(&bytes, serializer)
    }
}

/// Reads what [`serialize`] writes.
///
/// # Errors
/// A message that says what the text is not.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fr, D::Error> {
    let bytes: [u8; 32] = if deserializer.is_human_readable() {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").unwrap_or_default();
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes)
            .map_err(|_| D::Error::custom("a word is 0x and 64 hex digits"))?;
        bytes
    } else {
        Deserialize::deserialize(deserializer)?
    };
    from_bytes(&bytes).map_err(D::Error::custom)
}

/// A number of up to 128 bits, shifted left by `shift` bits.
#[must_use]
pub(crate) fn shifted(value: u128, shift: usize) -> Fr {
    Fr::from(value) * power_of_two(shift)
}

/// 2^exponent in the field; the exponent is below 254.
#[must_use]
pub(crate) fn power_of_two(exponent: usize) -> Fr {
    let mut limbs = [0u64; 4];
    limbs[exponent / 64] = 1 << (exponent % 64);
    Fr::from(ark_ff::BigInt(limbs))
}
