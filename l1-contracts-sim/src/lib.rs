//! The layer 1 of Assay: the contracts and their bindings, a simulated chain that runs them
//! behind Ethereum JSON-RPC, and a typed client that reaches any layer 1 through JSON-RPC.
//!
//! No EVM type leaves this crate: addresses, words and integers cross its boundary.

pub mod address;
pub mod batch;
pub mod chain;
pub mod client;
mod contracts;
pub mod rpc;
pub mod telemetry;
