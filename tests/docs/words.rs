//! What the program and its page say, taken out of their sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::pages::root;

/// Where the program's own words are.
const SPEAKERS: [&str; 11] = [
    "src",
    "api/src",
    "circuits/src",
    "durable/src",
    "exit/src",
    "l1-contracts-sim/src",
    "prover/src",
    "restore/src",
    "sequencer/src",
    "telemetry/src",
    "browser/src",
];
/// Where those of page and client are.
const PAGES: [&str; 2] = ["web/src", "clients/typescript/src"];
/// A file, and what of it people read.
pub(crate) struct Words {
    pub(crate) path: PathBuf,
    pub(crate) texts: Vec<String>,
}

/// The files below a directory with one of these extensions that are no tests.
fn files(directory: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(directory)];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let is_asked = |path: &Path| {
                let extension = path.extension().unwrap_or_default().to_string_lossy();
                extensions.contains(&&*extension)
            };
            if path.is_dir() && !path.ends_with("tests") {
                open.push(path);
            } else if is_asked(&path) && !path.ends_with("tests.rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The words of all Rust files: literals, and comments that are documentation, which the help shows.
pub(crate) fn rust_words() -> Vec<Words> {
    let files = SPEAKERS
        .iter()
        .flat_map(|directory| files(directory, &["rs"]));
    let words = files.map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let production = text.split("\n#[cfg(test)]\n").next().unwrap();
        let mut texts = literals(production);
        texts.push(documentation(production));
        Words { path, texts }
    });
    words.collect()
}

/// The words of page and client. What is code on the page is between backticks as elsewhere.
pub(crate) fn page_words() -> Vec<Words> {
    let files = PAGES
        .iter()
        .flat_map(|directory| files(directory, &["ts", "tsx"]));
    let words = files.map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("<code>", "`").replace("</code>", "`");
        let texts = vec![text];
        Words { path, texts }
    });
    words.collect()
}

/// The string literals of Rust code, as they read.
pub(crate) fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        rest = &rest[at..];
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some(literal) = rest.strip_prefix('"') {
            let before = &code.as_bytes()[..code.len() - rest.len()];
            let (text, length) = match before.ends_with(b"#") || before.ends_with(b"r") {
                true => {
                    let hashes = before
                        .iter()
                        .rev()
                        .take_while(|byte| **byte == b'#')
                        .count();
                    let end = literal.find(&format!("\"{}", "#".repeat(hashes))).unwrap();
                    (literal[..end].to_owned(), end + 1 + hashes)
                }
                false => escaped(literal),
            };
            found.push(text);
            rest = &literal[length..];
        } else {
            // A quote in a literal of one character opens none.
            let quotes = ["'\"'", "'\\\"'", "'\\''"];
            let skipped = quotes.iter().find(|quote| rest.starts_with(**quote));
            rest = &rest[skipped.map_or(1, |quote| quote.len())..];
        }
    }
    found
}

/// A literal with escapes up to its end, and how long it is in the code with the quote behind it.
fn escaped(code: &str) -> (String, usize) {
    let mut text = String::new();
    let mut characters = code.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, at + 1),
            '\\' => match characters.next() {
                // The line goes on behind the indentation of the next.
                Some((at, '\n')) => {
                    let indented = &code[at + 1..];
                    let spaces = indented.len() - indented.trim_start().len();
                    characters = code.char_indices();
                    for _ in code[..at + 1 + spaces].chars() {
                        characters.next();
                    }
                }
                Some((_, 'n' | 't')) => text.push(' '),
                Some((_, other)) => text.push(other),
                None => break,
            },
            other => text.push(other),
        }
    }
    panic!("a literal has no end: {code}");
}

/// The documentation in code, each comment in one line.
pub(crate) fn documentation(code: &str) -> String {
    let mut text = String::new();
    for line in code.lines() {
        match line
            .trim_start()
            .strip_prefix("//")
            .and_then(|rest| rest.strip_prefix(['/', '!']))
        {
            Some(rest) => text.push_str(rest),
            None => text.push('\n'),
        }
    }
    text
}
