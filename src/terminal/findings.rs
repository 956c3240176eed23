//! What a check of options and files found.

use anyhow::Result;

use serde::Serialize;

use super::{
    outcome::{Outcome, sentence},
    output::OutputArgs,
};

/// What was found of each thing that was looked at.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Findings {
    looked_at: Vec<Finding>,
    not_checked: &'static str,
}

#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    /// What it is, or why it cannot be used.
    found: String,
}

impl Findings {
    /// Something was looked at: what it is, or why it cannot be used.
    pub(crate) fn note(&mut self, what: &'static str, found: Result<String>) {
        let ok = found.is_ok();
        let found = found.unwrap_or_else(|error| sentence(&error));
        self.looked_at.push(Finding { what, ok, found });
    }

    /// Prints all of it, and what was not looked at.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn finish(
        mut self,
        not_checked: &'static str,
        output: OutputArgs,
    ) -> Result<Outcome> {
        self.not_checked = not_checked;
        output.print(&self, Self::text)?;
        Ok(match self.looked_at.iter().all(|finding| finding.ok) {
            true => Outcome::Done,
            false => Outcome::Invalid,
        })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for Finding { what, ok, found } in &self.looked_at {
            let verdict = if *ok { "ok   " } else { "wrong" };
            text.push_str(&format!("{verdict}  {what}: {found}\n"));
        }
        text + "not checked: " + self.not_checked
    }
}
