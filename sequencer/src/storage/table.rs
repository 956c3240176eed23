//! Tables: what is stored under which key. A table knows the types of its keys and rows; nobody
//! who reads or writes chooses them.
//!
//! All rows are in one tree of the database, so that a commit is one atomic batch. A key is the
//! table's number and the row's own key; numbers in keys are big-endian, so that order is number.
//! Rows are in postcard. Table numbers, keys and rows are on disk: they stay.

use std::{array::TryFromSliceError, collections::HashMap, marker::PhantomData};

use assay_api::wire::Claimant;
use assay_circuits::{
    account::Account,
    order::{Domain, TxHash},
    quantity::{AccountIndex, Amount, BatchNumber},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    error::StorageError,
    payments::{PaymentRow, Unsettled},
};
use crate::record::{
    AccountChange, BatchRecord, ClosedBatch, DropCause, InFlight, L1Record, OpenHeader, OpenRow,
    ProofRecord, ProvingTime, QueueCursor, StoredClaim, StoredReference, SubmissionCost, Tip,
    TransactionRecord, Vouchers,
};

/// Transactions that were acknowledged.
pub(super) const TRANSACTIONS: Table<TxHash, TransactionRecord> = Table::new(1, "transaction");
/// Transactions that wait, by their place in the order of acknowledgement.
pub(super) const WAITING: Table<u64, TxHash> = Table::new(2, "list of waiting transactions");
/// Operations of the open batch, by their place in the order of execution.
pub(super) const OPEN: Table<u32, OpenRow> = Table::new(3, "open batch");
/// Closed batches that are not sealed.
pub(super) const CLOSED: Table<BatchNumber, ClosedBatch> = Table::new(4, "closed batch");
/// Sealed batches.
pub(super) const BATCHES: Table<BatchNumber, BatchRecord> = Table::new(5, "batch");
/// Accounts after the last sealed batch.
pub(super) const ACCOUNTS: Table<AccountIndex, (AccountIndex, Account)> = Table::new(6, "account");
/// Verified proofs.
pub(super) const PROOFS: Table<BatchNumber, ProofRecord> = Table::new(7, "proof");
/// What sealed batches did on the layer 1.
pub(super) const L1_RECORDS: Table<BatchNumber, L1Record> = Table::new(8, "layer 1 record");
/// The accounts that sealed batches changed.
pub(super) const CHANGES: Table<BatchNumber, Vec<AccountChange>> =
    Table::new(9, "changed accounts");
/// The node's transactions on the layer 1 that are not final, by their nonce. (Number 10 was of rows that
/// were found by batch.)
pub(super) const IN_FLIGHT: Table<u64, InFlight> = Table::new(11, "transaction in flight");

/// What sealed batches did to accounts, by account and batch.
pub(super) const PAYMENTS: Table<(AccountIndex, BatchNumber), (BatchNumber, Vec<PaymentRow>)> =
    Table::new(12, "payments of an account");
/// Transactions that are in no sealed batch, by the accounts that they concern.
pub(super) const UNSETTLED: Table<(AccountIndex, Unsettled), (Unsettled, TxHash)> =
    Table::new(13, "unsettled transactions of an account");

/// What the transactions took that brought batches to the layer 1. Of those that came before this table
/// there was, and of those that were made again from the log, it has no rows.
pub(super) const COSTS: Table<BatchNumber, SubmissionCost> = Table::new(14, "cost of a batch");
/// How long proofs took, likewise.
pub(super) const PROVING_TIMES: Table<BatchNumber, ProvingTime> = Table::new(15, "proving time");

/// Fees that sealed batches credited, by account and batch.
pub(super) const FEES: Table<(AccountIndex, BatchNumber), (BatchNumber, Amount)> =
    Table::new(16, "fees of an account");

/// What senders put beside their transactions. Of those that were made again from the log it has no rows.
pub(super) const REFERENCES: Table<TxHash, StoredReference> = Table::new(17, "reference");

/// What can be claimed of sealed batches, in the contract's order; no row where that is nothing.
pub(super) const CLAIMS: Table<BatchNumber, Vec<StoredClaim>> = Table::new(18, "claims of a batch");
/// The batches of which something can be claimed, by those whom it concerns.
pub(super) const CLAIMANTS: Table<(Claimant, BatchNumber), BatchNumber> =
    Table::new(19, "batch with claims of somebody");

/// Format of the rows.
pub(super) const FORMAT: Setting<u32> = Setting::new("format");
/// What the indexes of payments and claims have: a version in which they have less has the same format.
pub(super) const INDEXES: Setting<u32> = Setting::new("indexes");
/// The domain that the rows are of.
pub(super) const DOMAIN: Setting<Domain> = Setting::new("domain");
/// Where the directory begins: nothing is kept of the batches up to there.
pub(super) const BASE: Setting<Tip> = Setting::new("base");
/// The last batch after others were dropped: the log is cut there.
pub(super) const LOG_CUT: Setting<BatchNumber> = Setting::new("log_cut");
/// The batch to which to go back when the node's parts are made again, and why.
pub(super) const ROLL_BACK: Setting<(BatchNumber, DropCause)> = Setting::new("roll_back");
/// The open batch, while there is one.
pub(super) const OPEN_HEADER: Setting<OpenHeader> = Setting::new("open");
/// Number of the next acknowledged transaction.
pub(super) const NEXT_SEQUENCE: Setting<u64> = Setting::new("next_sequence");
/// Block up to which events have been read.
pub(super) const L1_CURSOR: Setting<u64> = Setting::new("l1_cursor");
/// The blocks that vouch for how far batches have come.
pub(super) const VOUCHERS: Setting<Vouchers> = Setting::new("vouchers");
/// Where the next entries of the queue are looked for.
pub(super) const QUEUE_CURSOR: Setting<QueueCursor> = Setting::new("queue_cursor");

/// The number under which the settings are.
const SETTINGS: u8 = 0;

/// What rows of a table are found by.
pub(super) trait Key {
    /// Its bytes, whose order is that of the keys.
    fn bytes(&self) -> impl AsRef<[u8]>;
}

impl Key for TxHash {
    fn bytes(&self) -> impl AsRef<[u8]> {
        self.0
    }
}

impl Key for u64 {
    fn bytes(&self) -> impl AsRef<[u8]> {
        self.to_be_bytes()
    }
}

impl Key for u32 {
    fn bytes(&self) -> impl AsRef<[u8]> {
        self.to_be_bytes()
    }
}

impl Key for BatchNumber {
    fn bytes(&self) -> impl AsRef<[u8]> {
        self.0.to_be_bytes()
    }
}

impl Key for AccountIndex {
    fn bytes(&self) -> impl AsRef<[u8]> {
        self.get().to_be_bytes()
    }
}

impl Key for (AccountIndex, BatchNumber) {
    fn bytes(&self) -> impl AsRef<[u8]> {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.0.get().to_be_bytes());
        bytes[4..].copy_from_slice(&self.1.0.to_be_bytes());
        bytes
    }
}

impl Key for (Claimant, BatchNumber) {
    fn bytes(&self) -> impl AsRef<[u8]> {
        let batch = self.1.0.to_be_bytes();
        match self.0 {
            Claimant::From(account) => [&[0][..], &account.get().to_be_bytes(), &batch].concat(),
            Claimant::To(receiver) => [&[1][..], &receiver.0, &batch].concat(),
        }
    }
}

impl Key for (AccountIndex, Unsettled) {
    fn bytes(&self) -> impl AsRef<[u8]> {
        let (kind, first, second) = match self.1 {
            Unsettled::Moving { sequence } => (0, sequence, 0),
            Unsettled::Rejected { at_ms, sequence } => (1, at_ms, sequence),
        };
        let mut bytes = [0; 21];
        bytes[..4].copy_from_slice(&self.0.get().to_be_bytes());
        bytes[4] = kind;
        bytes[5..13].copy_from_slice(&first.to_be_bytes());
        bytes[13..].copy_from_slice(&second.to_be_bytes());
        bytes
    }
}

/// Rows of one kind.
pub(super) struct Table<K, V> {
    number: u8,
    name: &'static str,
    types: PhantomData<fn(K) -> V>,
}

impl<K: Key, V: Serialize + DeserializeOwned> Table<K, V> {
    const fn new(number: u8, name: &'static str) -> Self {
        Self {
            number,
            name,
            types: PhantomData,
        }
    }

    /// What the keys of all its rows begin with.
    pub(super) fn prefix(&self) -> [u8; 1] {
        [self.number]
    }

    /// The key of a row in the database.
    pub(super) fn key(&self, key: &K) -> Vec<u8> {
        full_key(self.number, key.bytes().as_ref())
    }

    /// A row as it was read.
    pub(super) fn decode(&self, row: &[u8]) -> Result<V, StorageError> {
        decode(self.name, row)
    }
}

impl<V> Table<BatchNumber, V> {
    /// The batch of a row, by its key in the database.
    pub(super) fn batch(&self, key: &[u8]) -> Result<BatchNumber, StorageError> {
        let key = key.strip_prefix(&[self.number]).unwrap_or_default();
        place(key).map(BatchNumber)
    }
}

/// A row of a table, as its key says which.
pub(super) enum StoredRow {
    /// A transaction.
    Transaction(TxHash, Box<TransactionRecord>),
    /// One that waits.
    Waiting(TxHash),
    /// A batch.
    Batch(Box<BatchRecord>),
    /// What it changed.
    Changes(BatchNumber),
    /// Any other, which decodes.
    Other,
}

impl StoredRow {
    /// A row as it was read, with its key.
    pub(super) fn decode(key: &[u8], row: &[u8]) -> Result<Self, StorageError> {
        let Some((number, key)) = key.split_first() else {
            return Ok(Self::Other);
        };
        let other = |decoded: Result<(), StorageError>| decoded.map(|()| Self::Other);
        match *number {
            n if n == TRANSACTIONS.number => {
                let hash = TxHash(key.try_into().map_err(misfit)?);
                Ok(Self::Transaction(hash, Box::new(TRANSACTIONS.decode(row)?)))
            }
            n if n == WAITING.number => Ok(Self::Waiting(WAITING.decode(row)?)),
            n if n == OPEN.number => other(OPEN.decode(row).map(drop)),
            n if n == CLOSED.number => other(CLOSED.decode(row).map(drop)),
            n if n == BATCHES.number => Ok(Self::Batch(Box::new(BATCHES.decode(row)?))),
            n if n == ACCOUNTS.number => other(ACCOUNTS.decode(row).map(drop)),
            n if n == PROOFS.number => other(PROOFS.decode(row).map(drop)),
            n if n == L1_RECORDS.number => other(L1_RECORDS.decode(row).and(place(key)).map(drop)),
            n if n == CHANGES.number => CHANGES
                .decode(row)
                .and(Ok(Self::Changes(BatchNumber(place(key)?)))),
            n if n == IN_FLIGHT.number => other(IN_FLIGHT.decode(row).map(drop)),
            n if n == PAYMENTS.number => other(PAYMENTS.decode(row).map(drop)),
            n if n == UNSETTLED.number => other(UNSETTLED.decode(row).map(drop)),
            n if n == COSTS.number => other(COSTS.decode(row).map(drop)),
            n if n == FEES.number => other(FEES.decode(row).map(drop)),
            n if n == PROVING_TIMES.number => other(PROVING_TIMES.decode(row).map(drop)),
            n if n == CLAIMS.number => other(CLAIMS.decode(row).map(drop)),
            n if n == CLAIMANTS.number => other(CLAIMANTS.decode(row).map(drop)),
            n if n == REFERENCES.number => other(REFERENCES.decode(row).map(drop)),
            _ => Ok(Self::Other),
        }
    }
}

/// A single value.
pub(super) struct Setting<V> {
    /// Its key, which is its name as well.
    pub(super) name: &'static str,
    types: PhantomData<fn() -> V>,
}

impl<V: Serialize + DeserializeOwned> Setting<V> {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            types: PhantomData,
        }
    }

    /// Its key in the database.
    pub(super) fn key(&self) -> Vec<u8> {
        full_key(SETTINGS, self.name.as_bytes())
    }

    /// The value as it was read.
    pub(super) fn decode(&self, row: &[u8]) -> Result<V, StorageError> {
        decode(self.name, row)
    }
}

/// Changes of rows that take effect together, in their order.
#[derive(Debug, Default)]
pub(super) struct RowChanges(Vec<(Vec<u8>, Option<Vec<u8>>)>);

impl RowChanges {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds changes that come after these.
    pub(super) fn append(&mut self, mut later: Self) {
        self.0.append(&mut later.0);
    }

    pub(super) fn put<K: Key, V: Serialize + DeserializeOwned>(
        &mut self,
        table: &Table<K, V>,
        key: &K,
        row: &V,
    ) {
        self.0.push((table.key(key), Some(encode(row))));
    }

    pub(super) fn delete<K: Key, V: Serialize + DeserializeOwned>(
        &mut self,
        table: &Table<K, V>,
        key: &K,
    ) {
        self.0.push((table.key(key), None));
    }

    /// Deletes a row by its key in the database.
    pub(super) fn delete_key(&mut self, key: Vec<u8>) {
        self.0.push((key, None));
    }

    /// Reads what these keys have after the changes, of those that are changed.
    pub(super) fn read_last<'a>(&'a self, found: &mut HashMap<Vec<u8>, Option<Option<&'a [u8]>>>) {
        for (key, row) in &self.0 {
            if let Some(found) = found.get_mut(key) {
                *found = Some(row.as_deref());
            }
        }
    }

    pub(super) fn set<V: Serialize + DeserializeOwned>(&mut self, setting: &Setting<V>, value: &V) {
        self.0.push((setting.key(), Some(encode(value))));
    }

    pub(super) fn clear<V: Serialize + DeserializeOwned>(&mut self, setting: &Setting<V>) {
        self.0.push((setting.key(), None));
    }
}

impl IntoIterator for RowChanges {
    type Item = (Vec<u8>, Option<Vec<u8>>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A row's own key, which is a number.
fn place(key: &[u8]) -> Result<u64, StorageError> {
    let bytes = key.try_into().map_err(misfit);
    bytes.map(u64::from_be_bytes)
}

fn misfit(_: TryFromSliceError) -> StorageError {
    StorageError::corrupt("key")("a key has the wrong length")
}

fn full_key(number: u8, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(1 + key.len());
    full.push(number);
    full.extend_from_slice(key);
    full
}

/// The bytes of anything stored.
pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("stored types have no unserialisable part")
}

/// Anything stored, from its bytes.
pub(super) fn decode<V: DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
) -> Result<V, StorageError> {
    postcard::from_bytes(bytes).map_err(StorageError::corrupt(what))
}
