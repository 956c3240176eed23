//! The parts of making a proof, and who is told of them.

use std::{collections::BTreeMap, fmt, ops::ControlFlow};

use serde::{Deserialize, Serialize};

/// The parts of making a proof, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The circuit's assignment, from its inputs.
    Witness,
    /// `A w`, `B w`, `C w`, and whether they fit.
    Matrices,
    /// The quotient on the odd coset.
    Fft,
    /// Multi-scalar multiplication of A in G1.
    MsmA,
    /// Multi-scalar multiplication of B in G2.
    MsmB2,
    /// Multi-scalar multiplication of C in G1: wires and quotient together.
    MsmC,
    /// The finished proof against the verifying key.
    Verify,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Self; 7] = [
        Self::Witness,
        Self::Matrices,
        Self::Fft,
        Self::MsmA,
        Self::MsmB2,
        Self::MsmC,
        Self::Verify,
    ];

    /// Its name in JSON and in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Witness => "witness",
            Self::Matrices => "matrices",
            Self::Fft => "fft",
            Self::MsmA => "msm_a",
            Self::MsmB2 => "msm_b2",
            Self::MsmC => "msm_c",
            Self::Verify => "verify",
        }
    }

    /// About how much of the work is done when the phase starts, from 0 to 1.
    #[must_use]
    pub fn done_before(self) -> f32 {
        match self {
            Self::Witness => 0.0,
            Self::Matrices => 0.05,
            Self::Fft => 0.10,
            Self::MsmA => 0.20,
            Self::MsmB2 => 0.40,
            Self::MsmC => 0.65,
            Self::Verify => 0.99,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Told at the start of each phase how much of the work is done (0 to 1); breaking cancels.
pub type Observer<'a> = &'a (dyn Fn(Phase, f32) -> ControlFlow<()> + Sync);

/// An [`Observer`] that looks away.
pub fn unobserved(_: Phase, _: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Seconds that each phase took.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhaseSeconds(pub BTreeMap<Phase, f64>);

impl PhaseSeconds {
    /// All phases together, seconds.
    #[must_use]
    pub fn total_s(&self) -> f64 {
        self.0.values().sum()
    }

    /// From the assignment to the proof: everything but [`Phase::Witness`] and
    /// [`Phase::Verify`], seconds.
    #[must_use]
    pub fn prove_s(&self) -> f64 {
        let proving = |phase: &Phase| !matches!(phase, Phase::Witness | Phase::Verify);
        self.0
            .iter()
            .filter(|(phase, _)| proving(phase))
            .map(|(_, seconds)| seconds)
            .sum()
    }
}

/// Measures a phase. A browser's clock is behind JavaScript: there nothing is measured.
pub(super) struct Stopwatch(#[cfg(not(target_arch = "wasm32"))] std::time::Instant);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self(
            #[cfg(not(target_arch = "wasm32"))]
            std::time::Instant::now(),
        )
    }

    /// Seconds since it was started, where there is a clock.
    pub(super) fn elapsed_s(&self) -> Option<f64> {
        #[cfg(not(target_arch = "wasm32"))]
        return Some(self.0.elapsed().as_secs_f64());
        #[cfg(target_arch = "wasm32")]
        None
    }
}
