//! The only door for hashing in the circuit.
//!
//! An S-box is three rows and the only cost: `x * x = x2`, `x2 * x2 = x4`, `x4 * x = x5`, where
//! `x` is a linear combination of the hash's inputs and of earlier `x5`. Nothing else is a
//! variable, and the S-box of the capacity in the first round is a constant. `x` is the second
//! factor of the third row because it is in B already: `x4` then stays out of B, whose wires cost
//! a G2 multiplication each.

mod template;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_r1cs_std::{GR1CSVar, fields::fp::FpVar};

use super::{fifth_power, rounds::hash_with};
use crate::constraint::{Cs, Result, Values, computed, enforce_product, product, witness};
use template::Template;

/// Poseidon of 1 to 16 inputs: 3 rows for each S-box but the first, 240, 261, 297, 321 for 2 to 5
/// inputs. The output is a linear combination, without a row.
///
/// The system notes the hash, if it keeps a register, unless all inputs are constant: then the
/// output is a constant too.
///
/// # Errors
/// Those of synthesis.
///
/// # Panics
/// For other numbers of inputs.
pub fn hash(cs: &Cs, inputs: &[FpVar<Fr>]) -> Result<FpVar<Fr>> {
    let are_constant = inputs
        .iter()
        .all(|input| matches!(input, FpVar::Constant(_)));
    let values = if cs.is_in_setup_mode() && !are_constant {
        vec![Fr::ZERO; inputs.len()]
    } else {
        inputs.iter().map(GR1CSVar::value).collect::<Result<_>>()?
    };
    if are_constant {
        return Ok(FpVar::Constant(super::hash(&values)));
    }
    let output = make(cs, inputs, &values)?;
    cs.note_hash(inputs, &output);
    Ok(output)
}

fn make(cs: &Cs, inputs: &[FpVar<Fr>], values: &[Fr]) -> Result<FpVar<Fr>> {
    let is_variable = |input: &FpVar<Fr>| matches!(input, FpVar::Var(_));
    if inputs.iter().all(is_variable)
        && let Some(wires) = Values::of(cs)
    {
        let output = assign(values, wires)?;
        return Ok(computed(cs, output));
    }
    let has_values = !cs.is_in_setup_mode();
    let template = Template::of_inputs(inputs.len());
    let mut wires: Vec<FpVar<Fr>> = inputs.to_vec();
    let mut combinations = template.sboxes.iter();
    let mut is_capacity = true;
    let output = hash_with(values, |x| {
        if std::mem::take(&mut is_capacity) {
            return Ok(fifth_power(x));
        }
        let combination = combinations.next().expect("the template has every S-box");
        let x = combination.instantiate(cs, &wires, has_values.then_some(x));
        let raised = raise(cs, &x)?;
        let value = raised.value().unwrap_or_default();
        wires.push(raised);
        Ok(value)
    })?;
    Ok(template
        .output
        .instantiate(cs, &wires, has_values.then_some(output)))
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
fn raise(cs: &Cs, x: &FpVar<Fr>) -> Result<FpVar<Fr>> {
    if let FpVar::Constant(x) = x {
        return Ok(FpVar::Constant(fifth_power(*x)));
    }
    let square = witness(cs, || Ok(x.value()?.square()))?;
    enforce_product(cs, x, x, &square)?;
    let fourth = witness(cs, || Ok(square.value()?.square()))?;
    enforce_product(cs, &square, &square, &fourth)?;
    product(cs, &fourth, x)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::constraint::fault::{Groups, free_hints, hints};
    use crate::constraint::{enforce_equal, linear};
    use crate::poseidon::MAX_INPUTS;
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
            cs,
            &hash(cs, &wires)?,
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
            let cs = Cs::from(ConstraintSystem::new_ref());
            hash_and_compare(&cs, &values).unwrap();
            assert!(cs.ark().is_satisfied().unwrap(), "{n} inputs");
            assert_eq!(cs.ark().num_constraints(), expected[n - 1], "{n} inputs");
        }
    }

    #[test]
    fn inputs_may_be_combinations_and_constants() {
        let values = inputs(3);
        let cs = Cs::from(ConstraintSystem::new_ref());
        let first = witness(&cs, || Ok(values[0])).unwrap();
        let double = linear(&cs, &[(Fr::from(2u64), &first)], Fr::ONE);
        let mixed = [first, double, FpVar::Constant(values[2])];
        let native = [values[0], values[0].double() + Fr::ONE, values[2]];
        let output = hash(&cs, &mixed).unwrap();
        assert_eq!(output.value().unwrap(), crate::poseidon::hash(&native));
        enforce_equal(
            &cs,
            &output,
            &FpVar::Constant(crate::poseidon::hash(&native)),
        )
        .unwrap();
        assert!(cs.ark().is_satisfied().unwrap());
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
