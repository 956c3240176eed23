//! Which lanes a kernel runs on, decided at run time.

use std::fmt;

use crate::kernel::Kernel;
use crate::montgomery::Portable;
use crate::serial::Serial;
#[cfg(target_arch = "x86_64")]
use crate::{adx, avx2, ifma};

/// Environment variable that chooses a backend: `ifma`, `avx2` the one for machines without AVX-512
/// IFMA, `serial` the fastest without vectors, `portable` the one without assembly either. One that
/// the machine cannot run gives way to the next.
pub const ENVIRONMENT: &str = "ASSAY_ARITHMETIC";

/// [`ENVIRONMENT`] names no backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownArithmetic(String);

impl fmt::Display for UnknownArithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        write!(
            f,
            "{ENVIRONMENT} is {name:?}: it has to be ifma, avx2, serial or portable"
        )
    }
}

impl std::error::Error for UnknownArithmetic {}

/// The vector unit that kernels run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(Unit);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Adx(adx::Adx),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Ifma(ifma::Ifma),
}

impl Backend {
    /// The fastest backend of this machine, or the one that [`ENVIRONMENT`] names.
    ///
    /// # Errors
    /// [`UnknownArithmetic`].
    pub fn detect() -> Result<Self, UnknownArithmetic> {
        match std::env::var_os(ENVIRONMENT) {
            Some(name) => Self::named(&name.to_string_lossy()),
            None => Self::named(""),
        }
    }

    /// The backend of a name or the next slower one that the machine has; without a name the fastest.
    fn named(name: &str) -> Result<Self, UnknownArithmetic> {
        let backend = match name {
            "" | "ifma" => Self::ifma().or_else(Self::avx2),
            "avx2" => Self::avx2(),
            "serial" => None,
            "portable" => return Ok(Self::portable()),
            _ => return Err(UnknownArithmetic(name.to_owned())),
        };
        Ok(backend.unwrap_or_else(Self::serial))
    }

    /// The backend that every machine has.
    pub fn portable() -> Self {
        Self(Unit::Portable)
    }

    /// The fastest backend without vector instructions.
    pub fn serial() -> Self {
        Self::adx().unwrap_or_else(Self::portable)
    }

    /// The scalar backend with two chains of carries, where the machine has BMI2 and ADX.
    pub(crate) fn adx() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return adx::Adx::detect().map(|multiplier| Self(Unit::Adx(multiplier)));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// The AVX2 backend, where the machine has the instructions.
    pub fn avx2() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return avx2::Avx2::detect().map(|arch| Self(Unit::Avx2(arch)));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// The AVX-512 IFMA backend, where the machine has the instructions.
    pub fn ifma() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return ifma::Ifma::detect().map(|arch| Self(Unit::Ifma(arch)));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// All backends of this machine, the slowest first.
    pub fn all() -> Vec<Self> {
        [
            Some(Self::portable()),
            Self::adx(),
            Self::avx2(),
            Self::ifma(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// A short name for reports.
    pub fn name(self) -> &'static str {
        match self.0 {
            Unit::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Unit::Adx(_) => "serial",
            #[cfg(target_arch = "x86_64")]
            Unit::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Unit::Ifma(_) => "ifma",
        }
    }

    /// Runs a kernel on this backend.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            Unit::Portable => kernel.run(Serial(Portable)),
            #[cfg(target_arch = "x86_64")]
            Unit::Adx(multiplier) => adx::enter(multiplier, kernel),
            #[cfg(target_arch = "x86_64")]
            Unit::Avx2(arch) => avx2::enter(arch, kernel),
            #[cfg(target_arch = "x86_64")]
            Unit::Ifma(arch) => ifma::enter(arch, kernel),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_chooses_a_backend_and_a_wrong_one_is_refused() {
        assert_eq!(Backend::named("portable"), Ok(Backend::portable()));
        assert_eq!(Backend::named("serial"), Ok(Backend::serial()));
        let avx2 = Backend::avx2().unwrap_or_else(Backend::serial);
        assert_eq!(Backend::named("avx2"), Ok(avx2));
        assert_eq!(Backend::named("ifma"), Ok(Backend::ifma().unwrap_or(avx2)));
        assert_eq!(Backend::named(""), Backend::named("ifma"));
        assert_eq!(
            Backend::named("avx3").map_err(|error| error.to_string()),
            Err("ASSAY_ARITHMETIC is \"avx3\": it has to be ifma, avx2, serial or portable".into())
        );
    }
}
