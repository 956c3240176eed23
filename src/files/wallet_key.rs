//! The file that holds a wallet's key: JSON, readable by its owner only, never overwritten by another
//! key (`docs/spec/wallet-file.md`).

mod content;
mod encryption;

use std::{
    error::Error,
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use assay_circuits::{
    address::{Address, Network},
    eddsa::SecretKey,
};
use assay_durable::Readers;
use rand::TryRngCore as _;
use zeroize::Zeroizing;

use super::{
    directories::Begun,
    password::{Password, PasswordError},
};
use content::Content;
use encryption::DecryptionError;

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
    #[error("there is no wallet key at {}: make one with `assay wallet new` (or `assay wallet import`, from words), or name the file with --key", .0.display())]
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
    /// Another password than it was encrypted with, or a changed file.
    #[error("the password does not open {}: it is another one, or the file is damaged", .0.display())]
    WrongPassword(PathBuf),
    /// There is no password to open it with.
    #[error(transparent)]
    Password(#[from] PasswordError),
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

impl WalletKey {
    /// Makes a key from the system's randomness and writes it to a new file, encrypted where there is
    /// a password.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`], or [`KeyFileError::Io`].
    pub(crate) fn create(
        path: &Path,
        network: Network,
        password: Option<&Password>,
    ) -> Result<Self, KeyFileError> {
        let mut seed = Zeroizing::new([0; 32]);
        rand::rngs::OsRng
            .try_fill_bytes(&mut *seed)
            .map_err(|error| failed("make a key for", path)(io::Error::other(error)))?;
        Self::write(path, &seed, network, password)
    }

    /// Writes the key of a seed to a new file, encrypted where there is a password.
    ///
    /// # Errors
    /// As [`WalletKey::create`].
    pub(crate) fn write(
        path: &Path,
        seed: &[u8; 32],
        network: Network,
        password: Option<&Password>,
    ) -> Result<Self, KeyFileError> {
        // Before the password is worked on for half a second.
        Self::check_is_free(path)?;
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        // Without a key in it it goes again.
        let begun = directory.map(|directory| Begun::before(directory.to_owned()));
        if let Some(begun) = &begun {
            let made = assay_durable::make_directory(begun.path());
            made.map_err(failed("make the directory of", path))?;
        }
        let text = content::write(seed, network, password).map_err(failed("encrypt", path))?;
        let created = assay_durable::create(path, Readers::Owner, text.as_bytes());
        created.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
            _ => failed("write", path)(error),
        })?;
        Ok(Self::of_seed(seed, network, path))
    }

    /// Whether nothing is at the place of a new file.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`].
    pub(crate) fn check_is_free(path: &Path) -> Result<(), KeyFileError> {
        match fs::symlink_metadata(path) {
            Ok(_) => Err(KeyFileError::Exists(path.to_owned())),
            Err(_) => Ok(()),
        }
    }

    /// Reads a key file; `ask` is asked for the password where it is encrypted.
    ///
    /// # Errors
    /// Where it is missing, open to others, not a key file, or under another password.
    pub(crate) fn open(
        path: &Path,
        ask: impl FnOnce() -> Result<Password, PasswordError>,
    ) -> Result<Self, KeyFileError> {
        let content = read(path)?;
        let network = content.address().network;
        let seed = seed(path, &content, ask)?;
        Ok(Self::of_seed(&seed, network, path))
    }

    /// Writes a key file again under another password, or under none.
    ///
    /// # Errors
    /// As [`WalletKey::open`], and [`KeyFileError::Io`]; then the file is what it was.
    pub(crate) fn encrypt_again(
        path: &Path,
        ask: impl FnOnce() -> Result<Password, PasswordError>,
        ask_for_new: impl FnOnce() -> Result<Option<Password>, PasswordError>,
    ) -> Result<Self, KeyFileError> {
        let content = read(path)?;
        let network = content.address().network;
        let seed = seed(path, &content, ask)?;
        let password = ask_for_new()?;
        let text =
            content::write(&seed, network, password.as_ref()).map_err(failed("encrypt", path))?;
        let written = assay_durable::write(path, Readers::Owner, text.as_bytes());
        written.map_err(failed("write", path))?;
        Ok(Self::of_seed(&seed, network, path))
    }

    /// Writes the key of one file to a new one, under a password of its own or none.
    ///
    /// # Errors
    /// As [`WalletKey::open`] and [`WalletKey::create`].
    pub(crate) fn copy(
        from: &Path,
        to: &Path,
        ask: impl FnOnce() -> Result<Password, PasswordError>,
        ask_for_new: impl FnOnce() -> Result<Option<Password>, PasswordError>,
    ) -> Result<Self, KeyFileError> {
        let content = read(from)?;
        let seed = seed(from, &content, ask)?;
        Self::write(
            to,
            &seed,
            content.address().network,
            ask_for_new()?.as_ref(),
        )
    }

    /// The address that a key file names, without a password: of an encrypted file it is the file's
    /// word until the key is used.
    ///
    /// # Errors
    /// Where it is missing, open to others, or not a key file.
    pub(crate) fn address_in(path: &Path) -> Result<Address, KeyFileError> {
        let content = read(path)?;
        if let Content::Plain(_) = content {
            seed(path, &content, || Err(PasswordError::Empty))?;
        }
        Ok(content.address())
    }

    /// Whether a key file is encrypted.
    ///
    /// # Errors
    /// As [`WalletKey::address_in`].
    pub(crate) fn is_encrypted(path: &Path) -> Result<bool, KeyFileError> {
        Ok(matches!(read(path)?, Content::Encrypted(_)))
    }

    fn of_seed(seed: &[u8; 32], network: Network, path: &Path) -> Self {
        Self {
            secret: SecretKey::from_seed(*seed),
            network,
            path: path.to_owned(),
        }
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
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyFileError {
    move |source| KeyFileError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

fn no_key(path: &Path, source: impl Into<Box<dyn Error + Send + Sync>>) -> KeyFileError {
    KeyFileError::Content {
        path: path.to_owned(),
        source: source.into(),
    }
}

/// What a key file holds, where only its owner can read it.
fn read(path: &Path) -> Result<Content, KeyFileError> {
    let unread = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
        _ => failed("read", path)(source),
    };
    let metadata = fs::metadata(path).map_err(unread)?;
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(no_key(path, "it is no small file"));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Permissions {
            path: path.to_owned(),
            mode,
        });
    }
    let text = Zeroizing::new(fs::read(path).map_err(unread)?);
    content::read(&text).map_err(|source| no_key(path, source))
}

/// The seed in a file, which must be that of its address.
fn seed(
    path: &Path,
    content: &Content,
    ask: impl FnOnce() -> Result<Password, PasswordError>,
) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let address = content.address();
    let seed = match content {
        Content::Plain(plain) => plain.seed().map_err(|source| no_key(path, source))?,
        Content::Encrypted(encrypted) => {
            let failed = |error| match error {
                DecryptionError::Password => KeyFileError::WrongPassword(path.to_owned()),
                DecryptionError::Field(_) => no_key(path, error),
            };
            let sealed = encrypted.cipher.checked(&encrypted.kdf, &address);
            let sealed = sealed.map_err(failed)?;
            sealed.open(&ask()?).map_err(failed)?
        }
    };
    if content::address(&seed, address.network) != address {
        let wrong = "its address is not that of its seed: the file is damaged";
        return Err(no_key(path, wrong));
    }
    Ok(seed)
}

#[cfg(test)]
mod tests;
