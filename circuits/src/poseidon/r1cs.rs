//! The only door for hashing in the circuit.
//!
//! An S-box is three rows and the only cost: `x * x = x2`, `x2 * x2 = x4`, `x4 * x = x5`, where
//! `x` is a linear combination of the hash's inputs and of earlier `x5`. Nothing else is a
//! variable, and the S-box of the capacity in the first round is a constant. `x` is the second
//! factor of the third row because it is in B already: `x4` then stays out of B, whose wires cost
//! a G2 multiplication each.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, Zero};
use ark_r1cs_std::{GR1CSVar, fields::fp::FpVar};
use ark_relations::gr1cs::LinearCombination;

use super::parameters::{FULL_ROUNDS_HALF, Parameters};
use super::{MAX_INPUTS, fifth_power, hash_with};
use crate::constraint::{
    Cs, Result, Values, computed, enforce_product, extend_flat, finish, linear, new_combination,
    product, witness,
};

/// Poseidon of 1 to 16 inputs: 3 rows for each S-box but the first, 240, 261, 297, 321 for 2 to 5
/// inputs. The output is a linear combination, without a row.
///
/// # Errors
/// Those of synthesis.
///
/// # Panics
/// For other numbers of inputs.
pub fn hash(inputs: &[FpVar<Fr>]) -> Result<FpVar<Fr>> {
    let cs = inputs
        .iter()
        .map(GR1CSVar::cs)
        .find(|cs| !cs.is_none())
        .unwrap_or(Cs::None);
    let values = if cs.is_in_setup_mode() {
        vec![Fr::ZERO; inputs.len()]
    } else {
        inputs.iter().map(GR1CSVar::value).collect::<Result<_>>()?
    };
    if cs.is_none() {
        return Ok(FpVar::Constant(super::hash(&values)));
    }
    let is_variable = |input: &FpVar<Fr>| matches!(input, FpVar::Var(_));
    if inputs.iter().all(is_variable)
        && let Some(wires) = Values::of(&cs)
    {
        let output = assign(&values, wires)?;
        return Ok(computed(&cs, output));
    }
    let has_values = !cs.is_in_setup_mode();
    let template = Template::of_width(inputs.len() + 1);
    let mut wires: Vec<FpVar<Fr>> = inputs.to_vec();
    let mut combinations = template.sboxes.iter();
    let mut is_capacity = true;
    let output = hash_with(&values, |x| {
        if std::mem::take(&mut is_capacity) {
            return Ok(fifth_power(x));
        }
        let combination = combinations.next().expect("the template has every S-box");
        let x = combination.instantiate(&cs, &wires, has_values.then_some(x));
        let raised = raise(&x)?;
        let value = raised.value().unwrap_or_default();
        wires.push(raised);
        Ok(value)
    })?;
    Ok(template
        .output
        .instantiate(&cs, &wires, has_values.then_some(output)))
}

/// The wires of [`hash`] where they are all that is asked for and no input is constant: those of
/// [`raise`] for each S-box.
fn assign(inputs: &[Fr], mut wires: Values<'_>) -> Result<Fr> {
    let mut is_capacity = true;
    hash_with(inputs, |x| {
        if std::mem::take(&mut is_capacity) {
            return Ok(fifth_power(x));
        }
        let square = wires.square(x);
        let fourth = wires.square(square);
        Ok(wires.product(fourth, x))
    })
}

/// `x^5` in three rows; none for a constant.
fn raise(x: &FpVar<Fr>) -> Result<FpVar<Fr>> {
    if let FpVar::Constant(x) = x {
        return Ok(FpVar::Constant(fifth_power(*x)));
    }
    let cs = x.cs();
    let square = witness(&cs, || Ok(x.value()?.square()))?;
    enforce_product(x, x, &square)?;
    let fourth = witness(&cs, || Ok(square.value()?.square()))?;
    enforce_product(&square, &square, &fourth)?;
    product(&fourth, x)
}

/// The linear combinations of one width: of the inputs, then the S-boxes' outputs, in order.
struct Template {
    /// Inputs of all S-boxes but the capacity's in the first round.
    sboxes: Vec<Combination>,
    output: Combination,
}

#[derive(Clone)]
struct Combination {
    /// Of the first wires; the rest have none.
    coefficients: Vec<Fr>,
    constant: Fr,
}

impl Combination {
    fn instantiate(&self, cs: &Cs, wires: &[FpVar<Fr>], value: Option<Fr>) -> FpVar<Fr> {
        let used = self
            .coefficients
            .iter()
            .zip(wires)
            .filter(|(factor, _)| !factor.is_zero());
        if wires.iter().any(|wire| matches!(wire, FpVar::Constant(_))) {
            let terms: Vec<(Fr, &FpVar<Fr>)> = used.map(|(factor, wire)| (*factor, wire)).collect();
            return linear(cs, &terms, self.constant);
        }
        new_combination(cs, value, || {
            let mut flat = LinearCombination(Vec::with_capacity(self.coefficients.len() + 1));
            for (factor, wire) in used {
                if let FpVar::Var(wire) = wire {
                    extend_flat(cs, &mut flat, *factor, wire.variable);
                }
            }
            finish(flat, self.constant)
        })
    }

    /// `self += factor * other`.
    fn add(&mut self, factor: Fr, other: &Combination) {
        let length = self.coefficients.len().max(other.coefficients.len());
        self.coefficients.resize(length, Fr::ZERO);
        for (mine, theirs) in self.coefficients.iter_mut().zip(&other.coefficients) {
            *mine += factor * theirs;
        }
        self.constant += factor * other.constant;
    }

    fn wire(index: usize) -> Combination {
        let mut coefficients = vec![Fr::ZERO; index + 1];
        coefficients[index] = Fr::ONE;
        Combination {
            coefficients,
            constant: Fr::ZERO,
        }
    }

    fn constant(constant: Fr) -> Combination {
        Combination {
            coefficients: Vec::new(),
            constant,
        }
    }

    fn row(factors: &[Fr], state: &[Combination]) -> Combination {
        let mut sum = Combination::constant(Fr::ZERO);
        for (factor, element) in factors.iter().zip(state) {
            sum.add(*factor, element);
        }
        sum
    }
}

impl Template {
    fn of_width(width: usize) -> &'static Template {
        static BY_WIDTH: [OnceLock<Template>; MAX_INPUTS] = [const { OnceLock::new() }; MAX_INPUTS];
        BY_WIDTH[width - 2].get_or_init(|| Template::derive(width))
    }

    /// The hash of [`hash_with`] over symbols.
    fn derive(t: usize) -> Template {
        let parameters = Parameters::of_width(t);
        let mut symbols = Symbols {
            sboxes: Vec::new(),
            wires: t - 1,
        };
        let mut state = vec![Combination::constant(Fr::ZERO)];
        state.extend((0..t - 1).map(Combination::wire));

        let full: Vec<&[Fr]> = parameters.full_constants.chunks_exact(t).collect();
        let (before, after) = full.split_at(FULL_ROUNDS_HALF);
        for (round, constants) in before.iter().enumerate() {
            symbols.full_sbox(&mut state, constants);
            let is_last = round == FULL_ROUNDS_HALF - 1;
            let matrix = if is_last {
                &parameters.into_sparse
            } else {
                &parameters.mds
            };
            state = matrix
                .chunks_exact(t)
                .map(|row| Combination::row(row, &state))
                .collect();
        }
        let rounds = parameters.sparse.chunks_exact(2 * t - 1);
        for (constant, sparse) in parameters.partial_constants.iter().zip(rounds) {
            let (row, column) = sparse.split_at(t);
            state[0] = symbols.sbox(&state[0], *constant);
            let first = Combination::row(row, &state);
            let raised = std::mem::replace(&mut state[0], first);
            for (element, factor) in state[1..].iter_mut().zip(column) {
                element.add(*factor, &raised);
            }
        }
        for constants in after {
            symbols.full_sbox(&mut state, constants);
            let rows = parameters.mds.chunks_exact(t);
            state = rows.map(|row| Combination::row(row, &state)).collect();
        }
        Template {
            sboxes: symbols.sboxes,
            output: state.swap_remove(0),
        }
    }
}

/// S-boxes seen so far, and the number of wires.
struct Symbols {
    sboxes: Vec<Combination>,
    wires: usize,
}

impl Symbols {
    fn sbox(&mut self, input: &Combination, constant: Fr) -> Combination {
        let mut input = input.clone();
        input.constant += constant;
        if input.coefficients.is_empty() {
            return Combination::constant(fifth_power(input.constant));
        }
        self.sboxes.push(input);
        self.wires += 1;
        Combination::wire(self.wires - 1)
    }

    fn full_sbox(&mut self, state: &mut [Combination], constants: &[Fr]) {
        for (element, constant) in state.iter_mut().zip(constants) {
            *element = self.sbox(element, *constant);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::constraint::enforce_equal;
    use crate::constraint::fault::{Groups, free_hints, hints};
    use ark_ff::UniformRand;
    use ark_relations::gr1cs::ConstraintSystem;
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    fn inputs(n: usize) -> Vec<Fr> {
        let mut rng = StdRng::seed_from_u64(n as u64);
        (0..n).map(|_| Fr::rand(&mut rng)).collect()
    }

    fn hash_and_compare(cs: &Cs, values: &[Fr]) -> Result<()> {
        let wires: Vec<_> = values
            .iter()
            .map(|value| witness(cs, || Ok(*value)))
            .collect::<Result<_>>()?;
        enforce_equal(
            &hash(&wires)?,
            &FpVar::Constant(crate::poseidon::hash(values)),
        )
    }

    #[test]
    fn equals_the_native_hash_in_every_width_at_a_known_cost() {
        // 3 (8 t + partial rounds - 1), and a row for the comparison.
        let expected = [
            214, 241, 262, 298, 322, 355, 382, 403, 418, 460, 466, 505, 544, 538, 574, 610,
        ];
        for n in 1..=MAX_INPUTS {
            let values = inputs(n);
            let cs = ConstraintSystem::new_ref();
            hash_and_compare(&cs, &values).unwrap();
            assert!(cs.is_satisfied().unwrap(), "{n} inputs");
            assert_eq!(cs.num_constraints(), expected[n - 1], "{n} inputs");
        }
    }

    #[test]
    fn inputs_may_be_combinations_and_constants() {
        let values = inputs(3);
        let cs = ConstraintSystem::new_ref();
        let first = witness(&cs, || Ok(values[0])).unwrap();
        let double = linear(&cs, &[(Fr::from(2u64), &first)], Fr::ONE);
        let mixed = [first, double, FpVar::Constant(values[2])];
        let native = [values[0], values[0].double() + Fr::ONE, values[2]];
        let output = hash(&mixed).unwrap();
        assert_eq!(output.value().unwrap(), crate::poseidon::hash(&native));
        enforce_equal(&output, &FpVar::Constant(crate::poseidon::hash(&native))).unwrap();
        assert!(cs.is_satisfied().unwrap());
    }

    #[test]
    fn no_variable_is_free() {
        let values = inputs(4);
        let synthesise = |cs: &Cs| hash_and_compare(cs, &values);
        let groups = Groups::record(synthesise).unwrap();
        let hints = hints(synthesise).unwrap().len();
        assert_eq!(hints, 4 + 297);
        assert_eq!(
            free_hints(&groups, 0..hints, synthesise).unwrap(),
            [0usize; 0]
        );
    }
}
