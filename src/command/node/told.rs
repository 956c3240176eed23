//! `assay node --json`: what is told to programs, one object a line.

use std::io;

use anyhow::Result;
use assay_api::wire::FaultView;
use serde::Serialize;

use crate::terminal::{
    outcome::sentence,
    output::{self, OutputArgs},
};

/// A line, and at the same time what people are told where they are.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Told<'a> {
    /// The node does not answer yet, because of these faults.
    Waiting { faults: &'a [FaultView] },
    /// It answers.
    Started {
        node_url: &'a str,
        chain_id: u64,
        contract: String,
        /// None where it only follows the layer 1.
        operator: Option<&'a str>,
        data_dir: String,
    },
    /// It has ended, or did not begin; with `error` where it was not told to.
    Ended { error: Option<String> },
}

impl Told<'_> {
    /// Tells it to programs, or as `text` has it to people.
    pub(super) fn tell(&self, output: OutputArgs, text: Option<&str>) -> io::Result<()> {
        match (output.json, text) {
            (true, _) => output::json_line(self),
            (false, Some(text)) => output::line(text),
            (false, None) => Ok(()),
        }
    }
}

/// Tells programs how the node ended; people read it on standard error.
pub(super) fn ended<T>(result: &Result<T>, output: OutputArgs) -> io::Result<()> {
    let error = result.as_ref().err().map(sentence);
    Told::Ended { error }.tell(output, None)
}
