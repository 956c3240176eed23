//! The database: rows of the tables, in sled. No other file names it.
//!
//! What sled's flush leaves undone is done here: on Linux it ends with `sync_file_range`, which
//! writes no metadata and empties no cache of the drive, and large rows go to files that it does
//! not sync at all. So after each flush whatever it wrote is synced as well ([`SyncedTree`]).

#[cfg(test)]
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::{
    io,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use assay_circuits::quantity::BatchNumber;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    disk::{Disk, Step},
    error::StorageError,
    synced_tree::SyncedTree,
    table::{Key, RowChanges, Setting, StoredRow, Table},
};

/// Pages that sled keeps in memory, bytes.
const CACHE_BYTES: u64 = 64 << 20;

/// The rows, to read.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    db: sled::Db,
    reads: Reads,
}

/// Counts what is read, for tests; else it is nothing.
#[derive(Debug, Clone, Default)]
struct Reads {
    #[cfg(test)]
    count: Arc<AtomicU64>,
}

impl Reads {
    /// A row or a key was read, or was not there.
    fn note<T>(&self, read: T) -> T {
        #[cfg(test)]
        self.count.fetch_add(1, Ordering::AcqRel);
        read
    }
}

/// The rows, to change: there is one of these.
#[derive(Debug)]
pub(super) struct RowWriter {
    rows: Rows,
    files: SyncedTree,
}

impl From<sled::Error> for StorageError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(source) if is_of_the_system(&source) => Self::DatabaseIo {
                path: PathBuf::from("store"),
                source,
            },
            error => Self::Database(error.into()),
        }
    }
}

/// Tells what the system refused from what sled found in its files, for which it makes such errors
/// itself. An error that it has copied carries the system's in words.
fn is_of_the_system(error: &io::Error) -> bool {
    let is_from_system = error.raw_os_error().is_some() || error.to_string().contains("Os { code");
    // A place in a file that cannot be was read from a damaged one.
    is_from_system && error.kind() != io::ErrorKind::InvalidInput
}

impl Rows {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.db.is_empty()
    }

    /// A row.
    pub(super) fn get<K: Key, V: Serialize + DeserializeOwned>(
        &self,
        table: &Table<K, V>,
        key: &K,
    ) -> Result<Option<V>, StorageError> {
        let row = self.reads.note(self.db.get(table.key(key))?);
        row.map(|row| table.decode(&row)).transpose()
    }

    /// A table's rows in the order of their keys.
    pub(super) fn all<K: Key, V: Serialize + DeserializeOwned>(
        &self,
        table: &Table<K, V>,
    ) -> impl Iterator<Item = Result<V, StorageError>> {
        let rows = self.db.scan_prefix(table.prefix());
        rows.map(move |row| table.decode(&self.reads.note(row?).1))
    }

    /// The batches of which a table has a row, from one on, in order.
    pub(super) fn batches_from<V: Serialize + DeserializeOwned>(
        &self,
        table: &Table<BatchNumber, V>,
        first: BatchNumber,
    ) -> impl Iterator<Item = Result<BatchNumber, StorageError>> {
        let last = table.key(&BatchNumber(u64::MAX));
        let keys = self.db.range(table.key(&first)..=last).keys();
        keys.map(|key| table.batch(&self.reads.note(key?)))
    }

    /// The rows of a table from one key to before another, the last first.
    pub(super) fn latest<'t, K: Key, V: Serialize + DeserializeOwned>(
        &self,
        table: &'t Table<K, V>,
        from: &K,
        end: &K,
    ) -> impl Iterator<Item = Result<V, StorageError>> + use<'t, K, V> {
        let (from, end) = (table.key(from), table.key(end));
        // A range that ends before it begins is refused by panicking.
        let end = end.max(from.clone());
        let rows = self.db.range(from..end).rev();
        let reads = self.reads.clone();
        rows.map(move |row| table.decode(&reads.note(row?).1))
    }

    /// The first keys in the database that begin with these bytes, at most so many.
    pub(super) fn first_keys(
        &self,
        prefix: [u8; 1],
        most: usize,
    ) -> Result<Vec<Vec<u8>>, StorageError> {
        let keys = self.db.scan_prefix(prefix).keys().take(most);
        keys.map(|key| Ok(self.reads.note(key?).to_vec())).collect()
    }

    /// The row with a table's last key.
    pub(super) fn last<K: Key, V: Serialize + DeserializeOwned>(
        &self,
        table: &Table<K, V>,
    ) -> Result<Option<V>, StorageError> {
        let last = self.db.scan_prefix(table.prefix()).next_back();
        let last = self.reads.note(last);
        last.map(|row| table.decode(&row?.1)).transpose()
    }

    /// Reads every row, and lets whoever asks look at those of the tables. What cannot be read, or
    /// does not decode, is found here and not when it is wanted.
    pub(super) fn read_all(&self, mut look: impl FnMut(StoredRow)) -> Result<(), StorageError> {
        for row in self.db.iter() {
            let (key, row) = self.reads.note(row?);
            look(StoredRow::decode(&key, &row)?);
        }
        Ok(())
    }

    /// A setting.
    pub(super) fn setting<V: Serialize + DeserializeOwned>(
        &self,
        setting: &Setting<V>,
    ) -> Result<Option<V>, StorageError> {
        let value = self.reads.note(self.db.get(setting.key())?);
        value.map(|value| setting.decode(&value)).transpose()
    }
}

#[cfg(test)]
impl Rows {
    /// The database itself, for tests that damage it.
    pub(super) fn database(&self) -> &sled::Db {
        &self.db
    }

    /// How many rows and keys were read since the database was opened.
    pub(super) fn reads(&self) -> u64 {
        self.reads.count.load(Ordering::Acquire)
    }
}

/// How often, and how long apart, a database is tried that is locked still: one that was closed a moment ago
/// gives its lock up when its own threads have ended. The directory's lock keeps other processes out.
const LOCK_ATTEMPTS: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// sled says so in words alone.
fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

impl RowWriter {
    /// Opens or begins a database. sled may panic on a damaged file; that counts as an error.
    pub(super) fn open(store: &Path, disk: &Disk) -> Result<Self, StorageError> {
        disk.step(Step::OpenRows).map_err(StorageError::io(store))?;
        let config = sled::Config::new()
            .path(store)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None);
        // Nothing that the panic may have left half done is used afterwards.
        let open = || panic::catch_unwind(AssertUnwindSafe(|| config.open()));
        let mut attempts = 0;
        let db = loop {
            let opened = open().map_err(|_| StorageError::DatabasePanicked)?;
            match opened {
                Err(error) if is_locked(&error) && attempts < LOCK_ATTEMPTS => {
                    attempts += 1;
                    thread::sleep(LOCK_PAUSE);
                }
                Err(error) if is_locked(&error) => {
                    let dir = store.to_owned();
                    return Err(StorageError::InUse { dir });
                }
                opened => break opened?,
            }
        };
        Ok(Self {
            rows: Rows {
                db,
                reads: Reads::default(),
            },
            files: SyncedTree::new(store),
        })
    }

    /// The rows, to read.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Makes changes, all or none of them, and makes them durable.
    pub(super) fn write(&mut self, disk: &Disk, changes: RowChanges) -> Result<(), StorageError> {
        let step = |step, store: &Path| disk.step(step).map_err(StorageError::io(store));
        let mut batch = sled::Batch::default();
        for (key, row) in changes {
            match row {
                Some(row) => batch.insert(key, row),
                None => batch.remove(key),
            }
        }
        step(Step::ApplyRows, self.files.root())?;
        self.rows.db.apply_batch(batch)?;
        step(Step::SyncRows, self.files.root())?;
        self.rows.db.flush()?;
        self.files.sync(disk)
    }
}
