//! What is not kept for ever.

use assay_circuits::{order::Domain, quantity::BatchNumber};

use super::{commit::Commit, error::StorageError, files::Files, snapshot, table, tip};
use crate::record::{LogRecord, Outcome, TransactionLogRecord};

/// Batches that are forgotten in one write.
const AT_ONCE: u64 = 256;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The last final batch.
    pub r#final: BatchNumber,
    /// How many batches before it are kept; all where nothing is said.
    pub keep_batches: Option<u64>,
}

impl Files {
    /// Forgets what need not be kept, a part at a time.
    pub(super) fn forget(&mut self, retention: Retention) -> Result<(), StorageError> {
        self.forget_acknowledgements(retention.r#final)?;
        let Some(kept) = retention.keep_batches else {
            return Ok(());
        };
        let to = retention.r#final.0.saturating_sub(kept);
        let base = tip::base(self.rows.rows())?.number.0;
        if to > base {
            self.forget_batches(BatchNumber(to.min(base + AT_ONCE)), base)?;
        }
        self.forget_logged(to)
    }

    /// The directory begins after a later batch from now on: nothing is kept of those up to it.
    fn forget_batches(&mut self, to: BatchNumber, base: u64) -> Result<(), StorageError> {
        let rows = self.rows.rows();
        let domain = tip::domain(rows)?;
        let mut commit = Commit::default();
        for number in (base + 1..=to.0).map(BatchNumber) {
            let missing = StorageError::BatchMissing { batch: number };
            let batch = rows.get(&table::BATCHES, &number)?.ok_or(missing)?;
            let changes = rows.get(&table::CHANGES, &number)?.unwrap_or_default();
            let claims = rows.get(&table::CLAIMS, &number)?.unwrap_or_default();
            commit.forget_batch(&batch.tip(), (&changes, &claims));
            let signed = match self.batches.records().decoded(number.0)? {
                LogRecord::Gone { .. } => Vec::new(),
                LogRecord::Sealed(sealed) => sealed.closed.hashes(domain).collect(),
                LogRecord::Adopted(adopted) => {
                    let signed = adopted.contents.signed.values();
                    signed.map(|signed| signed.hash(domain)).collect::<Vec<_>>()
                }
            };
            for hash in signed {
                let Some(record) = rows.get(&table::TRANSACTIONS, &hash)? else {
                    continue;
                };
                // While its acknowledgement is in the log: one that has no row would wait.
                commit.withdraw(record.sequence);
                commit.forget_transaction(hash);
            }
        }
        self.write(vec![commit])
    }

    /// Removes files of the log whose batches are not kept. A state is written first, from which the
    /// rest of the log goes on.
    fn forget_logged(&mut self, to: u64) -> Result<(), StorageError> {
        if self.batches.first_file_end().is_none_or(|end| end > to) {
            return Ok(());
        }
        let tip = tip::last_tip(self.rows.rows())?;
        snapshot::write(&self.directory, &self.disk, self.rows.rows(), &tip)?;
        let forgotten = self.batches.forget(&self.disk, to);
        forgotten.map_err(StorageError::io(self.batches.path()))
    }

    /// Removes the first file of the log of acknowledged transactions when nothing in it waits and all
    /// batches that hold something of it are final.
    fn forget_acknowledgements(&mut self, r#final: BatchNumber) -> Result<(), StorageError> {
        let Some(end) = self.transactions.first_file_end() else {
            return Ok(());
        };
        let domain = tip::domain(self.rows.rows())?;
        for number in self.transactions.base() + 1..=end {
            let record = self.transactions.records().decoded(number)?;
            if !self.is_settled(&record, domain, r#final)? {
                return Ok(());
            }
        }
        let forgotten = self.transactions.forget(&self.disk, end);
        forgotten.map_err(StorageError::io(self.transactions.path()))
    }

    fn is_settled(
        &self,
        record: &TransactionLogRecord,
        domain: Domain,
        r#final: BatchNumber,
    ) -> Result<bool, StorageError> {
        let TransactionLogRecord::Acknowledged(acknowledged) = record else {
            return Ok(true);
        };
        let hash = acknowledged.signed.hash(domain);
        let row = self.rows.rows().get(&table::TRANSACTIONS, &hash)?;
        Ok(match row.map(|row| row.outcome) {
            Some(Outcome::Waiting) => false,
            Some(Outcome::Executed { batch, .. }) => batch <= r#final,
            Some(Outcome::Rejected { .. }) | None => true,
        })
    }
}
