//! The AVX-512 IFMA backend: eight elements as five vectors of 52-bit limbs.
//!
//! `unsafe` code stands in three places: `vector.rs` calls the instructions, reads and writes memory
//! of the size of vectors, and makes a vector only of a proof that the machine has the instructions
//! ([`Ifma`]), so that whoever holds a vector holds the proof; the other two, here and in `field.rs`,
//! enter code that is compiled for the instructions, with such a proof in hand.
#![expect(
    unsafe_code,
    reason = "vector instructions; each block says what makes it sound"
)]

mod exact;
mod field;
mod limbs;
mod memory;
mod token;
mod vector;

use crate::constants::{BaseField, ScalarField};
use crate::kernel::Kernel;
use crate::lanes::Arch;

pub(crate) use token::Ifma;

impl Arch for Ifma {
    type Base = field::Tight<BaseField>;
    type Scalar = field::Tight<ScalarField>;
}

/// Runs a kernel compiled for these instructions.
pub(crate) fn enter<K: Kernel>(arch: Ifma, kernel: K) -> K::Output {
    // SAFETY: `arch` exists only where `detect` found every feature that `entry` enables.
    unsafe { entry(arch, kernel) }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn entry<K: Kernel>(arch: Ifma, kernel: K) -> K::Output {
    kernel.run(arch)
}
