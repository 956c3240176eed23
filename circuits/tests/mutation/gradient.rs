//! What a row's balance `a b - c` depends on.

use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::{Field, One, Zero};

use super::rows::{Owned, Rows};

/// Rows with longer sums are hashes: nobody finds their inputs from their outputs.
const TERMS_MAX: usize = 24;
/// Defined wires that are followed for one row: of those that weigh, and of others.
const WIRES_MAX: (usize, usize) = (900, 500);

/// An input, and the derivative of the balance by it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slope {
    /// The input: a wire that no row defines.
    pub(crate) wire: u32,
    /// The derivative, while everything between follows.
    pub(crate) slope: Fr,
}

/// Of which of a row's combinations the inputs are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// All three, as they weigh.
    Balance,
    /// All three, also what does not weigh now.
    Any,
    /// A, also what does not weigh now.
    A,
    /// B, likewise.
    B,
    /// A, as it weighs.
    Zero,
}

/// The inputs that a row depends on through the wires that rows before it define, the last made
/// first. What is `fixed` is neither an input nor followed.
pub(crate) fn inputs_of(
    rows: &Rows,
    row: u32,
    side: Side,
    sums: &[Fr],
    fixed: &dyn Fn(u32) -> bool,
) -> Vec<Slope> {
    let mut search = Search {
        rows,
        before: row,
        sums,
        fixed,
        weighs: side == Side::Balance || side == Side::Zero,
        inputs: BTreeMap::new(),
        defined: BTreeMap::new(),
    };
    let one = Fr::one();
    match side {
        Side::Balance | Side::Any => search.spread(row, one, None),
        Side::A | Side::Zero => search.add(rows.terms(row)[0], one, None),
        Side::B => search.add(rows.terms(row)[1], one, None),
    }
    let (mut weighed, mut others) = (0, 0);
    while let Some(((owner, wire), slope)) = search.defined.pop_last() {
        let (visited, most) = match (slope.is_zero(), search.weighs) {
            (true, true) => continue,
            (true, false) => (&mut others, WIRES_MAX.1),
            (false, _) => (&mut weighed, WIRES_MAX.0),
        };
        *visited += 1;
        if *visited > most || is_hash(rows, owner) {
            continue;
        }
        if let Some(test) = rows.test_of(wire) {
            search.add(rows.combination(test.x), Fr::zero(), None);
        } else if let Some(owned) = rows.owned(owner) {
            let through = through(rows, owner, sums, owned, slope);
            search.spread(owner, through, Some(wire));
        }
    }
    let weighs = search.weighs;
    let found = search.inputs.into_iter().rev();
    let found = found.map(|(wire, slope)| Slope { wire, slope });
    found
        .filter(|input| !weighs || !input.slope.is_zero() || rows.is_bit(input.wire))
        .collect()
}

struct Search<'a> {
    rows: &'a Rows,
    /// Wires that this row or a later one defines are inputs.
    before: u32,
    sums: &'a [Fr],
    fixed: &'a dyn Fn(u32) -> bool,
    /// Whether only what weighs is wanted; then answers of zero tests are inputs.
    weighs: bool,
    inputs: BTreeMap<u32, Fr>,
    /// By the row that defines them, and wire.
    defined: BTreeMap<(u32, u32), Fr>,
}

impl Search<'_> {
    /// Adds `factor` times the derivatives of a row's balance by its wires, but `without`.
    fn spread(&mut self, row: u32, factor: Fr, without: Option<u32>) {
        let [a, b, _] = self.rows.row(row).map(|at| self.sums[at as usize]);
        let terms = self.rows.terms(row);
        for (terms, weight) in terms.into_iter().zip([b, a, -Fr::one()]) {
            self.add(terms, weight * factor, without);
        }
    }

    fn add(&mut self, terms: &[(u32, Fr)], factor: Fr, without: Option<u32>) {
        for (wire, coefficient) in terms {
            if *wire == 0 || Some(*wire) == without || (self.fixed)(*wire) {
                continue;
            }
            let owner = self.rows.owner(*wire).filter(|owner| *owner < self.before);
            let owner = owner.filter(|_| !self.weighs || self.rows.test_of(*wire).is_none());
            let sum = match owner {
                Some(owner) => self.defined.entry((owner, *wire)).or_default(),
                None => self.inputs.entry(*wire).or_default(),
            };
            *sum += factor * coefficient;
        }
    }
}

/// What the balance of a row weighs that defines a wire of this slope.
fn through(rows: &Rows, row: u32, sums: &[Fr], owned: Owned, slope: Fr) -> Fr {
    if slope.is_zero() {
        return slope;
    }
    let [a, b, _] = rows.row(row).map(|at| sums[at as usize]);
    let slope = if owned.inverse.is_one() {
        slope
    } else {
        slope * owned.inverse
    };
    let divided = |by: Fr| by.inverse().map_or(Fr::zero(), |inverse| -slope * inverse);
    match owned.place {
        0 => divided(b),
        1 => divided(a),
        _ => slope,
    }
}

fn is_hash(rows: &Rows, row: u32) -> bool {
    let long = |terms: &[(u32, Fr)]| {
        let not_bits = terms.iter().filter(|(wire, _)| !rows.is_bit(*wire));
        not_bits.count() > TERMS_MAX
    };
    rows.terms(row).into_iter().any(long)
}
