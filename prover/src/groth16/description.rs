//! A circuit as ark's gadgets describe it: constraints over linear combinations that refer to
//! one another. Its digest names the circuit, and is quick to make because nothing is inlined.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::{Field as _, Zero as _};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, OptimizationGoal,
    R1CS_PREDICATE_LABEL, SynthesisError, SynthesisMode, Variable,
};
use sha2::{Digest as _, Sha256};

use super::encoding::scalar_to_word;

/// What a term or a side of a constraint refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operand {
    /// Nothing: the empty sum.
    Zero,
    /// A wire; wire 0 is the constant one, public inputs follow, then private wires.
    Wire(u32),
    /// A linear combination that was described earlier.
    Combination(u32),
}

/// A coefficient's index, and what it multiplies.
pub(crate) type Term = (u32, Operand);

/// The circuit, with its combinations not yet inlined.
#[derive(Debug)]
pub struct Description {
    /// Public inputs, the constant one among them.
    pub(crate) inputs: u32,
    /// All wires.
    pub(crate) wires: u32,
    /// Distinct coefficients.
    pub(crate) coefficients: Coefficients,
    /// Where each combination's terms end in `terms`.
    pub(crate) ends: Vec<u32>,
    /// Terms of all combinations.
    pub(crate) terms: Vec<Term>,
    /// A, B and C of every constraint.
    pub(crate) constraints: Vec<[Operand; 3]>,
}

/// Why there is no description.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// The circuit does not synthesise.
    #[error("the circuit does not synthesise: {0}")]
    Synthesis(#[from] SynthesisError),
    /// It uses constraints that are not `A B = C`.
    #[error("the circuit has constraints other than rank 1")]
    NotRankOne,
    /// More terms, wires or combinations than 32 bits count.
    #[error("the circuit is too large: {what} pass 2^32")]
    TooLarge {
        /// Of what there are too many.
        what: &'static str,
    },
}

/// Distinct coefficients, numbered in the order of their first use; 0 is one, 1 is minus one.
#[derive(Debug)]
pub(crate) struct Coefficients {
    pub(crate) values: Vec<Fr>,
    index: HashMap<Fr, u32>,
}

impl Coefficients {
    pub(crate) fn new() -> Self {
        let values = vec![Fr::ONE, -Fr::ONE];
        let index = values.iter().copied().zip(0..).collect();
        Self { values, index }
    }

    pub(crate) fn intern(&mut self, value: Fr) -> Result<u32, DescribeError> {
        if let Some(index) = self.index.get(&value) {
            return Ok(*index);
        }
        let index = narrow(self.values.len(), "coefficients")?;
        self.values.push(value);
        self.index.insert(value, index);
        Ok(index)
    }
}

pub(crate) fn narrow(value: usize, what: &'static str) -> Result<u32, DescribeError> {
    u32::try_from(value).map_err(|_| DescribeError::TooLarge { what })
}

impl Description {
    /// Describes a circuit; the values it carries do not matter.
    ///
    /// # Errors
    /// [`DescribeError`].
    pub fn of<C: ConstraintSynthesizer<Fr>>(circuit: C) -> Result<Self, DescribeError> {
        let cs = synthesize(circuit, SynthesisMode::Setup)?;
        let cs = cs.borrow().ok_or(SynthesisError::MissingCS)?;
        Self::read(&cs)
    }

    fn read(cs: &ConstraintSystem<Fr>) -> Result<Self, DescribeError> {
        if cs.num_predicates() != 1 {
            return Err(DescribeError::NotRankOne);
        }
        let inputs = cs.num_instance_variables();
        let mut description = Self {
            inputs: narrow(inputs, "inputs")?,
            wires: narrow(cs.num_variables(), "wires")?,
            coefficients: Coefficients::new(),
            ends: Vec::with_capacity(cs.num_linear_combinations),
            terms: Vec::new(),
            constraints: Vec::with_capacity(cs.num_constraints()),
        };
        for index in 0..cs.num_linear_combinations {
            for (coefficient, variable) in cs.get_lc(Variable::symbolic_lc(index)).0 {
                let operand = operand(variable, inputs)?;
                if operand != Operand::Zero && !coefficient.is_zero() {
                    let coefficient = description.coefficients.intern(coefficient)?;
                    description.terms.push((coefficient, operand));
                }
            }
            description
                .ends
                .push(narrow(description.terms.len(), "terms")?);
        }
        let sides = cs
            .predicate_constraint_systems
            .get(R1CS_PREDICATE_LABEL)
            .ok_or(DescribeError::NotRankOne)?
            .get_constraints();
        let [a, b, c] = sides.as_slice() else {
            return Err(DescribeError::NotRankOne);
        };
        for ((a, b), c) in a.iter().zip(b).zip(c) {
            let row = [
                operand(*a, inputs)?,
                operand(*b, inputs)?,
                operand(*c, inputs)?,
            ];
            description.constraints.push(row);
        }
        Ok(description)
    }

    /// The terms of combination `index`.
    pub(crate) fn combination(&self, index: usize) -> &[Term] {
        let start = if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        };
        &self.terms[start..self.ends[index] as usize]
    }

    /// How many constraints the circuit has.
    #[must_use]
    pub fn constraints(&self) -> usize {
        self.constraints.len()
    }

    /// SHA-256 of the description: two circuits share it only when they are the same.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Chunked::new(b"assay/circuit/1");
        hasher.put(&[self.inputs, self.wires]);
        for coefficient in &self.coefficients.values {
            hasher.bytes(&scalar_to_word(coefficient));
        }
        for end in &self.ends {
            hasher.put(&[*end]);
        }
        for (coefficient, operand) in &self.terms {
            let [kind, index] = operand.code();
            hasher.put(&[*coefficient, kind, index]);
        }
        for row in &self.constraints {
            for operand in row {
                hasher.put(&operand.code());
            }
        }
        hasher.put(&[
            self.coefficients.values.len() as u32,
            self.ends.len() as u32,
            self.terms.len() as u32,
            self.constraints.len() as u32,
        ]);
        hasher.finish()
    }
}

impl Operand {
    fn code(self) -> [u32; 2] {
        match self {
            Self::Zero => [0, 0],
            Self::Wire(wire) => [1, wire],
            Self::Combination(index) => [2, index],
        }
    }
}

fn operand(variable: Variable, inputs: usize) -> Result<Operand, DescribeError> {
    if variable.is_zero() {
        return Ok(Operand::Zero);
    }
    if let Some(index) = variable.get_lc_index() {
        return Ok(Operand::Combination(narrow(index, "combinations")?));
    }
    let wire = variable
        .get_variable_index(inputs)
        .ok_or(SynthesisError::MissingCS)?;
    Ok(Operand::Wire(narrow(wire, "wires")?))
}

/// SHA-256 over many small numbers, handed over in blocks.
struct Chunked {
    hasher: Sha256,
    buffer: Vec<u8>,
}

impl Chunked {
    const BLOCK_BYTES: usize = 1 << 16;

    fn new(domain: &[u8]) -> Self {
        let mut buffer = Vec::with_capacity(Self::BLOCK_BYTES + 64);
        buffer.extend_from_slice(domain);
        Self {
            hasher: Sha256::new(),
            buffer,
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= Self::BLOCK_BYTES {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn put(&mut self, numbers: &[u32]) {
        for number in numbers {
            self.bytes(&number.to_le_bytes());
        }
    }

    fn finish(mut self) -> [u8; 32] {
        self.hasher.update(&self.buffer);
        self.hasher.finalize().into()
    }
}

/// The wires' values: the constant one, public inputs, private wires.
///
/// # Errors
/// What the circuit's own code refuses. A wrong witness is no error here: the prover finds it.
pub fn assign<C: ConstraintSynthesizer<Fr>>(circuit: C) -> Result<Vec<Fr>, SynthesisError> {
    let values_only = SynthesisMode::Prove {
        construct_matrices: false,
        generate_lc_assignments: false,
    };
    let cs = synthesize(circuit, values_only)?;
    let cs = cs.into_inner().ok_or(SynthesisError::MissingCS)?;
    let mut values = cs.assignments.instance_assignment;
    values.extend_from_slice(&cs.assignments.witness_assignment);
    Ok(values)
}

fn synthesize<C: ConstraintSynthesizer<Fr>>(
    circuit: C,
    mode: SynthesisMode,
) -> Result<ConstraintSystemRef<Fr>, SynthesisError> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(mode);
    circuit.generate_constraints(cs.clone())?;
    Ok(cs)
}
