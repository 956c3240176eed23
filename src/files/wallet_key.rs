//! The file that holds a wallet's key: JSON, readable by its owner only, never overwritten.

use std::{
    error::Error,
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use assay_api::hexadecimal::{self, Hex};
use assay_circuits::{
    address::{Address, Network},
    eddsa::SecretKey,
};
use assay_durable::Readers;
use rand::TryRngCore as _;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

/// Names the format in the file.
const FORMAT: &str = "assay-wallet-key";
/// The version that is written and read.
const VERSION: u32 = 1;
/// A key file is far smaller; anything larger is something else.
const FILE_BYTES_MAX: u64 = 4096;

/// A wallet's key and the kind of network it is for.
#[derive(Debug)]
pub(crate) struct WalletKey {
    secret: SecretKey,
    network: Network,
    path: PathBuf,
}

/// While it is held, no other process signs with the same file.
#[derive(Debug)]
pub(crate) struct Turn(
    #[expect(dead_code, reason = "closing the file ends the turn")] Option<fs::File>,
);

/// Why a wallet's key cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// The file is there already.
    #[error("{} exists already, and a key is never overwritten: move it away, or choose another file with --key", .0.display())]
    Exists(PathBuf),
    /// There is no such file.
    #[error("there is no wallet key at {}: make one with `assay wallet new`, or name the file with --key", .0.display())]
    Missing(PathBuf),
    /// Others may read it.
    #[error("{} can be read by other users (mode {mode:03o}): run `chmod 600 {}`", path.display(), path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a key file.
    #[error("{} is not a wallet key file: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The system's randomness or the disk.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    format: String,
    version: u32,
    network: NetworkName,
    address: Address,
    seed: String,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum NetworkName {
    Public,
    Development,
}

impl Drop for Content {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

impl WalletKey {
    /// Makes a key from the system's randomness and writes it to a new file.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`], or [`KeyFileError::Io`].
    pub(crate) fn create(path: &Path, network: Network) -> Result<Self, KeyFileError> {
        let failed = |action| {
            move |source| KeyFileError::Io {
                action,
                path: path.to_owned(),
                source,
            }
        };
        let mut seed = Zeroizing::new([0; 32]);
        rand::rngs::OsRng
            .try_fill_bytes(&mut *seed)
            .map_err(|error| failed("make a key for")(io::Error::other(error)))?;
        let key = Self {
            secret: SecretKey::from_seed(*seed),
            network,
            path: path.to_owned(),
        };
        if let Some(directory) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            assay_durable::make_directory(directory).map_err(failed("make the directory of"))?;
        }
        let text = Zeroizing::new(key.content(&seed));
        let created = assay_durable::create(path, Readers::Owner, text.as_bytes());
        created.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
            _ => failed("write")(error),
        })?;
        Ok(key)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// Where it is missing, open to others, or not a key file.
    pub(crate) fn open(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
            _ => KeyFileError::Io {
                action: "read",
                path: path.to_owned(),
                source,
            },
        };
        let metadata = fs::metadata(path).map_err(failed)?;
        let content = |source: Box<dyn Error + Send + Sync>| KeyFileError::Content {
            path: path.to_owned(),
            source,
        };
        if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
            return Err(content("it is no small file".into()));
        }
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Permissions {
                path: path.to_owned(),
                mode,
            });
        }
        let text = Zeroizing::new(fs::read(path).map_err(failed)?);
        let parsed: Content =
            serde_json::from_slice(&text).map_err(|error| content(error.into()))?;
        if parsed.format != FORMAT {
            let wrong = format!("its format is `{}`, not `{FORMAT}`", parsed.format);
            return Err(content(wrong.into()));
        }
        if parsed.version != VERSION {
            let wrong = format!(
                "its version is {}; this program reads {VERSION}",
                parsed.version
            );
            return Err(content(wrong.into()));
        }
        let mut seed = Zeroizing::new([0; 32]);
        hexadecimal::read(&parsed.seed, &mut *seed)
            .map_err(|_| content("its seed is not 0x and 64 hex digits".into()))?;
        let network = match parsed.network {
            NetworkName::Public => Network::Public,
            NetworkName::Development => Network::Development,
        };
        let key = Self {
            secret: SecretKey::from_seed(*seed),
            network,
            path: path.to_owned(),
        };
        if key.address() != parsed.address {
            return Err(content(
                "its address is not that of its seed: the file is damaged".into(),
            ));
        }
        Ok(key)
    }

    /// The address of the key.
    #[must_use]
    pub(crate) fn address(&self) -> Address {
        Address {
            network: self.network,
            owner: self.secret.public_key().0,
        }
    }

    /// The key itself.
    #[must_use]
    pub(crate) fn secret(&self) -> &SecretKey {
        &self.secret
    }

    /// The turn of this process to sign with the file; none while another has it.
    ///
    /// # Errors
    /// [`KeyFileError::Io`] where the file is gone.
    pub(crate) fn try_turn(&self) -> Result<Option<Turn>, KeyFileError> {
        let file = fs::File::open(&self.path).map_err(|source| KeyFileError::Io {
            action: "read",
            path: self.path.clone(),
            source,
        })?;
        Ok(match file.try_lock() {
            Ok(()) => Some(Turn(Some(file))),
            Err(fs::TryLockError::WouldBlock) => None,
            // A file system without locks: then the node's refusals of nonces must do.
            Err(fs::TryLockError::Error(_)) => Some(Turn(None)),
        })
    }

    /// The key itself, for a node that signs with it from now on.
    #[must_use]
    pub(crate) fn into_secret(self) -> SecretKey {
        self.secret
    }

    fn content(&self, seed: &[u8; 32]) -> String {
        let network = match self.network {
            Network::Public => NetworkName::Public,
            Network::Development => NetworkName::Development,
        };
        let content = Content {
            format: FORMAT.to_owned(),
            version: VERSION,
            network,
            address: self.address(),
            seed: Hex(seed).to_string(),
        };
        serde_json::to_string_pretty(&content).expect("strings and numbers are JSON")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_once_and_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/wallet.json");
        let made = WalletKey::create(&path, Network::Development).unwrap();
        let read = WalletKey::open(&path).unwrap();
        assert_eq!(read.address(), made.address());
        assert!(read.address().to_string().starts_with("assaydev1"));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let before = fs::read(&path).unwrap();
        let again = WalletKey::create(&path, Network::Development);
        assert!(matches!(again, Err(KeyFileError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_file_that_is_no_key_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wallet.json");
        assert!(matches!(
            WalletKey::open(&path),
            Err(KeyFileError::Missing(_))
        ));
        WalletKey::create(&path, Network::Public).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let seed_at = good.find("\"seed\": \"0x").unwrap() + 11;
        let mut other_seed = good.clone();
        let digit = if good.as_bytes()[seed_at] == b'0' {
            "1"
        } else {
            "0"
        };
        other_seed.replace_range(seed_at..=seed_at, digit);
        for bad in [
            String::new(),
            good[..good.len() / 2].to_owned(),
            good.replace("assay-wallet-key", "another-format"),
            good.replace("\"version\": 1", "\"version\": 2"),
            good.replacen('{', "{\"extra\": 1,", 1),
            good.replace("\"0x", "\""),
            other_seed,
        ] {
            fs::write(&path, &bad).unwrap();
            let opened = WalletKey::open(&path);
            assert!(matches!(opened, Err(KeyFileError::Content { .. })), "{bad}");
        }
    }

    #[test]
    fn two_who_sign_take_turns() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wallet.json");
        let first = WalletKey::create(&path, Network::Development).unwrap();
        let second = WalletKey::open(&path).unwrap();
        let turn = first.try_turn().unwrap();
        assert!(turn.is_some());
        assert!(second.try_turn().unwrap().is_none());
        drop(turn);
        assert!(second.try_turn().unwrap().is_some());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wallet.json");
        WalletKey::create(&path, Network::Public).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let opened = WalletKey::open(&path);
        assert!(matches!(
            opened,
            Err(KeyFileError::Permissions { mode: 0o640, .. })
        ));
    }
}
