//! Which lanes a kernel runs on, decided at run time.

use crate::arithmetic::lanes::Arch;
use crate::arithmetic::serial::Serial;

/// Environment variable that forces the serial backend when it is `serial`.
pub const ENVIRONMENT: &str = "ASSAY_ARITHMETIC";

/// The vector unit that kernels run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(Unit);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Serial,
    #[cfg(target_arch = "x86_64")]
    Ifma(crate::arithmetic::ifma::Ifma),
}

/// A loop over lanes, compiled once for each backend.
///
/// `run` and all that it calls in its loops must be `inline(always)`: only what is inlined into the
/// entry of a backend is compiled with that backend's instructions.
pub(crate) trait Kernel {
    /// What the kernel gives back.
    type Output;
    /// Runs on the lanes of one backend.
    fn run<A: Arch>(self) -> Self::Output;
}

impl Backend {
    /// The fastest backend of this machine, or the serial one where `ASSAY_ARITHMETIC=serial`.
    pub fn detect() -> Self {
        if std::env::var_os(ENVIRONMENT).is_some_and(|name| name == "serial") {
            return Self::serial();
        }
        Self::ifma().unwrap_or(Self::serial())
    }

    /// The backend without vector instructions.
    pub fn serial() -> Self {
        Self(Unit::Serial)
    }

    /// The AVX-512 IFMA backend, where the machine has the instructions.
    pub fn ifma() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return crate::arithmetic::ifma::Ifma::detect().map(|token| Self(Unit::Ifma(token)));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// All backends of this machine, the serial one first.
    pub fn all() -> Vec<Self> {
        [Some(Self::serial()), Self::ifma()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// A short name for reports.
    pub fn name(self) -> &'static str {
        match self.0 {
            Unit::Serial => "serial",
            #[cfg(target_arch = "x86_64")]
            Unit::Ifma(_) => "ifma",
        }
    }

    /// Runs a kernel on this backend.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            Unit::Serial => kernel.run::<Serial>(),
            #[cfg(target_arch = "x86_64")]
            Unit::Ifma(token) => token.enter(kernel),
        }
    }
}
