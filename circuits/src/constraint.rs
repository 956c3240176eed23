//! How the circuit's gadgets touch the constraint system.
//!
//! Every value that a prover may choose comes from [`witness`] or [`witness_bit`], every row from
//! [`enforce_product`] or [`enforce_equal`], and every sum is one flat linear combination from
//! [`linear`]: none refers to another, so none has to be inlined later.
//!
//! Where a system computes values only (`construct_matrices: false`), linear combinations are not
//! built at all. In setup there are no values, and a hint's closure is not called.

#[cfg(any(test, feature = "fault-injection"))]
pub mod fault;

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
    #[must_use]
    pub fn attach(self, cs: &Cs) -> FpVar<Fr> {
        debug_assert!(!cs.should_construct_matrices(), "it has no variable");
        match self {
            Self::Constant(constant) => FpVar::Constant(constant),
            Self::Value(value) => {
                FpVar::Var(AllocatedFp::new(Some(value), Variable::Zero, cs.clone()))
            }
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

/// A fresh variable with the value that `value` gives. Nothing constrains it yet.
///
/// # Errors
/// Those of `value`.
pub fn witness(cs: &Cs, value: impl FnOnce() -> Result<Fr>) -> Result<FpVar<Fr>> {
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
        Boolean::Var(bit) => {
            let value = bit
                .value()
                .ok()
                .map(|bit| if bit { Fr::ONE } else { Fr::ZERO });
            let cs = Boolean::Var(bit.clone()).cs();
            // What a hostile prover assigned may be no bit.
            #[cfg(any(test, feature = "fault-injection"))]
            let value = value.map(|value| fault::assigned(&cs, bit.variable()).unwrap_or(value));
            FpVar::Var(AllocatedFp::new(value, bit.variable(), cs))
        }
    }
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
    let value = terms.iter().try_fold(constant, |sum, (coefficient, term)| {
        let value = term.value().ok()?;
        // Most coefficients are signs.
        Some(if *coefficient == Fr::ONE {
            sum + value
        } else if *coefficient == MINUS_ONE {
            sum - value
        } else {
            sum + *coefficient * value
        })
    });
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

/// A variable that stands for `combination`, which is built only where matrices are.
pub(crate) fn new_combination(
    cs: &Cs,
    value: Option<Fr>,
    combination: impl FnOnce() -> LinearCombination<Fr>,
) -> FpVar<Fr> {
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
        (FpVar::Var(_), FpVar::Var(_)) => {
            let product = witness(&a.cs(), || Ok(a.value()? * b.value()?))?;
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
    let cs = a.cs().or(b.cs()).or(c.cs());
    match (a, b, c) {
        (FpVar::Constant(a), FpVar::Constant(b), FpVar::Constant(c)) => {
            if *a * b == *c {
                Ok(())
            } else {
                Err(SynthesisError::Unsatisfiable)
            }
        }
        _ => {
            #[cfg(any(test, feature = "fault-injection"))]
            fault::row();
            cs.enforce_r1cs_constraint(|| terms(a), || terms(b), || terms(c))
        }
    }
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
