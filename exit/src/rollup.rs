//! Which state of which rollup a file is of.

use assay_circuits::{
    address::{L1Address, Network},
    order::Domain,
    quantity::{BatchNumber, StateRoot},
};

/// A rollup, as signatures name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollup {
    /// Chain id of its layer 1.
    pub chain_id: u64,
    /// Its contract there.
    pub contract: L1Address,
}

impl Rollup {
    /// What its signatures are bound to.
    #[must_use]
    pub fn domain(&self) -> Domain {
        Domain::new(self.chain_id, self.contract)
    }

    /// The kind of network it is on.
    #[must_use]
    pub fn network(&self) -> Network {
        Network::of_chain(self.chain_id)
    }
}

/// The state after a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateReference {
    /// Of this rollup.
    pub rollup: Rollup,
    /// After this batch.
    pub batch: BatchNumber,
    /// Its root.
    pub root: StateRoot,
}

/// A file that is not of the state that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OtherState {
    /// Of another chain or contract.
    #[error(
        "it is of contract {} on chain {}, not of {} on chain {}",
        found.contract, found.chain_id, expected.contract, expected.chain_id
    )]
    Rollup {
        /// What is wanted.
        expected: Rollup,
        /// What the file says.
        found: Rollup,
    },
    /// After another batch.
    #[error("it is of the state after batch {found}, and the last proved batch is {expected}")]
    Batch {
        /// The last proved batch.
        expected: BatchNumber,
        /// What the file says.
        found: BatchNumber,
    },
    /// With the right number, and another root.
    #[error("its root is {found}; the layer 1 says {expected}")]
    Root {
        /// The root on the layer 1.
        expected: StateRoot,
        /// The file's.
        found: StateRoot,
    },
}

impl StateReference {
    /// Compares it with the state that the layer 1 has.
    ///
    /// # Errors
    /// [`OtherState`].
    pub fn expect(&self, wanted: &Self) -> Result<(), OtherState> {
        if self.rollup != wanted.rollup {
            return Err(OtherState::Rollup {
                expected: wanted.rollup,
                found: self.rollup,
            });
        }
        if self.batch != wanted.batch {
            return Err(OtherState::Batch {
                expected: wanted.batch,
                found: self.batch,
            });
        }
        if self.root != wanted.root {
            return Err(OtherState::Root {
                expected: wanted.root,
                found: self.root,
            });
        }
        Ok(())
    }
}
