//! How the circuit's gadgets touch the constraint system.
//!
//! Every value that a prover may choose comes from [`witness`] or [`witness_bit`], every row from
//! [`enforce_product`] or [`enforce_equal`], and every sum is one flat linear combination from
//! [`linear`]: none refers to another, so none has to be inlined later.
//!
//! Where a system computes values only (`construct_matrices: false`), linear combinations are not
//! built at all, nor rows: a number is its value, and wires go straight to the assignment. In setup
//! there are no values, and a hint's closure is not called.

pub mod detached;
#[cfg_attr(not(test), path = "constraint/honest.rs")]
pub mod fault;
pub mod names;
mod system;

use std::cell::RefMut;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, MontFp, Zero};
use ark_r1cs_std::{
    GR1CSVar,
    boolean::{AllocatedBool, Boolean},
    fields::fp::{AllocatedFp, FpVar},
};
use ark_relations::gr1cs::{
    ConstraintSystem, ConstraintSystemRef, LinearCombination, SynthesisError, Variable,
};

pub use system::{Cs, HashCall, Result};

const MINUS_ONE: Fr = MontFp!("-1");

/// A value that the prover knows, or nothing in setup.
#[derive(Debug, Clone, Copy)]
pub struct Hint<T>(pub Option<T>);

impl<T: Copy> Hint<T> {
    /// The value.
    ///
    /// # Errors
    /// [`SynthesisError::AssignmentMissing`] in setup.
    pub fn get(self) -> Result<T> {
        self.0.ok_or(SynthesisError::AssignmentMissing)
    }

    /// What follows from it.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Hint<U> {
        Hint(self.0.map(f))
    }
}

/// A number in a system that computes values only, where nobody asks which variable it is.
pub(crate) fn computed(cs: &Cs, value: Fr) -> FpVar<Fr> {
    debug_assert!(cs.is_values_only(), "it has no variable");
    number(cs, Some(value), Variable::Zero)
}

/// The assignment of a system that computes values only.
pub(crate) struct Values<'a>(RefMut<'a, ConstraintSystem<Fr>>);

impl<'a> Values<'a> {
    /// Nothing for other systems.
    #[inline]
    pub(crate) fn of(cs: &'a Cs) -> Option<Self> {
        match cs.ark() {
            ConstraintSystemRef::CS(system) if !system.borrow().should_construct_matrices() => {
                Some(Self(system.borrow_mut()))
            }
            _ => None,
        }
    }

    /// A fresh wire; returns its value.
    #[inline]
    pub(crate) fn assign(&mut self, value: Fr) -> Fr {
        let value = fault::changed(value);
        self.0.num_witness_variables += 1;
        self.0.assignments.witness_assignment.push(value);
        value
    }

    /// `a * b` as a fresh wire, and its row, as [`product`] makes them.
    #[inline]
    pub(crate) fn product(&mut self, a: Fr, b: Fr) -> Fr {
        fault::row();
        self.assign(a * b)
    }

    /// `a * a`, likewise.
    #[inline]
    pub(crate) fn square(&mut self, a: Fr) -> Fr {
        fault::row();
        self.assign(a.square())
    }
}

/// A fresh variable with the value that `value` gives. Nothing constrains it yet.
///
/// # Errors
/// Those of `value`.
pub fn witness(cs: &Cs, value: impl FnOnce() -> Result<Fr>) -> Result<FpVar<Fr>> {
    if cs.is_values_only() {
        let value = value()?;
        let mut values = Values::of(cs).ok_or(SynthesisError::MissingCS)?;
        let variable = Variable::witness(values.0.num_witness_variables);
        let value = values.assign(value);
        return Ok(number(cs, Some(value), variable));
    }
    let mut assigned = None;
    let variable = cs.ark().new_witness_variable(|| {
        let value = fault::changed(value()?);
        assigned = Some(value);
        Ok(value)
    })?;
    Ok(number(cs, assigned, variable))
}

fn number(cs: &Cs, value: Option<Fr>, variable: Variable) -> FpVar<Fr> {
    FpVar::Var(AllocatedFp::new(value, variable, cs.ark().clone()))
}

/// A fresh bit: one variable, and the row `b * b = b`.
///
/// # Errors
/// Those of `value`.
pub fn witness_bit(cs: &Cs, value: impl FnOnce() -> Result<bool>) -> Result<Boolean<Fr>> {
    let bit = witness_verdict(cs, value)?;
    if cs.is_values_only() {
        fault::row();
        return Ok(bit);
    }
    let number = bit_value(&bit);
    enforce_product(cs, &number, &number, &number)?;
    Ok(bit)
}

/// A fresh bit without the row `b * b = b`, for gadgets whose other rows leave it no third value.
pub(crate) fn witness_verdict(
    cs: &Cs,
    value: impl FnOnce() -> Result<bool>,
) -> Result<Boolean<Fr>> {
    let mut assigned = None;
    let bit = AllocatedBool::new_witness_without_booleanity_check(cs.ark().clone(), || {
        let bit;
        (bit, assigned) = fault::changed_bit(value()?);
        Ok(bit)
    })?;
    // A hostile prover may assign what is no bit.
    if let Some(number) = assigned {
        fault::assign_last(cs, number);
    }
    Ok(Boolean::Var(bit))
}

/// A bit as a number, without a constraint.
pub fn bit_value(bit: &Boolean<Fr>) -> FpVar<Fr> {
    match bit {
        Boolean::Constant(bit) => FpVar::Constant(Fr::from(*bit)),
        Boolean::Var(variable) => FpVar::Var(AllocatedFp::new(
            bit_number(bit),
            variable.variable(),
            bit.cs(),
        )),
    }
}

/// The value of [`bit_value`], nothing in setup.
pub(crate) fn bit_number(bit: &Boolean<Fr>) -> Option<Fr> {
    let value = bit.value().ok()?;
    // What a hostile prover assigned may be no bit.
    let assigned = fault::assigned(bit);
    Some(assigned.unwrap_or(if value { Fr::ONE } else { Fr::ZERO }))
}

/// Runs `body`, naming the rows that it adds: nested names make a path `outer/inner`.
///
/// The names serve tests and tools, which ask what fails when a witness is wrong; they are kept only
/// in a system that was asked to.
///
/// # Errors
/// Those of `body`.
pub fn group<T>(cs: &Cs, name: &'static str, body: impl FnOnce() -> Result<T>) -> Result<T> {
    let _named_until_dropped = (cs.enter(name), fault::enter(name));
    body()
}

/// `constant + sum of coefficient * variable`, without a constraint.
pub fn linear(cs: &Cs, terms: &[(Fr, &FpVar<Fr>)], constant: Fr) -> FpVar<Fr> {
    let value = sum(terms, constant);
    if let (Some(value), true) = (value, terms.iter().all(|(_, term)| is_constant(term))) {
        return FpVar::Constant(value);
    }
    let combine = || {
        let mut flat = LinearCombination(Vec::with_capacity(terms.len() + 1));
        let mut constant = constant;
        for (coefficient, term) in terms {
            match term {
                FpVar::Constant(value) => constant += *coefficient * value,
                FpVar::Var(term) => extend_flat(cs, &mut flat, *coefficient, term.variable),
            }
        }
        finish(flat, constant)
    };
    new_combination(cs, value, combine)
}

/// The value of [`linear`], nothing in setup.
fn sum(terms: &[(Fr, &FpVar<Fr>)], constant: Fr) -> Option<Fr> {
    let mut sum = constant;
    for (coefficient, term) in terms {
        let value = term.value().ok()?;
        // Most coefficients are signs, most values bits.
        if *coefficient == Fr::ONE {
            sum += value;
        } else if *coefficient == MINUS_ONE {
            sum -= value;
        } else if value == Fr::ONE {
            sum += coefficient;
        } else if !value.is_zero() {
            sum += *coefficient * value;
        }
    }
    Some(sum)
}

/// A variable that stands for `combination`, which is built only where matrices are.
pub(crate) fn new_combination(
    cs: &Cs,
    value: Option<Fr>,
    combination: impl FnOnce() -> LinearCombination<Fr>,
) -> FpVar<Fr> {
    if let (Some(value), true) = (value, cs.is_values_only()) {
        return computed(cs, value);
    }
    let combination = cs.ark().should_construct_matrices().then(combination);
    let variable = cs
        .ark()
        .new_lc(|| combination.unwrap_or_default())
        .expect("a term that is not constant has a constraint system");
    number(cs, value, variable)
}

/// Adds `coefficient * variable`, replacing a combination by its terms.
pub(crate) fn extend_flat(
    cs: &Cs,
    flat: &mut LinearCombination<Fr>,
    coefficient: Fr,
    variable: Variable,
) {
    if variable.is_lc() {
        let inner = cs.ark().get_lc(variable).unwrap_or_default();
        flat.0.extend(
            inner
                .0
                .into_iter()
                .map(|(inner, variable)| (coefficient * inner, variable)),
        );
    } else {
        flat.0.push((coefficient, variable));
    }
}

/// Adds the constant, joins equal variables and drops what cancels.
pub(crate) fn finish(mut flat: LinearCombination<Fr>, constant: Fr) -> LinearCombination<Fr> {
    flat.0.push((constant, Variable::One));
    flat.compactify();
    flat.0.retain(|(coefficient, _)| !coefficient.is_zero());
    flat
}

/// `a - b`, without a constraint.
pub fn difference(cs: &Cs, a: &FpVar<Fr>, b: &FpVar<Fr>) -> FpVar<Fr> {
    linear(cs, &[(Fr::ONE, a), (-Fr::ONE, b)], Fr::ZERO)
}

/// `a * b`: a fresh variable and one row, or neither where one of them is constant.
///
/// # Errors
/// Those of synthesis.
pub fn product(cs: &Cs, a: &FpVar<Fr>, b: &FpVar<Fr>) -> Result<FpVar<Fr>> {
    match (a, b) {
        (FpVar::Constant(constant), other) | (other, FpVar::Constant(constant)) => {
            Ok(linear(cs, &[(*constant, other)], Fr::ZERO))
        }
        (FpVar::Var(_), FpVar::Var(_)) => {
            let product = witness(cs, || Ok(a.value()? * b.value()?))?;
            enforce_product(cs, a, b, &product)?;
            Ok(product)
        }
    }
}

/// The row `a * b = c`.
///
/// # Errors
/// [`SynthesisError::Unsatisfiable`] for constants that are not so.
pub fn enforce_product(cs: &Cs, a: &FpVar<Fr>, b: &FpVar<Fr>, c: &FpVar<Fr>) -> Result<()> {
    if let (FpVar::Constant(a), FpVar::Constant(b), FpVar::Constant(c)) = (a, b, c) {
        return if *a * b == *c {
            Ok(())
        } else {
            Err(SynthesisError::Unsatisfiable)
        };
    }
    fault::row();
    if cs.is_values_only() {
        return Ok(());
    }
    cs.ark()
        .enforce_r1cs_constraint(|| terms(a), || terms(b), || terms(c))
}

/// The row `a * 1 = b`.
///
/// # Errors
/// [`SynthesisError::Unsatisfiable`] for constants that differ.
pub fn enforce_equal(cs: &Cs, a: &FpVar<Fr>, b: &FpVar<Fr>) -> Result<()> {
    enforce_product(cs, a, &FpVar::Constant(Fr::ONE), b)
}

fn terms(x: &FpVar<Fr>) -> LinearCombination<Fr> {
    match x {
        FpVar::Constant(constant) => LinearCombination(vec![(*constant, Variable::One)]),
        FpVar::Var(x) => x.variable.into(),
    }
}

fn is_constant(x: &FpVar<Fr>) -> bool {
    matches!(x, FpVar::Constant(_))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
