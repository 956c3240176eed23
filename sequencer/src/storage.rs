//! What survives a crash.
//!
//! A data directory holds
//!
//! | name | what |
//! |---|---|
//! | `lock` | held by the one node that uses the directory |
//! | `store/` | a sled database: the [`rows`] of the [`table`]s |
//! | `batches/` | every batch, append-only and checksummed ([`log`]) |
//! | `transactions/` | every transaction that was acknowledged, as long as it is in no final batch, likewise |
//! | `snapshots/` | the state after a batch, where the log does not begin with batch 0 ([`snapshot`]) |
//! | `witnesses/` | a file per batch that is not final: the witness of one that was sealed here, what was posted of one that was adopted |
//!
//! One thread writes. It takes the commits that wait, writes their files, appends to the logs,
//! applies their rows in one batch, flushes and syncs, and only then tells those who wait: a
//! commit that was answered is on disk. The logs are ahead of the rows or level with them, never
//! behind; a start compares them, and makes what one lacks again from the other ([`recovery`]).

mod acknowledged;
mod backup;
mod checked_file;
mod claim_page;
mod claims;
mod commit;
mod directory;
mod disk;
mod error;
mod files;
mod indexing;
mod level;
mod log;
mod payment_index;
mod payment_page;
mod payments;
mod recovery;
mod replay;
mod retention;
mod roll_back;
mod rows;
mod snapshot;
mod synced_tree;
mod table;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod tip;
mod witness;
mod writer;

use std::path::Path;

use assay_circuits::{
    batch::State,
    order::{Domain, TxHash},
    quantity::BatchNumber,
};

pub use backup::{BackedUp, BackupError, back_up};
pub use claims::{ClaimPlace, ClaimsPage};
pub use commit::Commit;
pub use disk::{Disk, Step};
pub use error::{Cause, StorageError};
pub use log::LogError;
pub use payments::{Payment, PaymentsBefore, PaymentsPage};
pub use recovery::Recovered;
pub use retention::Retention;

use crate::record::{
    AccountChange, BatchContents, BatchRecord, ClosedBatch, InFlight, L1Record, LogRecord, Member,
    OpenHeader, OpenRow, ProofRecord, ProvingTime, QueueCursor, StoredReference, SubmissionCost,
    Tip, TransactionRecord, Vouchers,
};
use directory::DataDirectory;
use log::Records;
use rows::Rows;
use writer::Writer;

/// What was found of a witness that a worker could not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WitnessCheck {
    /// It is the one of the batch: the fault is elsewhere.
    Whole,
    /// It was damaged or missing, and was made again.
    Rebuilt,
}

/// The open store. Cheap to clone; the directory is free again when the last clone is dropped
/// and the writing thread has ended.
#[derive(Debug, Clone)]
pub struct Storage {
    rows: Rows,
    batches: Records,
    directory: DataDirectory,
    writer: Writer,
}

impl Storage {
    /// Opens a data directory, or begins it. A database that is damaged is moved aside and rebuilt
    /// from the logs; a log that is, is rebuilt from the database.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn open(
        dir: &Path,
        domain: Domain,
        now_s: u64,
        disk: Disk,
    ) -> Result<(Self, Recovered), StorageError> {
        Self::open_locked(DataDirectory::lock(dir)?, domain, now_s, disk)
    }

    /// Opens a data directory again after a write in it failed, in the same process.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn reopen(
        dir: &Path,
        domain: Domain,
        now_s: u64,
        disk: Disk,
    ) -> Result<(Self, Recovered), StorageError> {
        let directory = DataDirectory::lock(dir)?;
        directory.write_again()?;
        Self::open_locked(directory, domain, now_s, disk)
    }

    fn open_locked(
        directory: DataDirectory,
        domain: Domain,
        now_s: u64,
        disk: Disk,
    ) -> Result<(Self, Recovered), StorageError> {
        let (files, recovered) = recovery::open(directory, domain, now_s, disk)?;
        let storage = Self {
            rows: files.rows.rows().clone(),
            batches: files.batches.records().clone(),
            directory: files.directory.clone(),
            writer: Writer::start(files)?,
        };
        Ok((storage, recovered))
    }

    /// Begins a data directory with the state after a batch: a node goes on from there, and knows
    /// nothing of the batches before.
    ///
    /// # Errors
    /// [`StorageError::NotEmpty`] where the directory holds a rollup already, and those of writing.
    pub fn begin(
        dir: &Path,
        domain: Domain,
        disk: Disk,
        base: &Tip,
        state: &State,
    ) -> Result<(), StorageError> {
        recovery::begin(DataDirectory::lock(dir)?, domain, disk, base, state)
    }

    /// Writes a commit and waits until it is on disk.
    ///
    /// # Errors
    /// [`StorageError`]: then nothing of it may be told to anybody, and no later commit succeeds.
    pub async fn commit(&self, commit: Commit) -> Result<(), StorageError> {
        self.writer.commit(commit).await
    }

    /// Whether the disk takes writes after one has failed: then the directory is to be opened again.
    ///
    /// # Errors
    /// What the disk still refuses.
    pub async fn try_disk(&self) -> Result<(), StorageError> {
        self.writer.try_disk().await
    }

    /// What is free for this process on the directory's disk, and how large that is, bytes.
    ///
    /// # Errors
    /// What the system says.
    pub fn disk_space(&self) -> std::io::Result<(u64, u64)> {
        let path = self.directory.path();
        Ok((fs4::available_space(path)?, fs4::total_space(path)?))
    }

    /// Forgets what need not be kept, a part at a time.
    ///
    /// # Errors
    /// [`StorageError`], as of a commit.
    pub async fn forget(&self, retention: Retention) -> Result<(), StorageError> {
        self.writer.forget(retention).await
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
        self.rows.get(&table::TRANSACTIONS, &hash)
    }

    /// What the sender put beside a transaction.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn reference(&self, hash: TxHash) -> Result<Option<StoredReference>, StorageError> {
        self.rows.get(&table::REFERENCES, &hash)
    }

    /// Transactions that wait, in the order in which they were acknowledged.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn waiting(&self) -> Result<Vec<(TxHash, TransactionRecord)>, StorageError> {
        let load = |hash| {
            let hash = hash?;
            let record = self.transaction(hash)?;
            Ok((hash, record.ok_or(StorageError::WaitingUnknown { hash })?))
        };
        self.rows.all(&table::WAITING).map(load).collect()
    }

    /// The number of the next transaction to be acknowledged.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn next_sequence(&self) -> Result<u64, StorageError> {
        Ok(self.rows.setting(&table::NEXT_SEQUENCE)?.unwrap_or(0))
    }

    /// The open batch, if one is, and its operations in the order in which they were executed.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn open_batch(&self) -> Result<Option<(OpenHeader, Vec<OpenRow>)>, StorageError> {
        let Some(header) = self.rows.setting(&table::OPEN_HEADER)? else {
            return Ok(None);
        };
        let rows: Result<_, _> = self.rows.all(&table::OPEN).collect();
        Ok(Some((header, rows?)))
    }

    /// Closed batches that are not sealed, in order.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn closed_batches(&self) -> Result<Vec<ClosedBatch>, StorageError> {
        self.rows.all(&table::CLOSED).collect()
    }

    /// A sealed batch.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn batch(&self, number: BatchNumber) -> Result<Option<BatchRecord>, StorageError> {
        self.rows.get(&table::BATCHES, &number)
    }

    /// Where the directory begins: batch 0, or the batch up to which it was restored.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn base(&self) -> Result<Tip, StorageError> {
        tip::base(&self.rows)
    }

    /// Where a sealed batch, or the one with which the directory begins, left the rollup.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn tip(&self, number: BatchNumber) -> Result<Option<Tip>, StorageError> {
        if let Some(batch) = self.batch(number)? {
            return Ok(Some(batch.tip()));
        }
        Ok(Some(self.base()?).filter(|base| base.number == number))
    }

    /// Where the last sealed batch left the rollup.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn last_tip(&self) -> Result<Tip, StorageError> {
        tip::last_tip(&self.rows)
    }

    /// What a batch did on the layer 1 so far.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn l1_record(&self, number: BatchNumber) -> Result<L1Record, StorageError> {
        let record = self.rows.get(&table::L1_RECORDS, &number)?;
        Ok(record.unwrap_or_default())
    }

    /// The verified proof of a batch, if there is one.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn proof(&self, number: BatchNumber) -> Result<Option<ProofRecord>, StorageError> {
        self.rows.get(&table::PROOFS, &number)
    }

    /// What the transaction took that brought a batch, where it is known; it may have another one now.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn submission_cost(
        &self,
        number: BatchNumber,
    ) -> Result<Option<SubmissionCost>, StorageError> {
        self.rows.get(&table::COSTS, &number)
    }

    /// How long a batch's proof took, where it is known.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn proving_time(&self, number: BatchNumber) -> Result<Option<ProvingTime>, StorageError> {
        self.rows.get(&table::PROVING_TIMES, &number)
    }

    /// How many batches the transaction brought that brought this one; 0 where that is not known.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn brought_together(&self, number: BatchNumber) -> Result<u64, StorageError> {
        let Some(transaction) = self.l1_record(number)?.transaction else {
            return Ok(0);
        };
        // It brings batches that follow one another.
        let is_same = |number: u64| {
            let record = self.l1_record(BatchNumber(number))?;
            Ok::<_, StorageError>(record.transaction == Some(transaction))
        };
        let (mut first, mut last) = (number.0, number.0);
        while first > 1 && is_same(first - 1)? {
            first -= 1;
        }
        while is_same(last + 1)? {
            last += 1;
        }
        Ok(last - first + 1)
    }

    /// The accounts that a sealed batch changed.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn changes(&self, number: BatchNumber) -> Result<Vec<AccountChange>, StorageError> {
        let changes = self.rows.get(&table::CHANGES, &number)?;
        Ok(changes.unwrap_or_default())
    }

    /// The node's transactions on the layer 1 that are not final, by their nonces.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn in_flight(&self) -> Result<Vec<InFlight>, StorageError> {
        self.rows.all(&table::IN_FLIGHT).collect()
    }

    /// The blocks that vouch for how far batches have come.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn vouchers(&self) -> Result<Vouchers, StorageError> {
        Ok(self.rows.setting(&table::VOUCHERS)?.unwrap_or_default())
    }

    /// Where the next entries of the queue are looked for.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn queue_cursor(&self) -> Result<QueueCursor, StorageError> {
        Ok(self.rows.setting(&table::QUEUE_CURSOR)?.unwrap_or_default())
    }

    /// The block up to which events of the layer 1 have been read.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn l1_cursor(&self) -> Result<Option<u64>, StorageError> {
        self.rows.setting(&table::L1_CURSOR)
    }

    /// What a sealed batch holds.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn contents(&self, batch: &BatchRecord) -> Result<BatchContents, StorageError> {
        match self.log_record(batch.number)? {
            LogRecord::Adopted(adopted) => Ok(adopted.contents),
            LogRecord::Gone { number, .. } => Err(StorageError::BatchMissing { batch: number }),
            LogRecord::Sealed(sealed) => {
                let changes = self.changes(batch.number)?;
                let new = changes.iter().filter(|change| change.before.is_none());
                let new = u32::try_from(new.count()).expect("a batch is small");
                let accounts_before = batch.accounts.saturating_sub(new);
                Ok(BatchContents::of(&sealed.closed.input, accounts_before))
            }
        }
    }

    /// What a sealed batch holds, as it is told; nothing where there is no such batch.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn members(&self, number: BatchNumber) -> Result<Vec<Member>, StorageError> {
        let Some(batch) = self.batch(number)? else {
            return Ok(Vec::new());
        };
        let contents = self.contents(&batch)?;
        let hashes = payments::hashes(&contents, tip::domain(&self.rows)?);
        let queue_begin = payments::queue_begin(&batch);
        Ok(Member::of_batch(queue_begin, &contents, &hashes))
    }

    /// A batch as the log has it.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn log_record(&self, number: BatchNumber) -> Result<LogRecord, StorageError> {
        Ok(self.batches.decoded(number.0)?)
    }
}
