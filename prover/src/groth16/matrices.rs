//! The matrices A, B and C of a circuit.
//!
//! Rows share linear combinations (a square has the same one on both sides, a Poseidon S-box
//! uses its input three times), so combinations are stored and evaluated once, and a row is
//! three indexes.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup as _, Zero as _};
use rayon::prelude::*;

use crate::stored::Stored;

use super::description::{Coefficients, DescribeError, Description, Operand, narrow};

mod balance;
mod combinations;

use combinations::Combinations;

/// One of the three matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The left factor.
    A,
    /// The right factor.
    B,
    /// The product.
    C,
}

/// The matrices of a circuit, with shared rows stored once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrices {
    /// Public inputs, the constant one (wire 0) among them.
    pub(crate) inputs: u32,
    /// All wires.
    pub(crate) wires: u32,
    /// Distinct coefficients; 0 is one, 1 is minus one.
    pub(crate) coefficients: Vec<Fr>,
    /// Where each combination's terms end.
    pub(crate) ends: Stored<u32>,
    /// The wire of each term.
    pub(crate) term_wires: Stored<u32>,
    /// The coefficient of each term, an index into `coefficients`.
    pub(crate) term_coefficients: Stored<u32>,
    /// Per constraint the combination on its side A, B, C.
    pub(crate) rows: [Stored<u32>; 3],
}

/// Index of one in the coefficients.
const ONE: u32 = 0;
/// Index of minus one in the coefficients.
const MINUS_ONE: u32 = 1;
/// Combinations that one task evaluates.
const COMBINATIONS_PER_TASK: usize = 1024;

impl Matrices {
    /// The matrices of a described circuit, with A and B swapped in the rows where that leaves
    /// fewer wires in B: a product does not mind, and a wire in B costs a point of G2.
    ///
    /// # Errors
    /// [`DescribeError::TooLarge`].
    pub fn of(description: &Description) -> Result<Self, DescribeError> {
        let mut matrices = Inliner::new(description).run()?;
        let [a, b, _] = &matrices.rows;
        let [a, b] = balance::balanced(matrices.combinations(), matrices.wires(), [a, b]);
        matrices.rows[Side::A as usize] = a.into();
        matrices.rows[Side::B as usize] = b.into();
        Ok(matrices)
    }

    /// The matrices as the circuit wrote them.
    #[cfg(test)]
    pub(crate) fn unbalanced(description: &Description) -> Result<Self, DescribeError> {
        Inliner::new(description).run()
    }

    /// Constraints.
    #[must_use]
    pub fn constraints(&self) -> usize {
        self.rows[0].len()
    }

    /// Wires: the constant one, public inputs, private wires.
    #[must_use]
    pub fn wires(&self) -> usize {
        self.wires as usize
    }

    /// Public inputs, the constant one among them.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs as usize
    }

    /// Rows of the quotient's domain that are in use: the constraints, and one row per input
    /// that makes the inputs' polynomials independent.
    #[must_use]
    pub fn rows_used(&self) -> usize {
        self.constraints() + self.inputs()
    }

    /// The terms of a combination: wire, coefficient's index.
    pub(crate) fn combination(&self, index: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.combinations().terms(index)
    }

    fn combinations(&self) -> Combinations<'_> {
        Combinations {
            ends: &self.ends,
            wires: &self.term_wires,
            coefficients: &self.term_coefficients,
        }
    }

    /// The value of every combination under an assignment.
    pub(crate) fn evaluate(&self, assignment: &[Fr]) -> Vec<Fr> {
        let combinations = self.combinations();
        let value = |index| {
            let mut sum = Fr::ZERO;
            for (wire, coefficient) in combinations.terms(index) {
                let wire = assignment[wire as usize];
                match coefficient {
                    ONE => sum += wire,
                    MINUS_ONE => sum -= wire,
                    other => sum += wire * self.coefficients[other as usize],
                }
            }
            sum
        };
        (0..combinations.len())
            .into_par_iter()
            .with_min_len(COMBINATIONS_PER_TASK)
            .map(value)
            .collect()
    }

    /// The first constraint that the combinations' values do not satisfy.
    pub(crate) fn unsatisfied(&self, values: &[Fr]) -> Option<usize> {
        let [a, b, c] = self.rows.each_ref().map(|rows| &**rows);
        let at = |index: u32| values[index as usize];
        (0..self.constraints())
            .into_par_iter()
            .with_min_len(COMBINATIONS_PER_TASK)
            .position_first(|row| at(a[row]) * at(b[row]) != at(c[row]))
    }

    /// Per combination, the sum of `weights` over the rows that have it on this side.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn combination_weights(&self, side: Side, weights: &[Fr]) -> Vec<Fr> {
        let mut sums = vec![Fr::ZERO; self.ends.len()];
        for (combination, weight) in self.rows[side as usize].iter().zip(weights) {
            sums[*combination as usize] += weight;
        }
        sums
    }

    /// Per wire, the sum over combinations of its coefficient times the combination's weight.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn wire_weights(&self, combination_weights: &[Fr]) -> Vec<Fr> {
        let mut sums = vec![Fr::ZERO; self.wires()];
        let combinations = self.combinations();
        for (index, weight) in combination_weights.iter().enumerate() {
            if weight.is_zero() {
                continue;
            }
            for (wire, coefficient) in combinations.terms(index) {
                let sum = &mut sums[wire as usize];
                match coefficient {
                    ONE => *sum += weight,
                    MINUS_ONE => *sum -= weight,
                    other => *sum += *weight * self.coefficients[other as usize],
                }
            }
        }
        sums
    }

    /// One matrix as ark-groth16 takes it: per row its terms (coefficient, wire).
    #[must_use]
    pub fn to_ark(&self, side: Side) -> Vec<Vec<(Fr, usize)>> {
        let row = |combination: &u32| {
            self.combination(*combination as usize)
                .map(|(wire, coefficient)| (self.coefficients[coefficient as usize], wire as usize))
                .collect()
        };
        self.rows[side as usize].iter().map(row).collect()
    }
}

/// Replaces references to combinations by their terms.
struct Inliner<'a> {
    description: &'a Description,
    coefficients: Coefficients,
    /// Inlined terms (wire, coefficient) of the combinations done so far.
    terms: Vec<(u32, u32)>,
    ends: Vec<usize>,
    /// Where a wire's sum stands in `sums`, or `NOWHERE`.
    position: Vec<u32>,
    sums: Vec<(u32, Fr)>,
}

const NOWHERE: u32 = u32::MAX;

impl<'a> Inliner<'a> {
    fn new(description: &'a Description) -> Self {
        Self {
            description,
            coefficients: Coefficients::new(),
            terms: Vec::new(),
            ends: Vec::with_capacity(description.ends.len()),
            position: vec![NOWHERE; description.wires as usize],
            sums: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Matrices, DescribeError> {
        let needed = self.needed();
        for (index, needed) in needed.iter().enumerate() {
            if *needed {
                self.inline(index)?;
            }
            self.ends.push(self.terms.len());
        }
        self.assemble()
    }

    /// Combinations that a constraint refers to, directly or through others.
    fn needed(&self) -> Vec<bool> {
        let mut needed = vec![false; self.description.ends.len()];
        for operand in self.description.constraints.as_flattened() {
            if let Operand::Combination(index) = operand {
                needed[*index as usize] = true;
            }
        }
        for index in (0..needed.len()).rev().filter(|index| *index > 0) {
            if needed[index] {
                for (_, operand) in self.description.combination(index) {
                    if let Operand::Combination(inner) = operand {
                        needed[*inner as usize] = true;
                    }
                }
            }
        }
        needed
    }

    fn inline(&mut self, index: usize) -> Result<(), DescribeError> {
        for (coefficient, operand) in self.description.combination(index) {
            let factor = self.description.coefficients.values[*coefficient as usize];
            match operand {
                Operand::Zero => {}
                Operand::Wire(wire) => self.add(*wire, factor),
                Operand::Combination(inner) => {
                    let inner = *inner as usize;
                    let start = if inner == 0 { 0 } else { self.ends[inner - 1] };
                    for term in start..self.ends[inner] {
                        let (wire, coefficient) = self.terms[term];
                        self.add(
                            wire,
                            factor * self.coefficients.values[coefficient as usize],
                        );
                    }
                }
            }
        }
        let mut sums = std::mem::take(&mut self.sums);
        sums.sort_unstable_by_key(|(wire, _)| *wire);
        for (wire, sum) in sums.drain(..) {
            self.position[wire as usize] = NOWHERE;
            if !sum.is_zero() {
                let coefficient = self.coefficients.intern(sum)?;
                self.terms.push((wire, coefficient));
            }
        }
        self.sums = sums;
        Ok(())
    }

    fn add(&mut self, wire: u32, value: Fr) {
        let position = &mut self.position[wire as usize];
        if *position == NOWHERE {
            *position = self.sums.len() as u32;
            self.sums.push((wire, value));
        } else {
            self.sums[*position as usize].1 += value;
        }
    }

    /// Keeps the combinations that rows use, in the order of their first use.
    fn assemble(self) -> Result<Matrices, DescribeError> {
        let constraints = self.description.constraints.len();
        let (mut ends, mut term_wires, mut term_coefficients) =
            (Vec::new(), Vec::new(), Vec::new());
        let mut rows: [_; 3] = std::array::from_fn(|_| Vec::with_capacity(constraints));
        let mut numbers = HashMap::new();
        for row in &self.description.constraints {
            for (side, operand) in row.iter().enumerate() {
                let number = match numbers.get(operand) {
                    Some(number) => *number,
                    None => {
                        let terms: &[(u32, u32)] = match operand {
                            Operand::Zero => &[],
                            Operand::Wire(wire) => &[(*wire, ONE)],
                            Operand::Combination(0) => &self.terms[..self.ends[0]],
                            Operand::Combination(index) => {
                                let index = *index as usize;
                                &self.terms[self.ends[index - 1]..self.ends[index]]
                            }
                        };
                        let number = narrow(ends.len(), "combinations")?;
                        term_wires.extend(terms.iter().map(|(wire, _)| *wire));
                        term_coefficients.extend(terms.iter().map(|(_, c)| *c));
                        ends.push(narrow(term_wires.len(), "terms")?);
                        numbers.insert(*operand, number);
                        number
                    }
                };
                rows[side].push(number);
            }
        }
        Ok(Matrices {
            inputs: self.description.inputs,
            wires: self.description.wires,
            coefficients: self.coefficients.values,
            ends: ends.into(),
            term_wires: term_wires.into(),
            term_coefficients: term_coefficients.into(),
            rows: rows.map(Stored::from),
        })
    }
}
