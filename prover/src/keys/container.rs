//! The file format: one page of header, then sections.
//!
//! ```text
//! 0     "assaykey"
//! 8     format version            u32, like all numbers little-endian
//! 12    kind                      1 proving, 2 verifying
//! 13    circuit's number          u8
//! 14    randomness                1 development (insecure), 2 system
//! 15    count of sections         u8
//! 16    circuit's digest          32 bytes
//! 48    per section 48 bytes:     offset u64, length u64, digest
//! 4064  SHA-256 of bytes 0..4064
//! 4096  sections, in order, each from a multiple of 4096, zeros between
//! ```
//!
//! The digest of a section is the SHA-256 of the SHA-256s of its chunks of 1 MiB, the last one
//! shorter, so that many threads can check a large section.
//!
//! Sections start on pages and hold what the arithmetic works with, so that a mapped file is used
//! in place. docs/spec/keys.md has the whole format.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use assay_circuits::circuit::CircuitId;
use assay_durable::Readers;
use bytemuck::AnyBitPattern;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::error::{KeyError, Kind};
use crate::{
    groth16::setup::SetupRandomness,
    stored::{Mapping, Stored},
};

/// Version of the format that is written and read.
pub const FORMAT_VERSION: u32 = 2;
/// First bytes of every key file.
pub const MAGIC: [u8; 8] = *b"assaykey";
/// Alignment of sections, and the header's length, bytes.
pub const PAGE_BYTES: usize = 4096;
/// What one SHA-256 of a section's digest is of, bytes.
pub const CHUNK_BYTES: usize = 1 << 20;
const ENTRIES_AT: usize = 48;
const ENTRY_BYTES: usize = 48;
const DIGEST_AT: usize = PAGE_BYTES - 32;
const SECTIONS_MAX: usize = (DIGEST_AT - ENTRIES_AT) / ENTRY_BYTES;

/// What the header of a file says of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What the file is.
    pub kind: Kind,
    /// The circuit of the key.
    pub circuit: CircuitId,
    /// Where its trapdoor came from.
    pub randomness: SetupRandomness,
    /// Digest of its circuit.
    pub circuit_digest: [u8; 32],
}

/// Where a section is, and its digest.
#[derive(Debug, Clone, Copy)]
struct Entry {
    offset: u64,
    length: u64,
    digest: [u8; 32],
}

impl Header {
    fn encode(&self, entries: &[Entry]) -> [u8; PAGE_BYTES] {
        assert!(entries.len() <= SECTIONS_MAX, "a key has few sections");
        let mut page = [0; PAGE_BYTES];
        page[..8].copy_from_slice(&MAGIC);
        page[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        page[12] = match self.kind {
            Kind::Proving => 1,
            Kind::Verifying => 2,
        };
        page[13] = self.circuit.number();
        page[14] = match self.randomness {
            SetupRandomness::Development => 1,
            SetupRandomness::System => 2,
        };
        page[15] = entries.len() as u8;
        page[16..ENTRIES_AT].copy_from_slice(&self.circuit_digest);
        for (at, entry) in page[ENTRIES_AT..].chunks_mut(ENTRY_BYTES).zip(entries) {
            at[..8].copy_from_slice(&entry.offset.to_le_bytes());
            at[8..16].copy_from_slice(&entry.length.to_le_bytes());
            at[16..].copy_from_slice(&entry.digest);
        }
        let digest = Sha256::digest(&page[..DIGEST_AT]);
        page[DIGEST_AT..].copy_from_slice(&digest);
        page
    }

    /// `None` where a value has no meaning; the digest has been checked.
    fn decode(page: &[u8; PAGE_BYTES]) -> Option<(Self, Vec<Entry>)> {
        let header = Self {
            kind: match page[12] {
                1 => Kind::Proving,
                2 => Kind::Verifying,
                _ => return None,
            },
            circuit: CircuitId::from_number(page[13])?,
            randomness: match page[14] {
                1 => SetupRandomness::Development,
                2 => SetupRandomness::System,
                _ => return None,
            },
            circuit_digest: page[16..ENTRIES_AT].try_into().ok()?,
        };
        let count = usize::from(page[15]);
        if count > SECTIONS_MAX {
            return None;
        }
        let entry = |at: &[u8]| {
            Some(Entry {
                offset: u64::from_le_bytes(at[..8].try_into().ok()?),
                length: u64::from_le_bytes(at[8..16].try_into().ok()?),
                digest: at[16..].try_into().ok()?,
            })
        };
        let entries = page[ENTRIES_AT..]
            .chunks_exact(ENTRY_BYTES)
            .take(count)
            .map(entry);
        Some((header, entries.collect::<Option<_>>()?))
    }
}

/// Whether a key file says that it was made for development: all versions say so in one place.
pub(super) fn is_for_development(path: &Path) -> bool {
    let mut start = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start[..8] == MAGIC && start[14] == 1
}

/// Writes a key file, whole or not at all.
///
/// # Errors
/// [`KeyError::Io`].
pub fn write<'a>(
    path: &Path,
    header: &Header,
    sections: impl Iterator<Item = Cow<'a, [u8]>>,
) -> Result<(), KeyError> {
    assay_durable::replace(path, Readers::All, |file| {
        write_content(file, header, sections)
    })
    .map_err(KeyError::io(path))
}

fn write_content<'a>(
    file: &mut File,
    header: &Header,
    sections: impl Iterator<Item = Cow<'a, [u8]>>,
) -> io::Result<()> {
    if cfg!(target_endian = "big") {
        return Err(io::Error::from(io::ErrorKind::Unsupported));
    }
    let mut file = BufWriter::new(file);
    file.write_all(&[0; PAGE_BYTES])?;
    let mut offset = PAGE_BYTES as u64;
    let mut entries = Vec::new();
    for section in sections {
        let length = section.len() as u64;
        entries.push(Entry {
            offset,
            length,
            digest: digest(&section),
        });
        file.write_all(&section)?;
        let padding = section.len().next_multiple_of(PAGE_BYTES) - section.len();
        file.write_all(&[0; PAGE_BYTES][..padding])?;
        offset += length + padding as u64;
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header.encode(&entries))?;
    file.flush()
}

/// The digest of a section, with all threads.
pub(super) fn digest(section: &[u8]) -> [u8; 32] {
    let chunks = section.par_chunks(CHUNK_BYTES).map(Sha256::digest);
    of_chunks(&chunks.collect::<Vec<_>>())
}

fn of_chunks<C: AsRef<[u8]>>(chunks: &[C]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for chunk in chunks {
        hasher.update(chunk);
    }
    hasher.finalize().into()
}

/// How the sections of a file are read to check them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Where they are mapped: they will be used there.
    Mapped,
    /// Through a small buffer, so that they take no memory: hardly anybody uses them.
    Buffered,
}

/// A section's name, for errors, and how it is read.
pub(super) type Section = (&'static str, Access);

/// A key file whose sections are what their digests say.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    map: Arc<Mapping>,
    header: Header,
    entries: Vec<(&'static str, Range<usize>)>,
}

impl Reader {
    /// Maps a file and checks its header, its length and the digests of its sections.
    ///
    /// # Errors
    /// [`KeyError`], never of setup.
    pub(super) fn open(path: &Path, kind: Kind, sections: &[Section]) -> Result<Self, KeyError> {
        let mut file = File::open(path).map_err(KeyError::io(path))?;
        let (header, entries) = read_header(path, &mut file, kind)?;
        let map = Mapping::of(&file).map_err(KeyError::io(path))?;
        let damaged = |section| KeyError::Damaged {
            path: path.to_owned(),
            section,
        };
        if entries.len() != sections.len() {
            return Err(damaged("header"));
        }
        let found_bytes = map.len() as u64;
        let end = |entry: &Entry| entry.offset.saturating_add(entry.length);
        let pages = entries.iter().map(end).max().unwrap_or(0);
        let expected_bytes = pages
            .div_ceil(PAGE_BYTES as u64)
            .saturating_mul(PAGE_BYTES as u64);
        if found_bytes < expected_bytes {
            return Err(KeyError::Truncated {
                path: path.to_owned(),
                expected_bytes,
                found_bytes,
            });
        }
        // Inside the map, so inside the address space.
        let range = |entry: &Entry| entry.offset as usize..end(entry) as usize;
        let (buffered, mapped) = rayon::join(
            || first_change_buffered(&mut file, sections, &entries),
            || first_change_mapped(&map, sections, &entries),
        );
        if let Some(section) = mapped.or(buffered.map_err(KeyError::io(path))?) {
            return Err(damaged(section));
        }
        let named = sections.iter().zip(&entries);
        Ok(Self {
            path: path.to_owned(),
            entries: named.map(|((name, _), e)| (*name, range(e))).collect(),
            map: Arc::new(map),
            header,
        })
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    fn range(&self, name: &'static str) -> Result<Range<usize>, KeyError> {
        let mut entries = self.entries.iter();
        let found = entries.find(|(section, _)| *section == name);
        found
            .map(|(_, range)| range.clone())
            .ok_or_else(|| self.damaged(name))
    }

    /// The bytes of a section.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] where there is no such section.
    pub(super) fn bytes(&self, name: &'static str) -> Result<&[u8], KeyError> {
        Ok(&self.map[self.range(name)?])
    }

    /// A section as an array, in place.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] where it does not hold a whole number of elements.
    pub(super) fn array<T: AnyBitPattern>(
        &self,
        name: &'static str,
    ) -> Result<Stored<T>, KeyError> {
        Stored::mapped(Arc::clone(&self.map), self.range(name)?).ok_or_else(|| self.damaged(name))
    }

    /// The error of a section that cannot be what it should.
    #[must_use]
    pub fn damaged(&self, section: &'static str) -> KeyError {
        KeyError::Damaged {
            path: self.path.clone(),
            section,
        }
    }
}

/// Reads and checks the first page.
fn read_header(path: &Path, file: &mut File, kind: Kind) -> Result<(Header, Vec<Entry>), KeyError> {
    let owned = || path.to_owned();
    if cfg!(target_endian = "big") {
        return Err(KeyError::ByteOrder { path: owned() });
    }
    let found_bytes = file.metadata().map_err(KeyError::io(path))?.len();
    let mut page = Vec::with_capacity(PAGE_BYTES);
    let limited = file.take(PAGE_BYTES as u64).read_to_end(&mut page);
    limited.map_err(KeyError::io(path))?;
    if page.len() < 12 || page[..8] != MAGIC {
        return Err(KeyError::NotAKeyFile { path: owned() });
    }
    let found = u32::from_le_bytes([page[8], page[9], page[10], page[11]]);
    if found != FORMAT_VERSION {
        return Err(KeyError::UnsupportedVersion {
            path: owned(),
            expected: FORMAT_VERSION,
            found,
        });
    }
    let Ok(page) = <[u8; PAGE_BYTES]>::try_from(page) else {
        return Err(KeyError::Truncated {
            path: owned(),
            expected_bytes: PAGE_BYTES as u64,
            found_bytes,
        });
    };
    let intact = Sha256::digest(&page[..DIGEST_AT])[..] == page[DIGEST_AT..];
    let Some((header, entries)) = Header::decode(&page).filter(|_| intact) else {
        return Err(KeyError::Damaged {
            path: owned(),
            section: "header",
        });
    };
    if header.kind != kind {
        return Err(KeyError::WrongKind {
            path: owned(),
            expected: kind,
            found: header.kind,
        });
    }
    Ok((header, entries))
}

/// The first mapped section that is not what its digest says, by all threads: their unit is the
/// chunk, since some sections are a hundred times as long as others.
fn first_change_mapped(
    map: &[u8],
    sections: &[Section],
    entries: &[Entry],
) -> Option<&'static str> {
    let mapped: Vec<_> = sections
        .iter()
        .zip(entries)
        .filter(|((_, access), _)| *access == Access::Mapped)
        .collect();
    let changed = mapped.into_par_iter().find_first(|(_, entry)| {
        let bytes = &map[entry.offset as usize..(entry.offset + entry.length) as usize];
        digest(bytes) != entry.digest
    });
    changed.map(|((name, _), _)| *name)
}

/// The same of the others, by this thread.
fn first_change_buffered(
    file: &mut File,
    sections: &[Section],
    entries: &[Entry],
) -> io::Result<Option<&'static str>> {
    let mut chunk = Vec::new();
    let all = sections.iter().zip(entries);
    for ((name, _), entry) in all.filter(|((_, access), _)| *access == Access::Buffered) {
        file.seek(SeekFrom::Start(entry.offset))?;
        let mut left = entry.length;
        let mut digests = Vec::new();
        while left > 0 {
            chunk.clear();
            let length = left.min(CHUNK_BYTES as u64);
            file.take(length).read_to_end(&mut chunk)?;
            digests.push(Sha256::digest(&chunk));
            left -= length;
        }
        if of_chunks(&digests) != entry.digest {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
