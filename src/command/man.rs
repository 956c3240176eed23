//! `assay man`: manual pages.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Command};

use crate::{
    files::directories,
    terminal::{outcome::Outcome, output},
};

/// Options of `assay man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Where the pages go, one for each command; made where it is missing.
    #[arg(value_name = "DIR")]
    to: PathBuf,
}

impl ManArgs {
    /// Writes the pages of the whole command line.
    pub(crate) fn run(self, command: Command) -> Result<Outcome> {
        let to = directories::make(self.to)?;
        let written = clap_mangen::generate_to(command, &to);
        written.with_context(|| format!("cannot write to {}", to.display()))?;
        output::line(&format!(
            "man {} shows the first",
            to.join("assay.1").display()
        ))?;
        Ok(Outcome::Done)
    }
}
