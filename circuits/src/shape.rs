//! Shapes: how much a batch holds. Each shape has its own circuit, keys and verifier contract.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A shape of batch (`docs/spec/statement.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// For tests: refused outside development chains.
    Tiny,
    /// Fills a domain of 2^18.
    Small,
    /// Fills a domain of 2^20.
    Medium,
    /// Fills a domain of 2^22.
    Large,
}

/// A name that is no shape's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shape: it is one of tiny, small, medium, large")]
pub struct UnknownShape(pub String);

impl Shape {
    /// All shapes, by size.
    pub const ALL: [Self; 4] = [Self::Tiny, Self::Small, Self::Medium, Self::Large];

    /// Words before the fee slots in a statement's vector.
    pub const HEADER_WORDS: usize = 10;
    /// Words of a full record.
    pub const FULL_RECORD_WORDS: usize = 6;
    /// Bytes of a transfer record.
    pub const TRANSFER_RECORD_BYTES: usize = 13;
    /// Bytes of transfer records in a word.
    pub const BYTES_PER_WORD: usize = 31;

    /// The number that stands for the shape in statements and contracts.
    #[must_use]
    pub fn id(self) -> u8 {
        match self {
            Self::Tiny => 0,
            Self::Small => 1,
            Self::Medium => 2,
            Self::Large => 3,
        }
    }

    /// The shape with this number.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.id() == id)
    }

    /// Its name, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    /// N: how many transfer records a batch holds.
    #[must_use]
    pub fn transfers(self) -> usize {
        match self {
            Self::Tiny => 2,
            Self::Small => 12,
            Self::Medium => 56,
            Self::Large => 237,
        }
    }

    /// X: how many full records a batch holds.
    #[must_use]
    pub fn full_records(self) -> usize {
        match self {
            Self::Tiny | Self::Small => 2,
            Self::Medium => 6,
            Self::Large => 16,
        }
    }

    /// F: how many fee slots a batch holds.
    #[must_use]
    pub fn fee_slots(self) -> usize {
        match self {
            Self::Tiny => 1,
            Self::Small => 2,
            Self::Medium => 4,
            Self::Large => 8,
        }
    }

    /// Words that hold the N transfer records.
    #[must_use]
    pub fn transfer_words(self) -> usize {
        (self.transfers() * Self::TRANSFER_RECORD_BYTES).div_ceil(Self::BYTES_PER_WORD)
    }

    /// Length of the statement's vector, words.
    #[must_use]
    pub fn statement_words(self) -> usize {
        Self::HEADER_WORDS
            + 2 * self.fee_slots()
            + Self::FULL_RECORD_WORDS * self.full_records()
            + self.transfer_words()
    }

    /// Whether the shape is refused outside development chains.
    #[must_use]
    pub fn is_for_tests(self) -> bool {
        self == Self::Tiny
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Shape {
    type Err = UnknownShape;
    fn from_str(name: &str) -> Result<Self, UnknownShape> {
        let found = Self::ALL.into_iter().find(|shape| shape.name() == name);
        found.ok_or_else(|| UnknownShape(name.to_owned()))
    }
}
