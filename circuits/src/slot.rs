//! The slots of the circuit that hold operations (`docs/spec/statement.md`).

pub mod r1cs;

use serde::{Deserialize, Serialize};

use crate::{access::Access, operation::Operation};

/// One slot of the circuit: an operation or padding, and its two accesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotWitness {
    /// `None` in an unused slot.
    pub operation: Option<Operation>,
    /// The paying account.
    pub sender: Access,
    /// The receiving account, after the sender has paid.
    pub recipient: Access,
}
