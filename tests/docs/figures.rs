//! Figures on pages that tests count: the snapshot has them, and the pages must have the same.

use std::fs;

use serde_json::{Map, Value};

use crate::pages::root;

/// What pages say of gas, by its name in the snapshot.
const GAS: [(&str, &[&str]); 5] = [
    (
        "README.md",
        &["submit medium, empty", "marginal: one transfer (of 237)"],
    ),
    (
        "docs/measured.md",
        &[
            "submit small, empty",
            "submit medium, empty",
            "submit large, empty",
            "marginal: one transfer (of 237)",
            "marginal: one proof (of 4)",
            "deposit ether",
            "force transfer",
            "claim ether",
            "claim token",
            "escape ether",
            "refund token",
        ],
    ),
    (
        "docs/comparison.md",
        &[
            "submit small, 12 transfers",
            "submit medium, 56 transfers",
            "submit large, 237 transfers",
            "submit large, 8 together",
        ],
    ),
    (
        "docs/guides/operators.md",
        &["marginal: one transfer (of 237)"],
    ),
    (
        "docs/guides/payments.md",
        &["marginal: one transfer (of 237)"],
    ),
];
/// Gas of a full batch and its payments, whose quotient the comparison shows.
const GAS_OF_EACH: [(&str, u64); 4] = [
    ("submit small, 12 transfers", 12),
    ("submit medium, 56 transfers", 56),
    ("submit large, 237 transfers", 237),
    ("submit large, 8 together", 8 * 237),
];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn snapshot(path: &str) -> Map<String, Value> {
    serde_json::from_str(&read(path)).unwrap()
}

/// A number as pages write it, in groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether a page has this number, and not as a part of another.
fn has(page: &str, number: u64) -> bool {
    let text = grouped(number);
    let is_digit = |c: char| c.is_ascii_digit();
    page.match_indices(&text).any(|(at, found)| {
        let (before, behind) = (&page[..at], &page[at + found.len()..]);
        let before = before.strip_suffix(',').unwrap_or(before);
        let behind = behind.strip_prefix(',').unwrap_or(behind);
        !before.ends_with(is_digit) && !behind.starts_with(is_digit)
    })
}

#[test]
fn pages_have_the_gas_of_the_snapshot() {
    let gas = snapshot("l1-contracts-sim/snapshots/gas.json");
    let mut missing = Vec::new();
    for (path, names) in GAS {
        let page = read(path);
        for name in names {
            let count = gas[*name].as_u64().unwrap();
            if !has(&page, count) {
                missing.push(format!("{path}: {name} is {}", grouped(count)));
            }
        }
    }
    let page = read("docs/comparison.md");
    for (name, payments) in GAS_OF_EACH {
        // Rounded to the nearest.
        let each = (gas[name].as_u64().unwrap() * 2 + payments) / (payments * 2);
        if !has(&page, each) || !has(&page, payments) {
            missing.push(format!("docs/comparison.md: {name} are {each} each"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn pages_have_the_constraints_of_the_snapshot() {
    let snapshot = snapshot("circuits/snapshots/constraints.json");
    let (shapes, slots) = (&snapshot["shapes"], &snapshot["slots"]);
    let rows = "domain_rows_per_transfer";
    let (measured, provers) = ("docs/measured.md", "docs/guides/provers.md");
    let mut expected = vec![
        (measured, &slots["transfer"]),
        (measured, &slots["full"]),
        (provers, &shapes["small"][rows]),
        (provers, &shapes["large"][rows]),
    ];
    for shape in ["small", "medium", "large"] {
        let shape = &shapes[shape];
        expected.extend([(measured, &shape["constraints"]), (measured, &shape[rows])]);
    }
    let missing: Vec<_> = expected
        .into_iter()
        .map(|(page, count)| (page, count.as_u64().unwrap()))
        .filter(|(page, count)| !has(&read(page), *count))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_number_within_another_is_not_it() {
    for (page, number, is) in [
        ("262 gas", 262, true),
        ("of 1,262", 262, false),
        ("2,620", 262, false),
        ("a sum of 1,234,567, or so", 1_234_567, true),
        ("1,234,567,890", 1_234_567, false),
        ("11,234", 1_234, false),
    ] {
        assert_eq!(has(page, number), is, "{page}");
    }
    assert_eq!([0, 999, 1_000].map(grouped), ["0", "999", "1,000"]);
}
