//! A leaf in the circuit.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::fields::fp::FpVar;

use super::TOKEN_SHIFT;
use crate::{
    babyjubjub::r1cs::PointVar,
    constraint::{Cs, Result, linear},
    poseidon,
    word::power_of_two,
};

/// Bits below the token in a leaf's packed word: balance and nonce.
pub const HOLDINGS_BITS: usize = TOKEN_SHIFT;

/// The leaf of an owner: `P(owner.x, owner.y, holdings + token << 160)`, where
/// `holdings = balance | nonce << 128`.
///
/// The caller has proved `holdings < 2^160` and `token < 2^16`; else a leaf has several readings.
///
/// # Errors
/// Those of synthesis.
pub fn leaf(
    cs: &Cs,
    owner: &PointVar,
    holdings: &FpVar<Fr>,
    token: &FpVar<Fr>,
) -> Result<FpVar<Fr>> {
    let terms = [(Fr::one(), holdings), (power_of_two(TOKEN_SHIFT), token)];
    let packed = linear(cs, &terms, Fr::zero());
    poseidon::r1cs::hash(cs, &[owner.x.clone(), owner.y.clone(), packed])
}
