//! Vectorised arithmetic on BN254: fields in eight lanes, multi-scalar multiplication on G1 and G2
//! and number-theoretic transforms over the scalar field.
//!
//! Everything above [`Backend`] is generic code over [`Lanes`]; backends implement them.
//! `serial` runs eight scalar elements side by side, with a multiplier of portable Rust, the
//! reference, or of BMI2 and ADX instructions (`adx`): what a machine without vectors uses.
//! `avx2` keeps eight elements as nine pairs of vectors of 29-bit limbs, `ifma` (AVX-512 IFMA) as five
//! vectors of 52-bit limbs.
//!
//! The backend is looked up once and handed down as a value, never asked for in a loop. It holds the
//! proof that the machine has its instructions, a loop ([`Kernel`]) is given it, and every vector is
//! made with it: no safe function reaches an instruction that the machine lacks.
//!
//! In memory every element is four 64-bit words in arkworks' own Montgomery form, so bases, scalars
//! and polynomials need no conversion on either side.

#[cfg(target_arch = "x86_64")]
mod adx;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod backend;
mod constants;
#[cfg(test)]
mod fields_test;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod inverse;
mod kernel;
mod lanes;
mod line;
mod montgomery;
#[cfg(test)]
mod montgomery_test;
mod msm;
mod ntt;
mod point_lanes;
mod points;
mod quadratic;
mod serial;
mod speed;

pub use backend::{Backend, ENVIRONMENT, UnknownArithmetic};
pub use kernel::Kernel;
pub use lanes::{Arch, Lanes, PrimeLanes, STAGES};
pub use line::{Line, WIDTH};
pub use msm::{BasesG1, BasesG2, Msm};
pub use ntt::EvaluationDomain;
pub use points::{PointG1, PointG2, are_reduced, pack_g1, pack_g2, unpack_g1, unpack_g2};
pub use speed::{addition_ns, product_ns, recoding_ms};
