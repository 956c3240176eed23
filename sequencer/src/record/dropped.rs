//! Batches that are the rollup's no more, and what that makes of promises.

use assay_api::wire::DropCode;
use assay_circuits::{
    order::TxHash,
    quantity::{AccountIndex, BatchNumber},
};
use serde::{Deserialize, Serialize};

/// Which batches are dropped, and what is told of them.
#[derive(Debug, Clone, Copy)]
pub struct RollBack {
    /// The last one that stays; batch 0 where the directory begins after one that does not stay.
    pub to: BatchNumber,
    /// Why the others do not.
    pub cause: DropCause,
    /// When, Unix ms.
    pub at_ms: u64,
}

/// What a roll back did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RolledBack {
    /// The batches that are no batches any more, by number.
    pub batches: Vec<Dropped>,
    /// What waits for its turn again.
    pub again: Vec<WaitsAgain>,
}

/// A transaction that waits for its turn again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitsAgain {
    /// Which.
    pub hash: TxHash,
    /// The account that signed it.
    pub from: AccountIndex,
    /// The account that it had credited.
    pub to: Option<AccountIndex>,
    /// The batch in which it was, where it was in one.
    pub dropped: Option<Dropped>,
}

/// A promise that does not hold any more: a transaction was executed in a batch, and the batch is
/// not the rollup's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The batch.
    pub batch: BatchNumber,
    /// When it was dropped, Unix ms.
    pub at_ms: u64,
    /// Why.
    pub cause: DropCause,
}

/// Why batches were dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DropCause {
    /// The layer 1 has other batches in their place.
    ForeignBatch,
    /// The layer 1 has taken back a batch that another operator made, on which they stood.
    Reorganised,
    /// They waited too long for their proofs.
    TooOld,
    /// An entry that they took is not in the layer 1's queue any more.
    EntryGone,
    /// They leave an entry of the layer 1's queue that they had to take.
    EntryLeft,
}

impl DropCause {
    /// For programs.
    #[must_use]
    pub fn code(self) -> DropCode {
        match self {
            Self::ForeignBatch => DropCode::ForeignBatch,
            Self::Reorganised => DropCode::Reorganised,
            Self::TooOld => DropCode::TooOld,
            Self::EntryGone => DropCode::EntryGone,
            Self::EntryLeft => DropCode::EntryLeft,
        }
    }

    /// For people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ForeignBatch => "the layer 1 has the batch of another operator in its place",
            Self::Reorganised => {
                "the layer 1 has taken back the batch of another operator on which it stood"
            }
            Self::TooOld => "it waited too long for its proof",
            Self::EntryGone => "an entry that it took is not in the layer 1's queue any more",
            Self::EntryLeft => "it leaves an entry of the layer 1's queue that it had to take",
        }
    }
}

impl RollBack {
    /// What is kept of a transaction in one of the batches.
    pub(crate) fn dropped(&self, batch: BatchNumber) -> Dropped {
        Dropped {
            batch,
            at_ms: self.at_ms,
            cause: self.cause,
        }
    }
}
