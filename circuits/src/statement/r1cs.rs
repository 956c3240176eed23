//! Binding of the circuit's words to the public inputs.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::fields::fp::FpVar;

use super::WORDS_PER_HASH;
use crate::{
    constraint::{Cs, Result, enforce_equal, group, linear, product},
    poseidon,
};

/// `C`, `z`, `y` as instance variables, in this order.
pub struct PublicInputsVar {
    /// Chain hash of the words.
    pub c: FpVar<Fr>,
    /// The point at which they are evaluated.
    pub z: FpVar<Fr>,
    /// Their value there.
    pub y: FpVar<Fr>,
}

/// Proves that the words have chain hash `C` and value `y` at `z`.
///
/// # Errors
/// Those of synthesis.
pub fn bind(cs: &Cs, words: &[FpVar<Fr>], public: &PublicInputsVar) -> Result<()> {
    group(cs, "chain", || {
        let mut chain = FpVar::Constant(Fr::zero());
        for chunk in words.chunks(WORDS_PER_HASH) {
            let mut inputs = vec![chain];
            inputs.extend_from_slice(chunk);
            inputs.resize(WORDS_PER_HASH + 1, FpVar::Constant(Fr::zero()));
            chain = poseidon::r1cs::hash(cs, &inputs)?;
        }
        enforce_equal(cs, &chain, &public.c)
    })?;
    group(cs, "evaluation", || {
        let (last, rest) = words.split_last().expect("a statement has words");
        let mut value = last.clone();
        for word in rest.iter().rev() {
            let scaled = product(cs, &value, &public.z)?;
            value = linear(cs, &[(Fr::one(), &scaled), (Fr::one(), word)], Fr::zero());
        }
        enforce_equal(cs, &value, &public.y)
    })
}
