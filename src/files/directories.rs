//! Where files are kept: keys in the user's cache (they can be made again), a wallet's key in the
//! user's configuration (it cannot).

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// Where proving keys are cached where `--keys` does not say: `$XDG_CACHE_HOME/assay/keys` or
/// `~/.cache/assay/keys`.
///
/// # Errors
/// Where neither variable is set.
pub(crate) fn keys_cache() -> Result<PathBuf> {
    let base = base("XDG_CACHE_HOME", ".cache").context(
        "there is no place for the keys: set HOME or XDG_CACHE_HOME, or give --keys DIR",
    )?;
    Ok(base.join("keys"))
}

/// Where a wallet keeps its key where `--key` does not say: `$XDG_CONFIG_HOME/assay/wallet.json`
/// or `~/.config/assay/wallet.json`.
///
/// # Errors
/// Where neither variable is set.
pub(crate) fn wallet_key() -> Result<PathBuf> {
    let base = base("XDG_CONFIG_HOME", ".config").context(
        "there is no place for the wallet's key: set HOME or XDG_CONFIG_HOME, or give --key FILE",
    )?;
    Ok(base.join("wallet.json"))
}

/// Where the address book is where `--book` does not say: `$XDG_CONFIG_HOME/assay/book.json` or
/// `~/.config/assay/book.json`.
///
/// # Errors
/// Where neither variable is set.
pub(crate) fn address_book() -> Result<PathBuf> {
    let base = base("XDG_CONFIG_HOME", ".config").context(
        "there is no place for the address book: set HOME or XDG_CONFIG_HOME, or give --book FILE",
    )?;
    Ok(base.join("book.json"))
}

/// A directory that was made where it was missing, and is removed again as long as it is empty: what fails
/// leaves none behind. Those above it that were missing too go the same way.
#[derive(Debug)]
pub(crate) struct Begun {
    path: PathBuf,
    /// The outermost first.
    missing: Vec<PathBuf>,
}

impl Begun {
    /// Makes the directory where it is missing.
    ///
    /// # Errors
    /// Where it cannot be made, or is a file.
    pub(crate) fn make(path: PathBuf) -> Result<Self> {
        let begun = Self::before(path);
        make(begun.path.clone())?;
        Ok(begun)
    }

    /// The directory before it is made, by whatever makes it.
    #[must_use]
    pub(crate) fn before(path: PathBuf) -> Self {
        let ancestors = path.ancestors().filter(|path| is_missing(path));
        let mut missing: Vec<_> = ancestors.map(Path::to_owned).collect();
        missing.reverse();
        Self { path, missing }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        for path in self.missing.iter().rev() {
            // One with something in it is not removed, as it is meant.
            let _ = fs::remove_dir(path);
        }
    }
}

/// Whether nothing is there.
pub(crate) fn is_missing(path: &Path) -> bool {
    !path.as_os_str().is_empty() && fs::symlink_metadata(path).is_err()
}

/// The directory, made where it is missing.
///
/// # Errors
/// Where it cannot be made, or is a file.
pub(crate) fn make(directory: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    Ok(directory)
}

fn base(variable: &str, in_home: &str) -> Option<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = set(variable).or_else(|| Some(set("HOME")?.join(in_home)))?;
    Some(base.join("assay"))
}
