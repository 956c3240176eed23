//! Addresses of the layer 1.

use std::{fmt, str::FromStr};

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

/// A 20-byte address of the layer 1. Prints with the EIP-55 checksum; parses with or without
/// one, and refuses mixed case that is not the checksum.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EthAddress(pub [u8; 20]);

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseAddressError {
    /// Not `0x` and 40 hexadecimal digits.
    #[error("`{0}` is not an L1 address: 0x and 40 hexadecimal digits are expected")]
    Format(String),
    /// Mixed case that does not fit EIP-55: most likely a typing error.
    #[error("the checksum of the L1 address `{given}` is wrong (`{expected}` would be right)")]
    Checksum {
        /// What was given.
        given: String,
        /// The same bytes with their checksum.
        expected: String,
    },
}

impl From<Address> for EthAddress {
    fn from(address: Address) -> Self {
        Self(address.into_array())
    }
}

impl From<EthAddress> for Address {
    fn from(address: EthAddress) -> Self {
        Self::from(address.0)
    }
}

impl fmt::Display for EthAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Address::from(*self).to_checksum(None))
    }
}

impl fmt::Debug for EthAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for EthAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || ParseAddressError::Format(text.to_owned());
        let digits = text.strip_prefix("0x").ok_or_else(malformed)?;
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| malformed())?;
        let address = Self(bytes);
        let mixed = digits.bytes().any(|c| c.is_ascii_lowercase())
            && digits.bytes().any(|c| c.is_ascii_uppercase());
        let expected = address.to_string();
        if mixed && expected != text {
            return Err(ParseAddressError::Checksum {
                given: text.to_owned(),
                expected,
            });
        }
        Ok(address)
    }
}

impl TryFrom<String> for EthAddress {
    type Error = ParseAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EthAddress> for String {
    fn from(address: EthAddress) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The examples of EIP-55.
    const CHECKSUMMED: [&str; 6] = [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn prints_and_parses_the_examples_of_eip_55() {
        for text in CHECKSUMMED {
            let address: EthAddress = text.parse().unwrap();
            let lower = format!("0x{}", text[2..].to_lowercase());
            assert_eq!(lower.parse::<EthAddress>().unwrap(), address);
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn refuses_a_wrong_checksum_and_malformed_text() {
        let wrong = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed";
        assert!(matches!(
            wrong.parse::<EthAddress>(),
            Err(ParseAddressError::Checksum { .. })
        ));
        for text in [
            "",
            "0x",
            "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0x12",
            "0xzz",
        ] {
            assert!(matches!(
                text.parse::<EthAddress>(),
                Err(ParseAddressError::Format(_))
            ));
        }
    }
}
