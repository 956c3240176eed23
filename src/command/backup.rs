//! `assay backup`: copies what a node keeps, also while it runs.

use std::path::PathBuf;

use anyhow::Result;
use assay_sequencer::storage::back_up;
use clap::Args;
use serde::Serialize;

use crate::{
    files::{
        directories::{Begun, is_missing},
        node_data::STORE_DIR,
    },
    terminal::{
        outcome::Outcome,
        output::OutputArgs,
        shell::{program, quoted},
    },
};

/// Options of `assay backup`.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// What the node keeps; the node may be running.
    #[arg(long, env = "ASSAY_DATA_DIR", value_name = "DIR")]
    data_dir: PathBuf,
    /// Where the copy goes: a directory that does not exist, or is empty.
    #[arg(value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Answer {
    data_dir: String,
    last_batch: u64,
    transactions: usize,
}

impl BackupArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let directory = Begun::make(self.to)?;
        let to = directory.path();
        let store = to.join(STORE_DIR);
        let is_new = is_missing(&store);
        let copied = back_up(&self.data_dir.join(STORE_DIR), &store);
        if copied.is_err() && is_new {
            // Half a copy is none; where this fails too, the next attempt says that something is there.
            let _ = std::fs::remove_dir_all(&store);
        }
        let copied = copied?;
        let answer = Answer {
            data_dir: to.display().to_string(),
            last_batch: copied.last_batch.0,
            transactions: copied.transactions,
        };
        self.output.print(&answer, |answer| {
            format!(
                "copied up to batch {}, with {} acknowledged transactions\n\
                 `{} node --data-dir {}` goes on from it with the operator's key file, which is not in \
                 the copy",
                answer.last_batch,
                answer.transactions,
                program(),
                quoted(&answer.data_dir)
            )
        })?;
        Ok(Outcome::Done)
    }
}
