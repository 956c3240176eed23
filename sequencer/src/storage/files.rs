//! Everything in the data directory that is written, and in which order.

use std::collections::BTreeSet;

use super::{
    checked_file,
    commit::{BatchFile, Commit},
    directory::DataDirectory,
    disk::{Disk, Step},
    error::StorageError,
    log::Log,
    payment_index,
    rows::RowWriter,
    snapshot,
    table::RowChanges,
};

/// Commits that are made durable together.
pub(super) const GROUP: usize = 64;

/// What is written, in the hands of the one who writes. The directory stays locked for as long as
/// this lives.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) directory: DataDirectory,
    pub(super) rows: RowWriter,
    pub(super) batches: Log,
    pub(super) transactions: Log,
    pub(super) disk: Disk,
    /// Where the log of acknowledged transactions ended before the commits that failed.
    pub(super) answered_to: Option<u64>,
    /// Whether the rows have an index of payments, which every write keeps. A rebuild makes it with the
    /// batches, and what waits comes after it.
    pub(super) is_indexed: bool,
}

impl Files {
    /// Makes commits durable. Files first, then the logs, then the rows: what a row names is there.
    /// A log is cut last: what the rows do not name any more may be gone.
    pub(super) fn write(&mut self, commits: Vec<Commit>) -> Result<(), StorageError> {
        let answered_to = self.transactions.last();
        self.answered_to.get_or_insert(answered_to);
        self.try_write(commits)?;
        self.answered_to = None;
        Ok(())
    }

    /// After a write that failed: takes out of the logs what was not answered, when the disk takes
    /// something again.
    pub(super) fn take_back(&mut self) -> Result<(), StorageError> {
        let path = self.directory.path();
        self.disk.probe(path).map_err(StorageError::io(path))?;
        if let Some(to) = self.answered_to {
            let cut = self.transactions.cut(&self.disk, to);
            cut.map_err(StorageError::io(self.transactions.path()))?;
        }
        Ok(())
    }

    fn try_write(&mut self, commits: Vec<Commit>) -> Result<(), StorageError> {
        let mut rows = RowChanges::default();
        let cut = commits.iter().filter_map(|commit| commit.cut).min();
        let (mut batches, mut transactions) = (Vec::new(), Vec::new());
        let mut forgotten = Vec::new();
        let (mut touched, mut sealed) = (BTreeSet::new(), None);
        for commit in commits {
            for (file, bytes) in &commit.files {
                let path = match file {
                    BatchFile::Witness(number) => self.directory.witness(*number),
                    BatchFile::Adopted(number) => self.directory.adopted(*number),
                };
                let written = self.disk.write(&path, &checked_file::seal(bytes));
                written.map_err(StorageError::io(&path))?;
            }
            batches.extend(commit.log);
            transactions.extend(commit.transactions);
            forgotten.extend(commit.forgotten);
            touched.extend(commit.touched);
            sealed = commit.sealed.or(sealed);
            rows.append(commit.rows);
        }
        if self.is_indexed {
            payment_index::update(self.rows.rows(), &mut rows, (&touched, sealed))?;
        }
        if let Some(first) = batches.first().map(|(number, _)| number.0) {
            let payloads: Vec<_> = batches.into_iter().map(|(_, payload)| payload).collect();
            let appended = self.batches.append(&self.disk, first, &payloads);
            appended.map_err(StorageError::io(self.batches.path()))?;
        }
        let next = self.transactions.last() + 1;
        let appended = self.transactions.append(&self.disk, next, &transactions);
        appended.map_err(StorageError::io(self.transactions.path()))?;
        if let Some(to) = cut {
            snapshot::remove_after(&self.directory, &self.disk, to)?;
        }
        self.rows.write(&self.disk, rows)?;
        if let Some(to) = cut {
            let cut = self.batches.cut(&self.disk, to.0);
            cut.map_err(StorageError::io(self.batches.path()))?;
        }
        for number in forgotten {
            self.directory.remove_batch_files(number)?;
        }
        let acknowledged = self.disk.step(Step::Acknowledge);
        acknowledged.map_err(StorageError::io(&self.directory.store()))
    }
}
