//! How the circuit's gadgets touch the constraint system.
//!
//! Every value that a prover may choose comes from [`witness`] or [`witness_bit`], every row from
//! [`enforce_product`] or [`enforce_equal`], and every sum is one flat linear combination from
//! [`linear`]: none refers to another, so none has to be inlined later.
//!
//! Where a system computes values only (`construct_matrices: false`), linear combinations are not
//! built at all, nor rows: a number is its value, and wires go straight to the assignment. In setup
//! there are no values, and a hint's closure is not called.

#[cfg(any(test, feature = "fault-injection"))]
pub mod fault;

use std::cell::RefMut;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, MontFp, Zero};
use ark_r1cs_std::{
    GR1CSVar,
    boolean::{AllocatedBool, Boolean},
    fields::fp::{AllocatedFp, FpVar},
};
use ark_relations::gr1cs::{
    ConstraintSystem, ConstraintSystemRef, LinearCombination, SynthesisError, SynthesisMode,
    Variable,
};

/// A shared constraint system.
pub type Cs = ConstraintSystemRef<Fr>;
/// Of synthesis.
pub type Result<T> = std::result::Result<T, SynthesisError>;

const MINUS_ONE: Fr = MontFp!("-1");

/// A system that computes values and builds no matrices.
#[must_use]
pub fn values_only() -> Cs {
    let cs = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Prove {
        construct_matrices: false,
        generate_lc_assignments: false,
    });
    cs
}

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

/// A number without its system, so that parts of a circuit may be computed in several.
#[derive(Debug, Clone, Copy)]
pub enum Detached {
    /// The circuit's own number: gadgets spend nothing on it.
    Constant(Fr),
    /// The value of a variable or a combination.
    Value(Fr),
}

impl Detached {
    /// Takes the value.
    ///
    /// # Errors
    /// [`SynthesisError::AssignmentMissing`] in setup.
    pub fn of(number: &FpVar<Fr>) -> Result<Self> {
        Ok(match number {
            FpVar::Constant(constant) => Self::Constant(*constant),
            FpVar::Var(_) => Self::Value(number.value()?),
        })
    }

    /// The number in another system, which must compute values only: there a variable is its value,
    /// and this one has no place in the assignment.
    pub fn attach(self, cs: &Cs) -> FpVar<Fr> {
        match self {
            Self::Constant(constant) => FpVar::Constant(constant),
            Self::Value(value) => computed(cs, value),
        }
    }

    /// The value.
    #[must_use]
    pub fn value(self) -> Fr {
        match self {
            Self::Constant(value) | Self::Value(value) => value,
        }
    }
}

/// A number in a system that computes values only, where nobody asks which variable it is.
pub(crate) fn computed(cs: &Cs, value: Fr) -> FpVar<Fr> {
    debug_assert!(!cs.should_construct_matrices(), "it has no variable");
    FpVar::Var(AllocatedFp::new(Some(value), Variable::Zero, cs.clone()))
}

/// The assignment of a system that computes values only.
pub(crate) struct Values<'a>(RefMut<'a, ConstraintSystem<Fr>>);

impl<'a> Values<'a> {
    /// Nothing for other systems.
    #[inline]
    pub(crate) fn of(cs: &'a Cs) -> Option<Self> {
        match cs {
            Cs::CS(cs) if !cs.borrow().should_construct_matrices() => Some(Self(cs.borrow_mut())),
            _ => None,
        }
    }

    /// A fresh wire; returns its value.
    #[inline]
    pub(crate) fn assign(&mut self, value: Fr) -> Fr {
        #[cfg(any(test, feature = "fault-injection"))]
        let value = fault::changed(value);
        self.0.num_witness_variables += 1;
        self.0.assignments.witness_assignment.push(value);
        value
    }

    /// `a * b` as a fresh wire, and its row, as [`product`] makes them.
    #[inline]
    pub(crate) fn product(&mut self, a: Fr, b: Fr) -> Fr {
        #[cfg(any(test, feature = "fault-injection"))]
        fault::row();
        self.assign(a * b)
    }

    /// `a * a`, likewise.
    #[inline]
    pub(crate) fn square(&mut self, a: Fr) -> Fr {
        #[cfg(any(test, feature = "fault-injection"))]
        fault::row();
        self.assign(a.square())
    }
}

/// A fresh variable with the value that `value` gives. Nothing constrains it yet.
///
/// # Errors
/// Those of `value`.
pub fn witness(cs: &Cs, value: impl FnOnce() -> Result<Fr>) -> Result<FpVar<Fr>> {
    if is_values_only(cs) {
        let value = value()?;
        let mut values = Values::of(cs).ok_or(SynthesisError::MissingCS)?;
        let variable = Variable::witness(values.0.num_witness_variables);
        let value = values.assign(value);
        return Ok(FpVar::Var(AllocatedFp::new(
            Some(value),
            variable,
            cs.clone(),
        )));
    }
    let mut assigned = None;
    let variable = cs.new_witness_variable(|| {
        let value = value()?;
        #[cfg(any(test, feature = "fault-injection"))]
        let value = fault::changed(value);
        assigned = Some(value);
        Ok(value)
    })?;
    Ok(FpVar::Var(AllocatedFp::new(assigned, variable, cs.clone())))
}

/// A fresh bit: one variable, and the row `b * b = b`.
///
/// # Errors
/// Those of `value`.
pub fn witness_bit(cs: &Cs, value: impl FnOnce() -> Result<bool>) -> Result<Boolean<Fr>> {
    let bit = witness_verdict(cs, value)?;
    if is_values_only(cs) {
        #[cfg(any(test, feature = "fault-injection"))]
        fault::row();
        return Ok(bit);
    }
    let number = bit_value(&bit);
    enforce_product(&number, &number, &number)?;
    Ok(bit)
}

/// A fresh bit without the row `b * b = b`, for gadgets whose other rows leave it no third value.
pub(crate) fn witness_verdict(
    cs: &Cs,
    value: impl FnOnce() -> Result<bool>,
) -> Result<Boolean<Fr>> {
    #[cfg(any(test, feature = "fault-injection"))]
    let mut changed = None;
    let bit = AllocatedBool::new_witness_without_booleanity_check(cs.clone(), || {
        let value = value()?;
        #[cfg(any(test, feature = "fault-injection"))]
        let value = {
            let value = fault::changed(Fr::from(value));
            changed = Some(value);
            value == Fr::ONE
        };
        Ok(value)
    })?;
    // A hostile prover may assign what is no bit.
    #[cfg(any(test, feature = "fault-injection"))]
    if let Some(value) = changed {
        fault::assign_last(cs, value);
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
    #[cfg(any(test, feature = "fault-injection"))]
    if let Boolean::Var(variable) = bit
        && let Some(assigned) = fault::assigned(&bit.cs(), variable.variable())
    {
        return Some(assigned);
    }
    Some(if value { Fr::ONE } else { Fr::ZERO })
}

/// Runs `body`, naming the rows that it adds: nested names make a path `outer/inner`.
///
/// The names serve tests, which ask what fails when a witness is wrong; elsewhere they cost nothing.
///
/// # Errors
/// Those of `body`.
pub fn group<T>(cs: &Cs, name: &'static str, body: impl FnOnce() -> Result<T>) -> Result<T> {
    #[cfg(any(test, feature = "fault-injection"))]
    let _named_until_dropped = fault::enter(cs, name);
    #[cfg(not(any(test, feature = "fault-injection")))]
    let _ = (cs, name);
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
    if let (Some(value), true) = (value, is_values_only(cs)) {
        return computed(cs, value);
    }
    let combination = cs.should_construct_matrices().then(combination);
    let variable = cs
        .new_lc(|| combination.unwrap_or_default())
        .expect("a term that is not constant has a constraint system");
    FpVar::Var(AllocatedFp::new(value, variable, cs.clone()))
}

/// Adds `coefficient * variable`, replacing a combination by its terms.
pub(crate) fn extend_flat(
    cs: &Cs,
    flat: &mut LinearCombination<Fr>,
    coefficient: Fr,
    variable: Variable,
) {
    if variable.is_lc() {
        let inner = cs.get_lc(variable).unwrap_or_default();
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
pub fn product(a: &FpVar<Fr>, b: &FpVar<Fr>) -> Result<FpVar<Fr>> {
    match (a, b) {
        (FpVar::Constant(constant), other) | (other, FpVar::Constant(constant)) => {
            Ok(linear(&other.cs(), &[(*constant, other)], Fr::ZERO))
        }
        (FpVar::Var(x), FpVar::Var(_)) => {
            let product = witness(&x.cs, || Ok(a.value()? * b.value()?))?;
            enforce_product(a, b, &product)?;
            Ok(product)
        }
    }
}

/// The row `a * b = c`.
///
/// # Errors
/// [`SynthesisError::Unsatisfiable`] for constants that are not so.
pub fn enforce_product(a: &FpVar<Fr>, b: &FpVar<Fr>, c: &FpVar<Fr>) -> Result<()> {
    if let (FpVar::Constant(a), FpVar::Constant(b), FpVar::Constant(c)) = (a, b, c) {
        return if *a * b == *c {
            Ok(())
        } else {
            Err(SynthesisError::Unsatisfiable)
        };
    }
    #[cfg(any(test, feature = "fault-injection"))]
    fault::row();
    let cs = [a, b, c].into_iter().find_map(system);
    let cs = cs.ok_or(SynthesisError::MissingCS)?;
    if is_values_only(cs) {
        return Ok(());
    }
    cs.enforce_r1cs_constraint(|| terms(a), || terms(b), || terms(c))
}

/// The system of a number that is not constant.
#[inline]
pub(crate) fn system(number: &FpVar<Fr>) -> Option<&Cs> {
    match number {
        FpVar::Constant(_) => None,
        FpVar::Var(number) => Some(&number.cs),
    }
}

/// Whether values are computed, and nothing else.
#[inline]
pub(crate) fn is_values_only(cs: &Cs) -> bool {
    matches!(cs, Cs::CS(cs) if !cs.borrow().should_construct_matrices())
}

/// The row `a * 1 = b`.
///
/// # Errors
/// [`SynthesisError::Unsatisfiable`] for constants that differ.
pub fn enforce_equal(a: &FpVar<Fr>, b: &FpVar<Fr>) -> Result<()> {
    enforce_product(a, &FpVar::Constant(Fr::ONE), b)
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
