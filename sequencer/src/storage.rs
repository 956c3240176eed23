//! What survives a crash.
//!
//! A data directory holds
//!
//! | name | what |
//! |---|---|
//! | `lock` | held by the one node that uses the directory |
//! | `store/` | a sled database: rows of [`table`] |
//! | `batches.log` | every sealed batch, append-only and checksummed ([`batch_log`]) |
//! | `witnesses/` | a file per sealed batch |
//!
//! One thread writes. It takes the commits that wait, writes their files, appends to the log,
//! applies their rows in one batch, flushes and syncs, and only then tells those who wait: a
//! commit that was answered is on disk. The log is ahead of the rows or level with them, never
//! behind. After the first write that fails nothing is written any more; a restart recovers.

mod batch_log;
mod commit;
mod disk;
mod recovery;
mod table;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod writer;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use assay_circuits::{batch::BatchWitness, quantity::BatchNumber, transaction::TxHash};
use serde::de::DeserializeOwned;

pub use batch_log::LogError;
pub use commit::{Commit, OpenRow};
pub use disk::{Disk, Step};
pub use recovery::Recovered;
pub use table::Lane;

use crate::record::{
    AccountChange, BatchRecord, ClosedBatch, InFlight, L1Record, OpenHeader, ProofRecord,
    TransactionRecord,
};
use table::Table;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another node uses the directory.
    #[error("{dir} is in use by another node: two nodes must not share a data directory", dir = dir.display())]
    InUse {
        /// The data directory.
        dir: PathBuf,
    },
    /// The file system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database refused.
    #[error("the database: {0}")]
    Database(String),
    /// A row or file does not decode.
    #[error("the stored {what} does not decode: {reason}")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The directory was written by another version.
    #[error("the data directory has format {found}, this program reads {expected}")]
    Format {
        /// What is read.
        expected: u32,
        /// What was found.
        found: u32,
    },
    /// The data directory is of another network.
    #[error("the data directory belongs to another rollup: its domain is {found}, not {expected}")]
    OtherNetwork {
        /// The node's domain.
        expected: String,
        /// The directory's domain.
        found: String,
    },
    /// The log is damaged or behind.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log does not lead to the roots that it names.
    #[error("batch {batch} of the log does not execute: {reason}")]
    LogDoesNotReplay {
        /// The batch.
        batch: BatchNumber,
        /// Why.
        reason: String,
    },
    /// An earlier write failed; nothing is written until the node is restarted.
    #[error("an earlier write failed; the node is read-only until it is restarted")]
    ReadOnly,
    /// The writing thread is gone.
    #[error("the store is closed")]
    Closed,
}

impl StorageError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}

impl From<sled::Error> for StorageError {
    fn from(error: sled::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// The open store. Cheap to clone; the directory is free again when the last clone is dropped
/// and the writing thread has ended.
#[derive(Debug, Clone)]
pub struct Storage {
    db: sled::Db,
    dir: PathBuf,
    writer: writer::Writer,
    _lock: Arc<File>,
}

fn lock(dir: &Path) -> Result<File, StorageError> {
    fs::create_dir_all(dir).map_err(StorageError::io(dir))?;
    let path = dir.join("lock");
    let file = File::create(&path).map_err(StorageError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StorageError::InUse {
            dir: dir.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(StorageError::Io { path, source }),
    }
}

impl Storage {
    /// Writes a commit and waits until it is on disk.
    ///
    /// # Errors
    /// [`StorageError`]: then nothing of it may be told to anybody, and no later commit succeeds.
    pub async fn commit(&self, commit: Commit) -> Result<(), StorageError> {
        self.writer.commit(commit).await
    }

    /// Whether a write has failed.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.writer.has_failed()
    }

    /// A transaction.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn transaction(&self, hash: TxHash) -> Result<Option<TransactionRecord>, StorageError> {
        self.row(Table::Transaction, &hash.0)
    }

    /// Transactions that wait, in the order in which they were acknowledged.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn waiting(&self) -> Result<Vec<(TxHash, TransactionRecord)>, StorageError> {
        let rows = self.rows::<TxHash>(Table::Waiting)?;
        let load = |(_, hash): (Vec<u8>, TxHash)| {
            let record = self
                .transaction(hash)?
                .ok_or_else(|| StorageError::Corrupt {
                    what: "list of waiting transactions",
                    reason: format!("it names {hash}, which is not stored"),
                })?;
            Ok((hash, record))
        };
        rows.into_iter().map(load).collect()
    }

    /// The number of the next transaction to be acknowledged.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn next_sequence(&self) -> Result<u64, StorageError> {
        Ok(self.row(Table::Meta, table::NEXT_SEQUENCE)?.unwrap_or(0))
    }

    /// The open batch, if one is, and its operations in the order in which they were executed.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn open_batch(&self) -> Result<Option<(OpenHeader, Vec<OpenRow>)>, StorageError> {
        let Some(header) = self.row(Table::Meta, table::OPEN_HEADER)? else {
            return Ok(None);
        };
        let rows = self.rows(Table::Open)?;
        Ok(Some((
            header,
            rows.into_iter().map(|(_, row)| row).collect(),
        )))
    }

    /// Closed batches that are not sealed, in order.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn closed_batches(&self) -> Result<Vec<ClosedBatch>, StorageError> {
        let rows = self.rows(Table::Closed)?;
        Ok(rows.into_iter().map(|(_, closed)| closed).collect())
    }

    /// One closed batch that is not sealed.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn closed_batch(&self, number: BatchNumber) -> Result<Option<ClosedBatch>, StorageError> {
        self.row(Table::Closed, &table::number_key(number))
    }

    /// A sealed batch.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn batch(&self, number: BatchNumber) -> Result<Option<BatchRecord>, StorageError> {
        self.row(Table::Batch, &table::number_key(number))
    }

    /// The last sealed batch.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn last_batch(&self) -> Result<Option<BatchRecord>, StorageError> {
        match self.db.scan_prefix([Table::Batch as u8]).next_back() {
            None => Ok(None),
            Some(row) => Ok(Some(decode(Table::Batch.name(), &row?.1)?)),
        }
    }

    /// What a batch did on the layer 1 so far.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn l1_record(&self, number: BatchNumber) -> Result<L1Record, StorageError> {
        Ok(self
            .row(Table::L1, &table::number_key(number))?
            .unwrap_or_default())
    }

    /// The verified proof of a batch, if there is one.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn proof(&self, number: BatchNumber) -> Result<Option<ProofRecord>, StorageError> {
        self.row(Table::Proof, &table::number_key(number))
    }

    /// The accounts that a sealed batch changed.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn changes(&self, number: BatchNumber) -> Result<Vec<AccountChange>, StorageError> {
        Ok(self
            .row(Table::Changes, &table::number_key(number))?
            .unwrap_or_default())
    }

    /// The node's transaction of a lane that has not been seen mined.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn in_flight(&self, lane: Lane) -> Result<Option<InFlight>, StorageError> {
        self.row(Table::Meta, lane.key())
    }

    /// The block up to which events of the layer 1 have been read.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn l1_cursor(&self) -> Result<Option<u64>, StorageError> {
        self.row(Table::Meta, table::L1_CURSOR)
    }

    /// A batch's witness in postcard, as a worker gets it.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn witness_bytes(&self, number: BatchNumber) -> Result<Vec<u8>, StorageError> {
        let path = witness_path(&self.dir, number);
        fs::read(&path).map_err(StorageError::io(&path))
    }

    /// A batch's witness.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn witness(&self, number: BatchNumber) -> Result<BatchWitness, StorageError> {
        decode("witness", &self.witness_bytes(number)?)
    }

    fn row<T: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<T>, StorageError> {
        let row = self.db.get(table.key(key))?;
        row.map(|value| decode(table.name(), &value)).transpose()
    }

    fn rows<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(Vec<u8>, T)>, StorageError> {
        let rows = self.db.scan_prefix([table as u8]).map(|row| {
            let (key, value) = row?;
            Ok((key[1..].to_vec(), decode(table.name(), &value)?))
        });
        rows.collect()
    }
}

fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, StorageError> {
    postcard::from_bytes(bytes).map_err(|error| StorageError::Corrupt {
        what,
        reason: error.to_string(),
    })
}

fn witness_path(dir: &Path, number: BatchNumber) -> PathBuf {
    dir.join(WITNESS_DIR)
        .join(format!("{:020}.witness", number.0))
}

const WITNESS_DIR: &str = "witnesses";
const STORE_DIR: &str = "store";
const LOG_FILE: &str = "batches.log";
