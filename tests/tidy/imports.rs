//! Which file of a crate names which: the arrows between modules, and the circles among them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use super::source::{Source, rust_sources};

/// A module's path from the crate's root, which is empty.
pub(crate) type Module = Vec<String>;

/// The files of one crate, and which names which.
pub(crate) struct Imports {
    /// The crate's directory.
    pub(crate) place: PathBuf,
    /// Modules with a file that is compiled outside of tests, and the modules each names.
    pub(crate) arrows: BTreeMap<Module, BTreeSet<Module>>,
}

/// The library crates of the repository, and its command line.
pub(crate) fn crates(places: &[&str]) -> Vec<Imports> {
    let sources: Vec<Source> = rust_sources().collect();
    let of = |place: &&str| Imports::read(Path::new(place), &sources);
    places.iter().map(of).collect()
}

impl Imports {
    fn read(place: &Path, sources: &[Source]) -> Self {
        let root = place.join("src");
        let files: BTreeMap<Module, &Source> = sources
            .iter()
            .filter(|source| !source.is_test())
            .filter_map(|source| Some((module_of(&root, &source.path)?, source)))
            .collect();
        let arrows = files.iter().map(|(module, source)| {
            let named = named_modules(module, &source.production(), &|candidate| {
                files.contains_key(candidate)
            });
            (module.clone(), named)
        });
        Self {
            place: place.to_owned(),
            arrows: arrows.collect(),
        }
    }

    /// Files that name each other in a circle, and sibling modules that do, taken with all that
    /// is below them.
    pub(crate) fn circles(&self) -> Vec<String> {
        let mut found: Vec<_> = circles_of(&self.arrows)
            .into_iter()
            .map(|circle| format!("{}: files {}", self.place.display(), joined(&circle)))
            .collect();
        let parents: BTreeSet<&[String]> = self
            .arrows
            .keys()
            .filter(|module| !module.is_empty())
            .map(|module| &module[..module.len() - 1])
            .collect();
        for parent in parents {
            let siblings = circles_of(&self.below(parent)).into_iter();
            let tell = |circle: Vec<Module>| {
                format!("{}: modules {}", self.place.display(), joined(&circle))
            };
            found.extend(siblings.map(tell));
        }
        found
    }

    /// The children of a module, each with all that is below it, and which names which.
    fn below(&self, parent: &[String]) -> BTreeMap<Module, BTreeSet<Module>> {
        let child = |module: &Module| {
            let is_below = module.len() > parent.len() && module.starts_with(parent);
            is_below.then(|| module[..=parent.len()].to_vec())
        };
        let mut whole: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, named) in &self.arrows {
            let Some(from) = child(from) else { continue };
            let others = named.iter().filter_map(child).filter(|to| *to != from);
            whole.entry(from.clone()).or_default().extend(others);
        }
        whole
    }

    /// The crate's modules, lowest first: each names only those of lines above its own.
    pub(crate) fn picture(&self) -> String {
        let mut open = self.below(&[]);
        let mut text = format!("{}\n", self.place.display());
        while !open.is_empty() {
            let rests = |named: &BTreeSet<Module>| !named.iter().any(|to| open.contains_key(to));
            let mut layer: Vec<Module> = open
                .iter()
                .filter(|(_, named)| rests(named))
                .map(|(module, _)| module.clone())
                .collect();
            if layer.is_empty() {
                // A circle: told elsewhere.
                layer = open.keys().cloned().collect();
            }
            let _ = writeln!(text, "  {}", layer.concat().join(" "));
            open.retain(|module, _| !layer.contains(module));
        }
        text
    }
}

fn joined(circle: &[Module]) -> String {
    let name = |module: &Module| match module.as_slice() {
        [] => "lib".to_owned(),
        path => path.join("::"),
    };
    circle.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The module that a file of a crate is, nothing for files of other crates. A binary's root is a
/// module of its own, since no library can name it.
fn module_of(root: &Path, file: &Path) -> Option<Module> {
    let relative = file.strip_prefix(root).ok()?.with_extension("");
    let parts = relative.components();
    let module: Module = parts
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    Some(if module == ["lib"] {
        Vec::new()
    } else {
        module
    })
}

/// The modules that the code of `module` names.
fn named_modules(
    module: &Module,
    code: &str,
    is_module: &dyn Fn(&Module) -> bool,
) -> BTreeSet<Module> {
    // The module with the most segments of a path, which is absolute here.
    let owner = |path: &[String]| {
        (0..=path.len())
            .rev()
            .map(|length| path[..length].to_vec())
            .find(|candidate| is_module(candidate))
    };
    let absolute = |path: &[String], known: &BTreeMap<String, Module>| {
        let (first, rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            name => known.get(name)?.clone(),
        };
        for part in rest {
            match part.as_str() {
                "super" => {
                    base.pop()?;
                }
                "self" => {}
                part => base.push(part.to_owned()),
            }
        }
        Some(base)
    };
    // Names that stand for modules here: the children, then what is imported.
    let mut known: BTreeMap<String, Module> = BTreeMap::new();
    for name in declared_modules(code) {
        let child = [module.as_slice(), std::slice::from_ref(&name)].concat();
        known.insert(name, child);
    }
    let mut paths = Vec::new();
    for (path, alias) in imported_paths(code) {
        let Some(path) = absolute(&path, &known) else {
            continue;
        };
        if is_module(&path) {
            known.insert(alias, path.clone());
        }
        paths.push(path);
    }
    let inline = inline_paths(code);
    paths.extend(inline.iter().filter_map(|path| absolute(path, &known)));
    let named = paths.iter().filter_map(|path| owner(path));
    named.filter(|named| named != module).collect()
}

/// Names of the modules that code declares in files of their own.
fn declared_modules(code: &str) -> Vec<String> {
    let statements = code.split([';', '{', '}']);
    let declared = statements.filter_map(|statement| {
        let (before, name) = statement.rsplit_once("mod ")?;
        let is_word = before.is_empty() || before.ends_with(char::is_whitespace);
        let name = name.trim();
        let is_name = !name.is_empty() && name.chars().all(is_name_part);
        (is_word && is_name).then(|| name.to_owned())
    });
    declared.collect()
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Each path of each `use`, and the name that it has here.
fn imported_paths(code: &str) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(is_name_part) {
            continue;
        }
        let statement = code[at + 4..].split(';').next().unwrap_or_default();
        flatten(statement, &mut Vec::new(), &mut found);
    }
    found
}

/// The paths of one tree of `use`, below a prefix.
fn flatten(tree: &str, prefix: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    let tree = tree.trim();
    if let Some((head, rest)) = tree.split_once('{') {
        let depth = prefix.len();
        prefix.extend(segments(head));
        let inside = rest.rsplit_once('}').map_or(rest, |(inside, _)| inside);
        for part in split_at_commas(inside) {
            flatten(part, prefix, found);
        }
        prefix.truncate(depth);
        return;
    }
    let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
    let path: Vec<String> = prefix.iter().cloned().chain(segments(path)).collect();
    let last = path.iter().rev().find(|part| *part != "self");
    let alias = match alias.trim() {
        "" => last.cloned().unwrap_or_default(),
        alias => alias.to_owned(),
    };
    if !path.is_empty() {
        found.push((path, alias));
    }
}

fn segments(path: &str) -> impl Iterator<Item = String> + '_ {
    let parts = path.split("::").map(str::trim);
    parts
        .filter(|part| !part.is_empty() && *part != "*")
        .map(str::to_owned)
}

fn split_at_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Every path of two names or more that stands in code; the head of a tree of `use` is none.
fn inline_paths(code: &str) -> Vec<Vec<String>> {
    let part_of_path = |c: char| is_name_part(c) || c == ':';
    code.split(|c: char| !part_of_path(c))
        .filter(|word| word.contains("::") && !word.ends_with("::"))
        .map(|word| segments(word).collect())
        .collect()
}

/// The sets of nodes that reach each other, each with more than one node.
fn circles_of(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<Module>> {
    let reach = |from: &Module| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(node) = open.pop() {
            for next in arrows.get(node).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> = arrows
        .keys()
        .map(|module| (module, reach(module)))
        .collect();
    let mut circles: BTreeSet<Vec<Module>> = BTreeSet::new();
    for (module, seen) in &reached {
        let back = |other: &&Module| {
            reached
                .get(other)
                .is_some_and(|back| back.contains(*module))
        };
        let circle: Vec<Module> = seen.iter().filter(back).cloned().collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

#[test]
fn imports_are_found() {
    let code = "
        mod child;
        pub use child::Thing;
        use super::{cousin::{self, deep::Item as Other}};
        use std::fmt;
        fn f() { crate::far::away::g(); cousin::deep::h(); fmt::x(); Self::y() }
        use super::Parent;
        use crate::{far::thing};
    ";
    let modules = [
        vec!["a"],
        vec!["a", "here"],
        vec!["a", "here", "child"],
        vec!["a", "cousin"],
        vec!["a", "cousin", "deep"],
        vec!["far"],
        vec![],
    ]
    .map(|path| path.into_iter().map(str::to_owned).collect::<Module>());
    let here = modules[1].clone();
    let named = named_modules(&here, code, &|module| modules.contains(module));
    let expected: BTreeSet<Module> = [0, 2, 3, 4, 5].map(|at| modules[at].clone()).into();
    assert_eq!(named, expected);
}

#[test]
fn circles_are_found() {
    let module = |name: &str| vec![name.to_owned()];
    let arrows = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")]
        .map(|(from, to)| (module(from), BTreeSet::from([module(to)])));
    assert_eq!(
        circles_of(&BTreeMap::from(arrows)),
        [vec![module("b"), module("c")]]
    );
}
