//! Batches in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    schema::{
        AccountIndex, Amount, ClaimNumber, Fee, Hash, L1Address, Payee, ShapeName, ShapeNumber,
        TokenNumber,
    },
    transaction::L1Transactions,
};
use crate::stage::Stage;

/// Times of a batch's stages, Unix ms; null where it has not come so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchTimes {
    /// No further operation joins.
    pub closed: u64,
    /// Executed in its final order.
    pub sealed: Option<u64>,
    /// A worker's proof has been verified.
    pub proof: Option<u64>,
    /// Data and proof are on the layer 1.
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
    #[schema(value_type = ShapeName)]
    pub shape: String,
    /// Unix seconds, against which expiry was checked.
    pub timestamp: u32,
    /// Root before it, 0x hex.
    #[schema(value_type = Hash)]
    pub old_root: String,
    /// Root after it, 0x hex.
    #[schema(value_type = Hash)]
    pub new_root: String,
    /// How many operations it holds.
    pub operations: u32,
    /// Leaves that are given out after it, the reserved leaf 0 among them.
    pub accounts: u32,
    /// The address of the layer 1 that is paid for the entries of the queue in it.
    #[schema(value_type = L1Address)]
    pub settler: String,
    /// When it came to each stage.
    pub times_ms: BatchTimes,
    /// Its layer 1 transaction.
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

/// Kinds of operation in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// To another owner.
    Transfer,
    /// To the layer 1.
    Withdrawal,
    /// From the layer 1.
    Deposit,
    /// To another owner, put into the layer 1's queue by its sender.
    ForcedTransfer,
    /// To the layer 1, put into its queue by the sender.
    ForcedWithdrawal,
}

/// An operation of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchOperation {
    /// In the order of execution, from 0.
    pub position: u32,
    /// What it is.
    pub kind: RecordKind,
    /// False for a deposit that bounced and for a forced order that was not valid.
    pub executed: bool,
    /// Hash of the transaction; null for what comes from the layer 1's queue.
    #[schema(value_type = Option<Hash>)]
    pub hash: Option<String>,
    /// Its place in the layer 1's queue; null for what does not come from there.
    pub queue_index: Option<u64>,
    /// The account that pays.
    #[schema(value_type = Option<AccountIndex>)]
    pub from: Option<u32>,
    /// The account that is credited.
    #[schema(value_type = Option<AccountIndex>)]
    pub to_account: Option<u32>,
    /// The payee's address.
    #[schema(value_type = Payee)]
    pub to: String,
    /// Token number.
    #[schema(value_type = TokenNumber)]
    pub token: u16,
    /// Base units; of a forced withdrawal, what was asked for at most.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// Base units that moved.
    #[schema(value_type = Amount)]
    pub paid: String,
    /// Base units.
    #[schema(value_type = Fee)]
    pub fee: String,
}

/// What the contract hashes of a batch, and `claim` must repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchHeaderView {
    /// C, 0x hex.
    #[schema(value_type = Hash)]
    pub commitment: String,
    /// Root after the batch, 0x hex.
    #[schema(value_type = Hash)]
    pub new_root: String,
    /// Hash of what can be claimed, 0x hex.
    #[schema(value_type = Hash)]
    pub claims_hash: String,
    /// Entries of the layer 1 queue consumed after the batch.
    pub queue_end: u64,
    /// Unix seconds.
    pub timestamp: u32,
    /// Leaves that are given out after it.
    pub accounts: u32,
    /// Number of the shape.
    #[schema(value_type = ShapeNumber)]
    pub shape: u8,
}

/// What can be claimed on the layer 1 once the batch is proved: a withdrawal, or a deposit that
/// came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimView {
    /// Its number among the batch's claims: the `which` of `claim`.
    #[schema(value_type = ClaimNumber)]
    pub which: u16,
    /// Token number.
    #[schema(value_type = TokenNumber)]
    pub token: u16,
    /// Base units.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// Who is paid on the layer 1.
    #[schema(value_type = L1Address)]
    pub to: String,
    /// The account that paid; 0 for a deposit that came back.
    pub from: u32,
    /// Hash of the transaction; null for what came from the layer 1's queue.
    #[schema(value_type = Option<Hash>)]
    pub hash: Option<String>,
    /// Its place in the layer 1's queue; null for what did not come from there.
    pub queue_index: Option<u64>,
}

/// Fees that a batch credits in a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EarnedFees {
    /// Token number.
    #[schema(value_type = TokenNumber)]
    pub token: u16,
    /// Base units.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// The account to which they go.
    #[schema(value_type = AccountIndex)]
    pub account: u32,
}

/// A batch's part of the transaction that brought it to the layer 1, by its receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionCostView {
    /// Batches that the transaction brought, among whom its gas is shared evenly.
    pub batches: u64,
    /// Gas of the whole transaction.
    pub transaction_gas: u64,
    /// Gas of this batch.
    pub gas: u64,
    /// What was paid, wei per gas.
    #[schema(value_type = Amount)]
    pub gas_price_wei: String,
    /// What the batch's gas cost whoever sent the transaction, wei.
    #[schema(value_type = Amount)]
    pub wei: String,
    /// Gas of this batch by operation in it; null where it holds none.
    pub gas_per_operation: Option<u64>,
}

/// What a batch earned and cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchEconomics {
    /// Fees, in the order of tokens; none of those in which none were paid.
    pub earned: Vec<EarnedFees>,
    /// What the layer 1 cost; null before the batch is there, and where the node has not the receipt.
    pub l1: Option<SubmissionCostView>,
    /// How long its proof took, ms, by the worker's own account; null where another operator had it made,
    /// or it is not known any more.
    pub proving_ms: Option<u64>,
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
    pub claims: Vec<ClaimView>,
    /// What it earned and cost.
    pub economics: BatchEconomics,
}
