//! Field elements as decimal strings, one canonical form each.

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField as _};

/// Text that is no canonical decimal of a field element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the canonical decimal of a number below the order of the scalar field")]
pub struct NotAFieldElement(pub String);

/// Decimal digits of 2^256.
const DIGITS_MAX: usize = 78;

/// The element in decimal.
#[must_use]
pub fn to_decimal(value: &Fr) -> String {
    value.into_bigint().to_string()
}

/// Reads what [`to_decimal`] writes, and nothing else: digits, no leading zero, below r.
///
/// # Errors
/// [`NotAFieldElement`].
pub fn from_decimal(text: &str) -> Result<Fr, NotAFieldElement> {
    let refused = || NotAFieldElement(text.chars().take(DIGITS_MAX + 1).collect());
    let digits = text.as_bytes();
    let canonical = match digits {
        [] => false,
        [b'0'] => true,
        [first, ..] => *first != b'0' && digits.len() <= DIGITS_MAX,
    };
    if !canonical || !digits.iter().all(u8::is_ascii_digit) {
        return Err(refused());
    }
    let mut limbs = [0u64; 4];
    for digit in digits {
        let mut carry = u128::from(digit - b'0');
        for limb in &mut limbs {
            let product = u128::from(*limb) * 10 + carry;
            *limb = product as u64;
            carry = product >> 64;
        }
        if carry != 0 {
            return Err(refused());
        }
    }
    Fr::from_bigint(BigInt::new(limbs)).ok_or_else(refused)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// r, from `docs/spec/primitives.md`.
    const ORDER: &str =
        "21888242871839275222246405745257275088548364400416034343698204186575808495617";

    #[test]
    fn one_text_per_element() {
        let largest = ORDER.replace("5617", "5616");
        for text in ["0", "1", "10", "18446744073709551616", largest.as_str()] {
            assert_eq!(to_decimal(&from_decimal(text).unwrap()), text);
        }
        assert_eq!(from_decimal(&largest).unwrap(), -Fr::from(1u8));
        let beyond = "9".repeat(78);
        let long = "1".repeat(10_000);
        for text in [
            "", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1e3", ORDER, &beyond, &long,
        ] {
            assert!(from_decimal(text).is_err(), "{text}");
        }
    }
}
