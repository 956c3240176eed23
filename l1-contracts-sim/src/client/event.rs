//! What the contract told, decoded.

use alloy::{rpc::types::Log, sol_types::SolEventInterface as _};

use super::{
    error::{Cause, L1Error},
    types::ShapeInfo,
};
use crate::{
    address::EthAddress,
    batch::{ShapeSize, Withdrawal, Word},
    contracts::Assay::{self, AssayEvents},
};

/// What the contract told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollupEvent {
    /// A deposit was queued.
    Deposited {
        /// Place in the queue.
        queue_index: u64,
        /// Token number.
        token: u16,
        /// Base units that arrived.
        amount: u128,
        /// The owner's point.
        owner: [Word; 2],
    },
    /// A token got a number.
    TokenRegistered {
        /// Number.
        token: u16,
        /// ERC-20.
        address: EthAddress,
    },
    /// A batch was posted.
    Committed {
        /// Number.
        batch: u64,
        /// Root after it.
        new_root: Word,
        /// C.
        commitment: Word,
    },
    /// Batches `first..=last` were proved.
    Proved {
        /// First of them.
        first_batch: u64,
        /// Last of them.
        last_batch: u64,
        /// Root after the last.
        root: Word,
    },
    /// A withdrawal was paid.
    Claimed {
        /// The batch.
        batch: u64,
        /// Which of its withdrawals.
        which: u16,
        /// What was paid, and to whom.
        withdrawal: Withdrawal,
    },
    /// Committed batches above `to_batch` were dropped.
    Reverted {
        /// The last batch that stays.
        to_batch: u64,
        /// The root after it.
        root: Word,
    },
    /// A new shape's verifier was proposed.
    VerifierProposed {
        /// Shape and verifier.
        shape: ShapeInfo,
        /// Unix time from which it may be activated.
        ready_at: u64,
    },
    /// A new shape can be used.
    VerifierActivated {
        /// Shape and verifier.
        shape: ShapeInfo,
    },
}

/// An event and where it stands on the L1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The event.
    pub event: RollupEvent,
    /// The block that holds it.
    pub block_number: u64,
    /// That block's hash.
    pub block_hash: Word,
    /// The transaction.
    pub transaction: Word,
    /// Index of the log in its block.
    pub log_index: u64,
}

impl LoggedEvent {
    /// Decodes a log of the rollup contract.
    pub(crate) fn decode(log: &Log) -> Result<Self, L1Error> {
        let wrong = |source: Cause| L1Error::Answer {
            call: "eth_getLogs",
            source,
        };
        let missing = || wrong("a log without its place in the chain".into());
        let decoded = AssayEvents::decode_log(&log.inner).map_err(|error| wrong(error.into()))?;
        Ok(Self {
            event: decoded.data.into(),
            block_number: log.block_number.ok_or_else(missing)?,
            block_hash: log.block_hash.ok_or_else(missing)?.0,
            transaction: log.transaction_hash.ok_or_else(missing)?.0,
            log_index: log.log_index.ok_or_else(missing)?,
        })
    }
}

impl From<AssayEvents> for RollupEvent {
    fn from(event: AssayEvents) -> Self {
        match event {
            AssayEvents::Deposited(e) => Self::Deposited {
                queue_index: e.queueIndex,
                token: e.token,
                amount: e.amount,
                owner: [e.ownerX.to_be_bytes(), e.ownerY.to_be_bytes()],
            },
            AssayEvents::TokenRegistered(e) => Self::TokenRegistered {
                token: e.token,
                address: e.tokenAddress.into(),
            },
            AssayEvents::Committed(e) => Self::Committed {
                batch: e.batch,
                new_root: e.newRoot.0,
                commitment: e.commitment.0,
            },
            AssayEvents::Proved(e) => Self::Proved {
                first_batch: e.firstBatch,
                last_batch: e.lastBatch,
                root: e.root.0,
            },
            AssayEvents::Claimed(e) => Self::Claimed {
                batch: e.batch,
                which: e.which,
                withdrawal: Withdrawal {
                    token: e.token,
                    amount: e.amount,
                    to: e.to.into(),
                },
            },
            AssayEvents::Reverted(e) => Self::Reverted {
                to_batch: e.toBatch,
                root: e.root.0,
            },
            AssayEvents::VerifierProposed(e) => Self::VerifierProposed {
                shape: e.shape.into(),
                ready_at: e.readyAt,
            },
            AssayEvents::VerifierActivated(e) => Self::VerifierActivated {
                shape: e.shape.into(),
            },
        }
    }
}

impl From<Assay::ShapeConfig> for ShapeInfo {
    fn from(shape: Assay::ShapeConfig) -> Self {
        Self {
            size: ShapeSize {
                id: shape.shapeId,
                transfers: shape.transfers,
                full_records: shape.fullRecords,
                fee_slots: shape.feeSlots,
            },
            verifier: shape.verifier.into(),
        }
    }
}
