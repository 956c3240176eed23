//! Going back: reorganisations, snapshots, and what is kept for them.

use std::sync::Arc;

use super::{Event, Mining, Node, Removed, Snapshots, UNDO_BLOCKS_MAX};
use crate::{
    chain::{error::ChainError, pool::SignedTransaction},
    telemetry,
};

impl Node {
    /// Replaces the latest `depth` blocks by as many empty ones.
    pub(crate) fn reorg(&mut self, depth: u64, removed: Removed) -> Result<(), ChainError> {
        let transactions = self.roll_back(depth)?;
        let waiting = std::mem::take(&mut self.pool);
        for _ in 0..depth {
            self.mine();
        }
        self.pool = waiting;
        if removed == Removed::WaitAgain {
            for transaction in transactions {
                let hash = *transaction.tx_hash();
                match self.pool.add(transaction) {
                    Ok(()) => self.journal.push(Event::Waiting(hash)),
                    Err(error) => {
                        tracing::warn!(%hash, %error, "transaction of a removed block dropped");
                    }
                }
            }
        }
        if self.mining == Mining::Automatic {
            self.mine_waiting();
        }
        Ok(())
    }

    /// Removes the latest blocks and returns their transactions in order.
    pub(crate) fn roll_back(&mut self, depth: u64) -> Result<Vec<SignedTransaction>, ChainError> {
        let possible = self.undoable();
        if depth > possible {
            return Err(ChainError::TooDeep {
                asked: depth,
                possible,
            });
        }
        let number = self.head().header.number - depth;
        let layers = match self.history.at(number)? {
            // A state between blocks stays where no block is removed.
            Some(block) if depth > 0 => block.layers,
            _ => return Ok(Vec::new()),
        };
        Ok(self.undo(number, layers))
    }

    /// How many of the latest blocks can be removed.
    fn undoable(&self) -> u64 {
        let latest = self.head().header.number;
        let kept = |depth: &u64| {
            let block = latest.checked_sub(*depth).map(|n| self.history.at(n));
            matches!(block, Some(Ok(Some(block))) if block.layers >= self.world.forgotten)
        };
        (1..=UNDO_BLOCKS_MAX).take_while(kept).count() as u64
    }

    fn undo(&mut self, number: u64, layers: u64) -> Vec<SignedTransaction> {
        let mut transactions = Vec::new();
        while self.head().header.number > number
            && let Some(block) = self.history.pop()
        {
            let mined = block.mined.iter().rev();
            transactions.extend(mined.map(|mined| mined.transaction.clone()));
            self.journal.push(Event::Removed(block));
        }
        transactions.reverse();
        self.world.undo_to(layers);
        self.renew_block_hashes();
        self.snapshots.forget_above(layers);
        self.reorgs += 1;
        telemetry::REORGANISATIONS.count();
        transactions
    }

    /// Finds the hashes that `BLOCKHASH` may ask for among the blocks.
    pub(crate) fn renew_block_hashes(&mut self) {
        let latest = self.head().header.number;
        let kept = self.history.iter().rev();
        let known = kept.take_while(|block| block.header.number + UNDO_BLOCKS_MAX > latest);
        self.world.block_hashes = known.map(|b| (b.header.number, b.hash)).collect();
    }

    /// Remembers blocks, accounts, pool and clock as they are now.
    pub(crate) fn snapshot(&mut self) -> u64 {
        let layers = self.world.mark();
        let number = self.head().header.number;
        self.snapshots
            .add(number, layers, self.pool.clone(), self.timing)
    }

    /// Goes back to a snapshot, which is used up, as are those after it. False where there is
    /// none.
    pub(crate) fn revert(&mut self, id: u64) -> bool {
        let Some(snapshot) = self.snapshots.take(id) else {
            return false;
        };
        self.undo(snapshot.number, snapshot.layers);
        self.pool = snapshot.pool;
        self.timing = snapshot.timing;
        true
    }

    /// Becomes a chain that was saved, as by a reorganisation down to what both have.
    pub(crate) fn replace(&mut self, saved: Self) {
        let Self {
            world,
            history,
            pool,
            timing,
            reorgs,
            impersonated,
            impersonate_all,
            ..
        } = saved;
        let before = std::mem::replace(&mut self.history, history);
        for block in before.iter().rev() {
            if self.history.by_hash(block.hash).is_none() {
                self.journal.push(Event::Removed(Arc::clone(block)));
            }
        }
        for block in self.history.iter() {
            if before.by_hash(block.hash).is_none() {
                self.journal.push(Event::Added(Arc::clone(block)));
            }
        }
        self.world = world;
        self.pool = pool;
        self.timing = timing;
        self.reorgs = self.reorgs.max(reorgs) + 1;
        self.impersonated = impersonated;
        self.impersonate_all = impersonate_all;
        self.snapshots = Snapshots::default();
    }

    /// Forgets what there is no room for.
    pub(super) fn prune(&mut self) {
        let (blocks, bytes) = (self.config.history_blocks, self.config.history_bytes);
        self.history.prune(blocks, UNDO_BLOCKS_MAX, bytes);
        let height = self.head().header.number;
        self.snapshots
            .forget_below(height.saturating_sub(blocks.max(UNDO_BLOCKS_MAX)));
        let oldest = self.history.at(height.saturating_sub(UNDO_BLOCKS_MAX));
        let undo = oldest.ok().flatten().map_or(0, |block| block.layers);
        let wanted = self.snapshots.oldest_layers();
        self.world
            .forget(wanted.map_or(undo, |layers| layers.min(undo)));
    }
}
