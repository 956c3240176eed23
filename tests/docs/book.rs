//! The book that mdBook makes of `docs/`.

use std::{collections::BTreeMap, path::Path, process::Command};

use crate::{
    links::{plain, targets},
    pages::{below, root},
};

const SUMMARY: &str = "docs/SUMMARY.md";

#[test]
fn the_summary_lists_every_page_once() {
    let pages = below("docs");
    let summary = pages.iter().find(|page| page.path == Path::new(SUMMARY));
    let mut listed: BTreeMap<_, usize> = BTreeMap::new();
    for target in targets(&summary.unwrap().text) {
        *listed
            .entry(plain(&Path::new("docs").join(target)))
            .or_default() += 1;
    }
    let expected: BTreeMap<_, usize> = pages
        .into_iter()
        .filter(|page| page.path != Path::new(SUMMARY))
        .map(|page| (page.path, 1))
        .collect();
    assert_eq!(listed, expected, "{SUMMARY} lists each page of docs once");
}

#[test]
fn mdbook_makes_the_book() {
    let version = Command::new("mdbook").arg("--version").output();
    if version.is_err() {
        eprintln!("skipped: mdbook is not installed; `cargo install mdbook` gets it");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new("mdbook");
    command
        .arg("build")
        .arg(root().join("docs"))
        .arg("--dest-dir")
        .arg(directory.path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    for page in below("docs") {
        let path = page.path.strip_prefix("docs").unwrap();
        let named = path.with_extension("html");
        // mdBook calls a directory's README its index.
        let index = path.with_file_name("index.html");
        let is_there = |path: &Path| directory.path().join(path).is_file();
        let is_index = path.ends_with("README.md") && is_there(&index);
        let is_made = is_there(&named) || is_index || page.path == Path::new(SUMMARY);
        assert!(is_made, "{} is not in the book", page.path.display());
    }
}
