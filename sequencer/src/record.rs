//! What the node keeps of transactions, batches and the layer 1, as stored.

mod acknowledged;
mod adopted;
mod claim;
mod cost;
mod dropped;
pub(crate) mod member;
mod seen;

use assay_api::stage::Stage;
use assay_circuits::{
    account::Account,
    address::L1Address,
    batch::BatchInput,
    eddsa::Signature,
    operation::Operation,
    order::{Domain, Order, Signed, TxHash},
    posted::PostedBatch,
    quantity::{AccountIndex, BatchNumber, StateRoot, Timestamp},
    shape::Shape,
    statement::PublicInputs,
    transition::FeeSlot,
};
use serde::{Deserialize, Serialize};

pub use acknowledged::{Acknowledged, TransactionLogRecord};
pub use adopted::{AdoptedBatch, BatchContents};
pub use claim::StoredClaim;
pub use cost::{ProvingTime, SubmissionCost};
pub use dropped::{DropCause, Dropped, RollBack, RolledBack, WaitsAgain};
pub use member::Member;
pub use seen::{BlockMark, QueueCursor, Vouchers};

/// A text that the sender of a transaction put beside it, and signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReference {
    /// For what is paid.
    pub text: String,
    /// Of the sender.
    pub signature: Signature,
}

/// Thirty-two bytes of the layer 1: a hash.
pub type Word = [u8; 32];

/// A transaction that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionRecord {
    /// What was signed.
    pub signed: Signed<Order>,
    /// When it was acknowledged, Unix ms.
    pub received_ms: u64,
    /// Its place in the order of acknowledgement.
    pub sequence: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// The batch in which it was executed and that was dropped, while it is in no other.
    pub dropped: Option<Dropped>,
}

impl TransactionRecord {
    /// Its acknowledgement.
    #[must_use]
    pub fn acknowledged(&self) -> Acknowledged {
        Acknowledged {
            signed: self.signed,
            received_ms: self.received_ms,
            sequence: self.sequence,
        }
    }
}

impl From<Acknowledged> for TransactionRecord {
    /// It waits.
    fn from(acknowledged: Acknowledged) -> Self {
        let Acknowledged {
            signed,
            received_ms,
            sequence,
        } = acknowledged;
        Self {
            signed,
            received_ms,
            sequence,
            outcome: Outcome::Waiting,
            dropped: None,
        }
    }
}

/// What became of a transaction, as far as the executor knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It waits for its turn.
    Waiting,
    /// It is in a batch.
    Executed {
        /// The batch.
        batch: BatchNumber,
        /// When, Unix ms.
        at_ms: u64,
        /// The account that a transfer credits.
        to: Option<AccountIndex>,
        /// Its place in the batch's order of execution, once the batch is closed.
        position: Option<u32>,
    },
    /// It will not be executed.
    Rejected {
        /// When, Unix ms.
        at_ms: u64,
        /// Why.
        reason: StoredError,
    },
}

/// Why a transaction was rejected, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredError {
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// The data behind it, as JSON text.
    pub details: String,
}

/// A batch that takes operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenHeader {
    /// Its number.
    pub number: BatchNumber,
    /// Against which expiry is checked.
    pub timestamp: Timestamp,
    /// Where fees may go.
    pub fee_slots: Vec<FeeSlot>,
    /// When its first operation came, Unix ms.
    pub opened_ms: u64,
}

/// An operation of the open batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRow {
    /// What was executed.
    pub operation: Operation,
    /// Of an entry of the layer 1's queue, its tail.
    pub tail: Option<Word>,
    /// When, Unix ms.
    pub at_ms: u64,
}

/// A closed batch: its contents are fixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedBatch {
    /// All that the batch is.
    pub input: BatchInput,
    /// The tails of its entries of the layer 1's queue, in their order.
    pub tails: Vec<Word>,
    /// When it was closed, Unix ms.
    pub closed_ms: u64,
    /// Entries of the layer 1 queue consumed after it.
    pub queue_end: u64,
}

impl ClosedBatch {
    /// Its number.
    #[must_use]
    pub fn number(&self) -> BatchNumber {
        self.input.number
    }

    /// Its operations in their order of execution.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.input.full.iter().chain(&self.input.transfers)
    }

    /// Hashes of its signed transactions in their order of execution.
    pub fn hashes(&self, domain: Domain) -> impl Iterator<Item = TxHash> + '_ {
        self.operations()
            .filter_map(Operation::signed)
            .map(move |signed| signed.hash(domain))
    }
}

/// A batch, as in the append-only log: from these records everything can be rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogRecord {
    /// The node made it.
    Sealed(SealedBatch),
    /// The node found it on the layer 1.
    Adopted(AdoptedBatch),
    /// What it held was damaged, and is on the layer 1 alone.
    Gone {
        /// Its number.
        number: BatchNumber,
        /// Root after it.
        new_root: StateRoot,
    },
}

impl LogRecord {
    /// Its number.
    #[must_use]
    pub fn number(&self) -> BatchNumber {
        match self {
            Self::Sealed(sealed) => sealed.closed.number(),
            Self::Adopted(adopted) => adopted.number,
            Self::Gone { number, .. } => *number,
        }
    }

    /// The root after it.
    #[must_use]
    pub fn new_root(&self) -> StateRoot {
        match self {
            Self::Sealed(sealed) => sealed.new_root,
            Self::Adopted(adopted) => adopted.new_root,
            Self::Gone { new_root, .. } => *new_root,
        }
    }
}

/// A batch that the node sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedBatch {
    /// The batch.
    pub closed: ClosedBatch,
    /// Root before it.
    pub old_root: StateRoot,
    /// Root after it.
    pub new_root: StateRoot,
    /// When it was sealed, Unix ms.
    pub sealed_ms: u64,
}

/// A batch with which the state goes on: one that the node sealed, or one that it adopted from the
/// layer 1. What it holds is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRecord {
    /// Its number.
    pub number: BatchNumber,
    /// Its shape.
    pub shape: Shape,
    /// Unix seconds.
    pub timestamp: Timestamp,
    /// Root before it.
    pub old_root: StateRoot,
    /// Root after it.
    pub new_root: StateRoot,
    /// C, z, y.
    pub inputs: PublicInputs,
    /// Leaves that are given out after it.
    pub accounts: u32,
    /// Who is paid on the layer 1 for its entries of the queue.
    pub settler: L1Address,
    /// Hash of what can be claimed of it, as the contract makes it.
    pub claims_hash: Word,
    /// Hash of its header and of all before it, as the contract makes it.
    pub hash: Word,
    /// Entries of the layer 1 queue consumed after it.
    pub queue_end: u64,
    /// The tails of its entries of the layer 1's queue, in their order.
    pub tails: Vec<Word>,
    /// How many operations it holds.
    pub operations: u32,
    /// When it was closed, Unix ms.
    pub closed_ms: u64,
    /// When it was sealed, Unix ms.
    pub sealed_ms: u64,
    /// Whether another operator made it.
    pub adopted: bool,
}

/// Where a batch left the rollup: what the next one begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tip {
    /// The batch.
    pub number: BatchNumber,
    /// Its time: the next batch's is not before it.
    pub timestamp: Timestamp,
    /// Root after it.
    pub root: StateRoot,
    /// Hash of its header and of all before it.
    pub hash: Word,
    /// Entries of the layer 1 queue consumed after it.
    pub queue_end: u64,
}

impl BatchRecord {
    /// It, as it was posted, with what it holds.
    #[must_use]
    pub fn posted(&self, contents: &BatchContents) -> PostedBatch {
        PostedBatch {
            shape: self.shape,
            number: self.number,
            timestamp: self.timestamp,
            settler: self.settler,
            new_root: self.new_root,
            accounts: self.accounts,
            fee_slots: contents.fee_slots.clone(),
            full: contents.full.clone(),
            transfers: contents.transfer_records(),
        }
    }

    /// Where it left the rollup.
    #[must_use]
    pub fn tip(&self) -> Tip {
        Tip {
            number: self.number,
            timestamp: self.timestamp,
            root: self.new_root,
            hash: self.hash,
            queue_end: self.queue_end,
        }
    }
}

/// An account that a batch changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    /// Which.
    pub index: AccountIndex,
    /// As it was before the batch; none where it did not exist.
    pub before: Option<Account>,
    /// As it was after the batch.
    pub after: Account,
}

/// A verified proof of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofRecord {
    /// 256 bytes.
    pub proof: Vec<u8>,
    /// Who made it, by the worker's own account.
    pub worker: String,
    /// When it came, Unix ms.
    pub at_ms: u64,
}

/// What happened to a batch on the layer 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct L1Record {
    /// When the node saw it there, Unix ms.
    pub proved_ms: Option<u64>,
    /// The transaction that brought its data and its proof.
    pub transaction: Option<Word>,
    /// When it was deep enough, Unix ms.
    pub final_ms: Option<u64>,
}

impl L1Record {
    /// The stage that a sealed batch with this record has.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match (self.proved_ms, self.final_ms) {
            (_, Some(_)) => Stage::Final,
            (Some(_), None) => Stage::Proved,
            (None, None) => Stage::Sealed,
        }
    }
}

/// A transaction of the node on the layer 1 that is not final. It is written down before it is sent,
/// and signed in one way only: what is sent again is the same. Whatever the node sends with its nonce
/// stands in its place, so that at most one of them takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InFlight {
    /// Chosen before it was sent.
    pub nonce: u64,
    /// First and last batch that it brings; none where all that it does is to use its nonce up.
    pub batches: Option<(BatchNumber, BatchNumber)>,
    /// What was signed last.
    pub sent: Sent,
    /// Whether its batches were dropped here: what is sent next takes its place.
    pub abandoned: bool,
}

/// What was signed for the layer 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Hash.
    pub hash: Word,
    /// Wei per gas, all in.
    pub max_fee_wei: u128,
    /// Wei per gas for the block's maker.
    pub max_priority_fee_wei: u128,
    /// Gas limit.
    pub gas_limit: u64,
}
