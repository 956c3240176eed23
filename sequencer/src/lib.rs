//! The node of Assay: it admits signed transactions, orders them into batches, keeps them safe,
//! posts batches and proofs to the layer 1, lends proving jobs to workers, and answers over HTTP.
//!
//! A transaction's way: [`admission`] checks it and hands it to the executor, which runs it on
//! the soft state and closes batches; the sealer executes each closed batch in its final order on
//! the sealed state and makes its witness; a job lends the witness to a prover; the pipeline
//! commits, proves and watches the layer 1. Each step is in [`storage`] before its effect is seen
//! outside.

pub mod admission;
mod api;
pub mod clock;
pub mod config;
mod context;
pub mod event;
mod executor;
pub mod health;
mod jobs;
pub mod keyring;
mod l1;
pub mod node;
mod pipeline;
mod pool;
mod proved_state;
pub mod record;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod rig;
mod sealer;
mod standing;
pub mod storage;
mod telemetry;
mod view;
