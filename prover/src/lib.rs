//! How batches of Assay are proven: the Groth16 engine, its keys, offline verification, and the
//! worker that proves for a node.
//!
//! In a browser (wasm32) bundles are verified and exits proved: there is no setup, no key file, no worker.

#[cfg(not(target_arch = "wasm32"))]
pub mod bench;
pub mod bundle;
pub mod circuit_digest;
pub mod decimal;
pub mod escape;
#[cfg(not(target_arch = "wasm32"))]
pub mod export;
pub mod groth16;
pub mod keys;
#[cfg(not(target_arch = "wasm32"))]
pub mod known_circuits;
mod stored;
#[cfg(not(target_arch = "wasm32"))]
mod wire;
#[cfg(not(target_arch = "wasm32"))]
pub mod worker;
