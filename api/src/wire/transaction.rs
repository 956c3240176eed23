//! Transactions in JSON: the receipt, and how far one has come.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    code::DropCode,
    error::ErrorDetail,
    operation::{SignatureView, SignedOperation},
    schema::{AccountIndex, Address, Hash},
};
use crate::stage::Stage;

/// The answer to an accepted transaction: the operator's signed promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// Names the transaction.
    #[schema(value_type = Hash)]
    pub hash: String,
    /// When the operator took it.
    pub received_ms: u64,
    /// Whose key signed this receipt: the operator's address.
    #[schema(value_type = Address)]
    pub operator: String,
    /// On the message of `docs/spec/api.md`.
    pub signature: SignatureView,
}

/// Times of a transaction's stages, Unix ms; null where it has not come so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TransactionTimes {
    /// On disk.
    pub received: u64,
    /// In the open batch.
    pub executed: Option<u64>,
    /// Batch closed and executed.
    pub sealed: Option<u64>,
    /// Data and proof on the layer 1.
    pub proved: Option<u64>,
    /// Proof deep in the layer 1.
    pub r#final: Option<u64>,
    /// Given up.
    pub rejected: Option<u64>,
}

/// The layer 1 transaction of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct L1Transactions {
    /// Hash of the one that brought data and proof.
    #[schema(value_type = Option<Hash>)]
    pub submit: Option<String>,
}

/// A transaction and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransactionView {
    /// Its hash.
    #[schema(value_type = Hash)]
    pub hash: String,
    /// How far it has come.
    pub stage: Stage,
    /// What at this stage depends on trusting the operator.
    pub trust: String,
    /// What was signed.
    pub operation: SignedOperation,
    /// The batch that holds it.
    pub batch: Option<u64>,
    /// Its place among the batch's operations in their order of execution, from 0; known once
    /// the batch is closed.
    pub position: Option<u32>,
    /// The account that a transfer credits; known once executed.
    #[schema(value_type = Option<AccountIndex>)]
    pub to_account: Option<u32>,
    /// When it came to each stage.
    pub times_ms: TransactionTimes,
    /// The layer 1 transaction of its batch.
    pub l1: L1Transactions,
    /// Why it was rejected.
    pub rejection: Option<ErrorDetail>,
    /// The batch in which it was executed and that was dropped, while it is in no other: the
    /// operator's promise is broken, for good where it is rejected.
    pub dropped: Option<DroppedView>,
}

/// A batch that was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DroppedView {
    /// Its number.
    pub batch: u64,
    /// When it was dropped, Unix ms.
    pub at_ms: u64,
    /// Why, for programs.
    #[schema(value_type = DropCode)]
    pub code: String,
    /// Why, for people.
    pub message: String,
}
