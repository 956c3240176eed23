//! The proof that vectors stand on.

/// Proof that the machine has AVX-512 F, DQ, VL, IFMA and VBMI2: only [`Ifma::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ifma(());

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
}
