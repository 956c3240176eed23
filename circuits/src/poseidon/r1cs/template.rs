//! The hash as linear combinations of wires, made once for each width.

use std::{convert::Infallible, sync::OnceLock};

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, Zero};
use ark_r1cs_std::fields::fp::FpVar;
use ark_relations::gr1cs::LinearCombination;

use crate::{
    constraint::{Cs, extend_flat, finish, linear, new_combination},
    poseidon::{
        fifth_power,
        parameters::MAX_INPUTS,
        rounds::{Element, hash_with},
    },
};

/// The linear combinations of one width: of the inputs, then the S-boxes' outputs, in order.
pub(super) struct Template {
    /// Inputs of all S-boxes but the capacity's in the first round.
    pub(super) sboxes: Vec<Combination>,
    pub(super) output: Combination,
}

impl Template {
    pub(super) fn of_inputs(inputs: usize) -> &'static Template {
        static BY_INPUTS: [OnceLock<Template>; MAX_INPUTS] =
            [const { OnceLock::new() }; MAX_INPUTS];
        BY_INPUTS[inputs - 1].get_or_init(|| Template::derive(inputs))
    }

    fn derive(inputs: usize) -> Template {
        let mut sboxes = Vec::new();
        let wires: Vec<_> = (0..inputs).map(Combination::wire).collect();
        let sbox = |input: Combination| {
            if input.coefficients.is_empty() {
                return Ok::<_, Infallible>(Combination::constant(fifth_power(input.constant)));
            }
            sboxes.push(input);
            Ok(Combination::wire(inputs + sboxes.len() - 1))
        };
        let Ok(output) = hash_with(&wires, sbox);
        Template { sboxes, output }
    }
}

/// `constant + sum of coefficients_i wires_i`.
#[derive(Clone)]
pub(super) struct Combination {
    /// Of the first wires; the rest have none.
    coefficients: Vec<Fr>,
    constant: Fr,
}

impl Combination {
    pub(super) fn instantiate(&self, cs: &Cs, wires: &[FpVar<Fr>], value: Option<Fr>) -> FpVar<Fr> {
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
}

impl Element for Combination {
    fn zero() -> Self {
        Combination::constant(Fr::ZERO)
    }

    fn add_constant(&mut self, constant: &Fr) {
        self.constant += constant;
    }

    fn add_multiple(&mut self, factor: &Fr, other: &Self) {
        let length = self.coefficients.len().max(other.coefficients.len());
        self.coefficients.resize(length, Fr::ZERO);
        for (mine, theirs) in self.coefficients.iter_mut().zip(&other.coefficients) {
            *mine += *factor * theirs;
        }
        self.constant += *factor * other.constant;
    }

    fn row<const T: usize>(factors: &[Fr; T], elements: &[Self; T]) -> Self {
        let mut sum = Self::zero();
        for (factor, element) in factors.iter().zip(elements) {
            sum.add_multiple(factor, element);
        }
        sum
    }
}
