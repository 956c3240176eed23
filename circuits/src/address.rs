//! Addresses: of users on the rollup (bech32m of a compressed key), and on the layer 1.

use std::{fmt, str::FromStr};

use ark_bn254::Fr;
use ark_ff::PrimeField;
use bech32::{Bech32m, Hrp};
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use sha3::{Digest, Keccak256};

use crate::babyjubjub::Point;

/// The kind of network an address belongs to; it names the human-readable prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// A public chain: prefix `assay`.
    Public,
    /// A development chain, where keys may be insecure: prefix `assaydev`.
    Development,
}

impl Network {
    /// Chain ids of local development chains: 1337 (geth --dev) and 31337 (anvil, hardhat, and
    /// the simulated layer 1).
    const DEVELOPMENT_CHAIN_IDS: [u64; 2] = [1337, 31337];

    /// The kind of network that a chain id names.
    #[must_use]
    pub fn of_chain(chain_id: u64) -> Self {
        if Self::DEVELOPMENT_CHAIN_IDS.contains(&chain_id) {
            Self::Development
        } else {
            Self::Public
        }
    }

    fn prefix(self) -> Hrp {
        let text = match self {
            Self::Public => "assay",
            Self::Development => "assaydev",
        };
        Hrp::parse_unchecked(text)
    }
}

/// A user's address: who is paid. It can be printed only with the network it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, SerializeDisplay, DeserializeFromStr)]
pub struct Address {
    /// The network in the prefix.
    pub network: Network,
    /// The owner's public key, a point of the curve.
    pub owner: Point,
}

/// Text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not bech32m, or the checksum does not fit: a typing error, most likely.
    #[error("`{0}` is no address: its checksum does not fit")]
    Checksum(String),
    /// The bits behind the key are not 0, so this is a second spelling of an address.
    #[error("`{0}` is no address: the bits behind its key are not 0")]
    Padding(String),
    /// The prefix of something else.
    #[error("the address starts with `{0}`; Assay's start with `assay1` or `assaydev1`")]
    Prefix(String),
    /// Not 32 bytes, or not the compressed form of a point of the curve.
    #[error("the address does not hold a public key")]
    Key,
    /// A point of small order: there is no secret for it.
    #[error("nobody can sign for this address: what is paid to it is lost")]
    NobodysKey,
    /// Not 0x and 40 hex digits.
    #[error("`{0}` is no layer 1 address: it is 0x and 40 hex digits")]
    NotHex(String),
    /// Mixed case that does not fit EIP-55.
    #[error("`{0}` has a wrong EIP-55 checksum: a typing error, most likely")]
    Eip55(String),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = bech32::encode::<Bech32m>(self.network.prefix(), &self.owner.compress())
            .expect("32 bytes are within bech32m's length");
        f.write_str(&text)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let checked = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(text)
            .map_err(|_| AddressError::Checksum(text.to_owned()))?;
        let network = [Network::Public, Network::Development]
            .into_iter()
            .find(|network| network.prefix() == checked.hrp())
            .ok_or_else(|| AddressError::Prefix(checked.hrp().to_string()))?;
        let bytes: Vec<u8> = checked.byte_iter().collect();
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| AddressError::Key)?;
        let owner = Point::decompress(&bytes).map_err(|_| AddressError::Key)?;
        if !owner.can_sign() {
            return Err(AddressError::NobodysKey);
        }
        let address = Self { network, owner };
        // Upper case is another matter: it is what a code that is scanned holds.
        if address.to_string() != text.to_lowercase() {
            return Err(AddressError::Padding(text.to_owned()));
        }
        Ok(address)
    }
}

/// A 20-byte address of the layer 1. Text: 0x hex with an EIP-55 checksum. In what programs write for programs
/// it is the same text, whose checksum, which is for typing errors, is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, SerializeDisplay)]
pub struct L1Address(pub [u8; 20]);

impl L1Address {
    /// The address as an integer.
    #[must_use]
    pub fn word(&self) -> Fr {
        Fr::from_be_bytes_mod_order(&self.0)
    }

    /// What the digits say, whatever their case. Returns them as well.
    fn of_digits(text: &str) -> Result<(Self, &str), AddressError> {
        let not_hex = || AddressError::NotHex(text.to_owned());
        let digits = text.strip_prefix("0x").ok_or_else(not_hex)?;
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| not_hex())?;
        Ok((Self(bytes), digits))
    }
}

impl<'de> Deserialize<'de> for L1Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_for_people = deserializer.is_human_readable();
        deserializer.deserialize_str(Spelling { is_for_people })
    }
}

/// Reads the text of a layer 1 address.
struct Spelling {
    is_for_people: bool,
}

impl Visitor<'_> for Spelling {
    type Value = L1Address;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x and 40 hex digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<L1Address, E> {
        let read = match self.is_for_people {
            true => text.parse(),
            false => L1Address::of_digits(text).map(|(address, _)| address),
        };
        read.map_err(E::custom)
    }
}

impl fmt::Display for L1Address {
    /// With the checksum of EIP-55: a letter is upper case where the same digit of the hash of
    /// the lower-case text is 8 or more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lower = hex::encode(self.0);
        let hash = hex::encode(Keccak256::digest(lower.as_bytes()));
        f.write_str("0x")?;
        for (letter, digit) in lower.chars().zip(hash.chars()) {
            let upper = digit >= '8';
            write!(
                f,
                "{}",
                if upper {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            )?;
        }
        Ok(())
    }
}

impl FromStr for L1Address {
    type Err = AddressError;

    /// All lower or all upper case is taken as it is; mixed case must fit EIP-55.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (address, digits) = Self::of_digits(text)?;
        let has = |test: fn(&u8) -> bool| digits.bytes().any(|b| test(&b));
        let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
        if mixed && address.to_string() != text {
            return Err(AddressError::Eip55(text.to_owned()));
        }
        Ok(address)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::babyjubjub::Scalar;
    use ark_ff::BigInteger as _;

    #[test]
    fn l1_addresses_of_eip55() {
        // The examples of EIP-55.
        for text in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        ] {
            let address: L1Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(text.to_lowercase().parse(), Ok(address));
        }
        let wrong = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        assert_eq!(
            wrong.parse::<L1Address>(),
            Err(AddressError::Eip55(wrong.to_owned()))
        );
        assert!(
            "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
                .parse::<L1Address>()
                .is_err()
        );
        assert!("0x5aAe".parse::<L1Address>().is_err());
    }

    /// Stores and witnesses have it in postcard: what is written stays as it is, and reading it hashes nothing.
    #[test]
    fn programs_read_an_l1_address_without_its_checksum_and_people_with_it() {
        // The first example of EIP-55, behind its length.
        let text = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        let address: L1Address = text.parse().unwrap();
        let stored = [&[42][..], text.as_bytes()].concat();
        assert_eq!(postcard::to_stdvec(&address), Ok(stored.clone()));
        assert_eq!(postcard::from_bytes(&stored), Ok(address));
        assert_eq!(
            serde_json::to_string(&address).unwrap(),
            format!("\"{text}\"")
        );
        let mistyped = text.replace("5aA", "5AA");
        let stored = [&[42][..], mistyped.as_bytes()].concat();
        assert_eq!(postcard::from_bytes(&stored), Ok(address));
        let json = serde_json::Value::from(mistyped);
        assert!(serde_json::from_value::<L1Address>(json).is_err());
        for text in ["0x5aAe", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed00"] {
            let stored = postcard::to_stdvec(text).unwrap();
            assert!(postcard::from_bytes::<L1Address>(&stored).is_err());
            assert!(serde_json::from_value::<L1Address>(text.into()).is_err());
        }
    }

    /// All eight, and what no key is at all: of `y` whether there is a point, of a point whether its
    /// order does not divide 8, which is asked by doubling it three times.
    #[test]
    fn addresses_that_nobody_can_sign_for_are_refused() {
        let text =
            |bytes: &[u8; 32]| bech32::encode::<Bech32m>(Network::Public.prefix(), bytes).unwrap();
        let small = small_order_points();
        assert_eq!(small.len(), 8);
        for point in small {
            let refused = text(&point.compress()).parse::<Address>();
            assert_eq!(refused, Err(AddressError::NobodysKey), "{point:?}");
        }
        let off_curve = (0..40u8).map(|y| {
            let mut bytes = [0; 32];
            bytes[0] = y;
            bytes
        });
        for bytes in off_curve {
            let expected = match Point::decompress(&bytes) {
                Err(_) => Err(AddressError::Key),
                Ok(point) if cleared(&point) == Point::IDENTITY => Err(AddressError::NobodysKey),
                Ok(owner) => Ok(Address {
                    network: Network::Public,
                    owner,
                }),
            };
            assert_eq!(text(&bytes).parse::<Address>(), expected);
        }
        let off_curve = Point {
            x: Fr::from(1u8),
            y: Fr::from(2u8),
        };
        assert!(!off_curve.can_sign() && Point::BASE8.can_sign());
    }

    fn cleared(point: &Point) -> Point {
        point.double().double().double()
    }

    /// What is left of points when the part of the large order is taken away: `l` times a point.
    fn small_order_points() -> Vec<Point> {
        let l = Scalar::MODULUS;
        let mut found: Vec<Point> = Vec::new();
        for y in 0..200u8 {
            let mut bytes = [0; 32];
            bytes[0] = y;
            let Ok(point) = Point::decompress(&bytes) else {
                continue;
            };
            let mut multiple = Point::IDENTITY;
            for bit in l.to_bits_be() {
                multiple = multiple.double();
                if bit {
                    multiple = multiple.add(&point);
                }
            }
            if !found.contains(&multiple) {
                found.push(multiple);
            }
        }
        found
    }

    #[test]
    fn an_address_survives_the_trip_and_a_typing_error_does_not() {
        for network in [Network::Public, Network::Development] {
            let address = Address {
                network,
                owner: Point::BASE8,
            };
            let text = address.to_string();
            assert_eq!(text.parse(), Ok(address));
            for at in 0..text.len() {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = if bytes[at] == b'q' { b'p' } else { b'q' };
                let typo = String::from_utf8(bytes).unwrap();
                assert!(typo.parse::<Address>().is_err(), "{typo}");
            }
        }
    }
}
