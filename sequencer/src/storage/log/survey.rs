//! What stands in a log's files: each record says by itself that it is one, so that those behind a
//! damaged place are found again.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    error::{LogError, io_error},
    format::{HEAD_BYTES, Kind, PAYLOAD_BYTES_MAX, PREFIX_BYTES, Place, digest, prefix},
};

/// What stands in a log's files.
pub(super) struct Survey {
    /// The numbers before the first of each file, in order.
    pub(super) bases: Vec<u64>,
    pub(super) places: BTreeMap<u64, Place>,
    /// Where the last record of the last file ends.
    pub(super) end: u64,
    /// What follows there.
    pub(super) torn_bytes: u64,
    /// Whether all of it are records that follow each other.
    pub(super) is_whole: bool,
}

/// Reads a log's files.
pub(super) fn survey(kind: &Kind, directory: &Path) -> Result<Survey, LogError> {
    let mut found = Survey {
        bases: Vec::new(),
        places: BTreeMap::new(),
        end: PREFIX_BYTES,
        torn_bytes: 0,
        is_whole: true,
    };
    let files = files(directory)?;
    let mut last = files.first().map_or(0, |(base, _)| *base);
    let count = files.len();
    for (place, (base, path)) in files.into_iter().enumerate() {
        let bytes = fs::read(&path).map_err(io_error(&path))?;
        let begins_well = bytes.starts_with(&prefix(kind, base));
        if is_torn_beginning(kind, &bytes) && place + 1 == count {
            // The power went while the file was begun: nothing was in it.
            fs::remove_file(&path).map_err(io_error(&path))?;
            continue;
        }
        let records = Records::of(&bytes, base);
        found.is_whole &= begins_well && base == last && records.damaged == 0;
        for (number, at, length) in records.found {
            found.is_whole &= number == last + 1;
            let entry = found.places.entry(number);
            entry.or_insert(Place { base, at, length });
            last = last.max(number);
        }
        found.is_whole &= found.torn_bytes == 0;
        found.torn_bytes = (bytes.len() as u64).saturating_sub(records.end);
        found.end = records.end;
        last = last.max(base);
        found.bases.push(base);
    }
    Ok(found)
}

/// The files by the number before their first record.
fn files(directory: &Path) -> Result<Vec<(u64, PathBuf)>, LogError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(io_error(directory))? {
        let path = entry.map_err(io_error(directory))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let first = name.and_then(|name| name.strip_suffix(".log"));
        let first = first.and_then(|first| first.parse::<u64>().ok());
        if let Some(base) = first.and_then(|first| first.checked_sub(1)) {
            files.push((base, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn is_torn_beginning(kind: &Kind, bytes: &[u8]) -> bool {
    (bytes.len() as u64) < PREFIX_BYTES
        && prefix(kind, 0).starts_with(&bytes[..bytes.len().min(12)])
}

/// The number before the first record of a file whose name does not say it: that of the record, or
/// where there is none, what the file begins with.
pub(super) fn base_of(bytes: &[u8]) -> Option<u64> {
    let (begin, records) = bytes.split_at_checked(PREFIX_BYTES as usize)?;
    match numbers(records) {
        Some((number, _)) if number > 0 && is_record(records, number - 1, number) => {
            Some(number - 1)
        }
        _ => begin[12..]
            .first_chunk()
            .map(|base| u64::from_be_bytes(*base)),
    }
}

/// The records among a file's bytes.
struct Records {
    /// Number, place of the payload, and its length.
    found: Vec<(u64, u64, u32)>,
    /// Where the last one ends.
    end: u64,
    /// How often something stands between two records.
    damaged: usize,
}

impl Records {
    fn of(bytes: &[u8], base: u64) -> Self {
        let mut records = Self {
            found: Vec::new(),
            end: PREFIX_BYTES,
            damaged: 0,
        };
        let (mut at, mut last) = (PREFIX_BYTES as usize, base);
        while at < bytes.len() {
            let most = last + 1 + ((bytes.len() - at) / HEAD_BYTES) as u64;
            let begins = |at: &usize| is_record(&bytes[*at..], last, most);
            let Some(begin) = (at..bytes.len()).find(begins) else {
                break;
            };
            records.damaged += usize::from(begin != at);
            let (number, length) = numbers(&bytes[begin..]).unwrap_or_default();
            let payload = begin + HEAD_BYTES;
            records.found.push((number, payload as u64, length));
            at = payload + length as usize;
            last = number;
            records.end = at as u64;
        }
        records
    }
}

/// The number and the length in a record's head.
fn numbers(bytes: &[u8]) -> Option<(u64, u32)> {
    let number = bytes
        .first_chunk()
        .map(|bytes| u64::from_be_bytes(*bytes))?;
    let length = bytes[8..]
        .first_chunk()
        .map(|bytes| u32::from_be_bytes(*bytes))?;
    Some((number, length))
}

/// Whether a record begins here, whose number is after `last` and at most `most`.
fn is_record(bytes: &[u8], last: u64, most: u64) -> bool {
    let Some((number, length)) = numbers(bytes) else {
        return false;
    };
    if number <= last || number > most || length > PAYLOAD_BYTES_MAX {
        return false;
    }
    let Some(record) = bytes.get(..HEAD_BYTES + length as usize) else {
        return false;
    };
    let (head, payload) = record.split_at(HEAD_BYTES);
    head[12..] == digest(number, length, payload)
}
