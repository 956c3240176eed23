//! The steps of a proof that cost time, whatever they run on.
//!
//! An engine owns the points of one key. Its steps are functions of an assignment and of what earlier
//! steps gave, so a proof can be made by any engine, or its steps by several. None of them fails but
//! where a row is not satisfied: an engine on a device that can be lost holds another to fall back on.
//! Phases, cancellation, the points of the verifying key and the final verification are not its
//! concern (`prove.rs`).

pub(crate) mod cpu;
#[cfg(test)]
pub(crate) mod plain;

use ark_bn254::{Fr, G1Projective, G2Projective};

/// The steps of a proof under one key, in their order.
///
/// Assignments are of all wires of the key's circuit; [`Engine::sum_a`] and [`Engine::sum_b`] need only
/// those that have a point in the query.
pub(crate) trait Engine {
    /// `A w` and `B w` on the domain, wherever the engine keeps them.
    type Rows;
    /// `A B` on the odd coset, wherever the engine keeps it.
    type Quotient;

    /// `A w` and `B w`, once every row is known to be satisfied: the later steps never look at C, so a
    /// false statement would otherwise become a proof that nobody accepts, found out only after the work.
    ///
    /// # Errors
    /// [`Unsatisfied`].
    fn rows(&self, assignment: &[Fr]) -> Result<Self::Rows, Unsatisfied>;

    /// The products that determine the quotient.
    fn quotient(&self, rows: Self::Rows) -> Self::Quotient;

    /// The sum of the points of A by their wires.
    fn sum_a(&self, assignment: &[Fr]) -> G1Projective;

    /// The sum of the points of B by their wires.
    fn sum_b(&self, assignment: &[Fr]) -> G2Projective;

    /// The sum of the points of C by their wires, and of the coset's basis by the quotient.
    fn sum_c(&self, assignment: &[Fr], quotient: &Self::Quotient) -> G1Projective;
}

/// An assignment that does not satisfy the circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsatisfied {
    /// The first constraint that does not hold.
    pub(crate) row: usize,
}
