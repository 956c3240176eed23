//! Which circuit: what keys, proving jobs and verifiers are of.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::shape::Shape;

/// A circuit of this version. Whatever proves or verifies names it; what a batch holds is its
/// [`Shape`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum CircuitId {
    /// The state transition of a batch.
    Batch(Shape),
    /// An exit: a leaf, and its owner's signature ([`crate::escape`]).
    Escape,
}

/// A name that is no circuit's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shape or circuit: it is one of tiny, small, medium, large, escape")]
pub struct UnknownCircuit(pub String);

impl CircuitId {
    /// Numbers from here on are of circuits that are no batch's.
    const ESCAPE_NUMBER: u8 = 128;

    /// All circuits, by number.
    pub const ALL: [Self; 5] = {
        let [tiny, small, medium, large] = Shape::ALL;
        [
            Self::Batch(tiny),
            Self::Batch(small),
            Self::Batch(medium),
            Self::Batch(large),
            Self::Escape,
        ]
    };

    /// The number that stands for it in key files. A batch circuit's is its shape's.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Batch(shape) => shape.id(),
            Self::Escape => Self::ESCAPE_NUMBER,
        }
    }

    /// The circuit with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|circuit| circuit.number() == number)
    }

    /// Its name, as on the command line and in the names of key files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch(shape) => shape.name(),
            Self::Escape => "escape",
        }
    }

    /// Whether it is refused outside development chains.
    #[must_use]
    pub fn is_for_tests(self) -> bool {
        match self {
            Self::Batch(shape) => shape.is_for_tests(),
            Self::Escape => false,
        }
    }
}

impl From<Shape> for CircuitId {
    fn from(shape: Shape) -> Self {
        Self::Batch(shape)
    }
}

impl From<CircuitId> for &'static str {
    fn from(circuit: CircuitId) -> Self {
        circuit.name()
    }
}

/// As in a sentence: `shape small`.
impl fmt::Display for CircuitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch(shape) => write!(f, "shape {shape}"),
            Self::Escape => f.write_str("the escape circuit"),
        }
    }
}

/// From [`CircuitId::name`].
impl FromStr for CircuitId {
    type Err = UnknownCircuit;
    fn from_str(name: &str) -> Result<Self, UnknownCircuit> {
        let found = Self::ALL.into_iter().find(|circuit| circuit.name() == name);
        found.ok_or_else(|| UnknownCircuit(name.to_owned()))
    }
}

impl TryFrom<String> for CircuitId {
    type Error = UnknownCircuit;
    fn try_from(name: String) -> Result<Self, UnknownCircuit> {
        name.parse()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_of_one_circuit_each() {
        for circuit in CircuitId::ALL {
            assert_eq!(CircuitId::from_number(circuit.number()), Some(circuit));
            assert_eq!(circuit.name().parse(), Ok(circuit));
            let json = serde_json::to_string(&circuit).unwrap();
            assert_eq!(json, format!("\"{}\"", circuit.name()));
            assert_eq!(serde_json::from_str::<CircuitId>(&json).unwrap(), circuit);
        }
        assert_eq!(CircuitId::from_number(4), None);
        assert!("exit".parse::<CircuitId>().is_err());
    }
}
