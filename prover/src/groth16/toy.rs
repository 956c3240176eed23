//! A circuit for tests: a chain of fifth powers with bits beside it, of any length.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup as _, Field as _};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable,
};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};

/// `x_{i+1} = (x_i + 3 x_{i-1} + b_i + i)^5` with bits `b_i`, from a public start to a public end.
#[derive(Debug, Clone)]
pub(crate) struct Toy {
    pub(crate) steps: usize,
    pub(crate) start: Fr,
    /// Added to the public end: anything but zero makes the statement false.
    pub(crate) error: Fr,
}

impl Toy {
    pub(crate) fn new(steps: usize, start: u64) -> Self {
        Self {
            steps,
            start: Fr::from(start),
            error: Fr::ZERO,
        }
    }

    pub(crate) fn end(&self) -> Fr {
        let (mut last, mut x) = (Fr::ZERO, self.start);
        for i in 0..self.steps {
            let sum = x + Fr::from(3u8) * last + bit(i) + Fr::from(i as u64);
            (last, x) = (x, sum.pow([5u64]));
        }
        x + self.error
    }
}

fn bit(i: usize) -> Fr {
    Fr::from(u8::from(i.is_multiple_of(3)))
}

fn one(variable: Variable) -> LinearCombination<Fr> {
    LinearCombination(vec![(Fr::ONE, variable)])
}

impl ConstraintSynthesizer<Fr> for Toy {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let start = cs.new_input_variable(|| Ok(self.start))?;
        let end = cs.new_input_variable(|| Ok(self.end()))?;
        let (mut last, mut x) = (Variable::Zero, start);
        let (mut last_value, mut value) = (Fr::ZERO, self.start);
        for i in 0..self.steps {
            let b = cs.new_witness_variable(|| Ok(bit(i)))?;
            let not = || LinearCombination(vec![(Fr::ONE, Variable::One), (-Fr::ONE, b)]);
            cs.enforce_r1cs_constraint(|| one(b), not, LinearCombination::zero)?;
            // A combination of a combination, as gadgets make them.
            let inner =
                cs.new_lc(|| LinearCombination(vec![(Fr::ONE, x), (Fr::from(3u8), last)]))?;
            let step = (Fr::from(i as u64), Variable::One);
            let sum =
                cs.new_lc(|| LinearCombination(vec![(Fr::ONE, inner), (Fr::ONE, b), step]))?;
            let s = value + Fr::from(3u8) * last_value + bit(i) + Fr::from(i as u64);
            let squared = cs.new_witness_variable(|| Ok(s.square()))?;
            cs.enforce_r1cs_constraint(|| one(sum), || one(sum), || one(squared))?;
            let fourth = cs.new_witness_variable(|| Ok(s.square().square()))?;
            cs.enforce_r1cs_constraint(|| one(squared), || one(squared), || one(fourth))?;
            let next = cs.new_witness_variable(|| Ok(s.pow([5u64])))?;
            cs.enforce_r1cs_constraint(|| one(sum), || one(fourth), || one(next))?;
            (last, x) = (x, next);
            (last_value, value) = (value, s.pow([5u64]));
        }
        cs.enforce_r1cs_constraint(|| one(x), || one(Variable::One), || one(end))
    }
}

/// Random rows over public and private wires: sums of each on every side, so that public inputs are
/// in C, and rows whose sides are constant or empty.
#[derive(Debug, Clone)]
pub(crate) struct Scrambled {
    pub(crate) seed: u64,
    pub(crate) publics: usize,
    pub(crate) rows: usize,
}

impl ConstraintSynthesizer<Fr> for Scrambled {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let mut random = ChaCha20Rng::seed_from_u64(self.seed);
        let mut wires = vec![(Variable::One, Fr::ONE)];
        for _ in 0..self.publics {
            let value = Fr::from(random.next_u64());
            wires.push((cs.new_input_variable(|| Ok(value))?, value));
        }
        for _ in 0..self.rows {
            let mut sum = || {
                let (mut terms, mut value) = (Vec::new(), Fr::ZERO);
                for _ in 0..random.next_u32() % 4 {
                    let (wire, of_wire) = wires[random.next_u32() as usize % wires.len()];
                    let coefficient = Fr::from(random.next_u32());
                    terms.push((coefficient, wire));
                    value += coefficient * of_wire;
                }
                (LinearCombination(terms), value)
            };
            let [(a, of_a), (b, of_b), (mut c, of_c)] = [sum(), sum(), sum()];
            let rest = of_a * of_b - of_c;
            let wire = cs.new_witness_variable(|| Ok(rest))?;
            c.0.push((Fr::ONE, wire));
            wires.push((wire, rest));
            cs.enforce_r1cs_constraint(|| a, || b, || c)?;
        }
        Ok(())
    }
}

/// Takes any public inputs, and knows the product of the first two.
#[derive(Debug, Clone)]
pub(crate) struct AnyInputs(pub(crate) Vec<Fr>);

impl ConstraintSynthesizer<Fr> for AnyInputs {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let inputs = self
            .0
            .iter()
            .map(|value| cs.new_input_variable(|| Ok(*value)));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let product = cs.new_witness_variable(|| Ok(self.0[0] * self.0[1]))?;
        cs.enforce_r1cs_constraint(|| one(inputs[0]), || one(inputs[1]), || one(product))
    }
}
