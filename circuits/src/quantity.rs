//! The numbers of the protocol, each owning its range and its encoding.

use std::{fmt, str::FromStr};

use ark_bn254::Fr;
use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};

use crate::float;

/// A number that does not fit the quantity it was given to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Account indexes run from 1 to 2^24 - 1; index 0 is never given out.
    #[error("account index {0} is not in 1..16777216")]
    AccountIndex(u64),
    /// Amounts are unsigned 128-bit numbers of base units, in decimal.
    #[error("`{0}` is not a whole number of base units below 2^128 in decimal")]
    Amount(String),
    /// The fee has no canonical 16-bit float.
    #[error(
        "fee {value} cannot be written as a 16-bit float; the nearest below is {nearest_below}"
    )]
    Fee {
        /// What was asked for, base units.
        value: u128,
        /// The largest representable fee that is not larger, base units.
        nearest_below: u128,
    },
    /// A fee code that is not canonical or whose value is too large.
    #[error("fee code {0:#06x} is not the canonical encoding of a fee")]
    FeeCode(u16),
}

/// Index of an account's leaf, 1 to 2^24 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct AccountIndex(u32);

impl AccountIndex {
    /// The first index that is given out.
    pub const FIRST: Self = Self(1);
    /// One past the largest index.
    pub const END: u32 = 1 << 24;

    /// Checks the range.
    ///
    /// # Errors
    /// [`QuantityError::AccountIndex`] for 0 and for 2^24 or more.
    pub fn new(index: u32) -> Result<Self, QuantityError> {
        if index == 0 || index >= Self::END {
            return Err(QuantityError::AccountIndex(index.into()));
        }
        Ok(Self(index))
    }

    /// The index as a number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }

    /// The index after this one, or `None` when the tree is full.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::new(self.0.checked_add(1)?).ok()
    }
}

impl TryFrom<u32> for AccountIndex {
    type Error = QuantityError;
    fn try_from(index: u32) -> Result<Self, QuantityError> {
        Self::new(index)
    }
}

impl From<AccountIndex> for u32 {
    fn from(index: AccountIndex) -> Self {
        index.0
    }
}

impl fmt::Display for AccountIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of a token; 0 is the layer 1's ether.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TokenId(pub u16);

impl TokenId {
    /// The layer 1's ether.
    pub const ETHER: Self = Self(0);
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An amount of one token in base units; arithmetic on it is checked. JSON: a decimal string.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    SerializeDisplay,
    DeserializeFromStr,
)]
pub struct Amount(pub u128);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Sum, or `None` at 2^128 and above.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or `None` below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Amount {
    type Err = QuantityError;

    /// Decimal digits only: no sign, no separator, no leading zero.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let canonical = !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit())
            && (text.len() == 1 || !text.starts_with('0'));
        let parsed = text.parse().ok().filter(|_| canonical);
        parsed
            .map(Self)
            .ok_or_else(|| QuantityError::Amount(text.to_owned()))
    }
}

/// What takes another's place offers more by this part of its fee at least.
const RAISE: u128 = 10;

/// A fee: a canonical 16-bit float (see [`float::FEE`]) of base units. JSON: its value as a
/// decimal string.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, SerializeDisplay, DeserializeFromStr,
)]
pub struct Fee {
    code: u16,
    value: u128,
}

impl Fee {
    /// No fee.
    pub const ZERO: Self = Self { code: 0, value: 0 };

    /// The fee of exactly `value` base units.
    ///
    /// # Errors
    /// [`QuantityError::Fee`] when no 16-bit float has this value.
    pub fn from_value(value: u128) -> Result<Self, QuantityError> {
        let code = float::FEE.encode(value).map_err(|_| QuantityError::Fee {
            value,
            nearest_below: float::FEE.round_down(value),
        })?;
        let code = u16::try_from(code).expect("a fee code has 16 bits");
        Ok(Self { code, value })
    }

    /// The fee that a code stands for.
    ///
    /// # Errors
    /// [`QuantityError::FeeCode`] when the code is not canonical.
    pub fn from_code(code: u16) -> Result<Self, QuantityError> {
        let value = float::FEE
            .decode(code.into())
            .map_err(|_| QuantityError::FeeCode(code))?;
        Ok(Self { code, value })
    }

    /// The largest representable fee that is at most `value`.
    #[must_use]
    pub fn round_down(value: u128) -> Self {
        let value = float::FEE.round_down(value);
        Self::from_value(value).expect("a rounded value is representable")
    }

    /// The smallest representable fee that is at least `value`, if there is one.
    #[must_use]
    pub fn round_up(value: u128) -> Option<Self> {
        Self::from_value(float::FEE.round_up(value)?).ok()
    }

    /// The least that an order must offer to take the place of one that waits with this fee and the same
    /// nonce: a tenth more, rounded up, and 1 more at least (`docs/spec/api.md`).
    #[must_use]
    pub fn to_replace(self) -> Amount {
        let raise = self.value.div_ceil(RAISE).max(1);
        Amount(self.value.saturating_add(raise))
    }

    /// The 16-bit code: what is signed and what stands in records.
    #[must_use]
    pub fn code(self) -> u16 {
        self.code
    }

    /// The fee in base units.
    #[must_use]
    pub fn value(self) -> Amount {
        Amount(self.value)
    }
}

impl fmt::Display for Fee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl FromStr for Fee {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        Self::from_value(text.parse::<Amount>()?.0)
    }
}

/// Number of operations that an account's owner has signed so far; the next one carries it.
pub type Nonce = u32;

/// Seconds since the Unix epoch, u32 (until 2106).
pub type Timestamp = u32;

/// Number of a batch; the first is 1, 0 stands for genesis.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct BatchNumber(pub u64);

impl BatchNumber {
    /// The state before the first batch.
    pub const GENESIS: Self = Self(0);

    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add(1).expect("2^64 batches are never made"))
    }
}

impl fmt::Display for BatchNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Root of the state tree. JSON: 0x and 64 hex digits, big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateRoot(#[serde(with = "crate::word")] pub Fr);

impl fmt::Display for StateRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(crate::word::to_bytes(self.0)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_one_spelling() {
        assert_eq!("0".parse(), Ok(Amount(0)));
        assert_eq!(u128::MAX.to_string().parse(), Ok(Amount(u128::MAX)));
        for bad in [
            "", "00", "01", "+1", "-1", " 1", "1_000", "0x1", "1e3", "1.0",
        ] {
            assert!(bad.parse::<Amount>().is_err(), "{bad}");
        }
        assert!(
            "340282366920938463463374607431768211456"
                .parse::<Amount>()
                .is_err()
        );
    }

    #[test]
    fn index_zero_and_the_end_are_refused() {
        assert!(AccountIndex::new(0).is_err());
        assert!(AccountIndex::new(1 << 24).is_err());
        assert_eq!(AccountIndex::new((1 << 24) - 1).unwrap().next(), None);
    }

    #[test]
    fn a_fee_that_is_no_float_names_the_nearest() {
        // 2,047 is the largest mantissa.
        let error = Fee::from_value(20_479).unwrap_err();
        assert_eq!(
            error,
            QuantityError::Fee {
                value: 20_479,
                nearest_below: 20_470
            }
        );
        assert_eq!(Fee::from_value(20_470).unwrap().value(), Amount(20_470));
    }

    #[test]
    fn what_replaces_offers_a_tenth_more_and_something_more_than_nothing() {
        for (replaced, least, fee) in [
            (0, 1, 1),
            (1, 2, 2),
            (10, 11, 11),
            (11, 13, 13),
            (2_000, 2_200, 2_200),
            (2_047, 2_252, 2_260),
        ] {
            let to_replace = Fee::from_value(replaced).unwrap().to_replace();
            assert_eq!(to_replace, Amount(least));
            assert_eq!(Fee::round_up(least).unwrap().value(), Amount(fee));
        }
        let most = Fee::round_down(u128::MAX);
        assert_eq!(Fee::round_up(most.to_replace().0), None);
    }
}
