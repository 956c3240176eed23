//! Between the prover's types and those of the proving protocol.

use std::collections::BTreeMap;

use assay_api::proving::PhaseName;

use crate::groth16::{Phase, PhaseSeconds};

impl From<Phase> for PhaseName {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Witness => Self::Witness,
            Phase::Matrices => Self::Matrices,
            Phase::Fft => Self::Fft,
            Phase::MsmA => Self::MsmA,
            Phase::MsmB2 => Self::MsmB2,
            Phase::MsmC => Self::MsmC,
            Phase::Verify => Self::Verify,
        }
    }
}

impl From<PhaseName> for Phase {
    fn from(name: PhaseName) -> Self {
        match name {
            PhaseName::Witness => Self::Witness,
            PhaseName::Matrices => Self::Matrices,
            PhaseName::Fft => Self::Fft,
            PhaseName::MsmA => Self::MsmA,
            PhaseName::MsmB2 => Self::MsmB2,
            PhaseName::MsmC => Self::MsmC,
            PhaseName::Verify => Self::Verify,
        }
    }
}

impl From<PhaseSeconds> for BTreeMap<PhaseName, f64> {
    fn from(seconds: PhaseSeconds) -> Self {
        let named = |(phase, seconds): (Phase, f64)| (phase.into(), seconds);
        seconds.0.into_iter().map(named).collect()
    }
}

impl From<BTreeMap<PhaseName, f64>> for PhaseSeconds {
    fn from(seconds: BTreeMap<PhaseName, f64>) -> Self {
        let known = |(name, seconds): (PhaseName, f64)| (name.into(), seconds);
        Self(seconds.into_iter().map(known).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_have_the_names_of_the_protocol() {
        for phase in Phase::ALL {
            let name = PhaseName::from(phase);
            assert_eq!(Phase::from(name), phase);
            assert_eq!(serde_json::json!(name), phase.name());
        }
    }
}
