//! Text that is drawn again in its place on a terminal.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _, stdout},
};

use console::Term;

/// Where standard output is a terminal that can go back.
#[derive(Debug)]
pub(crate) struct Screen {
    term: Term,
    drawn: bool,
}

impl Screen {
    /// Nothing where standard output is a pipe, a file, or a terminal that cannot go back.
    #[must_use]
    pub(crate) fn new() -> Option<Self> {
        let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        let term = Term::stdout();
        (stdout().is_terminal() && !is_dumb).then_some(Self { term, drawn: false })
    }

    /// Draws the text in the place of what was drawn before. What does not fit is cut off, since a
    /// terminal that scrolls cannot go back.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn draw(&mut self, text: &str) -> io::Result<()> {
        let (rows, columns) = self.term.size();
        let begin = if self.drawn {
            "\x1b[H"
        } else {
            "\x1b[2J\x1b[H"
        };
        self.drawn = true;
        let shown = fitted(text, rows.into(), columns.into());
        let mut out = stdout().lock();
        out.write_all(format!("{begin}{shown}\x1b[J").as_bytes())?;
        out.flush()
    }

    /// Leaves what was drawn, and goes to a line of its own: Ctrl-C has left its trace behind it.
    ///
    /// # Errors
    /// As [`Screen::draw`].
    pub(crate) fn leave(self) -> io::Result<()> {
        let mut out = stdout().lock();
        out.write_all(b"\r\n")?;
        out.flush()
    }
}

/// As much as fits, each line with the rest of its row cleared.
fn fitted(text: &str, rows: usize, columns: usize) -> String {
    let room = rows.saturating_sub(1).max(1);
    let lines = text.lines().take(room);
    lines
        .map(|line| format!("{}\x1b[K\r\n", console::truncate_str(line, columns, "")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_off() {
        let text = "first line\n\x1b[32mgreen\x1b[0m line\nthird";
        assert_eq!(fitted("ab\nc", 10, 10), "ab\x1b[K\r\nc\x1b[K\r\n");
        let cut = fitted(text, 3, 5);
        assert_eq!(cut.matches("\r\n").count(), 2);
        assert!(cut.starts_with("first\x1b[K\r\n\x1b[32mgreen"), "{cut:?}");
        assert!(!cut.contains("line"), "{cut:?}");
    }
}
