//! Hostile provers for tests: rows by name, and hints that lie.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, Zero};
use ark_r1cs_std::{GR1CSVar, boolean::Boolean};
use ark_relations::gr1cs::{ConstraintSystem, Matrix, R1CS_PREDICATE_LABEL, SynthesisMode};

use super::system::{Cs, Result};

/// What a prover makes of a hint's honest value.
pub type Change = Box<dyn Fn(Fr) -> Fr>;

#[derive(Default)]
struct State {
    path: Vec<&'static str>,
    /// Hints evaluated so far.
    hints: usize,
    /// Rows added so far, in any mode.
    rows: usize,
    /// Where listing: the path of each hint.
    hint_paths: Option<Vec<String>>,
    changes: Vec<(usize, Change)>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Leaves a group when dropped.
pub(super) struct Entered;

pub(super) fn enter(name: &'static str) -> Entered {
    STATE.with_borrow_mut(|state| state.path.push(name));
    Entered
}

impl Drop for Entered {
    fn drop(&mut self) {
        STATE.with_borrow_mut(|state| state.path.pop());
    }
}

/// A hint's value as the prover under test assigns it.
pub(super) fn changed(value: Fr) -> Fr {
    STATE.with_borrow_mut(|state| {
        let hint = state.hints;
        state.hints += 1;
        if let Some(paths) = &mut state.hint_paths {
            paths.push(state.path.join("/"));
        }
        let change = state.changes.iter().find(|(chosen, _)| *chosen == hint);
        change.map_or(value, |(_, change)| change(value))
    })
}

/// A bit as the prover under test assigns it, and the number that it is, which may be no bit.
pub(super) fn changed_bit(bit: bool) -> (bool, Option<Fr>) {
    let number = changed(Fr::from(bit));
    (number == Fr::ONE, Some(number))
}

/// Assigns the witness variable made last.
pub(super) fn assign_last(cs: &Cs, value: Fr) {
    if let Some(mut cs) = cs.ark().borrow_mut()
        && let Some(last) = cs.assignments.witness_assignment.last_mut()
    {
        *last = value;
    }
}

/// Counts a row.
pub(super) fn row() {
    STATE.with_borrow_mut(|state| state.rows += 1);
}

/// How many rows `synthesise` adds; values are enough, where matrices would not fit in memory.
///
/// # Errors
/// Those of `synthesise`.
pub fn count_rows(synthesise: impl FnOnce(&Cs) -> Result<()>) -> Result<usize> {
    STATE.with_borrow_mut(|state| state.rows = 0);
    synthesise(&Cs::values_only())?;
    Ok(STATE.with_borrow(|state| state.rows))
}

/// What is assigned to the variable of a bit.
pub(super) fn assigned(bit: &Boolean<Fr>) -> Option<Fr> {
    match bit {
        Boolean::Constant(_) => None,
        Boolean::Var(variable) => bit.cs().borrow()?.assigned_value(variable.variable()),
    }
}

/// Runs `body` with the value of hint number `hint` (in order of synthesis, from 0) changed;
/// everything computed from it follows.
pub fn with_override<T>(
    hint: usize,
    change: impl Fn(Fr) -> Fr + 'static,
    body: impl FnOnce() -> T,
) -> T {
    with_overrides(vec![(hint, Box::new(change))], body)
}

/// Whether some hint is changed or listed on this thread: then all have to be made on it, in order.
pub(crate) fn is_watching() -> bool {
    STATE.with_borrow(|state| !state.changes.is_empty() || state.hint_paths.is_some())
}

/// Runs `body` with the values of several hints changed.
pub fn with_overrides<T>(changes: Vec<(usize, Change)>, body: impl FnOnce() -> T) -> T {
    STATE.with_borrow_mut(|state| {
        state.hints = 0;
        state.changes = changes;
    });
    let result = body();
    STATE.with_borrow_mut(|state| state.changes.clear());
    result
}

/// The rows of a circuit with the names of their groups.
pub struct Groups {
    rows: [Matrix<Fr>; 3],
    labels: Vec<String>,
}

impl Groups {
    /// Records a circuit by synthesising it in setup mode.
    ///
    /// # Errors
    /// Those of `synthesise`.
    pub fn record(synthesise: impl FnOnce(&Cs) -> Result<()>) -> Result<Groups> {
        let ark = ConstraintSystem::new_ref();
        ark.set_mode(SynthesisMode::Setup);
        let cs = Cs::from(ark.clone()).noting_names();
        synthesise(&cs)?;
        let names = cs.noted_names();
        let labels = names.rows.iter().map(ToString::to_string).collect();
        ark.finalize();
        let rows = ark
            .to_matrices()?
            .remove(R1CS_PREDICATE_LABEL)
            .unwrap_or_default();
        let rows = rows.try_into().expect("R1CS has three matrices");
        Ok(Groups { rows, labels })
    }

    /// The path of each row's group, empty for rows outside all groups.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many rows each path has.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for label in &self.labels {
            *counts.entry(label.as_str()).or_default() += 1;
        }
        counts
    }

    /// The groups with a row that the assignment of `cs`, a system of the same circuit in any mode
    /// with values, does not satisfy.
    #[must_use]
    pub fn violated(&self, cs: &Cs) -> BTreeSet<String> {
        let mut assignment = cs
            .ark()
            .instance_assignment()
            .expect("a system with values");
        assignment.extend(cs.ark().witness_assignment().expect("a system with values"));
        let evaluate = |matrix: &Matrix<Fr>, row: usize| -> Fr {
            let terms = matrix[row].iter();
            terms
                .map(|(coefficient, wire)| *coefficient * assignment[*wire])
                .sum()
        };
        let [a, b, c] = &self.rows;
        let fails =
            |row: &usize| !(evaluate(a, *row) * evaluate(b, *row) - evaluate(c, *row)).is_zero();
        (0..self.labels.len())
            .filter(fails)
            .map(|row| self.labels[row].clone())
            .collect()
    }

    /// Synthesises values only and returns the groups that they violate.
    ///
    /// # Errors
    /// Those of `synthesise`.
    pub fn violated_by(
        &self,
        synthesise: impl FnOnce(&Cs) -> Result<()>,
    ) -> Result<BTreeSet<String>> {
        let cs = Cs::values_only();
        synthesise(&cs)?;
        Ok(self.violated(&cs))
    }
}

/// The path of the group of each hint that `synthesise` evaluates, in order.
///
/// # Errors
/// Those of `synthesise`.
pub fn hints(synthesise: impl FnOnce(&Cs) -> Result<()>) -> Result<Vec<String>> {
    STATE.with_borrow_mut(|state| state.hint_paths = Some(Vec::new()));
    let result = synthesise(&Cs::values_only());
    let paths = STATE.with_borrow_mut(|state| state.hint_paths.take());
    result.map(|()| paths.unwrap_or_default())
}

/// Another value, for a bit the other bit.
#[must_use]
pub fn another(value: Fr) -> Fr {
    if value == Fr::ONE {
        Fr::ZERO
    } else {
        value + Fr::ONE
    }
}

/// The hints among `chosen` that a prover can change to [`another`] value without any row
/// failing, when everything computed later follows the change.
///
/// # Errors
/// Those of `synthesise`.
pub fn free_hints(
    groups: &Groups,
    chosen: impl IntoIterator<Item = usize>,
    synthesise: impl Fn(&Cs) -> Result<()>,
) -> Result<Vec<usize>> {
    let mut free = Vec::new();
    for hint in chosen {
        if with_override(hint, another, || groups.violated_by(&synthesise))?.is_empty() {
            free.push(hint);
        }
    }
    Ok(free)
}
