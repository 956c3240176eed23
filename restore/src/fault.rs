//! What does not fit of a batch.

use assay_circuits::{
    batch::ExecutionError,
    posted::PostedError,
    quantity::{QuantityError, StateRoot},
    shape::Shape,
    word::NotCanonical,
};
use assay_l1::client::L1Error;
use assay_prover::groth16::{proof::ProofError, verify::VerifyError};

/// What does not fit of a batch.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No event tells of it, and of a later one there is one.
    #[error("no transaction that brought it was found, but one that brought batch {next}")]
    Missing {
        /// The next batch that was found.
        next: u64,
    },
    /// The transaction that brought it cannot be read.
    #[error("the transaction that brought it: {0}")]
    Transaction(#[source] L1Error),
    /// The transaction brought other batches than the contract tells of.
    #[error("its transaction holds {found} batches, and the contract tells of {expected}")]
    OtherBatches {
        /// How many events there are.
        expected: usize,
        /// How many batches are in the transaction.
        found: usize,
    },
    /// The number does not follow the last.
    #[error("it bears the number {found}")]
    Number {
        /// The number.
        found: u64,
    },
    /// A shape that this program does not know.
    #[error("no shape has the number {0}")]
    Shape(u8),
    /// Its proof cannot be verified.
    #[error("there is no verifying key of its shape, {0}")]
    NoKey(Shape),
    /// Before the last one's.
    #[error("its timestamp is {found}, that of the batch before it {before}")]
    Timestamp {
        /// The timestamp.
        found: u32,
        /// That of the batch before.
        before: u32,
    },
    /// A word of r or more.
    #[error(transparent)]
    Word(#[from] NotCanonical),
    /// Records that are none, or too many.
    #[error(transparent)]
    Posted(#[from] PostedError),
    /// A fee slot without an account.
    #[error("a fee slot: {0}")]
    FeeSlot(#[source] QuantityError),
    /// Not as many operations of the queue as it says.
    #[error("it says that {said} of its records are of the queue: {found} are, with {tails} tails")]
    OperationCount {
        /// What it says.
        said: u16,
        /// How many there are.
        found: usize,
        /// How many tails there are.
        tails: usize,
    },
    /// It posts another entry than the queue has.
    #[error("its full record {record} is not entry {entry} of the queue")]
    Entry {
        /// Position of the record.
        record: usize,
        /// The entry that is next.
        entry: u64,
    },
    /// It leaves an entry that it had to take.
    #[error("it has room for entry {entry} of the queue, due at {due}, and leaves it")]
    EntryLeft {
        /// The entry.
        entry: u64,
        /// Unix seconds.
        due: u32,
    },
    /// C is not the hash of what was posted.
    #[error("its commitment is not that of what it posts")]
    Commitment,
    /// Bytes that are no proof.
    #[error("its proof: {0}")]
    NoProof(#[from] ProofError),
    /// The proof does not prove it.
    #[error("its proof is not valid: {0}")]
    Proof(#[from] VerifyError),
    /// An operation that cannot be executed.
    #[error(transparent)]
    Replay(#[from] ExecutionError),
    /// Executing it leads elsewhere.
    #[error("its operations lead to root {found}, and it says {expected}")]
    Root {
        /// The posted root.
        expected: StateRoot,
        /// The computed root.
        found: StateRoot,
    },
    /// Executing it gives out another number of leaves.
    #[error("after it {found} leaves are given out, and it says {expected}")]
    Accounts {
        /// The posted number.
        expected: u32,
        /// The computed number.
        found: u32,
    },
    /// The contract has another batch under this number.
    #[error("the contract keeps another header of it than that of what was found")]
    Header,
}

/// A batch that does not fit.
#[derive(Debug, thiserror::Error)]
#[error("batch {batch}: {fault}")]
pub struct BatchFault {
    /// Its number.
    pub batch: u64,
    /// What does not fit.
    #[source]
    pub fault: Box<Fault>,
}

impl Fault {
    /// The fault of a batch.
    #[must_use]
    pub fn of(self, batch: u64) -> BatchFault {
        BatchFault {
            batch,
            fault: Box::new(self),
        }
    }
}
