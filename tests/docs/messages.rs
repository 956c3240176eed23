//! What the program and its page say: every command, option and variable that they name exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    commands::{ADDRESS, L1_ADDRESS, Shown, WORD, commands, refusal},
    pages::root,
};

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
/// What may stand where a message has something of its own.
const SAMPLES: [&str; 6] = [ADDRESS, WORD, L1_ADDRESS, "1", "tiny", "node"];
/// Options of other programs.
const OF_OTHERS: [&str; 3] = ["--dev", "--nocapture", "--release"];
/// Variables that are read elsewhere than by an option.
const BESIDE_OPTIONS: [&str; 3] = ["ASSAY_ARITHMETIC", "ASSAY_MUTANT", "ASSAY_REACHED"];

/// A file, and what of it people read.
struct Words {
    path: PathBuf,
    texts: Vec<String>,
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
fn rust_words() -> Vec<Words> {
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
fn page_words() -> Vec<Words> {
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
fn literals(code: &str) -> Vec<String> {
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
fn documentation(code: &str) -> String {
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

/// What stands between backticks and holds a command.
fn spans(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let commands = lines.filter(|span| span.starts_with("assay ") || span.contains(" assay "));
    commands.map(str::to_owned).collect()
}

/// A span with what is filled in while the program runs.
fn filled(span: &str, sample: &str) -> String {
    let mut text = span.to_owned();
    for (open, shut) in [("${", '}'), ("{", '}')] {
        while let Some(start) = text.find(open) {
            let Some(length) = text[start..].find(shut) else {
                break;
            };
            text.replace_range(start..=start + length, sample);
        }
    }
    text.replace("FILE_NAME", "x")
}

/// Why nobody can type what is in a span, whatever is filled in.
fn refused(span: &str) -> Option<String> {
    let mut last = None;
    for sample in SAMPLES {
        let shown = commands(&filled(span, sample)).into_iter();
        // What is left out may be anything.
        let shown = shown.filter(|arguments| !arguments.iter().any(|word| word == "..."));
        let mut shown = shown.map(|arguments| Shown {
            arguments,
            in_part: true,
        });
        last = shown.find_map(|shown| refusal(&shown));
        last.as_ref()?;
    }
    last
}

/// All long options and variables of the program.
fn known() -> BTreeSet<String> {
    let mut known: BTreeSet<String> = OF_OTHERS
        .iter()
        .chain(&BESIDE_OPTIONS)
        .map(ToString::to_string)
        .collect();
    let mut root = assay::command();
    root.build();
    let mut open = vec![&root];
    while let Some(command) = open.pop() {
        for option in command.get_arguments() {
            let names = option.get_long_and_visible_aliases().unwrap_or_default();
            known.extend(names.iter().map(|name| format!("--{name}")));
            let aliases = option.get_all_aliases().unwrap_or_default();
            known.extend(aliases.iter().map(|name| format!("--{name}")));
            known.extend(
                option
                    .get_env()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
        open.extend(command.get_subcommands());
    }
    known
}

/// The options and variables that a text names.
fn named(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let words = text.split(|c: char| !is_word(c));
    let is_option = |word: &&str| {
        let name = word.strip_prefix("--");
        name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
    };
    let is_variable = |word: &&str| {
        word.strip_prefix("ASSAY_")
            .is_some_and(|name| !name.is_empty())
    };
    words
        .filter(|word| is_option(word) || is_variable(word))
        .collect()
}

#[test]
fn messages_name_commands_that_exist() {
    let mut refusals = Vec::new();
    let mut count = 0;
    for Words { path, texts } in rust_words().into_iter().chain(page_words()) {
        for span in texts.iter().flat_map(|text| spans(text)) {
            count += 1;
            if let Some(error) = refused(&span) {
                refusals.push(format!("{}: {span}\n{error}", path.display()));
            }
        }
    }
    assert!(count > 100, "only {count} commands were found");
    assert!(refusals.is_empty(), "{}", refusals.join("\n"));
}

#[test]
fn messages_name_options_and_variables_that_exist() {
    let known = known();
    let mut strangers = Vec::new();
    let mut count = 0;
    for Words { path, texts } in rust_words() {
        for name in texts.iter().flat_map(|text| named(text)) {
            count += 1;
            if !known.contains(name.trim_end_matches('-')) {
                strangers.push(format!("{}: {name}", path.display()));
            }
        }
    }
    for Words { path, texts } in page_words() {
        let spans = texts.iter().flat_map(|text| text.lines());
        let spans = spans.flat_map(|line| line.split('`').skip(1).step_by(2));
        // Others hold names of styles.
        for span in spans.filter(|span| span.starts_with("--") || span.contains("assay ")) {
            let unknown = named(span)
                .into_iter()
                .filter(|name| !known.contains(*name));
            strangers.extend(unknown.map(|name| format!("{}: {name}", path.display())));
        }
    }
    assert!(count > 100, "only {count} names were found");
    assert!(strangers.is_empty(), "{}", strangers.join("\n"));
}

#[test]
fn messages_that_nobody_can_follow_are_found() {
    let code = r##"
        /// Says `assay wallet
        /// adress` in its help.
        const A: char = '"';
        bail!("`assay keys \
               setup --shap {name}`, or `assay wallet claim {hash}`"); // "`assay nothing`"
        let b = r#"say "`assay dmeo`""#;
    "##;
    let mut texts = literals(code);
    texts.push(documentation(code));
    let spans: Vec<_> = texts.iter().flat_map(|text| spans(text)).collect();
    let wrong: Vec<_> = spans
        .iter()
        .filter(|span| refused(span).is_some())
        .collect();
    assert_eq!(
        wrong,
        [
            "assay keys setup --shap {name}",
            "assay dmeo",
            "assay wallet adress"
        ]
    );
    assert_eq!(spans.len(), 4);
    let names = named("say --l1-urll, ASSAY_NOD or a--b; --keys.");
    assert_eq!(names, ["--l1-urll", "ASSAY_NOD", "--keys"]);
    assert!(names[..2].iter().all(|name| !known().contains(*name)));
}
