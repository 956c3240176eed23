//! A loop over lanes.

use crate::lanes::Arch;

/// A loop over lanes, compiled once for each backend.
///
/// `run` and all that it calls in its loops must be `inline(always)`: only what is inlined into the
/// entry of a backend is compiled with that backend's instructions.
pub trait Kernel {
    /// What the kernel gives back.
    type Output;
    /// Runs on the lanes of one backend, of which `arch` proves that the machine has its
    /// instructions.
    fn run<A: Arch>(self, arch: A) -> Self::Output;
}
