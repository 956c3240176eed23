//! The state of a rollup from its layer 1 alone.
//!
//! What was posted determines the state (`docs/spec/statement.md`), so whoever can read a layer 1
//! can rebuild it, without the operator. Nothing that is read is believed: each batch's proof is
//! verified, its root and number of accounts are computed again, its entries are compared with
//! the queue, and the hash over all headers with the contract's. What does not fit is named by
//! its batch.

pub mod batches;
pub mod fault;
pub mod history;
pub mod keys;
pub mod promise;
pub mod queue;
pub mod restore;
