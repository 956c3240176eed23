//! Batches in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{operation::OperationKind, transaction::L1Transactions};
use crate::stage::Stage;

/// Times of a batch's stages, Unix ms; null where it has not come so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchTimes {
    /// No further operation joins.
    pub closed: u64,
    /// Executed in its final order.
    pub sealed: Option<u64>,
    /// Its data is on the layer 1.
    pub committed: Option<u64>,
    /// A worker's proof has been verified.
    pub proof: Option<u64>,
    /// The proof is on the layer 1.
    pub proved: Option<u64>,
    /// The proof is deep in the layer 1.
    pub r#final: Option<u64>,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchView {
    /// Its number, the first is 1.
    pub number: u64,
    /// How far it has come.
    pub stage: Stage,
    /// What at this stage depends on trusting the operator.
    pub trust: String,
    /// `tiny`, `small`, `medium` or `large`.
    pub shape: String,
    /// Unix seconds, against which expiry was checked.
    pub timestamp: u32,
    /// Root before it, 0x hex.
    pub old_root: String,
    /// Root after it, 0x hex.
    pub new_root: String,
    /// How many operations it holds.
    pub operations: u32,
    /// When it came to each stage.
    pub times_ms: BatchTimes,
    /// Its layer 1 transactions.
    pub l1: L1Transactions,
    /// Who proved it, by the worker's own account.
    pub prover: Option<String>,
}

/// A page of batches, latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchList {
    /// Latest first.
    pub batches: Vec<BatchView>,
    /// Ask with `before` = this for the next page; null at the end.
    pub next_before: Option<u64>,
}

/// An operation of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchOperation {
    /// In the order of execution, from 0.
    pub position: u32,
    /// Null for a deposit.
    pub kind: Option<OperationKind>,
    /// Hash of the transaction; null for a deposit.
    pub hash: Option<String>,
    /// The account that pays.
    pub from: Option<u32>,
    /// The account that is credited.
    pub to_account: Option<u32>,
    /// The payee's address.
    pub to: String,
    /// Token number.
    pub token: u16,
    /// Base units.
    pub amount: String,
    /// Base units.
    pub fee: String,
}

/// What the contract's `prove` and `claim` must repeat of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchHeaderView {
    /// C, 0x hex.
    pub commitment: String,
    /// z, 0x hex.
    pub challenge: String,
    /// y, 0x hex.
    pub evaluation: String,
    /// Root after the batch, 0x hex.
    pub new_root: String,
    /// Hash of the withdrawals, 0x hex.
    pub withdrawals_hash: String,
    /// Entries of the layer 1 queue consumed after the batch.
    pub queue_end: u64,
    /// Unix seconds.
    pub timestamp: u32,
    /// Number of the shape.
    pub shape: u8,
}

/// A withdrawal of a batch, to be claimed on the layer 1 once the batch is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WithdrawalView {
    /// Its number among the batch's withdrawals: the `which` of `claim`.
    pub which: u16,
    /// Token number.
    pub token: u16,
    /// Base units.
    pub amount: String,
    /// Who is paid on the layer 1.
    pub to: String,
    /// Hash of the transaction.
    pub hash: String,
}

/// A batch with what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchDetail {
    /// What the list says of it.
    #[serde(flatten)]
    pub batch: BatchView,
    /// What the contract is told.
    pub header: BatchHeaderView,
    /// In the order of execution.
    pub contents: Vec<BatchOperation>,
    /// In the order of the contract's list.
    pub withdrawals: Vec<WithdrawalView>,
}
