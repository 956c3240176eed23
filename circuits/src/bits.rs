//! Numbers as bits, in the circuit only.

pub mod r1cs;
