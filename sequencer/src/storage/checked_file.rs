//! Files whose bytes say whether they are what was written.
//!
//! ```text
//! "assayfil" | SHA-256 of the content | content
//! ```

use std::{fs, io, path::Path};

use sha2::{Digest as _, Sha256};

use super::error::StorageError;

const MAGIC: [u8; 8] = *b"assayfil";
const HEAD_BYTES: usize = 8 + 32;

/// A file that holds this.
pub(super) fn seal(content: &[u8]) -> Vec<u8> {
    let digest: [u8; 32] = Sha256::digest(content).into();
    [&MAGIC[..], &digest, content].concat()
}

/// What a file holds; none where it is not what was written.
pub(super) fn open(mut file: Vec<u8>) -> Option<Vec<u8>> {
    if file.len() < HEAD_BYTES {
        return None;
    }
    let content = file.split_off(HEAD_BYTES);
    let digest: [u8; 32] = Sha256::digest(&content).into();
    (file[..8] == MAGIC && file[8..] == digest).then_some(content)
}

/// What the file holds; none where there is none, or it is not what was written.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StorageError> {
    match fs::read(path) {
        Ok(file) => Ok(open(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StorageError::io(path)(error)),
    }
}
