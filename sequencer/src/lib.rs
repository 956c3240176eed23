//! The node of Assay: it admits signed transactions, orders them into batches, keeps them safe,
//! posts batches and proofs to the layer 1, lends proving jobs to workers, and answers over HTTP.
//!
//! A transaction's way: [`admission`] checks it and hands it to the [`executor`], which runs it
//! on the soft state and closes batches; the [`sealer`] executes each closed batch in its final
//! order on the sealed state and makes its witness; [`jobs`] lends the witness to provers; the
//! [`pipeline`] commits, proves and watches the layer 1. Each step is in [`storage`] before its
//! effect is seen outside.

pub mod client;
pub mod config;
pub mod node;
pub mod receipt;
pub mod wire;
