//! A simulated layer 1: an EVM with blocks, base fee, time and reorgs, in this process.
//!
//! It follows the rules that a rollup's node depends on (EIP-1559 fees, nonces, replacement by
//! higher fee, EIP-7623 and EIP-7825 gas rules, reorgs) and none of consensus: one maker of
//! blocks, no state root, no blobs. Reach it through [`crate::rpc`].

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

mod accounts;
mod block;
mod config;
mod error;
mod execute;
mod filters;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod mutation;
mod node;
mod pool;
mod world;

pub use accounts::{DevAccount, dev_accounts};
pub use config::{ChainConfig, Clock, Mining};
pub use error::ChainError;
pub use node::Removed;

pub(crate) use accounts::signers;
pub(crate) use block::Block;
pub(crate) use execute::{call, estimate};
pub(crate) use filters::Kind;
pub(crate) use node::{MINE_MAX, Node};
pub(crate) use pool::SignedTransaction;

/// The simulated chain.
#[derive(Debug, Clone, Copy)]
pub struct Chain;

impl Chain {
    /// Starts a chain with its genesis block.
    #[must_use]
    pub fn start(config: ChainConfig) -> ChainHandle {
        let node = Mutex::new(Node::new(config));
        ChainHandle {
            shared: Arc::new(Shared {
                node,
                mining_changed: Notify::new(),
            }),
        }
    }
}

struct Shared {
    node: Mutex<Node>,
    mining_changed: Notify,
}

/// A running chain. Clones are the same chain.
#[derive(Clone)]
pub struct ChainHandle {
    shared: Arc<Shared>,
}

impl fmt::Debug for ChainHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainHandle")
            .field("block", &self.block_number())
            .finish()
    }
}

impl ChainHandle {
    /// EIP-155 chain id.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.node().config.chain_id
    }

    /// Height of the latest block.
    #[must_use]
    pub fn block_number(&self) -> u64 {
        self.node().head().header.number
    }

    /// Unix time of the latest block, seconds.
    #[must_use]
    pub fn timestamp(&self) -> u64 {
        self.node().head().header.timestamp
    }

    /// How many transactions wait for a block.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.node().pool.len()
    }

    /// When blocks are made from now on.
    pub fn set_mining(&self, mining: Mining) {
        let mut node = self.node();
        node.mining = mining;
        if mining == Mining::Automatic {
            node.mine_waiting();
        }
        drop(node);
        self.shared.mining_changed.notify_one();
    }

    /// Makes `blocks` blocks of what waits.
    ///
    /// # Errors
    /// [`ChainError::Limit`] beyond 10,000.
    pub fn mine(&self, blocks: u64) -> Result<(), ChainError> {
        if blocks > MINE_MAX {
            return Err(ChainError::Limit {
                what: "blocks in one request",
                limit: MINE_MAX,
            });
        }
        let mut node = self.node();
        (0..blocks).for_each(|_| node.mine());
        Ok(())
    }

    /// Replaces the latest `depth` blocks by as many empty ones.
    ///
    /// # Errors
    /// [`ChainError::TooDeep`] beyond 256 blocks or the genesis block.
    pub fn reorg(&self, depth: u64, removed: Removed) -> Result<(), ChainError> {
        self.node().reorg(depth, removed)
    }

    /// Removes the blocks above a height, and their transactions with them. False where there is
    /// no such block.
    ///
    /// # Errors
    /// [`ChainError::TooDeep`] beyond 256 blocks.
    pub fn roll_back_to(&self, number: u64) -> Result<bool, ChainError> {
        let mut node = self.node();
        let Some(depth) = node.head().header.number.checked_sub(number) else {
            return Ok(false);
        };
        node.roll_back(depth).map(|_| true)
    }

    /// Moves the clock forward. Returns by how much it was moved in all.
    pub fn increase_time(&self, seconds: u64) -> u64 {
        self.node().increase_time(seconds)
    }

    /// Sets the next block's time; the clock goes on from there.
    ///
    /// # Errors
    /// [`ChainError::Timestamp`] where that is before the latest block's.
    pub fn set_next_timestamp(&self, timestamp_s: u64) -> Result<(), ChainError> {
        self.node().set_next_timestamp(timestamp_s)
    }

    pub(crate) fn node(&self) -> MutexGuard<'_, Node> {
        // A panic while the lock is held is a bug of the simulator; there is no other state to
        // go on with than the one it left.
        self.shared
            .node
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the way of mining changes.
    pub(crate) async fn mining_changed(&self) {
        self.shared.mining_changed.notified().await;
    }

    pub(crate) fn mining(&self) -> Mining {
        self.node().mining
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
