//! Bytes as `0x` and hexadecimal digits.

use hex::FromHexError;

/// How bytes are shown.
pub(crate) fn display(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Reads exactly as many bytes as there is room for.
pub(crate) fn read(text: &str, bytes: &mut [u8]) -> Result<(), FromHexError> {
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or_default(), bytes)
}
