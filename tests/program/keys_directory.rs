//! Where keys are.

use std::path::{Path, PathBuf};

/// The directory of keys that all tests share.
pub(crate) fn keys_dir() -> PathBuf {
    match std::env::var_os("ASSAY_KEYS") {
        Some(directory) => directory.into(),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys"),
    }
}
