//! A directory of a node or a devnet, held by one process at a time.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use super::{
    directories::{Begun, is_missing},
    node_data::{OPERATOR_FILE, PROVER_TOKEN_FILE, STORE_DIR, WEBHOOK_SECRET_FILE},
};

/// The directory, which no other process uses as long as this lives.
#[derive(Debug)]
pub(crate) struct DataDir {
    directory: Begun,
    /// Files that were not there before, and that a start may make.
    missing: Vec<PathBuf>,
    #[expect(dead_code, reason = "closing the file gives the directory free")]
    held: File,
}

impl DataDir {
    /// Makes the directory where it is missing, and holds it. `others` are files, besides those of every
    /// node, that a start may make; `option` chooses another directory.
    ///
    /// # Errors
    /// Where it cannot be made, or another process holds it.
    pub(crate) fn hold(path: PathBuf, others: &[PathBuf], option: &str) -> Result<Self> {
        let files = [OPERATOR_FILE, PROVER_TOKEN_FILE, WEBHOOK_SECRET_FILE];
        let files = files.map(|name| path.join(name));
        let files = files.iter().chain(others).filter(|path| is_missing(path));
        let missing = files.cloned().collect();
        let directory = Begun::make(path)?;
        let path = directory.path();
        let held = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        match held.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "{} is in use by another process of this program: choose another directory with {option}",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        Ok(Self {
            directory,
            missing,
            held,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Removes what a start has made that has failed. Once there is a store, the keys may have been used,
    /// and all stays.
    pub(crate) fn take_back(self) {
        if self.path().join(STORE_DIR).exists() {
            return;
        }
        for path in &self.missing {
            // What the start had not made yet is not there.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_start_leaves_what_was_there_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let outer = directory.path().join("a");
        let (path, key) = (outer.join("b"), directory.path().join("key.json"));
        let hold = || DataDir::hold(path.clone(), std::slice::from_ref(&key), "--data-dir");
        let write = |name: &str| fs::write(path.join(name), "x").unwrap();
        let held = hold().unwrap();
        write(OPERATOR_FILE);
        fs::write(&key, "x").unwrap();
        held.take_back();
        assert!(!outer.exists() && !key.exists() && directory.path().exists());

        let held = hold().unwrap();
        write("mine");
        write(PROVER_TOKEN_FILE);
        held.take_back();
        assert!(path.join("mine").exists() && !path.join(PROVER_TOKEN_FILE).exists());

        write(OPERATOR_FILE);
        hold().unwrap().take_back();
        assert!(path.join(OPERATOR_FILE).exists());

        let held = hold().unwrap();
        write(PROVER_TOKEN_FILE);
        fs::create_dir(path.join(STORE_DIR)).unwrap();
        held.take_back();
        assert!(path.join(PROVER_TOKEN_FILE).exists());
    }

    #[test]
    fn one_process_holds_it_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let hold = || DataDir::hold(directory.path().to_owned(), &[], "--state");
        let held = hold().unwrap();
        let refused = hold().unwrap_err().to_string();
        assert!(
            refused.contains("in use") && refused.contains("--state"),
            "{refused}"
        );
        drop(held);
        hold().unwrap();
    }
}
