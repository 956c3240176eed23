//! A prover who changes some wires and mends, row by row, what does not fit any more.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInteger, Field, One, PrimeField, Zero};

use super::{
    gradient::{Side, Slope, inputs_of},
    rows::{Owned, Rows, ZeroTest},
    scenes::Scene,
};

/// Repairs of one row in one attempt, and of all rows.
const REPAIRS_MAX: (usize, usize) = (2, 60);
/// Rows that are looked at in one attempt.
const STEPS_MAX: usize = 100_000;
/// Ways to mend a row that are considered.
const WAYS_MAX: usize = 4;
/// Attempts with other repairs.
const ATTEMPTS: usize = 3;

/// A way to mend a row: new values of inputs.
type Repair = Vec<(u32, Fr)>;

/// An assignment that is being changed. It can be used again and again.
pub(crate) struct Attack<'a> {
    rows: &'a Rows,
    scene: &'a Scene,
    wires: Vec<Fr>,
    sums: Vec<Fr>,
    touched_wires: Vec<u32>,
    touched_sums: Vec<u32>,
    is_touched: (Vec<bool>, Vec<bool>),
    queue: BinaryHeap<Reverse<u32>>,
    is_queued: Vec<bool>,
    held: BTreeSet<u32>,
    /// The row that is not mended.
    spared: Option<u32>,
    /// The rows that were mended.
    mended: Vec<u32>,
    /// The repair that was taken each time, and of how many.
    taken: Vec<(usize, usize)>,
}

impl<'a> Attack<'a> {
    /// Begins with an honest assignment.
    pub(crate) fn new(rows: &'a Rows, scene: &'a Scene) -> Self {
        Self {
            rows,
            scene,
            wires: scene.wires.clone(),
            sums: scene.sums.clone(),
            touched_wires: Vec::new(),
            touched_sums: Vec::new(),
            is_touched: (
                vec![false; scene.wires.len()],
                vec![false; scene.sums.len()],
            ),
            queue: BinaryHeap::new(),
            is_queued: vec![false; rows.len()],
            held: BTreeSet::new(),
            spared: None,
            mended: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// Whether the changes and some repairs break `spared`, which is not mended, and no other row.
    pub(crate) fn breaks_alone(&mut self, changes: &[(u32, Fr)], spared: u32) -> bool {
        let mut choices = Vec::new();
        for _ in 0..ATTEMPTS {
            if self.attempt(changes, spared, &choices) {
                return true;
            }
            while let Some((taken, of)) = self.taken.pop() {
                if taken + 1 < of {
                    self.taken.push((taken + 1, of));
                    break;
                }
            }
            choices = self.taken.iter().map(|(taken, _)| *taken).collect();
            if choices.is_empty() {
                break;
            }
        }
        false
    }

    /// The assignment as it is.
    pub(crate) fn wires(&self) -> &[Fr] {
        &self.wires
    }

    /// The scene that it began with.
    pub(crate) fn scene(&self) -> &'a Scene {
        self.scene
    }

    /// The inputs that a row depends on, before any change.
    pub(crate) fn inputs_of(&mut self, row: u32, side: Side) -> Vec<Slope> {
        self.reset();
        inputs_of(self.rows, row, side, &self.sums, &|_| false)
    }

    fn reset(&mut self) {
        for wire in self.touched_wires.drain(..) {
            self.wires[wire as usize] = self.scene.wires[wire as usize];
            self.is_touched.0[wire as usize] = false;
        }
        for sum in self.touched_sums.drain(..) {
            self.sums[sum as usize] = self.scene.sums[sum as usize];
            self.is_touched.1[sum as usize] = false;
        }
        for Reverse(row) in self.queue.drain() {
            self.is_queued[row as usize] = false;
        }
        self.held.clear();
        self.mended.clear();
        self.taken.clear();
    }

    fn attempt(&mut self, changes: &[(u32, Fr)], spared: u32, choices: &[usize]) -> bool {
        self.reset();
        self.spared = Some(spared);
        for (wire, value) in changes {
            self.set(*wire, *value);
            self.held.insert(*wire);
        }
        for row in &self.scene.broken {
            self.look_at(*row);
        }
        let mut steps = 0;
        let mut is_broken = false;
        while let Some(Reverse(row)) = self.queue.pop() {
            self.is_queued[row as usize] = false;
            steps += 1;
            if steps > STEPS_MAX || self.taken.len() > REPAIRS_MAX.1 {
                return false;
            }
            if row == spared {
                is_broken = !self.is_satisfied(row);
            } else if !self.is_satisfied(row) && !self.follow(row) && !self.repair(row, choices) {
                return false;
            }
        }
        is_broken
    }

    fn of(&self, row: u32) -> [Fr; 3] {
        self.rows.row(row).map(|at| self.sums[at as usize])
    }

    fn is_satisfied(&self, row: u32) -> bool {
        let [a, b, c] = self.of(row);
        a * b == c
    }

    fn set(&mut self, wire: u32, value: Fr) {
        let change = value - self.wires[wire as usize];
        if change.is_zero() {
            return;
        }
        self.wires[wire as usize] = value;
        if !std::mem::replace(&mut self.is_touched.0[wire as usize], true) {
            self.touched_wires.push(wire);
        }
        for (sum, coefficient) in self.rows.uses(wire) {
            self.sums[*sum as usize] += if coefficient.is_one() {
                change
            } else {
                *coefficient * change
            };
            if !std::mem::replace(&mut self.is_touched.1[*sum as usize], true) {
                self.touched_sums.push(*sum);
            }
            for row in self.rows.rows_of(*sum) {
                if !std::mem::replace(&mut self.is_queued[*row as usize], true) {
                    self.queue.push(Reverse(*row));
                }
            }
        }
    }

    fn look_at(&mut self, row: u32) {
        if !std::mem::replace(&mut self.is_queued[row as usize], true) {
            self.queue.push(Reverse(row));
        }
    }

    /// Gives the wire that a row defines the value that it must have.
    fn follow(&mut self, row: u32) -> bool {
        if let Some(test) = self.rows.zero_test(row).copied()
            && !test.rows.iter().any(|row| self.spared == Some(*row))
            && !self.held.contains(&test.flag)
        {
            let inverse = self.sums[test.x as usize].inverse();
            self.set(test.flag, Fr::from(inverse.is_none()));
            self.set(test.inverse, inverse.unwrap_or_default());
            return true;
        }
        let Some(Owned {
            wire,
            place,
            inverse,
        }) = self.rows.owned(row)
        else {
            return false;
        };
        if self.held.contains(&wire) || self.rows.is_bit(wire) {
            return false;
        }
        let [a, b, c] = self.of(row);
        let quotient = |other: Fr, mine: Fr| other.inverse().map(|inverse| c * inverse - mine);
        let change = match place {
            0 => quotient(b, a),
            1 => quotient(a, b),
            _ => Some(a * b - c),
        };
        let Some(change) = change else { return false };
        let change = if inverse.is_one() {
            change
        } else {
            change * inverse
        };
        self.set(wire, self.wires[wire as usize] + change);
        true
    }

    /// Changes an input so that a row holds, the last made input first.
    fn repair(&mut self, row: u32, choices: &[usize]) -> bool {
        // A signature that is not valid has to be made anew.
        if self.scene.secrets.is_some() && row as usize + 1 == self.rows.len() {
            return false;
        }
        let times = self.mended.iter().filter(|mended| **mended == row).count();
        if times >= REPAIRS_MAX.0 {
            return false;
        }
        let repairs = self.repairs(row);
        if repairs.is_empty() {
            return false;
        }
        self.mended.push(row);
        let chosen = choices.get(self.taken.len()).copied().unwrap_or(0);
        self.taken.push((chosen, repairs.len()));
        for (wire, value) in &repairs[chosen.min(repairs.len() - 1)] {
            self.set(*wire, *value);
        }
        // What stands between may not have followed.
        self.look_at(row);
        true
    }

    fn repairs(&self, row: u32) -> Vec<Repair> {
        let is_fixed = |wire: u32| {
            let spared = self
                .rows
                .owner(wire)
                .is_some_and(|owner| self.spared == Some(owner));
            spared || self.held.contains(&wire)
        };
        let inputs = inputs_of(self.rows, row, Side::Balance, &self.sums, &is_fixed);
        let [a, b, c] = self.of(row);
        let missing = c - a * b;
        let mut repairs = Vec::new();
        let mut rest = &inputs[..];
        while let Some((input, after)) = rest.split_first()
            && repairs.len() < WAYS_MAX
        {
            let length = self.number(rest);
            let (digits, further) = rest.split_at(length);
            rest = if length > 1 { further } else { after };
            if input.slope.is_zero() {
                continue;
            }
            if length > 1 {
                repairs.extend(self.renumber(digits, missing));
                continue;
            }
            let change = missing * input.slope.inverse().expect("it is not zero");
            let value = self.wires[input.wire as usize] + change;
            if let Some(test) = self.rows.test_of(input.wire) {
                repairs.extend(self.answer(test, value, &is_fixed));
                continue;
            }
            let fits = !self.rows.is_bit(input.wire) || value.is_zero() || value.is_one();
            repairs.extend(fits.then(|| vec![(input.wire, value)]));
        }
        // A bit that does not weigh now may weigh once it is the other.
        for input in inputs.iter().filter(|input| input.slope.is_zero()).take(2) {
            let value = self.wires[input.wire as usize];
            if self.rows.is_bit(input.wire) && (value.is_zero() || value.is_one()) {
                repairs.push(vec![(input.wire, Fr::one() - value)]);
            }
        }
        repairs
    }

    /// Makes what a test asks for zero, or not.
    fn answer(&self, test: &ZeroTest, flag: Fr, is_fixed: &dyn Fn(u32) -> bool) -> Vec<Repair> {
        let inputs = inputs_of(self.rows, test.rows[0], Side::Zero, &self.sums, is_fixed);
        let inputs = inputs.iter().filter(|input| !input.slope.is_zero());
        let repair = |input: &Slope| {
            let now = self.wires[input.wire as usize];
            let x = self.sums[test.x as usize];
            let value = if flag.is_one() {
                now - x * input.slope.inverse()?
            } else {
                now + Fr::one()
            };
            let fits = !self.rows.is_bit(input.wire) || value.is_zero() || value.is_one();
            fits.then(|| vec![(input.wire, value)])
        };
        let possible = flag.is_zero() || flag.is_one();
        let repairs = inputs.filter_map(repair).take(WAYS_MAX);
        if possible {
            repairs.collect()
        } else {
            Vec::new()
        }
    }

    /// How many of the inputs, from the first, are the bits of one number, the highest first.
    fn number(&self, inputs: &[Slope]) -> usize {
        let is_next = |pair: &[Slope]| {
            let [high, low] = pair else { return false };
            low.wire + 1 == high.wire
                && self.rows.is_bit(low.wire)
                && self.rows.is_bit(high.wire)
                && !low.slope.is_zero()
                && low.slope.double() == high.slope
        };
        1 + inputs.windows(2).take_while(|pair| is_next(pair)).count()
    }

    /// The bits of the number that changes a row's balance by `missing`.
    fn renumber(&self, bits: &[Slope], missing: Fr) -> Option<Repair> {
        let unit = bits.last()?.slope;
        let now = bits.iter().fold(Fr::zero(), |sum, bit| {
            sum.double() + self.wires[bit.wire as usize]
        });
        let number = (now + missing * unit.inverse()?).into_bigint();
        if number.num_bits() as usize > bits.len() {
            return None;
        }
        let bit = |(at, bit): (usize, &Slope)| (bit.wire, Fr::from(number.get_bit(at)));
        Some(bits.iter().rev().enumerate().map(bit).collect())
    }
}
