//! Append-only logs: what everything else can be rebuilt from.
//!
//! A log is a directory of files. A file is named by the number of its first record and holds
//!
//! ```text
//! magic 8 bytes | format u32 | base u64 | record*
//! record = number u64 | length u32 | SHA-256 of the number, the length and the payload | payload
//! ```
//!
//! Numbers are big-endian and follow each other from the one after the base, through all files. What
//! ends a log and is no whole record was torn by a crash before it was acknowledged: it is cut off.
//! Other bytes that are no record are damage; the records after it are found again, since each says
//! by itself that it is one.

mod before;
mod error;
mod format;
mod survey;

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};

use serde::de::DeserializeOwned;
use tracing::warn;

use super::disk::{Disk, Step, patiently};
pub(super) use before::take_in;
pub use error::LogError;
use error::io_error;
pub(super) use format::Kind;
use format::{HEAD_BYTES, PREFIX_BYTES, Place, begin_file, file_path, head, prefix, sync_names};
use survey::{Survey, survey};

/// The rollup's batches.
pub(super) const BATCHES: Kind = Kind {
    magic: *b"assaylog",
    name: "batches",
    file_bytes: 64 << 20,
    append: Step::AppendLog,
    sync: Step::SyncLog,
};

/// Acknowledged transactions.
pub(super) const TRANSACTIONS: Kind = Kind {
    magic: *b"assaytxs",
    name: "acknowledged transactions",
    file_bytes: 4 << 20,
    append: Step::AppendTransactions,
    sync: Step::SyncTransactions,
};

/// A log's records, to read. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Records {
    directory: PathBuf,
    places: Arc<RwLock<BTreeMap<u64, Place>>>,
}

/// A log, open for appending.
#[derive(Debug)]
pub(super) struct Log {
    kind: &'static Kind,
    directory: PathBuf,
    records: Records,
    /// The numbers before the first of each file.
    bases: Vec<u64>,
    last: u64,
    /// The last file.
    file: File,
    /// Where its last record ends.
    end: u64,
    /// Whether all that stands in it are records that follow each other.
    is_whole: bool,
    /// Whether there was none before it was opened.
    is_new: bool,
}

const HELD: &str = "no holder of this lock panics";

impl Records {
    /// The numbers of the records that are there.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let places = self.places.read().expect(HELD);
        places.keys().copied().collect()
    }

    /// What a record holds; none where it is not there, or is damaged by now.
    pub(super) fn payload(&self, number: u64) -> Result<Option<Vec<u8>>, LogError> {
        let place = self.places.read().expect(HELD).get(&number).copied();
        let read = |place| read_payload(&self.directory, number, place);
        place.map_or(Ok(None), read)
    }

    /// A record that is there.
    pub(super) fn decoded<R: DeserializeOwned>(&self, number: u64) -> Result<R, LogError> {
        let payload = self.payload(number)?.ok_or_else(|| self.lost(number))?;
        postcard::from_bytes(&payload).map_err(|source| LogError::Decode {
            path: self.directory.clone(),
            number,
            source,
        })
    }

    fn lost(&self, number: u64) -> LogError {
        LogError::Lost {
            path: self.directory.clone(),
            number,
        }
    }
}

impl Log {
    /// Opens a log, cutting a torn record off its end; begins one after `base` where there is none.
    pub(super) fn open(
        kind: &'static Kind,
        directory: &Path,
        disk: &Disk,
        base: u64,
    ) -> Result<Self, LogError> {
        let opened = disk.step(Step::OpenLog);
        opened.map_err(io_error(directory))?;
        fs::create_dir_all(directory).map_err(io_error(directory))?;
        let Survey {
            mut bases,
            places,
            end,
            torn_bytes,
            is_whole,
        } = survey(kind, directory)?;
        let begun = bases.last().copied();
        let last_base = begun.unwrap_or(base);
        let path = file_path(directory, last_base);
        if begun.is_none() {
            begin_file(kind, &path, disk, last_base).map_err(io_error(&path))?;
            sync_names(directory, disk).map_err(io_error(directory))?;
            bases.push(base);
        }
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        let mut file = opened.map_err(io_error(&path))?;
        let end = if begun.is_none() { PREFIX_BYTES } else { end };
        if torn_bytes > 0 {
            warn!(
                bytes = torn_bytes,
                "cutting a torn record off the log of {}", kind.name
            );
            let cut = file.set_len(end).and_then(|()| disk.sync(&file, &path));
            cut.map_err(io_error(&path))?;
        }
        file.seek(SeekFrom::Start(end)).map_err(io_error(&path))?;
        let last = places.keys().next_back().copied();
        Ok(Self {
            kind,
            directory: directory.to_owned(),
            last: last.unwrap_or(last_base).max(last_base),
            records: Records {
                directory: directory.to_owned(),
                places: Arc::new(RwLock::new(places)),
            },
            bases,
            file,
            end,
            is_whole,
            is_new: begun.is_none(),
        })
    }

    /// The number after which it begins.
    pub(super) fn base(&self) -> u64 {
        self.bases.first().copied().unwrap_or(self.last)
    }

    /// The number of the last record in it.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Whether no record is damaged or missing between its first and its last.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether there was none before it was opened.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Whether there are no records.
    pub(super) fn is_empty(&self) -> bool {
        self.records.places.read().expect(HELD).is_empty()
    }

    pub(super) fn path(&self) -> &Path {
        &self.directory
    }

    /// The error of a record that is not there.
    pub(super) fn lost(&self, number: u64) -> LogError {
        self.records.lost(number)
    }

    /// Its records, to read.
    pub(super) fn records(&self) -> &Records {
        &self.records
    }

    fn change_places<T>(&self, change: impl FnOnce(&mut BTreeMap<u64, Place>) -> T) -> T {
        change(&mut self.records.places.write().expect(HELD))
    }

    /// Begins another file where the last one is long enough.
    fn begin_next_file(&mut self, disk: &Disk) -> io::Result<()> {
        if self.end < self.kind.file_bytes {
            return Ok(());
        }
        let path = file_path(&self.directory, self.last);
        let file = patiently(|| begin_file(self.kind, &path, disk, self.last))?;
        sync_names(&self.directory, disk)?;
        self.file = file;
        self.bases.push(self.last);
        self.end = PREFIX_BYTES;
        Ok(())
    }

    /// Appends records, the first of which has this number, and makes them durable. Those that are
    /// there already stay as they are.
    pub(super) fn append(
        &mut self,
        disk: &Disk,
        first: u64,
        payloads: &[Vec<u8>],
    ) -> io::Result<()> {
        let known = usize::try_from((self.last + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        let Some(new) = payloads.get(known..).filter(|new| !new.is_empty()) else {
            return Ok(());
        };
        if first > self.last + 1 {
            return Err(io::Error::other("records are logged in order"));
        }
        self.begin_next_file(disk)?;
        let base = self.bases.last().copied().unwrap_or(self.last);
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for (number, payload) in (self.last + 1..).zip(new) {
            bytes.extend_from_slice(&head(number, payload)?);
            let at = self.end + bytes.len() as u64;
            let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
            places.push((number, Place { base, at, length }));
            bytes.extend_from_slice(payload);
        }
        // What an append that failed has left is written over.
        self.file.seek(SeekFrom::Start(self.end))?;
        if let Err(error) = disk.step(self.kind.append) {
            self.file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.file.write_all(&bytes)?;
        disk.step(self.kind.sync)?;
        disk.sync(&self.file, &file_path(&self.directory, base))?;
        self.end += bytes.len() as u64;
        self.last += new.len() as u64;
        self.change_places(|all| all.extend(places));
        Ok(())
    }

    /// Takes the records after `to` off its end. Where it begins later than that it begins there from
    /// now on.
    pub(super) fn cut(&mut self, disk: &Disk, to: u64) -> io::Result<()> {
        if to >= self.base() && to >= self.last {
            return self.forget_torn(disk);
        }
        disk.step(self.kind.append)?;
        if to < self.base() {
            return self.begin_anew(disk, to);
        }
        // From the end: what is left are always records that follow each other.
        while let Some(base) = self.bases.pop_if(|base| *base > to) {
            fs::remove_file(file_path(&self.directory, base))?;
        }
        let base = self.base_of_last_file();
        let path = file_path(&self.directory, base);
        self.file = OpenOptions::new().read(true).write(true).open(&path)?;
        let last = self.change_places(|places| {
            drop(places.split_off(&(to + 1)));
            places.get(&to).copied().filter(|place| place.base == base)
        });
        self.end = last.map_or(PREFIX_BYTES, |place| place.at + u64::from(place.length));
        self.last = to;
        self.file.set_len(self.end)?;
        disk.step(self.kind.sync)?;
        disk.sync(&self.file, &path)?;
        sync_names(&self.directory, disk)
    }

    fn base_of_last_file(&self) -> u64 {
        self.bases.last().copied().unwrap_or(self.last)
    }

    /// What an append that failed has left behind the last record is taken off.
    fn forget_torn(&mut self, disk: &Disk) -> io::Result<()> {
        if self.file.metadata()?.len() == self.end {
            return Ok(());
        }
        self.file.set_len(self.end)?;
        disk.sync(
            &self.file,
            &file_path(&self.directory, self.base_of_last_file()),
        )
    }

    fn begin_anew(&mut self, disk: &Disk, base: u64) -> io::Result<()> {
        while let Some(base) = self.bases.pop() {
            fs::remove_file(file_path(&self.directory, base))?;
        }
        let path = file_path(&self.directory, base);
        self.file = begin_file(self.kind, &path, disk, base)?;
        disk.step(self.kind.sync)?;
        sync_names(&self.directory, disk)?;
        self.change_places(BTreeMap::clear);
        (self.bases, self.last, self.end) = (vec![base], base, PREFIX_BYTES);
        Ok(())
    }

    /// Writes the log anew: it begins after `base` and holds these records. What it was made of is
    /// removed when they are on disk.
    pub(super) fn rewrite(
        &mut self,
        disk: &Disk,
        base: u64,
        payloads: &[Vec<u8>],
    ) -> Result<(), LogError> {
        let path = file_path(&self.directory, base);
        let mut bytes = prefix(self.kind, base);
        for (number, payload) in (base + 1..).zip(payloads) {
            let head = head(number, payload).map_err(io_error(&path))?;
            bytes.extend_from_slice(&head);
            bytes.extend_from_slice(payload);
        }
        disk.write(&path, &bytes).map_err(io_error(&path))?;
        let old: Vec<_> = self.bases.iter().filter(|old| **old != base).collect();
        for old in old {
            let old = file_path(&self.directory, *old);
            fs::remove_file(&old).map_err(io_error(&old))?;
        }
        sync_names(&self.directory, disk).map_err(io_error(&self.directory))?;
        let anew = Self::open(self.kind, &self.directory, disk, base)?;
        let places = std::mem::take(&mut *anew.records.places.write().expect(HELD));
        self.change_places(|old| *old = places);
        let records = self.records.clone();
        *self = Self { records, ..anew };
        Ok(())
    }
}

impl Log {
    /// The last number in its first file, where another follows.
    pub(super) fn first_file_end(&self) -> Option<u64> {
        self.bases.get(1).copied()
    }

    /// Removes the files in which no record comes after `to`.
    pub(super) fn forget(&mut self, disk: &Disk, to: u64) -> io::Result<()> {
        let mut removed = false;
        while let Some(end) = self.first_file_end().filter(|end| *end <= to) {
            let base = self.bases.remove(0);
            fs::remove_file(file_path(&self.directory, base))?;
            self.change_places(|places| *places = places.split_off(&(end + 1)));
            removed = true;
        }
        match removed {
            true => sync_names(&self.directory, disk),
            false => Ok(()),
        }
    }
}

/// What a record holds, if it is still what was written.
fn read_payload(directory: &Path, number: u64, place: Place) -> Result<Option<Vec<u8>>, LogError> {
    let path = file_path(directory, place.base);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(&path)(error)),
    };
    let mut record = vec![0; HEAD_BYTES + place.length as usize];
    let begin = place.at - HEAD_BYTES as u64;
    let read = file.seek(SeekFrom::Start(begin));
    match read.and_then(|_| file.read_exact(&mut record)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(io_error(&path)(error)),
    }
    let payload = record.split_off(HEAD_BYTES);
    let expected = head(number, &payload).map_err(io_error(&path))?;
    Ok((record == expected).then_some(payload))
}
