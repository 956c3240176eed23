//! Which keys, and where they are.

use std::path::PathBuf;

use anyhow::Result;
use assay_circuits::circuit::CircuitId;
use clap::Args;

use crate::files::directories;

/// Where keys are.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeysDir {
    /// The directory that holds the keys [default: ~/.cache/assay/keys].
    #[arg(long, env = "ASSAY_KEYS", value_name = "DIR")]
    keys: Option<PathBuf>,
}

/// Which keys, and where they are.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeyPlace {
    /// The shape of batch: tiny, small, medium or large; or escape, the circuit by which users
    /// leave a frozen rollup.
    #[arg(
        long = "shape",
        env = "ASSAY_SHAPE",
        value_name = "SHAPE",
        default_value = "small"
    )]
    pub(crate) circuit: CircuitId,
    #[command(flatten)]
    pub(crate) keys: KeysDir,
}

impl KeysDir {
    /// The directory, as given or by default.
    ///
    /// # Errors
    /// Where there is no default.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        match &self.keys {
            Some(path) => Ok(path.clone()),
            None => directories::keys_cache(),
        }
    }
}
