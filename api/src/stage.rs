//! How far a transaction or a batch has come, and whom one must trust until then.

use std::fmt;

/// How far a transaction or a batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// On the operator's disk, waiting for its turn.
    Received,
    /// In the open batch, on the operator's disk.
    Executed,
    /// Its batch is closed and executed in its final order.
    Sealed,
    /// Its batch is on the layer 1, with its data and its proof.
    Proved,
    /// The proof is so deep in the layer 1 that the node takes it as final.
    Final,
    /// It will not be executed.
    Rejected,
}

impl Stage {
    /// All stages, in their order.
    pub const ALL: [Self; 6] = [
        Self::Received,
        Self::Executed,
        Self::Sealed,
        Self::Proved,
        Self::Final,
        Self::Rejected,
    ];

    /// Its name in JSON and in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Executed => "executed",
            Self::Sealed => "sealed",
            Self::Proved => "proved",
            Self::Final => "final",
            Self::Rejected => "rejected",
        }
    }

    /// What still depends on trusting the operator.
    #[must_use]
    pub fn trust(self) -> &'static str {
        match self {
            Self::Received => {
                "The operator has promised to execute it if it can be; it may still break its word."
            }
            Self::Executed => {
                "The operator has executed it and may still break its word: nothing is on the layer 1."
            }
            Self::Sealed => {
                "Its place in a batch is fixed by the operator, who may still break its word: nothing is on the layer 1."
            }
            Self::Proved => {
                "The layer 1 has accepted the proof: no trust in the operator is left, only in the layer 1 not to reorganise."
            }
            Self::Final => "No trust in the operator is left.",
            Self::Rejected => "The operator says that it cannot be executed, and why.",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
