//! What a log's files are made of.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::storage::disk::{Disk, Step, patiently};

pub(super) const FORMAT: u32 = 3;
pub(super) const PREFIX_BYTES: u64 = 20;
pub(super) const HEAD_BYTES: usize = 8 + 4 + 32;
/// Longest payload: far more than the largest shape's operations take.
pub(super) const PAYLOAD_BYTES_MAX: u32 = 16 << 20;

/// What a log is of.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) magic: [u8; 8],
    /// For people.
    pub(crate) name: &'static str,
    /// A file that is longer takes no further record.
    pub(crate) file_bytes: u64,
    pub(crate) append: Step,
    pub(crate) sync: Step,
}

/// Where a record's payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Number before the first one of its file.
    pub(super) base: u64,
    pub(super) at: u64,
    pub(super) length: u32,
}

pub(super) fn head(number: u64, payload: &[u8]) -> io::Result<[u8; HEAD_BYTES]> {
    let length = u32::try_from(payload.len()).ok();
    let length = length.filter(|length| *length <= PAYLOAD_BYTES_MAX);
    let length = length.ok_or_else(|| io::Error::other("a record is too large for the log"))?;
    let mut bytes = [0; HEAD_BYTES];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    bytes[12..].copy_from_slice(&digest(number, length, payload));
    Ok(bytes)
}

pub(super) fn digest(number: u64, length: u32, payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(number.to_be_bytes());
    hash.update(length.to_be_bytes());
    hash.update(payload);
    hash.finalize().into()
}

/// What a file begins with.
pub(super) fn prefix(kind: &Kind, base: u64) -> Vec<u8> {
    let mut prefix = kind.magic.to_vec();
    prefix.extend(FORMAT.to_be_bytes());
    prefix.extend(base.to_be_bytes());
    prefix
}

pub(super) fn file_path(directory: &Path, base: u64) -> PathBuf {
    directory.join(format!("{:020}.log", base + 1))
}

/// A file without records.
pub(super) fn begin_file(kind: &Kind, path: &Path, disk: &Disk, base: u64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let opened = options.read(true).write(true).create(true).truncate(true);
    let mut file = opened.open(path)?;
    file.write_all(&prefix(kind, base))?;
    disk.sync(&file, path)?;
    Ok(file)
}

pub(super) fn sync_names(directory: &Path, disk: &Disk) -> io::Result<()> {
    let opened = patiently(|| File::open(directory))?;
    disk.sync(&opened, directory)
}
