//! `assay completions`: what a shell completes.

use anyhow::{Context as _, Result};
use clap::{Args, Command};
use clap_complete::Shell;

use crate::terminal::{outcome::Outcome, output};

/// Options of `assay completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell that reads what is printed.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints the script for the whole command line.
    pub(crate) fn run(self, mut command: Command) -> Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "assay", &mut script);
        let script = String::from_utf8(script).context("a script is text")?;
        output::line(script.trim_end())?;
        Ok(Outcome::Done)
    }
}
