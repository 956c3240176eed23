//! Decimal floats in the circuit.

use ark_bn254::Fr;
use ark_ff::{BigInt, Field};
use ark_r1cs_std::{boolean::Boolean, fields::fp::FpVar};

use super::{EXPONENT_BITS, Format};
use crate::bits::r1cs::{and, enforce_at_least, from_bits, is_below_constant, is_zero};
use crate::constraint::{Cs, Result, bit_value, group, linear, product};

/// The value of a code given by its bits, little-endian; proves that the code is canonical. The
/// value is an integer below 2^139: that it is below 2^128 is the caller's to prove.
///
/// # Errors
/// Those of synthesis.
pub fn decode(cs: &Cs, format: &Format, bits: &[Boolean<Fr>]) -> Result<FpVar<Fr>> {
    let (mantissa, exponent) = split(format, bits);
    group(cs, "canonical", || {
        // exponent = 0, or 10 * mantissa >= 2^M.
        let no_exponent = bit_value(&is_zero(cs, &from_bits(cs, exponent))?);
        enforce_at_least(cs, mantissa, &least_scaled_mantissa(format), &no_exponent)
    })?;
    group(cs, "value", || value(cs, mantissa, exponent))
}

/// The value of a code and whether it is the canonical code of it.
///
/// # Errors
/// Those of synthesis.
pub fn decode_any(
    cs: &Cs,
    format: &Format,
    bits: &[Boolean<Fr>],
) -> Result<(FpVar<Fr>, Boolean<Fr>)> {
    let (mantissa, exponent) = split(format, bits);
    let canonical = group(cs, "canonical", || {
        let no_exponent = is_zero(cs, &from_bits(cs, exponent))?;
        let small = is_below_constant(cs, mantissa, &least_scaled_mantissa(format))?;
        Ok(!and(cs, &small, &!no_exponent)?)
    })?;
    let value = group(cs, "value", || value(cs, mantissa, exponent))?;
    Ok((value, canonical))
}

fn split<'a>(format: &Format, bits: &'a [Boolean<Fr>]) -> (&'a [Boolean<Fr>], &'a [Boolean<Fr>]) {
    assert_eq!(
        bits.len(),
        format.bits() as usize,
        "a code has its format's bits"
    );
    bits.split_at(format.mantissa_bits as usize)
}

/// The least mantissa that an exponent may scale.
fn least_scaled_mantissa(format: &Format) -> BigInt<4> {
    BigInt::from((1u64 << format.mantissa_bits).div_ceil(10))
}

/// `mantissa * 10^exponent`: one row for each bit of the exponent.
fn value(cs: &Cs, mantissa: &[Boolean<Fr>], exponent: &[Boolean<Fr>]) -> Result<FpVar<Fr>> {
    let mut power = Fr::from(10u64);
    let mut value = from_bits(cs, mantissa);
    for bit in &exponent[..EXPONENT_BITS as usize] {
        let factor = linear(cs, &[(power - Fr::ONE, &bit_value(bit))], Fr::ONE);
        value = product(cs, &value, &factor)?;
        power.square_in_place();
    }
    Ok(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
