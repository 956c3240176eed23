//! Where links lead.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::{
    markdown::OPTIONS,
    pages::{Page, below, root},
};

/// Where a page's links and pictures lead, as they are written.
pub(crate) fn targets(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, OPTIONS);
    let targets = events.filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.to_string())
        }
        _ => None,
    });
    targets.filter(|target| !target.contains("://")).collect()
}

/// The names by which a page's headings can be linked: code hosts and mdBook make the same.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, OPTIONS) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let name = anchor(&heading.take().unwrap_or_default());
                let before = seen.entry(name.clone()).or_default();
                anchors.insert(match *before {
                    0 => name,
                    before => format!("{name}-{before}"),
                });
                *before += 1;
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

/// A path without `.` and `..`.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// What is wrong with the links of a page, if the pages are these.
fn breaches(page: &Page, pages: &[Page]) -> Vec<String> {
    let mut breaches = Vec::new();
    for target in targets(&page.text) {
        let (file, fragment) = target.split_once('#').unwrap_or((&target, ""));
        let path = match file {
            "" => page.path.clone(),
            file => plain(&page.path.parent().unwrap().join(file)),
        };
        let linked = pages.iter().find(|page| page.path == path);
        let is_there = linked.is_some() || root().join(&path).exists();
        let has_anchor = fragment.is_empty()
            || linked.is_some_and(|page| anchors(&page.text).contains(fragment));
        if !is_there || !has_anchor {
            breaches.push(format!("{}: {target}", page.path.display()));
        }
    }
    breaches
}

#[test]
fn links_lead_somewhere() {
    let pages = below("");
    assert!(pages.len() > 40, "{} pages", pages.len());
    let breaches: Vec<_> = pages
        .iter()
        .flat_map(|page| breaches(page, &pages))
        .collect();
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn links_that_lead_nowhere_are_found() {
    let page = |path: &str, text: &str| Page {
        path: path.into(),
        text: text.to_owned(),
    };
    let other = page(
        "docs/other.md",
        "# Is it `so`?\n## Is it so\n### is_it -- so",
    );
    let text = "[a](../other.md#is-it-so) [b](../other.md#is-it-so-1) [c](#here) ![d](none.png) [e](../other.md#no)\n\
                [f](../../tests/docs.rs) [g](https://nowhere.example/#x) [h](#gone) [i](../none.md)\n\
                [j](../other.md#is_it----so)\n\n    [k](code.md)\n\n# Here\n";
    let pages = [page("docs/deep/page.md", text), other];
    let expected = ["none.png", "../other.md#no", "#gone", "../none.md"]
        .map(|target| format!("docs/deep/page.md: {target}"));
    assert_eq!(breaches(&pages[0], &pages), expected);
}
