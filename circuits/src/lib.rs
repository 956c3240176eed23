//! What is true in Assay: operations, state and batch statement, natively and as constraints.
//!
//! Each noun has its native rule in `noun.rs` and, where the circuit knows it, the same rule as
//! constraints in `noun/r1cs.rs`. The specification is `docs/spec/`.

pub mod babyjubjub;
pub mod bits;
pub mod constraint;
pub mod eddsa;
pub mod float;
pub mod poseidon;
