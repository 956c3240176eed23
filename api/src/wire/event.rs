//! What moves, in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema::Hash;
use crate::stage::Stage;

/// What moves on `/v1/events`. The event's name is `transaction` or `batch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = Event)]
pub enum EventView {
    /// A transaction came to a stage.
    Transaction {
        /// Its hash.
        #[schema(value_type = Hash)]
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
