//! The node of Assay: it admits signed transactions, orders them into batches, keeps them safe,
//! posts batches and proofs to the layer 1, lends proving jobs to workers, and answers over HTTP.
//!
//! A transaction's way: the intake checks it by the rules of admission and hands it to the
//! executor, which runs it on the soft state and closes batches; the sealer executes each closed
//! batch in its final order on the sealed state and makes its witness; the proving room lends the
//! witness to a worker; the pipeline commits, proves and watches the layer 1. Each step is in
//! [`storage`] before its effect is seen outside. Each part owns its state and publishes what
//! others read of it.

mod accounts;
mod admission;
mod api;
mod asking;
pub mod clock;
pub mod config;
mod event;
mod executor;
pub mod faucet;
mod follower;
mod governance;
pub mod health;
mod intake;
pub mod keyring;
mod l1;
mod leaf_proof;
pub mod node;
mod pipeline;
mod prices;
mod proved_state;
mod proving;
pub mod record;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod rig;
mod rollup;
mod sealer;
mod standing;
pub mod storage;
pub mod telemetry;
pub mod token_names;
mod tokens;
pub mod traces;
mod waiting_queue;
mod webhooks;
