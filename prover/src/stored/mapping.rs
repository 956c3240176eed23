//! A file in memory: mapped without a copy, or copied where there are no files.

use std::ops::Deref;
#[cfg(not(target_arch = "wasm32"))]
use std::{fs::File, io};

use assay_arithmetic::Line;
#[cfg(not(target_arch = "wasm32"))]
use memmap2::Mmap;

/// The bytes of a file.
#[derive(Debug)]
pub(crate) struct Mapping(Place);

#[derive(Debug)]
enum Place {
    /// Read from the file as they are used.
    #[cfg(not(target_arch = "wasm32"))]
    Mapped(Mmap),
    /// In lines, because points are aligned to them, and how many bytes of the lines there are.
    Copied(Vec<Line>, usize),
}

impl Mapping {
    /// Maps a whole file, which must be one that this program replaces and never changes.
    #[cfg(not(target_arch = "wasm32"))]
    #[expect(
        unsafe_code,
        reason = "a mapped file is memory that the file system can change"
    )]
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        // SAFETY: the bytes must not change, and the file must not shrink, while they are borrowed.
        // Key files are written beside their place, synced and moved there by rename
        // (`keys::key_file::draft`), so a new key is a new file and the mapped one
        // stays as it was until it is unmapped. Whoever changes a key file in place, against
        // docs/spec/keys.md, may write into the process's memory in any other way too.
        unsafe { Mmap::map(file) }.map(|map| Self(Place::Mapped(map)))
    }

    /// Copies a file that somebody else has read.
    pub(crate) fn copy(bytes: &[u8]) -> Self {
        let mut lines = vec![Line::default(); bytes.len().div_ceil(size_of::<Line>())];
        bytemuck::cast_slice_mut(&mut lines)[..bytes.len()].copy_from_slice(bytes);
        Self(Place::Copied(lines, bytes.len()))
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            #[cfg(not(target_arch = "wasm32"))]
            Place::Mapped(map) => map,
            Place::Copied(lines, bytes) => &bytemuck::cast_slice(lines)[..*bytes],
        }
    }
}
