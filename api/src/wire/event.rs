//! What moves, in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    batch::RecordKind,
    code::DropCode,
    schema::{AccountIndex, Hash},
    transaction::DroppedView,
};
use crate::stage::Stage;

/// What moves on `/v1/events`. The event's name is its `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = Event)]
pub enum EventView {
    /// A transaction that was handed in here came to a stage, or fell back to `received`.
    Transaction {
        /// Its hash.
        #[schema(value_type = Hash)]
        hash: String,
        /// The stage.
        stage: Stage,
        /// Its batch, once it has one.
        batch: Option<u64>,
        /// The account that signed it.
        #[schema(value_type = AccountIndex)]
        from: u32,
        /// The account that it credits, from `executed` on, or did until its batch was dropped.
        #[schema(value_type = Option<AccountIndex>)]
        to_account: Option<u32>,
        /// The batch in which it was executed and that was dropped, while it is in no other.
        dropped: Option<DroppedView>,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// Something else that a batch holds came to a stage with it: an entry of the layer 1's queue, or an
    /// operation of another operator's batch that was not handed in here.
    Operation {
        /// Its batch.
        batch: u64,
        /// In the order of execution, from 0.
        position: u32,
        /// What it is.
        kind: RecordKind,
        /// Its place in the layer 1's queue; null for what does not come from there.
        queue_index: Option<u64>,
        /// False for a deposit that bounced and for a forced order that was not valid.
        executed: bool,
        /// The account that pays.
        #[schema(value_type = Option<AccountIndex>)]
        from: Option<u32>,
        /// The account that is credited.
        #[schema(value_type = Option<AccountIndex>)]
        to_account: Option<u32>,
        /// The stage.
        stage: Stage,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// A batch came to a stage. What it holds is told after it.
    Batch {
        /// Its number.
        number: u64,
        /// The stage.
        stage: Stage,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// A batch was dropped: what was told of what it held does not hold. Its transactions wait again.
    Dropped {
        /// Its number.
        number: u64,
        /// Why, for programs.
        #[schema(value_type = DropCode)]
        code: String,
        /// Why, for people.
        message: String,
        /// When, Unix ms.
        at_ms: u64,
    },
}

/// The kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A transaction that was handed in here.
    Transaction,
    /// Something else that a batch holds.
    Operation,
    /// A batch.
    Batch,
    /// A batch that was dropped.
    Dropped,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Transaction,
        Self::Operation,
        Self::Batch,
        Self::Dropped,
    ];

    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Operation => "operation",
            Self::Batch => "batch",
            Self::Dropped => "dropped",
        }
    }
}

impl EventView {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Transaction { .. } => EventKind::Transaction,
            Self::Operation { .. } => EventKind::Operation,
            Self::Batch { .. } => EventKind::Batch,
            Self::Dropped { .. } => EventKind::Dropped,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_called_the_same_in_a_query_and_in_an_event() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        let event = EventView::Batch {
            number: 7,
            stage: Stage::Sealed,
            at_ms: 1,
        };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["type"], event.kind().name());
    }
}
