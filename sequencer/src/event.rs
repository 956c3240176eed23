//! What moves, for those who listen.

use assay_api::stage::Stage;
use assay_circuits::{order::TxHash, quantity::BatchNumber};

/// A transaction or a batch came to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A transaction came to a stage.
    Transaction {
        /// Which.
        hash: TxHash,
        /// The stage.
        stage: Stage,
        /// Its batch, once it has one.
        batch: Option<BatchNumber>,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// A batch came to a stage, and its transactions with it.
    Batch {
        /// Which.
        number: BatchNumber,
        /// The stage.
        stage: Stage,
        /// When, Unix ms.
        at_ms: u64,
    },
}
