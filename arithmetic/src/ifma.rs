//! The AVX-512 IFMA backend: eight elements as five vectors of 52-bit limbs.
//!
//! This folder has `unsafe` code of three kinds: calls of instructions whose presence
//! [`Ifma::detect`] has established, loads and stores through references of the size of the vector,
//! and the entry into code compiled for these instructions.
#![expect(
    unsafe_code,
    reason = "vector instructions; each block says what makes it sound"
)]

mod field;
mod memory;
mod vector;

use crate::backend::Kernel;
use crate::constants::{BaseField, ScalarField};
use crate::lanes::Arch;

/// Proof that the machine has AVX-512 F, DQ, VL, IFMA and VBMI2: only [`Ifma::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ifma(());

impl Arch for Ifma {
    type Base = field::Tight<BaseField>;
    type Scalar = field::Tight<ScalarField>;
}

impl Ifma {
    /// Asks the machine for the instructions.
    pub(crate) fn detect() -> Option<Self> {
        (std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512dq")
            && std::is_x86_feature_detected!("avx512vl")
            && std::is_x86_feature_detected!("avx512ifma")
            && std::is_x86_feature_detected!("avx512vbmi2"))
        .then_some(Self(()))
    }

    /// Runs a kernel compiled for these instructions.
    pub(crate) fn enter<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` exists only where `detect` found every feature that `entry` enables.
        unsafe { entry(kernel) }
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn entry<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Ifma>()
}
