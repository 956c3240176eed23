//! What the program and its page say: every command, option and variable that they name exists.

use std::collections::BTreeSet;

use crate::{
    commands::{ADDRESS, L1_ADDRESS, Shown, WORD, commands, refusal},
    words::{Words, documentation, literals, page_words, rust_words},
};

/// What may stand where a message has something of its own.
const SAMPLES: [&str; 6] = [ADDRESS, WORD, L1_ADDRESS, "1", "tiny", "node"];
/// Options of other programs.
const OF_OTHERS: [&str; 3] = ["--dev", "--nocapture", "--release"];
/// Variables that are read elsewhere than by an option.
const BESIDE_OPTIONS: [&str; 3] = ["ASSAY_ARITHMETIC", "ASSAY_MUTANT", "ASSAY_REACHED"];

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
