//! Entries of the layer 1's queue in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{batch::BatchOperation, schema::L1Address};
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
