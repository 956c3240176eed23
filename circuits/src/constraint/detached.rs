//! Numbers that go from one system to another.

use ark_bn254::Fr;
use ark_r1cs_std::{GR1CSVar, fields::fp::FpVar};

use super::{Cs, Result, computed};

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
