//! The file format: one page of header, then sections.
//!
//! ```text
//! 0     "assaykey"
//! 8     format version            u32, like all numbers little-endian
//! 12    kind                      1 proving, 2 verifying
//! 13    shape's number            u8
//! 14    randomness                1 development (insecure), 2 system
//! 15    count of sections         u8
//! 16    circuit's digest          32 bytes
//! 48    per section 48 bytes:     offset u64, length u64, SHA-256
//! 4064  SHA-256 of bytes 0..4064
//! 4096  sections, in order, each from a multiple of 4096, zeros between
//! ```
//!
//! Sections start on pages so that a mapped file can be used in place.

use std::{
    fmt,
    fs::{self, File},
    io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use assay_circuits::shape::Shape;
use sha2::{Digest as _, Sha256};

use super::KeyError;
use crate::groth16::setup::SetupRandomness;

/// Version of the format that is written and read.
pub const FORMAT_VERSION: u32 = 1;
/// First bytes of every key file.
pub const MAGIC: [u8; 8] = *b"assaykey";
/// Alignment of sections, and the header's length, bytes.
pub const PAGE_BYTES: usize = 4096;
const ENTRIES_AT: usize = 48;
const ENTRY_BYTES: usize = 48;
const DIGEST_AT: usize = PAGE_BYTES - 32;
const SECTIONS_MAX: usize = (DIGEST_AT - ENTRIES_AT) / ENTRY_BYTES;

/// What a key file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Matrices, points and verifying key.
    Proving,
    /// The verifying key alone.
    Verifying,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proving => "proving",
            Self::Verifying => "verifying",
        })
    }
}

/// What the header of a file says of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What the file is.
    pub kind: Kind,
    /// The key's shape.
    pub shape: Shape,
    /// Where its trapdoor came from.
    pub randomness: SetupRandomness,
    /// Digest of its circuit.
    pub circuit: [u8; 32],
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
        page[13] = self.shape.id();
        page[14] = match self.randomness {
            SetupRandomness::Development => 1,
            SetupRandomness::System => 2,
        };
        page[15] = entries.len() as u8;
        page[16..ENTRIES_AT].copy_from_slice(&self.circuit);
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
            shape: Shape::from_id(page[13])?,
            randomness: match page[14] {
                1 => SetupRandomness::Development,
                2 => SetupRandomness::System,
                _ => return None,
            },
            circuit: page[16..ENTRIES_AT].try_into().ok()?,
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

/// Writes a file beside its place, syncs it, and moves it there.
///
/// # Errors
/// [`KeyError::Io`].
pub fn write_atomically(
    path: &Path,
    header: &Header,
    sections: impl Iterator<Item = Vec<u8>>,
) -> Result<(), KeyError> {
    let temporary = path.with_extension(format!("key.{}.part", std::process::id()));
    let written = write_file(&temporary, header, sections)
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| {
            path.parent()
                .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
        });
    if written.is_err() {
        // Nothing more can be done when this fails too; the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(KeyError::io(path))
}

fn write_file(
    path: &Path,
    header: &Header,
    sections: impl Iterator<Item = Vec<u8>>,
) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&[0; PAGE_BYTES])?;
    let mut offset = PAGE_BYTES as u64;
    let mut entries = Vec::new();
    for section in sections {
        let length = section.len() as u64;
        entries.push(Entry {
            offset,
            length,
            digest: Sha256::digest(&section).into(),
        });
        file.write_all(&section)?;
        let padding = section.len().next_multiple_of(PAGE_BYTES) - section.len();
        file.write_all(&[0; PAGE_BYTES][..padding])?;
        offset += length + padding as u64;
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header.encode(&entries))?;
    file.into_inner()?.sync_all()
}

/// Reads a key file, section by section.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: File,
    header: Header,
    entries: Vec<Entry>,
    next: usize,
}

impl Reader {
    /// Opens a file and checks its header and length.
    ///
    /// # Errors
    /// [`KeyError`], never of setup.
    pub fn open(path: &Path, kind: Kind) -> Result<Self, KeyError> {
        let path = path.to_owned();
        let mut file = File::open(&path).map_err(KeyError::io(&path))?;
        let found_bytes = file.metadata().map_err(KeyError::io(&path))?.len();
        let mut page = Vec::with_capacity(PAGE_BYTES);
        let limited = (&mut file).take(PAGE_BYTES as u64).read_to_end(&mut page);
        limited.map_err(KeyError::io(&path))?;
        if page.len() < 12 || page[..8] != MAGIC {
            return Err(KeyError::NotAKeyFile { path });
        }
        let found = u32::from_le_bytes([page[8], page[9], page[10], page[11]]);
        if found != FORMAT_VERSION {
            let expected = FORMAT_VERSION;
            return Err(KeyError::UnsupportedVersion {
                path,
                expected,
                found,
            });
        }
        let Ok(page) = <[u8; PAGE_BYTES]>::try_from(page) else {
            let expected_bytes = PAGE_BYTES as u64;
            return Err(KeyError::Truncated {
                path,
                expected_bytes,
                found_bytes,
            });
        };
        let intact = Sha256::digest(&page[..DIGEST_AT])[..] == page[DIGEST_AT..];
        let Some((header, entries)) = Header::decode(&page).filter(|_| intact) else {
            return Err(KeyError::Damaged {
                path,
                section: "header",
            });
        };
        if header.kind != kind {
            return Err(KeyError::WrongKind {
                path,
                expected: kind,
                found: header.kind,
            });
        }
        let ends = entries
            .iter()
            .map(|entry| entry.offset.saturating_add(entry.length));
        let pages = ends.max().unwrap_or(0).div_ceil(PAGE_BYTES as u64);
        let expected_bytes = pages.saturating_mul(PAGE_BYTES as u64);
        if found_bytes < expected_bytes {
            return Err(KeyError::Truncated {
                path,
                expected_bytes,
                found_bytes,
            });
        }
        Ok(Self {
            path,
            file,
            header,
            entries,
            next: 0,
        })
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next section, whose name is for errors.
    ///
    /// # Errors
    /// [`KeyError::Damaged`], [`KeyError::Io`].
    pub fn section(&mut self, name: &'static str) -> Result<Vec<u8>, KeyError> {
        let Some(entry) = self.entries.get(self.next).copied() else {
            return Err(self.damaged(name));
        };
        self.next += 1;
        let length = usize::try_from(entry.length).map_err(|_| self.damaged(name))?;
        let mut bytes = Vec::with_capacity(length);
        self.file
            .seek(SeekFrom::Start(entry.offset))
            .and_then(|_| (&self.file).take(entry.length).read_to_end(&mut bytes))
            .map_err(KeyError::io(&self.path))?;
        if Sha256::digest(&bytes)[..] != entry.digest {
            return Err(self.damaged(name));
        }
        Ok(bytes)
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
