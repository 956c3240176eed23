//! Key files on disk: written whole or not at all, and mapped.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use assay_durable::{Draft, Readers, Synced};
use sha2::{Digest as _, Sha256};

use super::{
    container::{
        Access, CHUNK_BYTES, DIGEST_AT, ENTRIES_AT, ENTRY_BYTES, Entry, FORMAT_VERSION, Header,
        MAGIC, PAGE_BYTES, Reader, SECTIONS_MAX, Section, digest, first_change_mapped, of_chunks,
        read_header,
    },
    error::{KeyError, Kind},
};
use crate::{groth16::SetupRandomness, stored::Mapping};

/// Whether a key file says that it was made for development: all versions say so in one place.
pub(super) fn is_for_development(path: &Path) -> bool {
    let mut start = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start[..8] == MAGIC && start[14] == 1
}

/// Puts the content of a key file on disk, which then only wants its name.
///
/// # Errors
/// [`KeyError::Io`].
pub(super) fn draft<'a>(
    path: &Path,
    header: &Header,
    sections: impl Iterator<Item = Cow<'a, [u8]>>,
) -> Result<Synced, KeyError> {
    let written = Draft::new(path, Readers::All).and_then(|mut draft| {
        write_content(draft.file(), header, sections)?;
        draft.sync()
    });
    written.map_err(KeyError::io(path))
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
    file.write_all(&encode(header, &entries))?;
    file.flush()
}

/// Maps a file and checks its header, its length and the digests of its sections.
///
/// # Errors
/// [`KeyError`], never of setup.
pub(super) fn open(path: &Path, kind: Kind, sections: &[Section]) -> Result<Reader, KeyError> {
    let mut file = File::open(path).map_err(KeyError::io(path))?;
    let found_bytes = file.metadata().map_err(KeyError::io(path))?.len();
    let mut page = Vec::with_capacity(PAGE_BYTES);
    let limited = (&mut file).take(PAGE_BYTES as u64).read_to_end(&mut page);
    limited.map_err(KeyError::io(path))?;
    let (header, entries) = read_header(path, &page, found_bytes, kind)?;
    let map = Mapping::of(&file).map_err(KeyError::io(path))?;
    let reader = Reader::of_mapping(path, map, header, &entries, sections)?;
    let (buffered, mapped) = rayon::join(
        || first_change_buffered(&mut file, sections, &entries),
        || first_change_mapped(reader.map(), sections, &entries),
    );
    match mapped.or(buffered.map_err(KeyError::io(path))?) {
        Some(section) => Err(reader.damaged(section)),
        None => Ok(reader),
    }
}

fn encode(header: &Header, entries: &[Entry]) -> [u8; PAGE_BYTES] {
    assert!(entries.len() <= SECTIONS_MAX, "a key has few sections");
    let mut page = [0; PAGE_BYTES];
    page[..8].copy_from_slice(&MAGIC);
    page[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    page[12] = match header.kind {
        Kind::Proving => 1,
        Kind::Verifying => 2,
    };
    page[13] = header.circuit.number();
    page[14] = match header.randomness {
        SetupRandomness::Development => 1,
        SetupRandomness::System => 2,
    };
    page[15] = entries.len() as u8;
    page[16..ENTRIES_AT].copy_from_slice(&header.circuit_digest);
    for (at, entry) in page[ENTRIES_AT..].chunks_mut(ENTRY_BYTES).zip(entries) {
        at[..8].copy_from_slice(&entry.offset.to_le_bytes());
        at[8..16].copy_from_slice(&entry.length.to_le_bytes());
        at[16..].copy_from_slice(&entry.digest);
    }
    let digest = Sha256::digest(&page[..DIGEST_AT]);
    page[DIGEST_AT..].copy_from_slice(&digest);
    page
}

/// The first of the other sections that is not what its digest says, by this thread.
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
