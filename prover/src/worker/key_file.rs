//! The file of a proving key, which is mapped and not copied: reading past its end would end the
//! process without a word.

use std::{fs::File, io::ErrorKind, path::PathBuf};

use assay_circuits::circuit::CircuitId;

use super::error::JobError;
use crate::keys::KeyError;

/// An open key file, and how long it was when it was opened.
#[derive(Debug)]
pub(super) struct KeyFile {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl KeyFile {
    /// # Errors
    /// [`KeyError::Missing`] and [`KeyError::Io`].
    pub(super) fn open(path: PathBuf, circuit: CircuitId) -> Result<Self, KeyError> {
        let opened = File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
        match opened {
            Ok((bytes, file)) => Ok(Self { path, file, bytes }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(KeyError::Missing { path, circuit })
            }
            Err(source) => Err(KeyError::Io { path, source }),
        }
    }

    /// Whether the file is as long as it was. A new key that was moved into its place changes
    /// nothing: the old file is still there for who has it open.
    pub(super) fn check(&self) -> Result<(), JobError> {
        let found = self.file.metadata().map_or(0, |metadata| metadata.len());
        if found == self.bytes {
            return Ok(());
        }
        Err(JobError::KeyChanged {
            path: self.path.clone(),
            bytes: self.bytes,
            found,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use assay_circuits::shape::Shape;

    use super::*;

    #[test]
    fn a_file_that_is_shortened_in_its_place_is_told_and_one_that_is_replaced_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("small.proving.key");
        let open = || KeyFile::open(path.clone(), Shape::Small.into());
        assert!(matches!(open(), Err(KeyError::Missing { .. })));
        fs::write(&path, [7; 100]).unwrap();
        let file = open().unwrap();
        fs::write(dir.path().join("new"), [8; 10]).unwrap();
        fs::rename(dir.path().join("new"), &path).unwrap();
        assert!(file.check().is_ok());
        let file = open().unwrap();
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(3)
            .unwrap();
        let sentence = file.check().unwrap_err().to_string();
        assert!(
            sentence.contains("small.proving.key") && sentence.contains("10"),
            "{sentence}"
        );
    }
}
