//! Groth16 over BN254 without blinding (r = s = 0).
//!
//! The witness of a rollup batch is public, so a proof needs to be sound and short and nothing
//! else: without blinding it is deterministic and the multiplication of B in G1 falls away. The
//! quotient is snarkjs's: `A B - C` on the odd coset of the domain, whose Lagrange basis the key
//! holds. C is linear in the wires and part of their points, so four transforms are enough:
//! `docs/design/groth16.md` derives it.

pub mod description;
pub mod encoding;
pub mod matrices;
pub mod proof;
pub mod prove;
pub mod qap;
pub mod setup;
pub mod stock;
pub mod verify;
pub mod verifying_key;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;

use std::{collections::BTreeMap, fmt, ops::ControlFlow};

use assay_arithmetic::{PointG1, PointG2};
use serde::{Deserialize, Serialize};

use matrices::Matrices;
use verifying_key::VerifyingKey;

use crate::stored::Stored;

/// What a prover needs for one circuit: its matrices and the points of the setup.
///
/// A query holds points for the wires that have one; its list of wires says which. The arrays are
/// in memory where a setup made them, and used in place in a mapped file.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvingKey {
    /// The circuit.
    pub(crate) matrices: Matrices,
    /// The other half of the key.
    pub(crate) verifying_key: VerifyingKey,
    /// Wires with a point in `a_points`, increasing.
    pub(crate) a_wires: Stored<u32>,
    /// `A_w(tau) G` per wire of `a_wires`.
    pub(crate) a_points: Stored<PointG1>,
    /// Wires with a point in `b_points`, increasing.
    pub(crate) b_wires: Stored<u32>,
    /// `B_w(tau) H` per wire of `b_wires`.
    pub(crate) b_points: Stored<PointG2>,
    /// Wires with a point at the start of `c_points`, increasing.
    pub(crate) c_wires: Stored<u32>,
    /// `((beta A_w + alpha B_w + C_w)(tau) + C_w(tau) Z(tau) / 2) / delta G` per wire of `c_wires`,
    /// of which a public input has the last summand only, then the odd coset's Lagrange basis,
    /// `L_i(tau) Z(tau) / -2 delta G`, one point per element of the domain.
    pub(crate) c_points: Stored<PointG1>,
    /// What our prover does not touch.
    pub(crate) export: ExportPoints,
}

/// Points that provers with blinding or with six transforms need, and ours does not.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ExportPoints {
    /// `(beta A_w + alpha B_w + C_w)(tau) / delta G` per private wire of `c_wires`.
    pub(crate) l_points: Stored<PointG1>,
    /// `B_w(tau) G` per wire of `b_wires`.
    pub(crate) b_g1_points: Stored<PointG1>,
    /// `beta G` and `delta G`.
    pub(crate) blinding_points: Stored<PointG1>,
}

impl ProvingKey {
    /// The circuit's matrices.
    #[must_use]
    pub fn matrices(&self) -> &Matrices {
        &self.matrices
    }

    /// The private wires with a point in C, increasing: those of `l_points`.
    pub(crate) fn private_c_wires(&self) -> impl Iterator<Item = u32> + '_ {
        let inputs = self.matrices.inputs;
        self.c_wires
            .iter()
            .copied()
            .filter(move |wire| *wire >= inputs)
    }

    /// The verifying key that goes with it.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying_key
    }
}

impl fmt::Debug for ProvingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvingKey")
            .field("constraints", &self.matrices.constraints())
            .field("wires", &self.matrices.wires())
            .field("verifying_key", &self.verifying_key)
            .finish_non_exhaustive()
    }
}

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
