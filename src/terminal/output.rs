//! Results on standard output: text for people, or one JSON object for programs.

use std::io::{self, Write as _};

use assay_api::seen::seen;
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;

use super::outcome::NotThereYet;

/// Chooses the form of the results.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct OutputArgs {
    /// Print the result as JSON.
    #[arg(long, env = "ASSAY_JSON", value_parser = BoolishValueParser::new())]
    pub json: bool,
}

impl OutputArgs {
    /// Prints `value` as JSON, or what `text` makes of it. Files and nodes of others may be told of in it: nothing
    /// moves the cursor.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn print<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> io::Result<()> {
        self.print_styled(value, |value| plain(&text(value)))
    }

    /// As [`OutputArgs::print`], of a text that has colours of our own, and nothing of others that is not
    /// [`plain`].
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn print_styled<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> io::Result<()> {
        if self.json {
            let json = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
            line(&json)
        } else {
            line(&text(value))
        }
    }

    /// Prints what came of something that was handed over, and stays so where it cannot be printed.
    ///
    /// # Errors
    /// [`NotThereYet`] where standard output cannot be written, other than by a reader who went away.
    pub(crate) fn print_done<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        self.print(value, text).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => error.into(),
            _ => NotThereYet::because("it was done; do not do it again", error).into(),
        })
    }
}

/// A text of some lines in which nothing moves the cursor, turns text around or hides.
pub(crate) fn plain(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(seen).collect();
    lines.join("\n")
}

/// Prints `value` as one line of JSON.
///
/// # Errors
/// Where standard output cannot be written.
pub(crate) fn json_line<T: Serialize>(value: &T) -> io::Result<()> {
    line(&serde_json::to_string(value).map_err(io::Error::other)?)
}

/// Prints a line; unlike `println!` it does not panic when nobody reads it.
///
/// # Errors
/// Where standard output cannot be written.
pub(crate) fn line(text: &str) -> io::Result<()> {
    // In one piece: who has read the first line may be gone before a second write.
    let mut out = io::stdout().lock();
    let written = out.write_all(format!("{text}\n").as_bytes());
    written.and_then(|()| out.flush()).map_err(|error| {
        let kind = error.kind();
        io::Error::new(kind, format!("cannot write standard output: {error}"))
    })
}
