//! The JSON of the HTTP interface (`docs/spec/api.md`), shared by the node and its clients.
//!
//! Amounts are base units as decimal strings, field elements decimal strings, hashes 0x hex,
//! times Unix milliseconds where the name ends in `_ms` and seconds where it does not say.

pub mod batch;
pub mod network;
pub mod operation;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use batch::{
    BatchDetail, BatchHeaderView, BatchList, BatchOperation, BatchTimes, BatchView, WithdrawalView,
};
pub use network::{
    FeeView, Heights, L1View, PoolView, ProverView, ShapeView, StatusView, TokenView,
};
pub use operation::{OperationError, OperationKind, SignatureView, SignedOperation};

/// How far a transaction or a batch has come.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// On the operator's disk, waiting for its turn.
    Received,
    /// In the open batch, on the operator's disk.
    Executed,
    /// Its batch is closed and executed in its final order.
    Sealed,
    /// Its batch's data is on the layer 1.
    Committed,
    /// Its batch's proof is on the layer 1.
    Proved,
    /// The proof is so deep in the layer 1 that the node takes it as final.
    Final,
    /// It will not be executed.
    Rejected,
}

impl Stage {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Executed => "executed",
            Self::Sealed => "sealed",
            Self::Committed => "committed",
            Self::Proved => "proved",
            Self::Final => "final",
            Self::Rejected => "rejected",
        }
    }

    /// What still depends on trusting the operator.
    #[must_use]
    pub fn trust(self) -> &'static str {
        match self {
            Self::Received => {
                "The operator has promised to execute it if it can be; it may still break its word."
            }
            Self::Executed => {
                "The operator has executed it and may still break its word: nothing is on the layer 1."
            }
            Self::Sealed => {
                "Its place in a batch is fixed by the operator, who may still break its word: nothing is on the layer 1."
            }
            Self::Committed => {
                "Its data and place are on the layer 1; that it counts hangs on a proof, which anybody can make from the data, and on no reorganisation."
            }
            Self::Proved => {
                "The layer 1 has accepted the proof: no trust in the operator is left, only in the layer 1 not to reorganise."
            }
            Self::Final => "No trust in the operator is left.",
            Self::Rejected => "The operator says that it cannot be executed, and why.",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Every error of the interface: `{"error": {...}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// The data behind it, by code.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
}

/// The answer to an accepted transaction: the operator's signed promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// Names the transaction.
    pub hash: String,
    /// When the operator took it.
    pub received_ms: u64,
    /// Whose key signed this receipt: the operator's address.
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
    /// Data on the layer 1.
    pub committed: Option<u64>,
    /// Proof on the layer 1.
    pub proved: Option<u64>,
    /// Proof deep in the layer 1.
    pub r#final: Option<u64>,
    /// Given up.
    pub rejected: Option<u64>,
}

/// Layer 1 transactions of a batch, hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct L1Transactions {
    /// That posted the data.
    pub commit: Option<String>,
    /// That posted the proof.
    pub prove: Option<String>,
}

/// A transaction and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TransactionView {
    /// Its hash.
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
    pub to_account: Option<u32>,
    /// When it came to each stage.
    pub times_ms: TransactionTimes,
    /// Layer 1 transactions of its batch.
    pub l1: L1Transactions,
    /// Why it was rejected.
    pub rejection: Option<ErrorDetail>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Index of its leaf.
    pub index: u32,
    /// Address of its owner.
    pub owner: String,
    /// Token number.
    pub token: u16,
    /// After all executed transactions, base units.
    pub balance: String,
    /// Of the next transaction to execute.
    pub nonce: u32,
    /// In the last proved batch, base units; null where it did not exist there.
    pub proved_balance: Option<String>,
    /// In the last proved batch.
    pub proved_nonce: Option<u32>,
    /// Its transactions that wait for execution.
    pub pending: u32,
    /// The nonce to sign next: after those executed and those waiting in an unbroken row.
    pub next_nonce: u32,
}

/// Accounts of an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountList {
    /// By index.
    pub accounts: Vec<AccountView>,
}

/// A Merkle proof of an account's leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountProof {
    /// The batch after which it holds.
    pub batch: u64,
    /// Root after that batch, 0x hex.
    pub root: String,
    /// Index of the leaf.
    pub index: u32,
    /// Owner's coordinates, decimal; null for an empty leaf.
    pub owner: Option<[String; 2]>,
    /// Token number.
    pub token: Option<u16>,
    /// Base units.
    pub balance: Option<String>,
    /// Next nonce.
    pub nonce: Option<u32>,
    /// The leaf, decimal.
    pub leaf: String,
    /// The three nodes beside the path at each height, from the leaf up, decimal.
    pub siblings: Vec<[String; 3]>,
}

/// What moves on `/v1/events`. The event's name is `transaction` or `batch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A transaction came to a stage.
    Transaction {
        /// Its hash.
        hash: String,
        /// The stage.
        stage: Stage,
        /// Its batch, once it has one.
        batch: Option<u64>,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// A batch came to a stage, and its transactions with it.
    Batch {
        /// Its number.
        number: u64,
        /// The stage.
        stage: Stage,
        /// When, Unix ms.
        at_ms: u64,
    },
}
