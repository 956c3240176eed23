//! Bytes as 0x and lowercase hexadecimal digits: hashes, digests, roots.
//!
//! The functions serve `#[serde(with = "hexadecimal")]` on arrays.

use std::fmt;

use hex::FromHexError;
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// Shows bytes as 0x and their digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

/// Reads 0x and the digits of exactly as many bytes as there is room for.
///
/// # Errors
/// No 0x, or another number of digits.
pub fn read(text: &str, bytes: &mut [u8]) -> Result<(), FromHexError> {
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or_default(), bytes)
}

/// Writes the digits.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer, const N: usize>(
    bytes: &[u8; N],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Hex(bytes))
}

/// Reads what [`serialize`] writes, and digits in upper case.
///
/// # Errors
/// No 0x, or another number of digits.
pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
) -> Result<[u8; N], D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut bytes = [0; N];
    read(&text, &mut bytes).map_err(|_| {
        let digits = 2 * N;
        D::Error::custom(format_args!(
            "{N} bytes are written as 0x and {digits} hexadecimal digits"
        ))
    })?;
    Ok(bytes)
}
