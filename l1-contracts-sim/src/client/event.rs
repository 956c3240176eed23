//! What the contract told, decoded.

use alloy::{rpc::types::Log, sol_types::SolEventInterface as _};

use super::error::{Cause, L1Error};
use crate::{
    address::EthAddress,
    batch::{FULL_RECORD_WORDS, ShapeSize, Word},
    contracts::Assay::AssayEvents,
};

/// What the contract told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollupEvent {
    /// An entry was queued.
    Queued {
        /// Place in the queue.
        index: u64,
        /// From when it must be taken, Unix time.
        due: u32,
        /// Its words: a record without its outcome.
        words: [Word; FULL_RECORD_WORDS],
        /// What it paid, and who gets back what is not used.
        tail: Word,
    },
    /// A token got a number.
    TokenRegistered {
        /// Number.
        token: u16,
        /// ERC-20.
        address: EthAddress,
    },
    /// A batch was posted and proved.
    Submitted {
        /// Number.
        batch: u64,
        /// Root after it.
        new_root: Word,
        /// Who is paid for the entries of the queue in it.
        settler: EthAddress,
    },
    /// A claim was paid.
    Claimed {
        /// The batch.
        batch: u64,
        /// Which of its claims.
        which: u16,
        /// Token number.
        token: u16,
        /// Base units.
        amount: u128,
        /// To whom.
        to: EthAddress,
    },
    /// The rollup was frozen for good.
    Frozen {
        /// 1 an entry was overdue, 2 closing, 3 the guardian, 4 the last shape was retired.
        reason: u8,
    },
    /// An entry of the queue was given back.
    Refunded {
        /// Place in the queue.
        index: u64,
        /// To whom.
        to: EthAddress,
    },
    /// An account left after a freeze.
    Escaped {
        /// The account.
        account: u32,
        /// Token number.
        token: u16,
        /// Base units.
        amount: u128,
        /// To whom.
        to: EthAddress,
    },
    /// The contract owes somebody ether besides claims.
    Credited {
        /// Whom.
        to: EthAddress,
        /// Wei.
        amount_wei: Word,
    },
    /// A new shape was announced.
    ShapeProposed {
        /// The shape.
        shape: ShapeSize,
        /// Its verifier.
        verifier: EthAddress,
        /// From when it may be marked, Unix time.
        ready_at: u64,
    },
    /// An announced shape waits for the queue as it was.
    ProposalMarked {
        /// Shape id.
        shape: u8,
        /// Entries that must be consumed first.
        queue_length: u64,
    },
    /// A new shape can be used.
    ShapeActivated {
        /// Shape id.
        shape: u8,
    },
    /// A shape cannot be used any more.
    ShapeRetired {
        /// Shape id.
        shape: u8,
    },
    /// The rollup will end.
    ClosingAnnounced {
        /// From when anybody may freeze, Unix time.
        freeze_at: u64,
    },
    /// Another operator was named.
    OperatorProposed {
        /// Who.
        operator: EthAddress,
    },
    /// Another operator took over.
    OperatorChanged {
        /// Who.
        operator: EthAddress,
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
            AssayEvents::Queued(e) => Self::Queued {
                index: e.index,
                due: e.due,
                words: e.words.map(|word| word.to_be_bytes()),
                tail: e.tail.to_be_bytes(),
            },
            AssayEvents::TokenRegistered(e) => Self::TokenRegistered {
                token: e.token,
                address: e.tokenAddress.into(),
            },
            AssayEvents::Submitted(e) => Self::Submitted {
                batch: e.batch,
                new_root: e.newRoot.0,
                settler: e.settler.into(),
            },
            AssayEvents::Claimed(e) => Self::Claimed {
                batch: e.batch,
                which: e.which,
                token: e.token,
                amount: e.amount,
                to: e.to.into(),
            },
            AssayEvents::Frozen(e) => Self::Frozen { reason: e.reason },
            AssayEvents::Refunded(e) => Self::Refunded {
                index: e.index,
                to: e.to.into(),
            },
            AssayEvents::Escaped(e) => Self::Escaped {
                account: e.account,
                token: e.token,
                amount: e.amount,
                to: e.to.into(),
            },
            AssayEvents::Credited(e) => Self::Credited {
                to: e.to.into(),
                amount_wei: e.amount.to_be_bytes(),
            },
            AssayEvents::ShapeProposed(e) => Self::ShapeProposed {
                shape: ShapeSize {
                    id: e.shapeId,
                    transfers: e.shape.transfers,
                    full_records: e.shape.fullRecords,
                    fee_slots: e.shape.feeSlots,
                },
                verifier: e.verifier.into(),
                ready_at: e.readyAt,
            },
            AssayEvents::ProposalMarked(e) => Self::ProposalMarked {
                shape: e.shapeId,
                queue_length: e.queueLength,
            },
            AssayEvents::ShapeActivated(e) => Self::ShapeActivated { shape: e.shapeId },
            AssayEvents::ShapeRetired(e) => Self::ShapeRetired { shape: e.shapeId },
            AssayEvents::ClosingAnnounced(e) => Self::ClosingAnnounced {
                freeze_at: e.freezeAt,
            },
            AssayEvents::OperatorProposed(e) => Self::OperatorProposed {
                operator: e.operator.into(),
            },
            AssayEvents::OperatorChanged(e) => Self::OperatorChanged {
                operator: e.operator.into(),
            },
        }
    }
}
