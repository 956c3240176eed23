//! The append-only log of batches: what everything else can be rebuilt from.
//!
//! ```text
//! "assaylog" | format u32 | base u64 | record*
//! record = number u64 | length u32 | SHA-256 of the number, the length and the payload | payload
//! ```
//!
//! Numbers are big-endian; the payload is a `LogRecord` in postcard; batch numbers follow each
//! other from the one after the base, which is 0 where nothing was restored. A record that ends early or whose digest does not fit, and after which nothing
//! comes, was torn by a crash before it was acknowledged: it is cut off. Anything else is damage.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use assay_circuits::quantity::BatchNumber;
use sha2::{Digest, Sha256};
use tracing::warn;

use super::disk::{Disk, Step};
use crate::record::LogRecord;

const MAGIC: [u8; 8] = *b"assaylog";
const FORMAT: u32 = 3;
const PREFIX_BYTES: u64 = 20;
const HEAD_BYTES: usize = 8 + 4 + 32;
/// Longest payload: far more than the largest shape's operations take.
const PAYLOAD_BYTES_MAX: u32 = 16 << 20;

/// Why the log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{path} is no log of sealed batches", path = path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
    },
    /// The log was written by another version.
    #[error("{path} has format {found}, this program reads {FORMAT}: a rollup of another version cannot be continued; choose another data directory", path = path.display())]
    Format {
        /// The log.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// A record in the middle is damaged.
    #[error("{path} is damaged at byte {at}; rebuild the state from the layer 1 (`assay restore`)", path = path.display())]
    Damaged {
        /// The log.
        path: PathBuf,
        /// Where the record begins.
        at: u64,
        /// Why it does not decode, where its digest fits.
        source: Option<postcard::Error>,
    },
    /// The log lacks batches that the database has.
    #[error("{path} ends with batch {last}, the database with {sealed}: put the whole log back", path = path.display())]
    Behind {
        /// The log.
        path: PathBuf,
        /// Its last batch.
        last: BatchNumber,
        /// The database's last batch.
        sealed: BatchNumber,
    },
}

/// The log, open for appending.
#[derive(Debug)]
pub(super) struct BatchLog {
    file: File,
    path: PathBuf,
    base: BatchNumber,
    last: BatchNumber,
    /// Where each record ends, that of the batch after the base first.
    ends: Vec<u64>,
}

struct Head {
    number: u64,
    length: u32,
    digest: [u8; 32],
}

impl Head {
    fn of(number: BatchNumber, payload: &[u8]) -> io::Result<Self> {
        let length = u32::try_from(payload.len())
            .ok()
            .filter(|n| *n <= PAYLOAD_BYTES_MAX);
        let length = length.ok_or_else(|| io::Error::other("a batch is too large for the log"))?;
        let number = number.0;
        Ok(Self {
            number,
            length,
            digest: digest(number, length, payload),
        })
    }

    fn to_bytes(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        bytes[..8].copy_from_slice(&self.number.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.length.to_be_bytes());
        bytes[12..].copy_from_slice(&self.digest);
        bytes
    }

    fn from_bytes(bytes: &[u8; HEAD_BYTES]) -> Self {
        let (mut number, mut length, mut digest) = ([0; 8], [0; 4], [0; 32]);
        number.copy_from_slice(&bytes[..8]);
        length.copy_from_slice(&bytes[8..12]);
        digest.copy_from_slice(&bytes[12..]);
        Self {
            number: u64::from_be_bytes(number),
            length: u32::from_be_bytes(length),
            digest,
        }
    }
}

fn digest(number: u64, length: u32, payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(number.to_be_bytes());
    hash.update(length.to_be_bytes());
    hash.update(payload);
    hash.finalize().into()
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> LogError + '_ {
    move |source| LogError::Io {
        path: path.to_owned(),
        source,
    }
}

/// What a log begins with.
fn prefix(base: BatchNumber) -> Vec<u8> {
    let mut prefix = MAGIC.to_vec();
    prefix.extend(FORMAT.to_be_bytes());
    prefix.extend(base.0.to_be_bytes());
    prefix
}

/// An empty log of an earlier version is shorter than this one's prefix.
fn refuse_older(file: &mut File, path: &Path) -> Result<(), LogError> {
    let mut begin = Vec::new();
    file.read_to_end(&mut begin).map_err(io_error(path))?;
    file.rewind().map_err(io_error(path))?;
    let format = begin.strip_prefix(&MAGIC).and_then(<[u8]>::first_chunk);
    match format.map(|format| u32::from_be_bytes(*format)) {
        Some(found) if found != FORMAT => Err(LogError::Format {
            path: path.to_owned(),
            found,
        }),
        _ => Ok(()),
    }
}

impl BatchLog {
    /// Opens the log, cutting a torn record off its end; begins one after `base` where there is
    /// none.
    pub(super) fn open(path: &Path, disk: &Disk, base: BatchNumber) -> Result<Self, LogError> {
        let mut options = OpenOptions::new();
        let opened = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let mut file = opened.map_err(io_error(path))?;
        let length = file.metadata().map_err(io_error(path))?.len();
        if length < PREFIX_BYTES {
            refuse_older(&mut file, path)?;
            // A crash while the file was begun leaves less than the prefix; no record was there.
            file.set_len(0).map_err(io_error(path))?;
            file.write_all(&prefix(base)).map_err(io_error(path))?;
            disk.sync(&file, path).map_err(io_error(path))?;
        }
        let mut records = Records::open(path)?;
        let base = records.base;
        let (mut last, mut ends) = (base, Vec::new());
        while let Some(record) = records.next() {
            last = record?.number();
            ends.push(records.at);
        }
        if records.torn_bytes > 0 {
            warn!(
                bytes = records.torn_bytes,
                "cutting a torn record off the log of sealed batches"
            );
            file.set_len(records.at).map_err(io_error(path))?;
            disk.sync(&file, path).map_err(io_error(path))?;
        }
        file.seek(SeekFrom::End(0)).map_err(io_error(path))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            base,
            last,
            ends,
        })
    }

    /// The batch after which it begins.
    pub(super) fn base(&self) -> BatchNumber {
        self.base
    }

    /// The last batch in it.
    pub(super) fn last(&self) -> BatchNumber {
        self.last
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a batch; one that is there already stays as it is.
    pub(super) fn append(
        &mut self,
        disk: &Disk,
        number: BatchNumber,
        payload: &[u8],
    ) -> io::Result<()> {
        if number <= self.last {
            return Ok(());
        }
        if number != self.last.next() {
            return Err(io::Error::other("batches are logged in order"));
        }
        let mut record = Head::of(number, payload)?.to_bytes().to_vec();
        record.extend_from_slice(payload);
        if let Err(error) = disk.step(Step::AppendLog) {
            self.file.write_all(&record[..record.len() / 2])?;
            return Err(error);
        }
        self.file.write_all(&record)?;
        disk.step(Step::SyncLog)?;
        disk.sync(&self.file, &self.path)?;
        self.last = number;
        self.ends.push(self.end() + record.len() as u64);
        Ok(())
    }

    /// Takes the batches after `to` off its end. Where it begins later than that it begins there from
    /// now on.
    pub(super) fn cut(&mut self, disk: &Disk, to: BatchNumber) -> io::Result<()> {
        if to < self.base {
            return self.begin_anew(disk, to);
        }
        let kept = to.0.saturating_sub(self.base.0);
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        if kept >= self.ends.len() {
            return Ok(());
        }
        disk.step(Step::AppendLog)?;
        self.ends.truncate(kept);
        self.last = BatchNumber(self.base.0 + kept as u64);
        let end = self.end();
        self.file.set_len(end)?;
        self.file.seek(SeekFrom::Start(end))?;
        disk.step(Step::SyncLog)?;
        disk.sync(&self.file, &self.path)
    }

    fn begin_anew(&mut self, disk: &Disk, base: BatchNumber) -> io::Result<()> {
        disk.step(Step::AppendLog)?;
        (self.base, self.last) = (base, base);
        self.ends.clear();
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&prefix(base))?;
        disk.step(Step::SyncLog)?;
        disk.sync(&self.file, &self.path)
    }

    /// Where the last record ends.
    fn end(&self) -> u64 {
        self.ends.last().copied().unwrap_or(PREFIX_BYTES)
    }
}

/// The records of a log, in order; ends before a torn one.
pub(super) struct Records {
    reader: BufReader<File>,
    path: PathBuf,
    length: u64,
    at: u64,
    base: BatchNumber,
    expected: u64,
    torn_bytes: u64,
}

impl Records {
    /// Reads a log from its beginning.
    pub(super) fn open(path: &Path) -> Result<Self, LogError> {
        let file = File::open(path).map_err(io_error(path))?;
        let length = file.metadata().map_err(io_error(path))?.len();
        let mut reader = BufReader::new(file);
        let mut begin = [0; PREFIX_BYTES as usize];
        reader.read_exact(&mut begin).map_err(io_error(path))?;
        let path = path.to_owned();
        let (mut magic, mut found, mut base) = ([0; 8], [0; 4], [0; 8]);
        magic.copy_from_slice(&begin[..8]);
        found.copy_from_slice(&begin[8..12]);
        base.copy_from_slice(&begin[12..]);
        if magic != MAGIC {
            return Err(LogError::NotALog { path });
        }
        let found = u32::from_be_bytes(found);
        if found != FORMAT {
            return Err(LogError::Format { path, found });
        }
        let base = BatchNumber(u64::from_be_bytes(base));
        Ok(Self {
            reader,
            path,
            length,
            at: PREFIX_BYTES,
            base,
            expected: base.next().0,
            torn_bytes: 0,
        })
    }

    fn read(&mut self) -> Result<Option<LogRecord>, LogError> {
        let left = self.length - self.at;
        if left == 0 {
            return Ok(None);
        }
        let damaged = |source| LogError::Damaged {
            path: self.path.clone(),
            at: self.at,
            source,
        };
        if left < HEAD_BYTES as u64 {
            self.torn_bytes = left;
            return Ok(None);
        }
        let mut head = [0; HEAD_BYTES];
        self.reader
            .read_exact(&mut head)
            .map_err(io_error(&self.path))?;
        let head = Head::from_bytes(&head);
        if head.number != self.expected || head.length > PAYLOAD_BYTES_MAX {
            return Err(damaged(None));
        }
        let record_bytes = HEAD_BYTES as u64 + u64::from(head.length);
        if left < record_bytes {
            self.torn_bytes = left;
            return Ok(None);
        }
        let mut payload = vec![0; head.length as usize];
        self.reader
            .read_exact(&mut payload)
            .map_err(io_error(&self.path))?;
        if digest(head.number, head.length, &payload) != head.digest {
            if left == record_bytes {
                self.torn_bytes = left;
                return Ok(None);
            }
            return Err(damaged(None));
        }
        let record: LogRecord =
            postcard::from_bytes(&payload).map_err(|error| damaged(Some(error)))?;
        if record.number().0 != head.number {
            return Err(damaged(None));
        }
        self.at += record_bytes;
        self.expected += 1;
        Ok(Some(record))
    }
}

impl Iterator for Records {
    type Item = Result<LogRecord, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
