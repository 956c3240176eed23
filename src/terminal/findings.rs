//! What a check of options and files found.

use anyhow::Result;

use super::{
    outcome::{Outcome, sentence},
    output,
};

/// What was found, one line for each thing that was looked at.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    lines: Vec<String>,
    any_wrong: bool,
}

impl Findings {
    /// Something was looked at: what it is, or why it cannot be used.
    pub(crate) fn note(&mut self, what: &str, found: Result<String>) {
        self.lines.push(match found {
            Ok(found) => format!("ok     {what}: {found}"),
            Err(error) => {
                self.any_wrong = true;
                format!("wrong  {what}: {}", sentence(&error))
            }
        });
    }

    /// Prints all of it, and what was not looked at.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn finish(mut self, not_checked: &str) -> Result<Outcome> {
        self.lines.push(format!("not checked: {not_checked}"));
        output::line(&self.lines.join("\n"))?;
        Ok(match self.any_wrong {
            true => Outcome::Invalid,
            false => Outcome::Done,
        })
    }
}
