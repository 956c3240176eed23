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
    /// Its batch's data is on the layer 1.
    Committed,
    /// Its batch's proof is on the layer 1.
    Proved,
    /// The proof is so deep in the layer 1 that the node takes it as final.
    Final,
    /// It will not be executed.
    Rejected,
}

impl Stage {
    /// All stages, in their order.
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::Executed,
        Self::Sealed,
        Self::Committed,
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
            Self::Committed => "committed",
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
            Self::Committed => {
                "Its data and place are on the layer 1; that it counts hangs on a proof, which anybody can make from the data, and on no reorganisation."
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
