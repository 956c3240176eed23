//! The first page of the book, `docs/start.md`: its commands, in their order, print what it shows.

use std::{env, path::Path};

use crate::{
    invoke::in_environment,
    markdown::{Block, blocks},
    process::Process,
    rig::printed,
};

/// What makes the program that this test has.
const BUILD: &str = "git clone REPOSITORY assay\n\
                     cd assay\n\
                     cargo build --release\n\
                     export PATH=\"$PWD/target/release:$PATH\"\n";
const PROGRAM: &str = env!("CARGO_BIN_EXE_assay");

/// Who reads the page and types what it shows.
struct Newcomer {
    directory: tempfile::TempDir,
    node: String,
    l1: String,
    /// The address that the page in the browser would show.
    address: String,
    /// What was printed since the page last showed what is.
    printed: Vec<String>,
    /// The hash that was printed last.
    hash: String,
}

impl Newcomer {
    /// Types a line into a shell that finds the program.
    fn types(&mut self, line: &str) {
        let line = line
            .replace("ADDRESS", &self.address)
            .replace("HASH", &self.hash);
        let program = Path::new(PROGRAM).parent().unwrap().to_owned();
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([program].into_iter().chain(env::split_paths(&path)));
        let output = in_environment("sh")
            .args(["-c", &line])
            .current_dir(self.directory.path())
            .env("PATH", path.unwrap())
            .env("ASSAY_NODE", &self.node)
            .env("ASSAY_L1_URL", &self.l1)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {errors}");
        let said = String::from_utf8(output.stdout).unwrap();
        self.printed.extend(said.lines().map(str::to_owned));
        let first = said.lines().next().unwrap_or_default();
        if first.starts_with("0x") && first.len() == 66 {
            self.hash = first.to_owned();
        }
    }

    /// Compares what was printed with what the page shows.
    fn sees(&mut self, shown: &str) {
        let mut printed = self.printed.iter();
        for line in shown.lines() {
            let found = printed.any(|printed| is_shown_as(printed, line));
            assert!(found, "`{line}` is not in {:#?}", self.printed);
        }
        self.printed.clear();
    }
}

/// Whether a line is what the page shows, where `...` is anything.
fn is_shown_as(line: &str, shown: &str) -> bool {
    let mut parts = shown.split("...");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut ends_open = false;
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        rest = behind;
        ends_open = part.is_empty();
    }
    ends_open || rest.is_empty()
}

#[test]
fn the_first_page_of_the_book_does_what_it_says() {
    let page = blocks(include_str!("../../docs/start.md"));
    let [build, start, ready, rest @ ..] = &page[..] else {
        panic!("{} blocks", page.len());
    };
    assert_eq!(
        (build.text.as_str(), start.text.as_str()),
        (BUILD, "assay devnet\n")
    );
    let mut devnet = in_environment(PROGRAM);
    devnet
        .arg("devnet")
        .env("ASSAY_LISTEN", "127.0.0.1:0")
        .env("ASSAY_L1_LISTEN", "127.0.0.1:0")
        .env("ASSAY_SHAPE", "tiny");
    let (devnet, lines) = Process::spawn(devnet, ready.text.trim_end());
    let mut newcomer = Newcomer {
        directory: tempfile::tempdir().unwrap(),
        node: printed(&lines, "node"),
        l1: printed(&lines, "L1"),
        address: String::new(),
        printed: Vec::new(),
        hash: String::new(),
    };
    newcomer.types("assay wallet --key page.json new");
    newcomer.address = newcomer.printed.remove(0);
    let mut commands = 0;
    for Block { language, text } in rest {
        match language.as_str() {
            "sh" => {
                for line in text.lines() {
                    newcomer.types(line);
                    commands += 1;
                }
            }
            "text" => newcomer.sees(text),
            other => panic!("a block of {other}"),
        }
    }
    assert!(commands >= 8, "{commands} commands");
    newcomer.types("assay wallet --key page.json balance");
    newcomer.sees("ETH    0.25 ETH  ...");
    devnet.terminate();
}

#[test]
fn what_a_page_shows_differs_only_where_it_says_so() {
    for (line, shown, is) in [
        ("paid 1 ETH to 0xa1", "paid 1 ETH to 0x...", true),
        ("paid 1 ETH to 0xa1", "paid ... ETH to 0xa1", true),
        ("paid 2 ETH to 0xa1", "paid 1 ETH to 0x...", false),
        ("paid 1 ETH to 0xa1 late", "paid 1 ETH to ...a1", false),
        ("paid 1 ETH", "paid 1 ETH to", false),
        ("paid 1 ETH to", "paid 1 ETH", false),
    ] {
        assert_eq!(is_shown_as(line, shown), is, "{line} as {shown}");
    }
}
