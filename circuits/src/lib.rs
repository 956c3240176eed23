//! What is true in Assay: operations, state and batch statement, natively and as constraints.
//!
//! Each noun has its native rule in `noun.rs` and, where the circuit knows it, the same rule as
//! constraints in `noun/r1cs.rs`. The specification is `docs/spec/`.

pub mod access;
pub mod account;
pub mod address;
pub mod babyjubjub;
pub mod batch;
pub mod bits;
pub mod circuit;
pub mod constraint;
pub mod eddsa;
pub mod escape;
pub mod float;
pub mod forced;
pub mod ledger;
pub mod operation;
pub mod order;
pub mod poseidon;
pub mod posted;
pub mod quantity;
#[cfg(not(target_arch = "wasm32"))]
pub mod scenario;
pub mod shape;
pub mod slot;
pub mod statement;
pub mod transition;
pub mod tree;
pub mod word;

pub use batch::{BatchWitness, r1cs::BatchCircuit};
pub use shape::Shape;
pub use statement::Statement;
