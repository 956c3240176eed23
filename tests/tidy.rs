//! The rules of the house that a machine can check (`docs/design/house.md`).
//!
//! Each test collects every breach before it fails, so that one run names all of them.
#![allow(clippy::unwrap_used)]

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/manifest.rs"]
mod manifest;
#[path = "tidy/source.rs"]
mod source;

use std::path::Path;

use source::{Source, all_files, rust_sources};

/// Lines of a hand-written file.
const FILE_LINES_MAX: usize = 500;
/// Lines of a function outside of tests, from its `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 80;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["util", "utils", "helpers", "common", "misc", "manager"];

/// The directories of the workspace's crates, lowest first.
const CRATES: [&str; 14] = [
    "telemetry",
    "arithmetic",
    "durable",
    "faults",
    "circuits",
    "api",
    "l1-contracts-sim",
    "exit",
    "prover",
    "browser",
    "restore",
    "sequencer",
    "simulation",
    "",
];

/// Crates that only tests use.
const FOR_TESTS: [&str; 2] = ["assay-faults", "assay-simulation"];

fn report(rule: &str, breaches: &[String]) {
    let count = breaches.len();
    assert!(
        breaches.is_empty(),
        "{rule} ({count} breaches):\n  {}",
        breaches.join("\n  ")
    );
}

#[test]
fn files_are_short() {
    let written = all_files()
        .into_iter()
        .filter(|path| source::has_extension(path, &["rs", "sol"]));
    let breaches: Vec<_> = written
        .filter_map(|path| {
            let lines = source::read(&path).lines().count();
            (lines > FILE_LINES_MAX).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    report("a hand-written file has at most 500 lines", &breaches);
}

#[test]
fn functions_are_short() {
    let mut breaches = Vec::new();
    for file in rust_sources().filter(|file| !file.is_test()) {
        for (name, line, length) in file.functions() {
            if length > FUNCTION_LINES_MAX {
                breaches.push(format!(
                    "{}:{line}: {name} has {length} lines",
                    file.path.display()
                ));
            }
        }
    }
    report("a function has at most 80 lines", &breaches);
}

#[test]
fn names_say_what_is_inside() {
    let mut breaches = Vec::new();
    for path in all_files() {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let parts = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned());
        let empty = |name: &str| EMPTY_NAMES.contains(&name);
        if empty(&stem) || parts.into_iter().any(|part| empty(&part)) {
            breaches.push(path.display().to_string());
        }
        if path.ends_with("mod.rs") {
            breaches.push(format!(
                "{}: a module is x.rs with x/ beside it",
                path.display()
            ));
        }
    }
    for file in rust_sources() {
        for (number, line) in file.code_lines() {
            let mut words = line.split_whitespace();
            let declares = words.any(|word| matches!(word, "mod" | "struct" | "enum" | "trait"));
            let name = words.next().unwrap_or_default();
            let name = name
                .trim_end_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase();
            if declares
                && EMPTY_NAMES
                    .iter()
                    .any(|empty| name == *empty || name.ends_with("manager"))
            {
                breaches.push(format!("{}:{number}: {name}", file.path.display()));
            }
        }
    }
    report(
        "no file, module or type has a name that says nothing",
        &breaches,
    );
}

#[test]
fn nothing_is_left_undone() {
    let unfinished = ["todo!", "unimplemented!", "dbg!", "FIXME", "XXX"];
    let mut breaches = Vec::new();
    for file in rust_sources().filter(|file| !file.is_this_test()) {
        for (number, line) in file.text.lines().enumerate() {
            let found = unfinished
                .iter()
                .filter(|word| source::has_word(line, word));
            breaches.extend(
                found.map(|word| format!("{}:{}: {word}", file.path.display(), number + 1)),
            );
        }
    }
    report("nothing unfinished is committed", &breaches);
}

#[test]
fn unsafe_code_stays_in_its_place() {
    /// Vector instructions, the carries of scalar products, the map of a file, and what JavaScript calls.
    const UNSAFE_PLACES: [&str; 5] = [
        "arithmetic/src/avx2",
        "arithmetic/src/ifma",
        "arithmetic/src/adx.rs",
        "prover/src/stored/mapping.rs",
        "browser/src/door.rs",
    ];
    let mut breaches = breaches_by_word(|file| file.production(), "unsafe");
    breaches.retain(|breach| !UNSAFE_PLACES.iter().any(|place| breach.starts_with(place)));
    report(
        &format!("unsafe code is written in {UNSAFE_PLACES:?} only"),
        &breaches,
    );
}

#[test]
fn failures_are_values() {
    let mut breaches = Vec::new();
    for file in rust_sources().filter(|file| !file.is_test()) {
        let code = file.production();
        for (number, line) in code.lines().enumerate() {
            if line.contains(".unwrap()") {
                breaches.push(format!(
                    "{}:{}: {}",
                    file.path.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    report(
        "unwrap is for tests; elsewhere an error or an expect that says why",
        &breaches,
    );
}

/// The macros panic where the reader is gone or the disk is full.
#[test]
fn nothing_ends_because_nobody_reads() {
    let macros = ["println!", "eprintln!", "print!", "eprint!"];
    let mut breaches = Vec::new();
    let is_example = |file: &Source| {
        file.path
            .components()
            .any(|part| part.as_os_str() == "examples")
    };
    let of_program = |file: &Source| !file.is_test() && !is_example(file);
    for file in rust_sources().filter(of_program) {
        for (number, line) in file.production().lines().enumerate() {
            let found = macros.iter().filter(|name| source::has_word(line, name));
            breaches.extend(
                found.map(|name| format!("{}:{}: {name}", file.path.display(), number + 1)),
            );
        }
    }
    report(
        "what is said is written by src/terminal/output.rs and note.rs",
        &breaches,
    );
}

#[test]
fn lints_are_not_switched_off() {
    let mut breaches = Vec::new();
    for file in rust_sources() {
        for (number, line) in file.code_lines() {
            let at = format!("{}:{number}: {}", file.path.display(), line.trim());
            // Bindings that a macro makes have no documentation.
            let of_bindings = line.contains("#![allow(missing_docs, unreachable_pub)]");
            let is_root = file.path.ends_with("lib.rs") || file.path.ends_with("main.rs");
            let whole_file = line.contains("#![allow") && !of_bindings;
            let crate_wide = whole_file && (is_root || !file.is_test());
            let dead = line.contains("allow(dead_code)") || line.contains("allow(unused");
            if crate_wide || dead {
                breaches.push(at);
            }
        }
    }
    report("no crate-wide allow, and no allow for dead code", &breaches);
}

#[test]
fn dependencies_point_one_way() {
    let mut breaches = Vec::new();
    for (path, may_use) in manifest::MAY_USE {
        for (section, name) in manifest::dependencies(Path::new(path)) {
            let is_in_tests = section == "dev-dependencies" && FOR_TESTS.contains(&name.as_str());
            let is_allowed = may_use.contains(&name.as_str()) || is_in_tests;
            if name.starts_with("assay-") && !is_allowed {
                breaches.push(format!("{path} uses {name}"));
            }
        }
    }
    report("crates depend on each other one way", &breaches);
}

/// With `--nocapture` it prints each crate's modules in the order in which they stand on each other.
#[test]
fn modules_of_a_crate_form_no_circle() {
    let crates = imports::crates(&CRATES);
    for graph in &crates {
        println!("{}", graph.picture());
    }
    let breaches: Vec<_> = crates.iter().flat_map(imports::Imports::circles).collect();
    report("modules of a crate name each other one way", &breaches);
}

/// A dependency that tests want with another feature is compiled again, and all above it with it.
#[test]
fn tests_take_up_the_dependencies_that_the_program_has_built() {
    let program = manifest::built(&["--package", "assay", "--edges", "normal,build"]);
    let tests = manifest::built(&["--workspace", "--edges", "normal,build,dev"]);
    assert!(
        program.len() > 100,
        "cargo lists {} packages",
        program.len()
    );
    let breaches: Vec<_> = program.difference(&tests).cloned().collect();
    report(
        "the program's dependencies have the same features in tests (Cargo.toml: named for their features alone)",
        &breaches,
    );
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let manifests = all_files()
        .into_iter()
        .filter(|path| path.ends_with("Cargo.toml"));
    let breaches: Vec<_> = manifests
        .filter(|path| !source::read(path).contains("[lints]\nworkspace = true"))
        .map(|path| path.display().to_string())
        .collect();
    report("every crate takes the lints of the workspace", &breaches);
}

#[test]
fn libraries_stay_where_they_belong() {
    // (crate as written in paths, where it may be named)
    let homes: [(&str, &[&str]); 5] = [
        ("sled", &["sequencer/src/storage/rows.rs"]),
        ("axum", &["sequencer/src/api", "faults/src"]),
        ("revm", &["l1-contracts-sim/src", "l1-contracts-sim/tests"]),
        ("anyhow", &["src", "examples"]),
        ("metrics", &["telemetry/src"]),
    ];
    let mut breaches = Vec::new();
    for file in rust_sources().filter(|file| !file.is_test()) {
        for (library, places) in homes {
            let at_home = places
                .iter()
                .any(|place| file.path.to_string_lossy().starts_with(place));
            if at_home {
                continue;
            }
            for (number, line) in file.code_lines() {
                let named =
                    source::has_word(line, library) && line.contains(&format!("{library}::"));
                if named {
                    breaches.push(format!("{}:{number}: {library}", file.path.display()));
                }
            }
        }
    }
    report(
        "sled in the storage, axum in the API, revm in the simulated chain, metrics from their table",
        &breaches,
    );
}

/// What must be there after a power cut is written by `assay-durable`, or says itself how it is synced.
#[test]
fn durable_files_have_one_writer() {
    const WRITERS: [&str; 4] = [
        "durable/",
        "sequencer/src/storage/log",
        "sequencer/src/storage/directory.rs",
        // The lock of those who make keys.
        "prover/src/keys/directory.rs",
    ];
    const WORDS: [&str; 4] = [
        "fs::write",
        "fs::rename",
        "File::create",
        "OpenOptions::new",
    ];
    let mut breaches = Vec::new();
    for file in rust_sources().filter(|file| !file.is_test()) {
        let path = file.path.to_string_lossy();
        if WRITERS.iter().any(|writer| path.starts_with(writer)) {
            continue;
        }
        for (number, line) in file.production().lines().enumerate() {
            let found = WORDS.iter().filter(|word| line.contains(*word));
            breaches.extend(found.map(|word| format!("{path}:{}: {word}", number + 1)));
        }
    }
    report("files are written by assay-durable", &breaches);
}

#[test]
fn every_page_of_the_specification_is_linked() {
    let index = source::read(Path::new("docs/spec/README.md"));
    let pages = all_files()
        .into_iter()
        .filter(|path| path.starts_with("docs/spec"));
    let mut breaches: Vec<_> = pages
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "README.md" && !index.contains(&format!("({name})")))
        .map(|name| format!("docs/spec/{name} is not in the list"))
        .collect();
    let links = index
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'));
    for (target, _) in links.filter(|(target, _)| !target.contains("://")) {
        let page = target.split('#').next().unwrap_or_default();
        if !source::root().join("docs/spec").join(page).exists() {
            breaches.push(format!(
                "docs/spec/README.md links {target}, which is not there"
            ));
        }
    }
    report(
        "docs/spec/README.md lists every page, and every page is there",
        &breaches,
    );
}

#[test]
fn generated_files_say_how_they_are_made() {
    let page = source::read(Path::new("docs/design/generated.md"));
    let folders = ["vectors", "snapshots", "artifacts"];
    let mut breaches = Vec::new();
    for path in all_files() {
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let listed = page.contains(&format!("`{}/`", folder.display()));
        if folders.contains(&name.as_ref()) && !listed {
            breaches.push(path.display().to_string());
        }
    }
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let folder = line.split('`').nth(1).unwrap();
        if !source::root().join(folder).is_dir() {
            breaches.push(format!(
                "docs/design/generated.md lists {folder}, which is not there"
            ));
        }
    }
    report(
        "docs/design/generated.md says how each generated file is made again",
        &breaches,
    );
}

#[test]
fn no_file_names_a_machine() {
    // Put together here so that this file does not name them either.
    let places = [
        ["/ho", "me/"],
        ["/wo", "rk/"],
        ["/Us", "ers/"],
        ["/ro", "ot/"],
    ]
    .map(|two| two.concat());
    let mut breaches = Vec::new();
    for path in all_files().into_iter().filter(|path| source::is_text(path)) {
        for (number, line) in source::read(&path).lines().enumerate() {
            let named = places.iter().any(|place| {
                line.match_indices(place.as_str()).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| {
                        c.is_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | '}')
                    })
                })
            });
            if named {
                breaches.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    report("no path of somebody's machine is committed", &breaches);
}

/// Where `word` stands in what `part` takes of each Rust file.
fn breaches_by_word(part: impl Fn(&Source) -> String, word: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in rust_sources() {
        for (number, line) in part(&file).lines().enumerate() {
            if source::has_word(line, word) {
                breaches.push(format!("{}:{}", file.path.display(), number + 1));
            }
        }
    }
    breaches
}
