//! The files of the repository, and just enough of Rust's grammar to look at them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Directories that hold nothing hand-written.
const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", "proptest-regressions"];

/// A Rust file.
pub(crate) struct Source {
    /// From the root of the repository.
    pub(crate) path: PathBuf,
    /// As it is.
    pub(crate) text: String,
    /// With the contents of comments, strings and character literals blanked; same lines.
    pub(crate) code: String,
    /// Whether its parent declares it for tests only.
    only_for_tests: bool,
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file, or nothing where it is no text.
pub(crate) fn read(path: &Path) -> String {
    let bytes = fs::read(root().join(path)).unwrap();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Whether a file's name ends in one of these.
pub(crate) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.contains(&extension))
}

/// Whether a file is read by people.
pub(crate) fn is_text(path: &Path) -> bool {
    let by_extension = [
        "rs", "md", "toml", "sol", "sh", "mjs", "js", "json", "yml", "yaml", "ts",
    ];
    has_extension(path, &by_extension) || path.extension().is_none()
}

/// All files of the repository, from its root: those that git tracks, where there is a checkout
/// of git's.
pub(crate) fn all_files() -> Vec<PathBuf> {
    let mut found = tracked_files().unwrap_or_else(files_below_the_root);
    found.retain(|path| root().join(path).is_file() && !root().join(path).is_symlink());
    found.sort();
    found
}

/// What git tracks, or nothing where git or its checkout is missing.
fn tracked_files() -> Option<Vec<PathBuf>> {
    if !root().join(".git").exists() {
        return None;
    }
    let mut git = Command::new("git");
    let listed = git.args(["ls-files", "-z"]).current_dir(root()).output();
    let listed = listed.ok().filter(|listed| listed.status.success())?;
    let names = String::from_utf8(listed.stdout).unwrap();
    let names = names.split('\0').filter(|name| !name.is_empty());
    let skipped = |path: &PathBuf| {
        let named = |name: &&str| path.components().any(|part| part.as_os_str() == *name);
        SKIPPED.iter().any(named)
    };
    Some(
        names
            .map(PathBuf::from)
            .filter(|path| !skipped(path))
            .collect(),
    )
}

fn files_below_the_root() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_symlink() || SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found
}

/// Files of modules that are compiled for tests only: `#[cfg(test)] mod name;` in the parent.
fn test_modules(sources: &[Source]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for source in sources {
        let stem = source.path.file_stem().unwrap().to_string_lossy();
        let parent = source.path.parent().unwrap();
        let is_root = matches!(stem.as_ref(), "lib" | "main");
        let directory = if is_root {
            parent.to_owned()
        } else {
            parent.join(stem.as_ref())
        };
        for (at, _) in source.code.match_indices("#[cfg(test)]") {
            let Some(end) = source.code[at..].find([';', '{']) else {
                continue;
            };
            let declared = source.code[at..at + end].rsplit_once("mod ");
            if let Some((_, name)) = declared.filter(|_| source.code.as_bytes()[at + end] == b';') {
                found.push(directory.join(format!("{}.rs", name.trim())));
            }
        }
    }
    found
}

/// All Rust files.
pub(crate) fn rust_sources() -> impl Iterator<Item = Source> {
    let mut sources: Vec<Source> = read_sources().collect();
    let tests = test_modules(&sources);
    for source in &mut sources {
        let below = |module: &PathBuf| source.path.starts_with(module.with_extension(""));
        source.only_for_tests = tests.contains(&source.path) || tests.iter().any(below);
    }
    sources.into_iter()
}

fn read_sources() -> impl Iterator<Item = Source> {
    let paths = all_files()
        .into_iter()
        .filter(|path| has_extension(path, &["rs"]));
    paths.map(|path| {
        let text = read(&path);
        let code = blank(&text);
        Source {
            path,
            text,
            code,
            only_for_tests: false,
        }
    })
}

/// Whether `word` stands in `line` with nothing that could be part of it on either side.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

impl Source {
    /// Whether it holds tests or benches only.
    pub(crate) fn is_test(&self) -> bool {
        let folder = |part: &str| self.path.components().any(|c| c.as_os_str() == part);
        let named = folder("tests") || folder("benches") || self.path.ends_with("tests.rs");
        named || self.only_for_tests
    }

    /// Whether it is part of the test that looks for words which it must name itself.
    pub(crate) fn is_this_test(&self) -> bool {
        self.path.starts_with("tests/tidy") || self.path == Path::new("tests/tidy.rs")
    }

    /// Lines of code with their numbers.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .lines()
            .enumerate()
            .map(|(number, line)| (number + 1, line))
    }

    /// The code without its test modules; same lines.
    pub(crate) fn production(&self) -> String {
        let mut code = self.code.clone();
        let mut from = 0;
        while let Some(found) = code[from..].find("#[cfg(test)]") {
            let start = from + found;
            let body = code[start..].find(['{', ';']).map(|at| start + at);
            let Some(body) = body else { break };
            let end = if code.as_bytes()[body] == b'{' {
                closing_brace(&code, body)
            } else {
                body
            };
            let blanked: String = code[start..=end]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' })
                .collect();
            let length = blanked.len();
            code.replace_range(start..=end, &blanked);
            from = start + length;
        }
        code
    }

    /// Name, first line and number of lines of each function with a body.
    pub(crate) fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            let before = self.code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &self.code[at + 3..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let Some(body) = signature_end(rest).filter(|_| !name.is_empty()) else {
                continue;
            };
            let body = at + 3 + body;
            let end = closing_brace(&self.code, body);
            let line = self.code[..at].matches('\n').count() + 1;
            let length = self.code[at..end].matches('\n').count() + 1;
            found.push((name, line, length));
        }
        found
    }
}

/// Where the body of a function begins, or `None` where it has none.
fn signature_end(code: &str) -> Option<usize> {
    let mut depth = 0i32;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    None
}

/// The brace that closes the one at `open`.
fn closing_brace(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    code.len() - 1
}

/// Blanks the contents of comments, strings and character literals; every byte that is blanked
/// becomes a space, so lines and offsets stay.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        let Some((from, to)) = end else {
            at += 1;
            continue;
        };
        for byte in &mut out[from..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = to.max(at) + 1;
    }
    String::from_utf8(out).unwrap()
}

/// The contents of the comment or literal that starts at `at`, if one does.
fn literal_end(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let find = |from: usize, what: &[u8]| {
        let found = bytes[from.min(bytes.len())..]
            .windows(what.len())
            .position(|window| window == what);
        found.map_or(bytes.len(), |offset| from + offset)
    };
    match &bytes[at..] {
        [b'/', b'/', ..] => Some((at, find(at, b"\n"))),
        [b'/', b'*', ..] => Some((at, find(at, b"*/"))),
        [b'r', rest @ ..] if is_raw_string(bytes, at, rest) => {
            let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
            let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
            let from = at + hashes + 2;
            Some((from, find(from, &close)))
        }
        [b'"', ..] => {
            let mut end = at + 1;
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            Some((at + 1, end.min(bytes.len())))
        }
        [b'\'', b'\\', ..] => Some((at + 1, find(at + 3, b"'"))),
        [b'\'', c, b'\'', ..] if *c != b'\'' => Some((at + 1, at + 2)),
        _ => None,
    }
}

fn is_raw_string(bytes: &[u8], at: usize, rest: &[u8]) -> bool {
    let starts_word = at == 0 || !bytes[at - 1].is_ascii_alphanumeric() && bytes[at - 1] != b'_';
    let opens = rest.iter().find(|byte| **byte != b'#') == Some(&b'"');
    (starts_word || at > 0 && bytes[at - 1] == b'b') && opens
}

#[test]
fn comments_and_literals_are_blanked() {
    let text = "let a = \"unsafe {\"; // unsafe\nlet c = '{'; let l: &'static str = r#\"a\"b\"#; f('\\'');";
    let code = blank(text);
    assert!(!code.contains("unsafe") && !code.contains('{'));
    assert!(code.contains("&'static str"));
    assert!(code.ends_with(");"), "{code}");
    assert_eq!(code.len(), text.len());
}

#[test]
fn functions_are_measured() {
    let text = "fn a() {\n  b(|x| { x });\n}\nfn c();\npub fn d<T>(t: [u8; 3])\nwhere T: X {\n}\n"
        .to_owned();
    let file = Source {
        path: PathBuf::new(),
        code: blank(&text),
        text,
        only_for_tests: false,
    };
    let found = file.functions();
    assert_eq!(found, [("a".to_owned(), 1, 3), ("d".to_owned(), 5, 3)]);
}

#[test]
fn test_modules_are_no_production_code() {
    let text =
        "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c.unwrap() } }\nfn d() {}\n".to_owned();
    let file = Source {
        path: PathBuf::new(),
        code: blank(&text),
        text,
        only_for_tests: false,
    };
    let production = file.production();
    assert!(production.contains("fn a") && production.contains("fn d"));
    assert!(!production.contains("unwrap"));
}
