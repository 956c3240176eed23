//! The password of an encrypted key file, and the passphrase of words.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

/// A file with a password is far smaller; anything larger is something else.
const FILE_BYTES_MAX: u64 = 4096;

/// A password: not empty, wiped when dropped, never printed.
pub(crate) struct Password(Zeroizing<String>);

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    /// Nothing was typed, or the file holds nothing.
    #[error("the password is empty: nothing would be protected by it")]
    Empty,
    /// The two that were typed differ.
    #[error("the two passwords differ: nothing was written")]
    Different,
    /// There is nobody to ask.
    #[error("{} is encrypted, and there is no terminal to ask on: give its password with --password-file", .0.display())]
    NobodyToAsk(PathBuf),
    /// A new one is wanted, and there is nobody to ask.
    #[error("there is no terminal to ask for a new password on: give it with {0}")]
    NobodyToAskForNew(&'static str),
    /// Those who use this file cannot ask.
    #[error("{} is encrypted, and a node starts without anybody to ask: give it a key that is not, or make this one so with `assay wallet --key {} password --remove`", .0.display(), .0.display())]
    NotForNodes(PathBuf),
    /// A file that cannot be read.
    #[error("cannot read the password in {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The terminal.
    #[error("cannot ask for the password: {0}")]
    Terminal(io::Error),
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl Password {
    /// A password as it was typed.
    ///
    /// # Errors
    /// [`PasswordError::Empty`].
    pub(crate) fn new(text: impl Into<Zeroizing<String>>) -> Result<Self, PasswordError> {
        let text = text.into();
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        Ok(Self(text))
    }

    /// The content of a file, without the end of line behind it.
    ///
    /// # Errors
    /// [`PasswordError::File`] and [`PasswordError::Empty`].
    pub(crate) fn read(path: &Path) -> Result<Self, PasswordError> {
        let failed = |source| PasswordError::File {
            path: path.to_owned(),
            source,
        };
        if fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
            return Err(failed(io::Error::other("it is no small file")));
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        Self::new(line.to_owned())
    }

    /// The bytes that the key is derived from.
    #[must_use]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text as it was typed.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_file_ends_before_the_end_of_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        for (content, expected) in [
            ("secret", "secret"),
            ("secret\n", "secret"),
            ("secret\r\n", "secret"),
            (" two words \n", " two words "),
            ("secret\n\n", "secret\n"),
        ] {
            fs::write(&path, content).unwrap();
            let read = Password::read(&path).unwrap();
            assert_eq!(read.as_bytes(), expected.as_bytes());
            assert_eq!(format!("{read:?}"), "Password(..)");
        }
        for content in ["", "\n", "\r\n"] {
            fs::write(&path, content).unwrap();
            let refused = Password::read(&path);
            assert!(matches!(refused, Err(PasswordError::Empty)), "{content:?}");
        }
        fs::write(&path, "x".repeat(5000)).unwrap();
        for path in [path, directory.path().join("nowhere")] {
            let refused = Password::read(&path);
            assert!(matches!(refused, Err(PasswordError::File { .. })));
        }
    }
}
