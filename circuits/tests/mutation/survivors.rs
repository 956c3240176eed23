//! Rows without which everything passes that passes with them, as far as the suite can see.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use rayon::prelude::*;

use super::{hunt::Hunt, scenes::Circuit};

/// Rows that one thread looks at before it takes others.
const ROWS_PER_TASK: usize = 24;
/// Of so many witnesses one is compared with all rows.
const CHECKED: usize = 500;

/// What the committed list says of a row.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// Why it survives.
    pub(crate) reason: String,
    /// Whether that is not proved: a witness may yet be found.
    pub(crate) is_open: bool,
}

/// What became of some rows.
pub(crate) struct Findings {
    /// Those that no witness breaks alone, with the reason that the committed list gives.
    pub(crate) survivors: Vec<(u32, Option<Listed>)>,
    /// Those that are on the list as redundant, but a witness breaks them alone.
    pub(crate) killed: Vec<u32>,
}

/// Looks for witnesses against some rows. Tells `progress` how many are done.
pub(crate) fn look(circuit: &Circuit, rows: &[u32], progress: &(dyn Fn(usize) + Sync)) -> Findings {
    let mut listed = listed(circuit);
    let left = find(circuit, rows, progress);
    let survivors = left.into_iter().map(|row| (row, listed.remove(&row)));
    let survivors = survivors.collect();
    listed.retain(|row, entry| !entry.is_open && rows.contains(row));
    Findings {
        survivors,
        killed: listed.into_keys().collect(),
    }
}

/// The committed list for a circuit: rows, and the reasons.
///
/// A line is `CIRCUIT GROUP NUMBERS: redundant: REASON`; the numbers, such as `0,3-5`, count the rows of
/// the group, and `*` is all of them. Where it is not known that all of them survive, it says `open` instead.
pub(crate) fn listed(circuit: &Circuit) -> BTreeMap<u32, Listed> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mutation/survivors.txt");
    let text = std::fs::read_to_string(path).expect("the list is committed");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut listed = BTreeMap::new();
    for line in lines {
        let entry = parse(line).unwrap_or_else(|| panic!("not an entry of the list: {line}"));
        if entry.circuit != circuit.name {
            continue;
        }
        let rows = circuit.rows.of_group(entry.group);
        assert!(!rows.is_empty(), "there is no group {}", entry.group);
        for number in entry.numbers.unwrap_or_else(|| (0..rows.len()).collect()) {
            let row = rows.get(number);
            let row = row.unwrap_or_else(|| panic!("there is no row {number} in {}", entry.group));
            let (reason, is_open) = (entry.reason.to_owned(), entry.is_open);
            listed.insert(*row, Listed { reason, is_open });
        }
    }
    listed
}

struct Entry<'a> {
    circuit: &'a str,
    group: &'a str,
    /// Nothing for all.
    numbers: Option<Vec<usize>>,
    is_open: bool,
    reason: &'a str,
}

fn parse(line: &str) -> Option<Entry<'_>> {
    let (name, rest) = line.split_once(": ")?;
    let (state, reason) = rest.split_once(": ")?;
    let is_open = match state {
        "open" => true,
        "redundant" => false,
        _ => return None,
    };
    let mut words = name.split(' ');
    let [circuit, group, ranges] = [words.next()?, words.next()?, words.next()?];
    let number_range = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<usize>().ok()?..=last.parse().ok()?)
    };
    let numbers = if ranges == "*" {
        None
    } else {
        let ranges: Option<Vec<_>> = ranges.split(',').map(number_range).collect();
        Some(ranges?.into_iter().flatten().collect())
    };
    Some(Entry {
        circuit,
        group,
        numbers,
        is_open,
        reason,
    })
}

/// Those of some rows that no witness breaks alone.
fn find(circuit: &Circuit, rows: &[u32], progress: &(dyn Fn(usize) + Sync)) -> Vec<u32> {
    let mut by_kind = rows.to_vec();
    by_kind.sort_by_cached_key(|row| circuit.rows.kind(*row));
    let (idle, done): (Mutex<Vec<Hunt<'_>>>, _) = (Mutex::default(), AtomicUsize::new(0));
    let take = || idle.lock().map(|mut hunts| hunts.pop());
    let of_task = |rows: &[u32]| {
        let mut hunt = take().ok().flatten().unwrap_or_else(|| Hunt::new(circuit));
        let mut left = Vec::new();
        for row in rows {
            let number = done.fetch_add(1, Ordering::Relaxed);
            match hunt.search(*row) {
                None => left.push(*row),
                Some(scene) if number.is_multiple_of(CHECKED) => {
                    hunt.assert_breaks_alone(scene, *row)
                }
                Some(_) => {}
            }
            progress(number + 1);
        }
        if let Ok(mut hunts) = idle.lock() {
            hunts.push(hunt);
        }
        left
    };
    let mut left: Vec<u32> = by_kind
        .par_chunks(ROWS_PER_TASK)
        .flat_map_iter(of_task)
        .collect();
    left.sort_unstable();
    left
}
