//! `assay man`: manual pages.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use assay_durable::Readers;
use clap::{Args, Command};

use crate::{
    files::directories::Begun,
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
        let begun = Begun::make(self.to)?;
        let to = begun.path();
        let written = write(command, to);
        written.with_context(|| format!("cannot write to {}", to.display()))?;
        output::line(&format!(
            "man {} shows the first",
            to.join("assay.1").display()
        ))?;
        Ok(Outcome::Done)
    }
}

/// Writes the pages apart first, so that each is whole or not there.
fn write(command: Command, to: &Path) -> io::Result<()> {
    let apart = tempfile::tempdir_in(to)?;
    clap_mangen::generate_to(command, apart.path())?;
    for page in fs::read_dir(apart.path())? {
        let page = page?;
        let text = fs::read(page.path())?;
        assay_durable::write(&to.join(page.file_name()), Readers::All, &text)?;
    }
    Ok(())
}
