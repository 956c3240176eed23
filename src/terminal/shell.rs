//! Commands that are printed to be typed.

use std::env;

/// This program, as it was started, so that a printed command works as it is.
#[must_use]
pub(crate) fn program() -> String {
    let started = env::args().next();
    quoted(&started.unwrap_or_else(|| "assay".to_owned()))
}

/// A word as a shell takes it.
#[must_use]
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:+,@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_part_them() {
        for (word, expected) in [
            ("target/release/assay", "target/release/assay"),
            ("my net/alice.json", "'my net/alice.json'"),
            ("it's", "'it'\\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
