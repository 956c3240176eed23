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
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use assay_circuits::circuit::CircuitId;
use bytemuck::AnyBitPattern;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::error::{KeyError, Kind};
use crate::{
    groth16::SetupRandomness,
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
pub(super) const ENTRIES_AT: usize = 48;
pub(super) const ENTRY_BYTES: usize = 48;
pub(super) const DIGEST_AT: usize = PAGE_BYTES - 32;
pub(super) const SECTIONS_MAX: usize = (DIGEST_AT - ENTRIES_AT) / ENTRY_BYTES;

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
pub(super) struct Entry {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) digest: [u8; 32],
}

impl Header {
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

/// The digest of a section, with all threads.
pub(super) fn digest(section: &[u8]) -> [u8; 32] {
    let chunks = section.par_chunks(CHUNK_BYTES).map(Sha256::digest);
    of_chunks(&chunks.collect::<Vec<_>>())
}

pub(super) fn of_chunks<C: AsRef<[u8]>>(chunks: &[C]) -> [u8; 32] {
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

/// A key file in memory.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    map: Arc<Mapping>,
    header: Header,
    entries: Vec<(&'static str, Range<usize>)>,
}

impl Reader {
    /// The key that these bytes are, checked as those of a file; `name` is for errors.
    ///
    /// # Errors
    /// [`KeyError`], never of setup.
    pub(super) fn of_bytes(
        name: &Path,
        bytes: &[u8],
        kind: Kind,
        sections: &[Section],
    ) -> Result<Self, KeyError> {
        let page = &bytes[..bytes.len().min(PAGE_BYTES)];
        let found_bytes = bytes.len() as u64;
        let (header, entries) = read_header(name, page, found_bytes, kind)?;
        let all: Vec<_> = sections
            .iter()
            .map(|(section, _)| (*section, Access::Mapped))
            .collect();
        let reader = Self::of_mapping(name, Mapping::copy(bytes), header, &entries, &all)?;
        match first_change_mapped(&reader.map, &all, &entries) {
            Some(section) => Err(reader.damaged(section)),
            None => Ok(reader),
        }
    }

    /// A file in memory that is long enough for its sections, of which no digest was checked yet.
    ///
    /// # Errors
    /// [`KeyError::Damaged`], [`KeyError::Truncated`].
    pub(super) fn of_mapping(
        path: &Path,
        map: Mapping,
        header: Header,
        entries: &[Entry],
        sections: &[Section],
    ) -> Result<Self, KeyError> {
        if entries.len() != sections.len() {
            return Err(KeyError::Damaged {
                path: path.to_owned(),
                section: "header",
            });
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
        let named = sections.iter().zip(entries);
        Ok(Self {
            path: path.to_owned(),
            entries: named.map(|((name, _), e)| (*name, range(e))).collect(),
            map: Arc::new(map),
            header,
        })
    }

    /// The file's bytes.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn map(&self) -> &[u8] {
        &self.map
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

/// Checks what the first page of `found_bytes` says.
pub(super) fn read_header(
    path: &Path,
    page: &[u8],
    found_bytes: u64,
    kind: Kind,
) -> Result<(Header, Vec<Entry>), KeyError> {
    let owned = || path.to_owned();
    if cfg!(target_endian = "big") {
        return Err(KeyError::ByteOrder { path: owned() });
    }
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
pub(super) fn first_change_mapped(
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
