//! A leaf in the circuit.

use ark_bn254::Fr;
use ark_ff::One;
use ark_r1cs_std::fields::fp::FpVar;

use super::{PRESENCE_SHIFT, TOKEN_SHIFT};
use crate::{
    babyjubjub::r1cs::PointVar,
    constraint::{Cs, Result, linear},
    poseidon,
    word::power_of_two,
};

/// The leaf of an account: `P(owner.x, owner.y, balance, nonce | token << 32 | 1 << 48)`.
///
/// The caller has proved `nonce < 2^32` and `token < 2^16`; else the last input has several readings.
///
/// # Errors
/// Those of synthesis.
pub fn leaf(
    cs: &Cs,
    owner: &PointVar,
    balance: &FpVar<Fr>,
    nonce: &FpVar<Fr>,
    token: &FpVar<Fr>,
) -> Result<FpVar<Fr>> {
    let terms = [(Fr::one(), nonce), (power_of_two(TOKEN_SHIFT), token)];
    let details = linear(cs, &terms, power_of_two(PRESENCE_SHIFT));
    let inputs = [owner.x.clone(), owner.y.clone(), balance.clone(), details];
    poseidon::r1cs::hash(cs, &inputs)
}
