//! What can move.

use assay_api::{stage::Stage, wire::EventKind};
use assay_circuits::{
    order::TxHash,
    quantity::{AccountIndex, BatchNumber},
};

use crate::record::{Dropped, Member};

/// Something came to a stage, or fell back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A transaction that was handed in here came to a stage.
    Transaction {
        /// Which.
        hash: TxHash,
        /// The stage.
        stage: Stage,
        /// Its batch, once it has one.
        batch: Option<BatchNumber>,
        /// The account that signed it.
        from: AccountIndex,
        /// The account that it credits, or did until its batch was dropped.
        to: Option<AccountIndex>,
        /// The batch in which it was executed and that was dropped, while it is in no other.
        dropped: Option<Dropped>,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// Something else that a batch holds came to a stage with it: an entry of the layer 1's queue, or an
    /// operation of another operator's batch.
    Operation {
        /// What it is.
        member: Member,
        /// Its batch.
        batch: BatchNumber,
        /// The stage.
        stage: Stage,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// A batch came to a stage.
    Batch {
        /// Which.
        number: BatchNumber,
        /// The stage.
        stage: Stage,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// A batch is no batch any more.
    Dropped(Dropped),
}

impl Event {
    /// What something that a batch holds does when the batch comes to a stage.
    pub(super) fn of_member(member: &Member, batch: BatchNumber, stage: Stage, at_ms: u64) -> Self {
        match (member.hash, member.from) {
            (Some(hash), Some(from)) => Self::Transaction {
                hash,
                stage,
                batch: Some(batch),
                from,
                to: member.to,
                dropped: None,
                at_ms,
            },
            _ => Self::Operation {
                member: *member,
                batch,
                stage,
                at_ms,
            },
        }
    }

    /// Its kind.
    pub(crate) fn kind(&self) -> EventKind {
        match self {
            Self::Transaction { .. } => EventKind::Transaction,
            Self::Operation { .. } => EventKind::Operation,
            Self::Batch { .. } => EventKind::Batch,
            Self::Dropped(_) => EventKind::Dropped,
        }
    }

    /// The batch that it is of, or was.
    pub(super) fn batch(&self) -> Option<BatchNumber> {
        match self {
            Self::Transaction { batch, dropped, .. } => {
                batch.or(dropped.map(|dropped| dropped.batch))
            }
            Self::Operation { batch, .. } => Some(*batch),
            Self::Batch { number, .. } => Some(*number),
            Self::Dropped(dropped) => Some(dropped.batch),
        }
    }

    /// The accounts whose money it is about.
    pub(super) fn accounts(&self) -> [Option<AccountIndex>; 2] {
        match self {
            Self::Transaction { from, to, .. } => [Some(*from), *to],
            Self::Operation { member, .. } => [member.from, member.to],
            Self::Batch { .. } | Self::Dropped(_) => [None, None],
        }
    }
}
