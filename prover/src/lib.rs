//! How batches of Assay are proven: the Groth16 engine, its keys, offline verification, and the
//! worker that proves for a node.

pub mod bench;
pub mod bundle;
pub mod decimal;
pub mod escape;
pub mod export;
pub mod groth16;
pub mod keys;
pub mod known_circuits;
mod stored;
mod wire;
pub mod worker;
