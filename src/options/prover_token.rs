//! What a node knows its workers by.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

/// The workers' token, or where it is.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProverTokenArgs {
    /// What the node knows its workers by.
    #[arg(
        long,
        env = "ASSAY_PROVER_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    prover_token: Option<String>,
    /// A file that holds it: prover.token in the node's data directory.
    #[arg(
        long,
        env = "ASSAY_PROVER_TOKEN_FILE",
        value_name = "FILE",
        conflicts_with = "prover_token"
    )]
    prover_token_file: Option<PathBuf>,
}

impl ProverTokenArgs {
    /// The token, where one is given.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub(crate) fn token(&self) -> Result<Option<String>> {
        match (&self.prover_token, &self.prover_token_file) {
            (Some(token), _) => Ok(Some(token.clone())),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path);
                let text = text.with_context(|| format!("cannot read {}", path.display()))?;
                Ok(Some(text.trim().to_owned()))
            }
            (None, None) => Ok(None),
        }
    }
}
