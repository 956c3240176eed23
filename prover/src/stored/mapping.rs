//! A file in memory without a copy.

use std::{fs::File, io, ops::Deref};

use memmap2::Mmap;

/// The bytes of a file, read from it as they are used.
#[derive(Debug)]
pub(crate) struct Mapping(Mmap);

impl Mapping {
    /// Maps a whole file, which must be one that this program replaces and never changes.
    #[expect(
        unsafe_code,
        reason = "a mapped file is memory that the file system can change"
    )]
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        // SAFETY: the bytes must not change, and the file must not shrink, while they are borrowed.
        // Key files are written beside their place, synced and moved there by rename
        // (`keys::container::write`), so a new key is a new file and the mapped one
        // stays as it was until it is unmapped. Whoever changes a key file in place, against
        // docs/spec/keys.md, may write into the process's memory in any other way too.
        unsafe { Mmap::map(file) }.map(Self)
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
