//! The files and pages that the program and its page name: each is there, or the program makes it.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    links::anchors,
    pages::root,
    words::{Words, literals, page_words, rust_words},
};

/// Endings of names of files.
const ENDINGS: [&str; 10] = [
    "html", "json", "key", "lock", "log", "md", "secret", "token", "wasm", "zkey",
];

/// How the names of files end that are made while the program runs, each with the source in which it is made.
const MADE: [(&str, &str); 18] = [
    ("assay-wallet-plain.json", "web/src/view/wallet/key.tsx"),
    ("assay-wallet.json", "web/src/view/wallet/key.tsx"),
    ("batches.log", "sequencer/src/storage/directory.rs"),
    ("book.json", "src/files/directories.rs"),
    ("chain.json", "src/command/devnet.rs"),
    ("exit.json", "src/command/wallet/packet.rs"),
    ("operator.json", "src/files/node_data.rs"),
    ("proof.json", "prover/src/export.rs"),
    ("prover.token", "src/files/node_data.rs"),
    ("proving.key", "prover/src/keys/directory.rs"),
    ("public.json", "prover/src/export.rs"),
    ("verification_key.json", "src/command/keys.rs"),
    ("verifying.key", "prover/src/keys/directory.rs"),
    ("wallet.json", "src/files/directories.rs"),
    ("webhook.secret", "src/files/node_data.rs"),
    (".lock", "prover/src/keys/directory.rs"),
    (".log", "sequencer/src/storage/log/format.rs"),
    (".zkey", "src/command/keys.rs"),
];

/// Directories that hold nothing hand-written.
const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", "proptest-regressions"];

/// What of the repository can be named.
struct There {
    /// Names of files.
    files: BTreeSet<String>,
    /// Directories at the root.
    directories: BTreeSet<String>,
}

impl There {
    fn new() -> Self {
        let (mut files, mut directories) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![root().to_owned()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                if path.is_symlink() || SKIPPED.contains(&name.as_str()) {
                    continue;
                }
                if path.is_file() {
                    files.insert(name);
                    continue;
                }
                if directory == root() {
                    directories.insert(name);
                }
                open.push(path);
            }
        }
        Self { files, directories }
    }

    /// Why what a text names cannot be found; nothing where it can, or is no name of a file.
    fn refusal(&self, name: &str) -> Option<String> {
        let (path, anchor) = name.split_once('#').unwrap_or((name, ""));
        let first = path.split('/').next().unwrap_or_default();
        if path.contains('/') && self.directories.contains(first) {
            let place = root().join(path);
            if !place.exists() {
                return Some(format!("{name} is not in the repository"));
            }
            // What is filled in is looked at where it comes from (`src/command/status/advice.rs`).
            let is_literal = !anchor.is_empty() && !anchor.contains('{');
            let has = |anchor| anchors(&fs::read_to_string(&place).unwrap()).contains(anchor);
            return (is_literal && !has(anchor)).then(|| format!("{path} has no #{anchor}"));
        }
        let file = path.rsplit('/').next().unwrap_or_default();
        let (stem, ending) = file.rsplit_once('.')?;
        // An ending alone is no name, and one that is filled in is made where it stands.
        if stem.is_empty() || stem.ends_with('}') || !ENDINGS.contains(&ending) {
            return None;
        }
        let is_made = MADE.iter().any(|(name, _)| is_ending(file, name));
        (!is_made && !self.files.contains(file)).then(|| format!("nothing makes {name}"))
    }
}

/// Whether a name of a file is this one, or one of many that end so.
fn is_ending(file: &str, ending: &str) -> bool {
    file.strip_suffix(ending).is_some_and(|before| {
        ending.starts_with('.') || before.is_empty() || before.ends_with(['.', '}'])
    })
}

/// The words of a text that may be names of files. What is filled in stands between braces.
fn names(text: &str) -> Vec<&str> {
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || "_-./#{}~$".contains(c);
    let words = text.split(|c: char| !is_in_name(c));
    let words = words.map(|word| word.trim_matches(['.', '-', '#']).trim_end_matches('/'));
    // An address of the web is no file.
    words
        .filter(|word| word.contains(['.', '/']) && !word.contains("//"))
        .collect()
}

/// The texts of a source in which names of files are told: of the page what stands between backticks.
fn told(words: &Words) -> Vec<&str> {
    let is_rust = words.path.extension().is_some_and(|found| found == "rs");
    let texts = words.texts.iter().map(String::as_str);
    if is_rust {
        return texts.collect();
    }
    texts
        .flat_map(str::lines)
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn messages_name_files_that_are_there_or_are_made() {
    let there = There::new();
    let (mut count, mut strangers) = (0, BTreeSet::new());
    for words in rust_words().into_iter().chain(page_words()) {
        for name in told(&words).into_iter().flat_map(names) {
            count += 1;
            let refusal = there.refusal(name);
            strangers.extend(refusal.map(|why| format!("{}: {why}", words.path.display())));
        }
    }
    assert!(count > 100, "only {count} names were found");
    assert!(strangers.is_empty(), "{strangers:#?}");
}

#[test]
fn what_is_said_to_be_made_is_made() {
    for (name, source) in MADE {
        let text = fs::read_to_string(root().join(source)).unwrap();
        let made = match Path::new(source).extension().unwrap().to_str() {
            Some("rs") => literals(&text).iter().any(|text| text.ends_with(name)),
            _ => text.contains(&format!("{name}'")),
        };
        assert!(made, "{source} does not make {name}");
    }
}

#[test]
fn names_of_nothing_are_found() {
    let there = There::new();
    let text = "see docs/operations.md#the-disk-is-full, docs/operation.md, docs/trust.md#nowhere; keep \
                {directory}/operator.json and operater.json, tiny.proving.key, SHAPE.zkey, ~/.config/assay/wallets.json, \
                https://example.org/docs/none.md, 1.5eth, e.g. README.md.";
    let wrong: Vec<_> = names(text)
        .into_iter()
        .filter_map(|name| there.refusal(name))
        .collect();
    assert_eq!(
        wrong,
        [
            "docs/operation.md is not in the repository",
            "docs/trust.md has no #nowhere",
            "nothing makes operater.json",
            "nothing makes ~/.config/assay/wallets.json",
        ]
    );
}
