//! The contracts on the simulated chain, with real proofs of a toy circuit.

mod artifacts;
pub(crate) mod bed;
mod claims;
mod commits;
mod deposits;
mod gas;
mod header;
mod hostile;
pub(crate) mod proofs;
mod proves;
mod shapes;
mod verifier;
