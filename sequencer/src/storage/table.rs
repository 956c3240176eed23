//! Tables and keys: all rows are in one sled tree, so that a commit is one atomic batch. A key is
//! the table's byte and the row's key; numbers in keys are big-endian, so that order is number.

use assay_circuits::quantity::{AccountIndex, BatchNumber};

/// Kinds of rows. The numbers are on disk: they stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Table {
    /// Single values, by the names below.
    Meta = 0,
    /// Transaction hash to `TransactionRecord`.
    Transaction = 1,
    /// Sequence to the hash of a waiting transaction.
    Waiting = 2,
    /// Place in the order of execution to an operation of the open batch.
    Open = 3,
    /// Batch number to `ClosedBatch`, until it is sealed.
    Closed = 4,
    /// Batch number to `BatchRecord`.
    Batch = 5,
    /// Account index to the account after the last sealed batch.
    Account = 6,
    /// Batch number to `ProofRecord`.
    Proof = 7,
    /// Batch number to `L1Record`.
    L1 = 8,
    /// Batch number to its `AccountChange`s.
    Changes = 9,
}

/// Format of the rows: u32.
pub(super) const FORMAT: &[u8] = b"format";
/// The domain that the rows are of.
pub(super) const DOMAIN: &[u8] = b"domain";
/// `OpenHeader`, while a batch is open.
pub(super) const OPEN_HEADER: &[u8] = b"open";
/// Number of the next acknowledged transaction: u64.
pub(super) const NEXT_SEQUENCE: &[u8] = b"next_sequence";
/// Block up to which events have been read: u64.
pub(super) const L1_CURSOR: &[u8] = b"l1_cursor";

/// The two purposes for which the node sends to the layer 1, each with one transaction at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Data of batches.
    Commit,
    /// Proofs of batches.
    Prove,
}

impl Lane {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Commit, Self::Prove];

    /// Its name in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Prove => "prove",
        }
    }

    pub(super) fn key(self) -> &'static [u8] {
        match self {
            Self::Commit => b"in_flight_commit",
            Self::Prove => b"in_flight_prove",
        }
    }
}

impl Table {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Meta => "setting",
            Self::Transaction => "transaction",
            Self::Waiting => "list of waiting transactions",
            Self::Open => "open batch",
            Self::Closed => "closed batch",
            Self::Batch => "batch",
            Self::Account => "account",
            Self::Proof => "proof",
            Self::L1 => "layer 1 record",
            Self::Changes => "changed accounts",
        }
    }

    pub(super) fn key(self, row: &[u8]) -> Vec<u8> {
        let mut key = Vec::with_capacity(1 + row.len());
        key.push(self as u8);
        key.extend_from_slice(row);
        key
    }
}

pub(super) fn number_key(number: BatchNumber) -> [u8; 8] {
    number.0.to_be_bytes()
}

pub(super) fn account_key(index: AccountIndex) -> [u8; 4] {
    index.get().to_be_bytes()
}
