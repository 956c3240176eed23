//! The AVX2 backend: eight elements as nine limbs of 29 bits, in two vectors of four lanes a limb.
//!
//! What machines without AVX-512 IFMA use. `vpmuludq` multiplies four pairs of 32-bit numbers, two
//! vectors a cycle on most of them, and limbs of 29 bits leave room for a whole product to be summed
//! up without a carry. This folder has `unsafe` code of three kinds: calls of instructions whose
//! presence [`Avx2::detect`] has established, assembly that reads and writes through the references it
//! is given, and the entry into code compiled for these instructions.
#![expect(
    unsafe_code,
    reason = "vector instructions; each block says what makes it sound"
)]

mod exact;
mod field;
mod limbs;
mod memory;
mod product;
mod vector;

use crate::backend::Kernel;
use crate::constants::{BaseField, ScalarField};
use crate::lanes::Arch;

/// Proof that the machine has AVX2: only [`Avx2::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx2(());

impl Arch for Avx2 {
    type Base = field::Tight<BaseField>;
    type Scalar = field::Tight<ScalarField>;
}

impl Avx2 {
    /// Asks the machine for the instructions.
    pub(crate) fn detect() -> Option<Self> {
        std::is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Runs a kernel compiled for these instructions.
    pub(crate) fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` exists only where `detect` found the feature that `entry` enables.
        unsafe { entry(kernel) }
    }
}

#[target_feature(enable = "avx2")]
fn entry<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Avx2>()
}
