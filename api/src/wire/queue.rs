//! Entries of the layer 1's queue in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    batch::{BatchOperation, RecordKind},
    schema::{AccountIndex, Amount, Hash, L1Address, Payee, TokenNumber},
};
use crate::stage::Stage;

/// An entry of the queue that is in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueEntryView {
    /// The batch.
    pub batch: u64,
    /// How far the batch has come.
    pub stage: Stage,
    /// What at this stage depends on trusting the operator.
    pub trust: String,
    /// Who gets back on the layer 1 what is not used.
    #[schema(value_type = L1Address)]
    pub refund_to: String,
    /// What the entry asked for, and what came of it.
    #[serde(flatten)]
    pub operation: BatchOperation,
}

/// An entry of the queue that is in no batch yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingEntryView {
    /// Its place in the queue, from 0.
    pub queue_index: u64,
    /// A deposit, or an order that was forced.
    pub kind: RecordKind,
    /// The account that is to pay; null for a deposit.
    #[schema(value_type = Option<AccountIndex>)]
    pub from: Option<u32>,
    /// Who is paid: an address of the rollup, or of a forced withdrawal one of the layer 1.
    #[schema(value_type = Payee)]
    pub to: String,
    /// The account that a forced transfer names.
    #[schema(value_type = Option<AccountIndex>)]
    pub to_account: Option<u32>,
    /// Token number.
    #[schema(value_type = TokenNumber)]
    pub token: u16,
    /// Base units; of a forced withdrawal the most that it takes.
    #[schema(value_type = Amount)]
    pub amount: String,
    /// Who gets back on the layer 1 what is not used.
    #[schema(value_type = L1Address)]
    pub refund_to: String,
    /// Until when a proved batch must take it, Unix seconds.
    pub due: u32,
    /// The block of the layer 1 that holds it.
    pub block: u64,
    /// Whether it is deep enough on the layer 1 to be taken.
    pub confirmed: bool,
    /// The transaction of the layer 1 that queued it, 0x hex.
    #[schema(value_type = Hash)]
    pub l1_transaction: String,
}

/// What waits in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingEntries {
    /// The block of the layer 1 after which this was read; null before the first time.
    pub block: Option<u64>,
    /// The next to be taken first; at most 256.
    pub entries: Vec<WaitingEntryView>,
}
