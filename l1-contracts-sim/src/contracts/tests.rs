//! The contracts on the simulated chain, with real proofs of a toy circuit.

mod announced;
mod artifacts;
pub(crate) mod bed;
mod claims;
mod coefficients;
mod deployment;
mod encoding;
mod exits;
mod fuzz;
mod gas;
mod governance;
mod hostile;
pub(crate) mod proofs;
mod queue;
pub(crate) mod records;
mod rescue;
pub(crate) mod statement;
mod submits;
mod taking;
mod verifier;
