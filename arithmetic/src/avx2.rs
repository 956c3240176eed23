//! The AVX2 backend: eight elements as nine limbs of 29 bits, in two vectors of four lanes a limb.
//!
//! What machines without AVX-512 IFMA use. `vpmuludq` multiplies four pairs of 32-bit numbers, two
//! vectors a cycle on most of them, and limbs of 29 bits leave room for a whole product to be summed
//! up without a carry.
//!
//! `unsafe` code stands in four places: `vector.rs` calls the instructions, and makes a vector only of a
//! proof that the machine has them ([`Avx2`]), so that whoever holds a vector holds the proof;
//! `product.rs` is assembly that reads and writes through the references it is given; the other two,
//! here and in `field.rs`, enter code that is compiled for the instructions, with such a proof in hand.
#![expect(
    unsafe_code,
    reason = "vector instructions; each block says what makes it sound"
)]

mod exact;
mod field;
mod limbs;
mod memory;
mod product;
mod token;
mod vector;

use crate::constants::{BaseField, ScalarField};
use crate::kernel::Kernel;
use crate::lanes::Arch;

pub(crate) use token::Avx2;

impl Arch for Avx2 {
    type Base = field::Tight<BaseField>;
    type Scalar = field::Tight<ScalarField>;
}

/// Runs a kernel compiled for these instructions.
pub(crate) fn enter<K: Kernel>(arch: Avx2, kernel: K) -> K::Output {
    // SAFETY: `arch` exists only where `detect` found the feature that `entry` enables.
    unsafe { entry(arch, kernel) }
}

#[target_feature(enable = "avx2")]
fn entry<K: Kernel>(arch: Avx2, kernel: K) -> K::Output {
    kernel.run(arch)
}
