//! Transactions as in the log of those that were acknowledged.

use assay_circuits::order::{Order, Signed};
use serde::{Deserialize, Serialize};

/// A record of the log of acknowledged transactions.
// A log holds hardly anything but the large variant.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionLogRecord {
    /// It was acknowledged.
    Acknowledged(Acknowledged),
    /// It must not wait although nothing else is known of it: whoever signed it, or the node, took it
    /// back, or the batch that held it is not kept any more.
    Withdrawn {
        /// Its place in the order of acknowledgement.
        sequence: u64,
    },
}

/// A transaction that was acknowledged. What became of it follows from the batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// What was signed.
    pub signed: Signed<Order>,
    /// When, Unix ms.
    pub received_ms: u64,
    /// Its place in the order of acknowledgement.
    pub sequence: u64,
}
