//! What stands in the place of `fault` outside tests: a prover that does as it is told.

use ark_bn254::Fr;
use ark_r1cs_std::boolean::Boolean;

use super::system::Cs;

pub(super) struct Entered;

#[inline(always)]
pub(super) fn enter(_: &'static str) -> Entered {
    Entered
}

#[inline(always)]
pub(super) fn changed(value: Fr) -> Fr {
    value
}

#[inline(always)]
pub(super) fn changed_bit(bit: bool) -> (bool, Option<Fr>) {
    (bit, None)
}

#[inline(always)]
pub(super) fn assign_last(_: &Cs, _: Fr) {}

#[inline(always)]
pub(super) fn assigned(_: &Boolean<Fr>) -> Option<Fr> {
    None
}

#[inline(always)]
pub(super) fn row() {}

#[inline(always)]
pub(crate) fn is_watching() -> bool {
    false
}
