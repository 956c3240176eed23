//! How a scenario fails.

use std::error::Error;

use assay_l1::client::L1Error;

/// What must never be.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A transaction was acknowledged, and the node does not know it any more.
    #[error("transaction {0} was acknowledged and is forgotten")]
    Forgotten(String),
    /// Long after the last fault the node is not done.
    #[error("{steps} steps after the last fault not everything is final: {standing}")]
    Stalled {
        /// How long was waited.
        steps: u32,
        /// Where the node stands.
        standing: String,
    },
    /// A node that was told to start did not.
    #[error("the node ended by itself: {0}")]
    Ended(String),
    /// What the layer 1 holds is not a rollup.
    #[error("the rollup cannot be restored from its layer 1: {0}")]
    Unrestorable(String),
    /// Two that must be equal.
    #[error("{what}: {found} in place of {expected}")]
    Differs {
        /// What is compared.
        what: String,
        /// By the node or the layer 1.
        found: String,
        /// By the model.
        expected: String,
    },
    /// Gas was paid for nothing.
    #[error("the operator's transaction in block {block} failed, and its gas is paid")]
    PaidForNothing {
        /// Where it is.
        block: u64,
    },
    /// The scenario itself does not work.
    #[error("the simulation's own part failed: {0}")]
    Rig(Box<dyn Error + Send + Sync>),
}

impl Failure {
    /// The node ended by itself, for this.
    pub(crate) fn ended(why: impl Error) -> Self {
        Self::Ended(why.to_string())
    }

    /// Of the scenario itself.
    pub(crate) fn rig(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Rig(error.into())
    }
}

impl From<L1Error> for Failure {
    fn from(error: L1Error) -> Self {
        Self::rig(error)
    }
}
