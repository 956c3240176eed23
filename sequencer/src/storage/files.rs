//! Everything in the data directory that is written, and in which order.

use super::{
    batch_log::BatchLog,
    commit::{BatchFile, Commit},
    directory::DataDirectory,
    disk::{Disk, Step},
    error::StorageError,
    rows::RowWriter,
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
    pub(super) log: BatchLog,
    pub(super) disk: Disk,
}

impl Files {
    /// Makes commits durable. Files first, then the log, then the rows: what a row names is there.
    /// A log is cut last: what the rows do not name any more may be gone.
    pub(super) fn write(&mut self, commits: Vec<Commit>) -> Result<(), StorageError> {
        let mut rows = RowChanges::default();
        let cut = commits.iter().filter_map(|commit| commit.cut).min();
        for commit in commits {
            for (file, bytes) in &commit.files {
                let path = match file {
                    BatchFile::Witness(number) => self.directory.witness(*number),
                    BatchFile::Adopted(number) => self.directory.adopted(*number),
                };
                let written = self.disk.write(&path, bytes);
                written.map_err(StorageError::io(&path))?;
            }
            for (number, payload) in &commit.log {
                let appended = self.log.append(&self.disk, *number, payload);
                appended.map_err(StorageError::io(self.log.path()))?;
            }
            rows.append(commit.rows);
        }
        self.rows.write(&self.disk, rows)?;
        if let Some(to) = cut {
            let cut = self.log.cut(&self.disk, to);
            cut.map_err(StorageError::io(self.log.path()))?;
        }
        let acknowledged = self.disk.step(Step::Acknowledge);
        acknowledged.map_err(StorageError::io(&self.directory.store()))
    }
}
