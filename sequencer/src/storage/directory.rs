//! The data directory: what lies where, and the lock on it.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use assay_circuits::quantity::BatchNumber;
use assay_durable::DRAFT_EXTENSION;

use super::{disk::Disk, error::StorageError};

const LOCK_FILE: &str = "lock";
const STORE_DIR: &str = "store";
pub(super) const BATCHES_DIR: &str = "batches";
/// Where earlier programs kept all batches.
const BATCHES_FILE: &str = "batches.log";
pub(super) const SNAPSHOT_DIR: &str = "snapshots";
pub(super) const TRANSACTIONS_DIR: &str = "transactions";
const WITNESS_DIR: &str = "witnesses";

/// A data directory. It is free for another node when the last clone is dropped.
#[derive(Debug, Clone)]
pub(super) struct DataDirectory {
    path: PathBuf,
    _lock: Arc<File>,
}

impl DataDirectory {
    /// Takes a directory, which is made where it is missing.
    pub(super) fn lock(path: &Path) -> Result<Self, StorageError> {
        assay_durable::make_directory(path).map_err(StorageError::io(path))?;
        let lock_path = path.join(LOCK_FILE);
        let lock = File::create(&lock_path).map_err(StorageError::io(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StorageError::InUse {
                    dir: path.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => {
                return Err(StorageError::Io {
                    path: lock_path,
                    source,
                });
            }
        }
        let directory = Self {
            path: path.to_owned(),
            _lock: Arc::new(lock),
        };
        directory.prepare_witnesses()?;
        Ok(directory)
    }

    /// Makes the place of the witnesses, and removes what a crash left half written there.
    fn prepare_witnesses(&self) -> Result<(), StorageError> {
        let witnesses = self.path.join(WITNESS_DIR);
        fs::create_dir_all(&witnesses).map_err(StorageError::io(&witnesses))?;
        for entry in fs::read_dir(&witnesses).map_err(StorageError::io(&witnesses))? {
            let path = entry.map_err(StorageError::io(&witnesses))?.path();
            if path.extension().is_some_and(|end| end == DRAFT_EXTENSION) {
                fs::remove_file(&path).map_err(StorageError::io(&path))?;
            }
        }
        Ok(())
    }

    /// The directory itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether neither a database nor a log was begun here.
    pub(super) fn is_empty(&self) -> bool {
        let begun = [self.store(), self.batches(), self.batches_file()];
        !begun.iter().any(|begun| begun.exists())
    }

    /// Of the database.
    pub(super) fn store(&self) -> PathBuf {
        self.path.join(STORE_DIR)
    }

    /// Of the log of batches.
    pub(super) fn batches(&self) -> PathBuf {
        self.path.join(BATCHES_DIR)
    }

    /// Of the log of batches as earlier programs wrote it.
    pub(super) fn batches_file(&self) -> PathBuf {
        self.path.join(BATCHES_FILE)
    }

    /// Of the log of acknowledged transactions.
    pub(super) fn transactions(&self) -> PathBuf {
        self.path.join(TRANSACTIONS_DIR)
    }

    /// Of states after batches.
    pub(super) fn snapshots(&self) -> PathBuf {
        self.path.join(SNAPSHOT_DIR)
    }

    /// Of the state after a batch.
    pub(super) fn snapshot(&self, number: BatchNumber) -> PathBuf {
        self.snapshots().join(format!("{:020}.state", number.0))
    }

    /// Of a batch's witness.
    pub(super) fn witness(&self, number: BatchNumber) -> PathBuf {
        let name = format!("{:020}.witness", number.0);
        self.path.join(WITNESS_DIR).join(name)
    }

    /// Of a batch that was adopted from the layer 1.
    pub(super) fn adopted(&self, number: BatchNumber) -> PathBuf {
        let name = format!("{:020}.adopted", number.0);
        self.path.join(WITNESS_DIR).join(name)
    }

    /// Removes what is beside the rows of a batch; the log has all that is needed of it.
    pub(super) fn remove_batch_files(&self, number: BatchNumber) -> Result<(), StorageError> {
        for path in [self.witness(number), self.adopted(number)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StorageError::io(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Moves a damaged database out of the way; returns where it is now.
    pub(super) fn move_store_aside(&self, now_s: u64) -> Result<PathBuf, StorageError> {
        let store = self.store();
        let named = |time_s| self.path.join(format!("{STORE_DIR}.damaged-{time_s}"));
        // Two may be moved in one second, and neither may hide the other.
        let mut aside = named(now_s);
        let mut later_s = now_s;
        while aside.exists() {
            later_s += 1;
            aside = named(later_s);
        }
        fs::rename(&store, &aside).map_err(StorageError::io(&store))?;
        Ok(aside)
    }

    /// Writes everything once more where it is. After a sync that failed nobody knows what of it is on
    /// disk: the system may hold for written what is not, and does not write it again by itself.
    pub(super) fn write_again(&self) -> Result<(), StorageError> {
        let mut open = vec![self.store(), self.batches(), self.transactions()];
        while let Some(directory) = open.pop() {
            let io = || StorageError::io(&directory);
            for entry in fs::read_dir(&directory).map_err(io())? {
                let path = entry.map_err(io())?.path();
                match path.is_dir() {
                    true => open.push(path),
                    false => assay_durable::write_again(&path).map_err(StorageError::io(&path))?,
                }
            }
        }
        Ok(())
    }

    /// Puts the names of everything that was begun here on disk.
    pub(super) fn sync(&self, disk: &Disk) -> Result<(), StorageError> {
        let directory = File::open(&self.path);
        let synced = directory.and_then(|directory| disk.sync(&directory, &self.path));
        synced.map_err(StorageError::io(&self.path))
    }
}
