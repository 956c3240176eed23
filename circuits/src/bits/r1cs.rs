//! Bits, little-endian, and comparisons with constants.
//!
//! Comparing with a constant goes by its runs. Let `k` be the constant and, for a run of zeros in
//! `k`, `D` the number of positions above the run where `k` has a one and `x` has none, `Z` the
//! number of ones of `x` inside the run. Then `x <= k` exactly when `D = 0` implies `Z = 0` for
//! every run: at the first bit, from the top, where `x` and `k` differ, `x` has a one exactly when
//! `x > k`; there `D = 0` and `Z > 0`; and where some run has `D = 0`, `Z > 0`, the first such run
//! has above it no difference at all. `D` and `Z` are less than 255, so as field elements they are
//! zero only when they are zero, and "`D = 0` implies `Z = 0`" is one row: `Z = u D` for a hint `u`.
//! `x >= k` is the same on complements, by the runs of ones in `k`.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField};
use ark_r1cs_std::{GR1CSVar, boolean::Boolean, fields::fp::FpVar};
use ark_relations::gr1cs::SynthesisError;

use crate::constraint::{
    Cs, Hint, Result, bit_number, bit_value, computed, enforce_equal, enforce_product, linear,
    witness, witness_bit, witness_verdict,
};

/// Bits of a field element.
pub const FIELD_BITS: usize = Fr::MODULUS_BIT_SIZE as usize;

/// A number and its bits, little-endian.
pub struct Ranged {
    /// The bits.
    pub bits: Vec<Boolean<Fr>>,
    /// Their value.
    pub value: FpVar<Fr>,
}

impl Ranged {
    /// Hints a number below `2^width`; 0 where `number` is `None` and the circuit has a witness.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn new(cs: &Cs, width: usize, number: Hint<u128>) -> Result<Self> {
        let (bits, value) = alloc_bits(cs, width, || Ok(Fr::from(number.get()?)))?;
        Ok(Self { bits, value })
    }
}

/// `n` fresh bits of a number and the number that they make: `n` rows. A value of `2^n` or more
/// loses its high bits.
///
/// # Errors
/// Those of `value`.
pub fn alloc_bits(
    cs: &Cs,
    n: usize,
    value: impl FnOnce() -> Result<Fr>,
) -> Result<(Vec<Boolean<Fr>>, FpVar<Fr>)> {
    let value = if cs.is_in_setup_mode() {
        None
    } else {
        Some(value()?.into_bigint())
    };
    let bits = alloc_integer_bits(cs, n, value)?;
    let packed = from_bits(cs, &bits);
    Ok((bits, packed))
}

/// `n` fresh bits of an integer, which is absent in setup.
pub(crate) fn alloc_integer_bits(
    cs: &Cs,
    n: usize,
    value: Option<BigInt<4>>,
) -> Result<Vec<Boolean<Fr>>> {
    let bit = |i: usize| value.map(|value| value.get_bit(i));
    (0..n)
        .map(|i| witness_bit(cs, || bit(i).ok_or(SynthesisError::AssignmentMissing)))
        .collect()
}

/// The `n` bits of `x`; proves `x < 2^n` for `n < 254`. For `n = 254` a prover may choose between
/// the bits of `x` and of `x + r`; see [`to_bits_canonical`].
///
/// # Errors
/// Those of synthesis.
pub fn to_bits(cs: &Cs, x: &FpVar<Fr>, n: usize) -> Result<Vec<Boolean<Fr>>> {
    if let FpVar::Constant(x) = x {
        let x = x.into_bigint();
        return Ok((0..n).map(|i| Boolean::Constant(x.get_bit(i))).collect());
    }
    let (bits, packed) = alloc_bits(cs, n, || x.value())?;
    enforce_equal(cs, x, &packed)?;
    Ok(bits)
}

/// The 254 bits of `x` as an integer below `r`.
///
/// # Errors
/// Those of synthesis.
pub fn to_bits_canonical(cs: &Cs, x: &FpVar<Fr>) -> Result<Vec<Boolean<Fr>>> {
    let bits = to_bits(cs, x, FIELD_BITS)?;
    enforce_below_constant(cs, &bits, &Fr::MODULUS)?;
    Ok(bits)
}

/// The number that the bits make, modulo `r`; no constraint.
pub fn from_bits(cs: &Cs, bits: &[Boolean<Fr>]) -> FpVar<Fr> {
    if cs.is_values_only() && !are_constant(bits) {
        let number = |sum: Fr, bit| bit_number(bit).map(|bit| sum.double() + bit);
        if let Some(value) = bits.iter().rev().try_fold(Fr::ZERO, number) {
            return computed(cs, value);
        }
    }
    let numbers: Vec<FpVar<Fr>> = bits.iter().map(bit_value).collect();
    let powers = std::iter::successors(Some(Fr::ONE), |power| Some(power.double()));
    let terms: Vec<(Fr, &FpVar<Fr>)> = powers.zip(&numbers).collect();
    linear(cs, &terms, Fr::ZERO)
}

/// Whether the integer is less than `bound`: a row for each run of zeros in `bound - 1` and of ones
/// in `bound`, and one for the verdict.
///
/// # Errors
/// Those of synthesis.
pub fn is_below_constant(cs: &Cs, bits: &[Boolean<Fr>], bound: &BigInt<4>) -> Result<Boolean<Fr>> {
    let Some(largest) = predecessor(bound) else {
        return Ok(Boolean::Constant(false));
    };
    if bound.num_bits() as usize > bits.len() {
        return Ok(Boolean::Constant(true));
    }
    if are_constant(bits) {
        return Ok(Boolean::Constant(integer(bits)? < *bound));
    }
    let verdict = witness_bit(cs, || Ok(integer(bits)? < *bound))?;
    let below = bit_value(&verdict);
    let above = linear(cs, &[(-Fr::ONE, &below)], Fr::ONE);
    enforce_at_most(cs, bits, &largest, &above)?;
    enforce_at_least(cs, bits, bound, &below)?;
    Ok(verdict)
}

/// Proves that the integer is less than `bound`, which must not be 0: a row for each run of zeros in
/// `bound - 1`.
///
/// # Errors
/// Those of synthesis.
pub fn enforce_below_constant(cs: &Cs, bits: &[Boolean<Fr>], bound: &BigInt<4>) -> Result<()> {
    let largest = predecessor(bound).expect("no integer is below 0");
    if bound.num_bits() as usize > bits.len() {
        return Ok(());
    }
    enforce_at_most(cs, bits, &largest, &FpVar::Constant(Fr::ZERO))
}

/// Proves `x <= k` unless `waived`, a small non-negative number, is more than 0.
pub(crate) fn enforce_at_most(
    cs: &Cs,
    bits: &[Boolean<Fr>],
    k: &BigInt<4>,
    waived: &FpVar<Fr>,
) -> Result<()> {
    enforce_runs(cs, bits, k, false, waived)
}

/// Proves `x >= k` unless `waived`, a small non-negative number, is more than 0.
pub(crate) fn enforce_at_least(
    cs: &Cs,
    bits: &[Boolean<Fr>],
    k: &BigInt<4>,
    waived: &FpVar<Fr>,
) -> Result<()> {
    enforce_runs(cs, bits, k, true, waived)
}

/// The rows `Z = u (D + waived)`, one for each run of bits of `k` equal to `tight`. `k` has no
/// more bits than there are.
fn enforce_runs(
    cs: &Cs,
    bits: &[Boolean<Fr>],
    k: &BigInt<4>,
    tight: bool,
    waived: &FpVar<Fr>,
) -> Result<()> {
    // `D + waived`: a zero of `x` at a one of `k` falls short; with complements the reverse.
    let mut short = waived.clone();
    let mut position = bits.len();
    while position > 0 {
        let run = run_of(&bits[..position], k, tight);
        position -= run.len();
        if !run.is_empty() {
            let excess = count(cs, run, !tight, None);
            let ratio = witness(cs, || Ok(excess.value()? * small_inverse(short.value()?)))?;
            enforce_product(cs, &ratio, &short, &excess)?;
        }
        let run = run_of(&bits[..position], k, !tight);
        position -= run.len();
        short = count(cs, run, tight, Some(&short));
    }
    Ok(())
}

/// The highest of the bits, as long as those of `k` at their places are `value`.
fn run_of<'a>(bits: &'a [Boolean<Fr>], k: &BigInt<4>, value: bool) -> &'a [Boolean<Fr>] {
    let end = (0..bits.len()).rev().find(|i| k.get_bit(*i) != value);
    &bits[end.map_or(0, |end| end + 1)..]
}

/// How many of the bits are `value`, and `more`; no constraint.
fn count(cs: &Cs, bits: &[Boolean<Fr>], value: bool, more: Option<&FpVar<Fr>>) -> FpVar<Fr> {
    let numbers: Vec<FpVar<Fr>> = bits.iter().map(bit_value).collect();
    let sign = if value { Fr::ONE } else { -Fr::ONE };
    let mut terms: Vec<(Fr, &FpVar<Fr>)> = numbers.iter().map(|number| (sign, number)).collect();
    terms.extend(more.map(|more| (Fr::ONE, more)));
    let zeros = if value { 0 } else { bits.len() as u64 };
    linear(cs, &terms, Fr::from(zeros))
}

/// Whether both bits are set: one row.
///
/// # Errors
/// Those of synthesis.
pub fn and(cs: &Cs, a: &Boolean<Fr>, b: &Boolean<Fr>) -> Result<Boolean<Fr>> {
    if let (Boolean::Constant(bit), other) | (other, Boolean::Constant(bit)) = (a, b) {
        return Ok(if *bit {
            other.clone()
        } else {
            Boolean::Constant(false)
        });
    }
    let both = witness_verdict(cs, || Ok(a.value()? && b.value()?))?;
    enforce_product(cs, &bit_value(a), &bit_value(b), &bit_value(&both))?;
    Ok(both)
}

/// Whether `x` is zero: two rows.
///
/// # Errors
/// Those of synthesis.
pub fn is_zero(cs: &Cs, x: &FpVar<Fr>) -> Result<Boolean<Fr>> {
    if let FpVar::Constant(x) = x {
        return Ok(Boolean::Constant(*x == Fr::ZERO));
    }
    let zero = witness_verdict(cs, || Ok(x.value()? == Fr::ZERO))?;
    let inverse = witness(cs, || Ok(small_inverse(x.value()?)))?;
    let number = bit_value(&zero);
    // x = 0 makes the first row say zero = 1; x != 0 makes the second say zero = 0.
    enforce_product(
        cs,
        x,
        &inverse,
        &linear(cs, &[(-Fr::ONE, &number)], Fr::ONE),
    )?;
    enforce_product(cs, x, &number, &FpVar::Constant(Fr::ZERO))?;
    Ok(zero)
}

/// Proves that `x` is not zero: one row.
///
/// # Errors
/// Those of synthesis.
pub fn enforce_nonzero(cs: &Cs, x: &FpVar<Fr>) -> Result<()> {
    let one = FpVar::Constant(Fr::ONE);
    if let FpVar::Constant(x) = x {
        return enforce_product(
            cs,
            &FpVar::Constant(*x),
            &FpVar::Constant(small_inverse(*x)),
            &one,
        );
    }
    let inverse = witness(cs, || Ok(small_inverse(x.value()?)))?;
    enforce_product(cs, x, &inverse, &one)
}

/// `1 / x`, and 0 for 0; from a table where `x` is the size of a count of bits.
fn small_inverse(x: Fr) -> Fr {
    static TABLE: OnceLock<Vec<Fr>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        (0..=FIELD_BITS as u64)
            .map(|i| Fr::from(i).inverse().unwrap_or_default())
            .collect()
    });
    let integer = x.into_bigint();
    let small = (integer.num_bits() < 16).then_some(integer.0[0] as usize);
    match small.and_then(|i| table.get(i)) {
        Some(inverse) => *inverse,
        None => x.inverse().unwrap_or_default(),
    }
}

fn are_constant(bits: &[Boolean<Fr>]) -> bool {
    bits.iter().all(|bit| matches!(bit, Boolean::Constant(_)))
}

fn integer(bits: &[Boolean<Fr>]) -> Result<BigInt<4>> {
    let values = bits
        .iter()
        .map(Boolean::value)
        .collect::<Result<Vec<bool>>>()?;
    Ok(BigInt::from_bits_le(&values))
}

fn predecessor(bound: &BigInt<4>) -> Option<BigInt<4>> {
    let mut predecessor = *bound;
    let borrowed = predecessor.sub_with_borrow(&BigInt::one());
    (!borrowed).then_some(predecessor)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
