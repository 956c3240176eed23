//! What moves an account's money, in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    batch::RecordKind,
    error::ErrorDetail,
    schema::{AccountIndex, Amount, Fee, Hash, Payee, PaymentsCursor, TokenNumber},
    transaction::{DroppedView, Reference},
};
use crate::stage::Stage;

/// What moves an account's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
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
    /// The fees of a batch, which it credits to an operator's account as a sum.
    Fees,
}

impl From<RecordKind> for PaymentKind {
    fn from(kind: RecordKind) -> Self {
        match kind {
            RecordKind::Transfer => Self::Transfer,
            RecordKind::Withdrawal => Self::Withdrawal,
            RecordKind::Deposit => Self::Deposit,
            RecordKind::ForcedTransfer => Self::ForcedTransfer,
            RecordKind::ForcedWithdrawal => Self::ForcedWithdrawal,
        }
    }
}

/// Which way the money goes, as the account sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentDirection {
    /// To the account.
    Incoming,
    /// From the account.
    Outgoing,
    /// From the account to itself: only the fee leaves it.
    Internal,
}

/// Times of a payment's stages, Unix ms; null where it has not come so far, or where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentTimes {
    /// On disk; null for what was not handed in here.
    pub received: Option<u64>,
    /// In the open batch; for what was not handed in here, when its batch was closed.
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

/// Something that moves an account's money, or was meant to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PaymentView {
    /// Hash of the transaction; null for what was not handed in here.
    #[schema(value_type = Option<Hash>)]
    pub hash: Option<String>,
    /// Its place in the layer 1's queue; null for what does not come from there.
    pub queue_index: Option<u64>,
    /// What it is.
    pub kind: PaymentKind,
    /// Which way the money goes.
    pub direction: PaymentDirection,
    /// The other side: the payee's address, of what comes in the sender's; null for a deposit and for fees.
    #[schema(value_type = Option<Payee>)]
    pub counterparty: Option<String>,
    /// The account of the other side; null on the layer 1, and of a payee before it is executed.
    #[schema(value_type = Option<AccountIndex>)]
    pub counterparty_account: Option<u32>,
    /// Token number.
    #[schema(value_type = TokenNumber)]
    pub token: u16,
    /// Base units that move, or would have; without the fee.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// Base units, which the sender pays beside the amount.
    #[schema(value_type = Fee)]
    pub fee: String,
    /// The batch that holds it.
    pub batch: Option<u64>,
    /// Its place among the batch's operations in their order of execution, from 0; known once the batch is
    /// closed.
    pub position: Option<u32>,
    /// How far it has come.
    pub stage: Stage,
    /// When it came to each stage.
    pub times_ms: PaymentTimes,
    /// Why it was rejected.
    pub rejection: Option<ErrorDetail>,
    /// The batch in which it was executed and that was dropped, while it is in no other.
    pub dropped: Option<DroppedView>,
    /// What the sender put beside it.
    pub reference: Option<Reference>,
}

/// A page of what moves an account's money, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PaymentList {
    /// Newest first.
    pub payments: Vec<PaymentView>,
    /// Ask with `before` = this for the next page; null at the end.
    #[schema(value_type = Option<PaymentsCursor>)]
    pub next_before: Option<String>,
}
