//! The half of a key that proofs are made with.

use std::fmt;

use assay_arithmetic::{PointG1, PointG2};

use super::{matrices::Matrices, verifying_key::VerifyingKey};
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
