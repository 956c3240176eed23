//! Signatures in the circuit: the same verdict as [`PublicKey::verify`](super::PublicKey::verify), as
//! a bit, for any bytes.

use ark_bn254::Fr;
use ark_ff::{Field, PrimeField};
use ark_r1cs_std::{boolean::Boolean, fields::fp::FpVar};
use ark_relations::gr1cs::SynthesisError;

use super::Signature;
use crate::babyjubjub::r1cs::{PointVar, fixed_base, variable_base};
use crate::babyjubjub::{Point, Scalar};
use crate::bits::r1cs::{alloc_integer_bits, is_below_constant, is_zero, to_bits_canonical};
use crate::constraint::{Cs, Result, bit_value, difference, group, linear};
use crate::poseidon;

/// Bits of a response in [`SignatureVar::new`]: those of `l`.
pub const RESPONSE_BITS: usize = fixed_base::SCALAR_BITS;

/// A signature that may be anything.
#[derive(Clone)]
pub struct SignatureVar {
    /// The nonce's point, or two other field elements.
    pub r8: PointVar,
    /// At least 251 bits of `S`, little-endian.
    pub s: Vec<Boolean<Fr>>,
}

impl SignatureVar {
    /// A fresh signature whose `S` has 251 bits; a value with more loses the high ones. Where the
    /// circuit has to answer for any `S`, make `s` with `to_bits_canonical` of the word that
    /// holds it.
    ///
    /// # Errors
    /// Those of `value`.
    pub fn new(cs: &Cs, value: impl FnOnce() -> Result<Signature>) -> Result<SignatureVar> {
        let signature = if cs.is_in_setup_mode() {
            None
        } else {
            Some(value()?)
        };
        let known = || signature.ok_or(SynthesisError::AssignmentMissing);
        let r8 = PointVar::new(cs, || Ok(known()?.r8))?;
        let s = alloc_integer_bits(cs, RESPONSE_BITS, signature.map(|signature| signature.s))?;
        Ok(SignatureVar { r8, s })
    }
}

/// Whether the signature on `message` is valid under `key`.
///
/// Total: an honest prover satisfies the rows whatever key, signature and message are, and no
/// prover can satisfy them with another verdict. A point off the curve is replaced by
/// `B8` before anything is computed with it, and so is `8 A` where it is the identity; the rows
/// that follow then hold, and the verdict is false because of the bit that chose.
///
/// # Errors
/// Those of synthesis.
///
/// # Panics
/// When there are fewer than 251 bits of `S`.
pub fn is_valid(
    cs: &Cs,
    key: &PointVar,
    signature: &SignatureVar,
    message: &FpVar<Fr>,
) -> Result<Boolean<Fr>> {
    let base = PointVar::constant(Point::BASE8);
    let SignatureVar { r8, s } = signature;

    let challenge = group(cs, "challenge", || {
        let inputs = [&r8.x, &r8.y, &key.x, &key.y, message].map(Clone::clone);
        poseidon::r1cs::hash(cs, &inputs)
    })?;
    let challenge = group(cs, "challenge-bits", || to_bits_canonical(cs, &challenge))?;
    let (key_is_point, key) = group(cs, "key", || or_base(cs, key, &base))?;
    let (r8_is_point, r8) = group(cs, "r8", || or_base(cs, r8, &base))?;
    let (key_is_low, key_by_8) = group(cs, "key-order", || {
        let key_by_8 = key.double(cs)?.double(cs)?.double(cs)?;
        // 8 A is in the group of odd order l, where only the identity has x = 0.
        let is_identity = is_zero(cs, &key_by_8.x)?;
        let key_by_8 = PointVar::select(cs, &is_identity, &base, &key_by_8)?;
        Ok((is_identity, key_by_8))
    })?;
    let s_is_small = group(cs, "response", || {
        is_below_constant(cs, s, &Scalar::MODULUS)
    })?;
    let left = group(cs, "base", || fixed_base::multiply(cs, s))?;
    let multiple = group(cs, "multiple", || {
        variable_base::multiply(cs, &key_by_8, &challenge)
    })?;
    group(cs, "equation", || {
        let right = r8.add(cs, &multiple)?;
        let same_x = is_zero(cs, &difference(cs, &left.x, &right.x))?;
        let same_y = is_zero(cs, &difference(cs, &left.y, &right.y))?;
        // Valid when none of the six complaints is true.
        let rules = [
            key_is_point,
            r8_is_point,
            s_is_small,
            !key_is_low,
            same_x,
            same_y,
        ];
        let rules = rules.map(|rule| bit_value(&rule));
        let complaints: Vec<(Fr, &FpVar<Fr>)> = rules.iter().map(|rule| (-Fr::ONE, rule)).collect();
        is_zero(cs, &linear(cs, &complaints, Fr::from(rules.len() as u64)))
    })
}

/// Whether the point is on the curve, and the point or else the base point.
fn or_base(cs: &Cs, point: &PointVar, base: &PointVar) -> Result<(Boolean<Fr>, PointVar)> {
    let is_point = point.is_on_curve(cs)?;
    let safe = PointVar::select(cs, &is_point, point, base)?;
    Ok((is_point, safe))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
