//! What a batch cost, as it is known of receipts and workers.

use assay_l1::batch::Word;
use serde::{Deserialize, Serialize};

/// What the transaction that brought a batch took, by its receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionCost {
    /// The transaction. Where the batch has another one now, this is of no account.
    pub transaction: Word,
    /// Gas of all of it.
    pub gas_used: u64,
    /// What was paid, wei per gas.
    pub gas_price_wei: u128,
    /// Whether the batch was final when the receipt was read: before, a reorganisation may change it.
    pub r#final: bool,
}

/// How long a proof took, by its worker's own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvingTime {
    /// ms.
    pub ms: u64,
}
