//! Copies of a data directory, made while a node writes it.
//!
//! What is copied are the logs and the states after batches: the rest is made again from them. Both
//! are only ever appended to, or written under another name first, so a copy that is whole is what
//! the directory was at one moment: batches first and acknowledged transactions afterwards, so that none
//! is missing that a batch of the copy does not hold.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use assay_circuits::quantity::BatchNumber;

use super::{
    directory::{BATCHES_DIR, DataDirectory, SNAPSHOT_DIR, TRANSACTIONS_DIR},
    disk::Disk,
    error::StorageError,
    log::{BATCHES, Log, LogError, TRANSACTIONS},
    snapshot,
};

/// How often a directory is copied again that changed while it was copied.
const ATTEMPTS: usize = 5;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    /// The last batch.
    pub last_batch: BatchNumber,
    /// Records of acknowledged transactions.
    pub transactions: usize,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no node's data.
    #[error("{dir} holds no node's data", dir = dir.display())]
    Nothing {
        /// The directory.
        dir: PathBuf,
    },
    /// The copy cannot be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The logs are damaged.
    #[error("the logs in {dir} are damaged: start the node, which makes them again", dir = dir.display())]
    Damaged {
        /// The directory.
        dir: PathBuf,
    },
}

impl From<LogError> for BackupError {
    fn from(error: LogError) -> Self {
        Self::Storage(error.into())
    }
}

/// Copies a data directory into one that does not exist or is empty.
///
/// # Errors
/// [`BackupError`].
pub fn back_up(from: &Path, to: &Path) -> Result<BackedUp, BackupError> {
    if !from.join(BATCHES_DIR).is_dir() {
        let dir = from.to_owned();
        return Err(BackupError::Nothing { dir });
    }
    let (copy, disk) = (DataDirectory::lock(to)?, Disk::default());
    if !copy.is_empty() {
        let dir = to.to_owned();
        return Err(StorageError::NotEmpty { dir }.into());
    }
    for _ in 0..ATTEMPTS {
        // States twice: one that is needed for the batches is there before them or after them.
        for part in [SNAPSHOT_DIR, BATCHES_DIR, SNAPSHOT_DIR, TRANSACTIONS_DIR] {
            copy_part(&from.join(part), &to.join(part), &disk)?;
        }
        if let Some(copied) = check(&copy, &disk)? {
            copy.sync(&disk)?;
            return Ok(copied);
        }
        for part in [BATCHES_DIR, TRANSACTIONS_DIR] {
            let part = to.join(part);
            fs::remove_dir_all(&part).map_err(StorageError::io(&part))?;
        }
    }
    let dir = from.to_owned();
    Err(BackupError::Damaged { dir })
}

/// Copies the files of a part. One that is removed while it is copied is not there in the copy.
fn copy_part(from: &Path, to: &Path, disk: &Disk) -> Result<(), StorageError> {
    let entries = match fs::read_dir(from) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StorageError::io(from)(error)),
    };
    fs::create_dir_all(to).map_err(StorageError::io(to))?;
    for entry in entries {
        let path = entry.map_err(StorageError::io(from))?.path();
        let Some(name) = path.file_name().filter(|_| path.is_file()) else {
            continue;
        };
        match fs::read(&path) {
            Ok(bytes) => {
                let to = to.join(name);
                disk.write(&to, &bytes).map_err(StorageError::io(&to))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StorageError::io(&path)(error)),
        }
    }
    Ok(())
}

/// What the copy holds, if a node can begin with it.
fn check(copy: &DataDirectory, disk: &Disk) -> Result<Option<BackedUp>, StorageError> {
    let batches = Log::open(&BATCHES, &copy.batches(), disk, 0)?;
    let transactions = Log::open(&TRANSACTIONS, &copy.transactions(), disk, 0)?;
    let (first, last) = (batches.base(), batches.last());
    let has_begin = first == 0 || snapshot::first(copy, (first, last))?.is_some();
    let is_whole = batches.is_whole() && transactions.is_whole() && has_begin;
    Ok(is_whole.then(|| BackedUp {
        last_batch: BatchNumber(last),
        transactions: transactions.records().numbers().len(),
    }))
}
