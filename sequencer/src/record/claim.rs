//! What can be claimed of batches, as stored.

use assay_circuits::{
    address::L1Address,
    order::TxHash,
    quantity::{Amount, TokenId},
};
use serde::{Deserialize, Serialize};

/// What somebody can claim of a batch on the layer 1 once it is there: a withdrawal, or a deposit that
/// came back. Its place in the batch's list is the contract's number of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredClaim {
    /// Token number.
    pub token: TokenId,
    /// Base units.
    pub amount: Amount,
    /// Who is paid.
    pub to: L1Address,
    /// The account that paid; 0 for a deposit that came back.
    pub from: u32,
    /// Of the transaction, where a user's order was handed in here.
    pub hash: Option<TxHash>,
    /// Its place in the layer 1's queue, where it comes from there.
    pub queue_index: Option<u64>,
}
