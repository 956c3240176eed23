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
mod history;
mod journal;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod mutation;
mod node;
mod pool;
mod saved;
mod snapshot;
mod timing;
mod world;

pub use accounts::{DevAccount, dev_accounts};
pub use config::{ChainConfig, Clock, Mining};
pub use error::ChainError;
pub use node::Removed;
pub use saved::LoadError;

pub(crate) use accounts::{impersonation, signers};
pub(crate) use block::Block;
pub(crate) use execute::{Env, access_list, call, estimate};
pub(crate) use filters::{Kind, logs_of};
pub(crate) use journal::Event;
pub(crate) use node::{MINE_MAX, Node};
pub(crate) use pool::{Pool, SignedTransaction};
pub(crate) use world::{View, checked_code};

/// The simulated chain.
#[derive(Debug, Clone, Copy)]
pub struct Chain;

impl Chain {
    /// Starts a chain with its genesis block.
    #[must_use]
    pub fn start(config: ChainConfig) -> ChainHandle {
        ChainHandle::of(Node::new(config))
    }

    /// Starts the chain that [`ChainHandle::save`] wrote down.
    ///
    /// # Errors
    /// [`LoadError`], where it is none, or that of another chain id.
    pub fn load(config: ChainConfig, saved: &[u8]) -> Result<ChainHandle, LoadError> {
        saved::load(config, saved).map(ChainHandle::of)
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
    fn of(node: Node) -> Self {
        Self {
            shared: Arc::new(Shared {
                node: Mutex::new(node),
                mining_changed: Notify::new(),
            }),
        }
    }

    /// Everything that [`Chain::load`] needs, as JSON. Filters and snapshots are not in it.
    ///
    /// # Errors
    /// Those of the encoder.
    pub fn save(&self) -> Result<Vec<u8>, serde_json::Error> {
        let saved = saved::Saved::of(&self.node());
        // The chain goes on meanwhile.
        serde_json::to_vec(&saved)
    }

    /// Changes with everything that happens on the chain.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.node().journal.end()
    }

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
        self.mine_apart(blocks, 0)
    }

    /// Makes `blocks` blocks of what waits, and moves the clock forward before each.
    pub(crate) fn mine_apart(&self, blocks: u64, interval_s: u64) -> Result<(), ChainError> {
        let mut node = self.node();
        check_blocks(blocks)?;
        for _ in 0..blocks {
            node.increase_time(interval_s);
            node.mine();
        }
        Ok(())
    }

    /// Puts a saved chain in the place of this one. Filters find nothing of it, and snapshots are
    /// lost.
    pub(crate) fn restore(&self, saved: &[u8]) -> Result<(), ChainError> {
        let mut node = self.node();
        let loaded = saved::load(node.config.clone(), saved);
        let loaded = loaded.map_err(|error| ChainError::Params(error.to_string()))?;
        node.replace(loaded);
        Ok(())
    }

    /// Replaces the latest `depth` blocks by as many empty ones.
    ///
    /// # Errors
    /// [`ChainError::TooDeep`] beyond 256 blocks or the genesis block.
    pub fn reorg(&self, depth: u64, removed: Removed) -> Result<(), ChainError> {
        self.node().reorg(depth, removed)
    }

    /// Remembers blocks, accounts, pool and clock as they are now, and returns a number for
    /// [`ChainHandle::revert`].
    #[must_use]
    pub fn snapshot(&self) -> u64 {
        self.node().snapshot()
    }

    /// Goes back to a snapshot, which is used up, as are those after it. False where there is
    /// none.
    pub fn revert(&self, snapshot: u64) -> bool {
        self.node().revert(snapshot)
    }

    /// Moves the clock forward. Returns by how much it was moved in all.
    pub fn increase_time(&self, seconds: u64) -> i64 {
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

fn check_blocks(blocks: u64) -> Result<(), ChainError> {
    if blocks > MINE_MAX {
        return Err(ChainError::Limit {
            what: "blocks in one request",
            limit: MINE_MAX,
        });
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
