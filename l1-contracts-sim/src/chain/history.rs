//! The blocks that are kept.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy::primitives::B256;

use super::{block::Block, error::ChainError};

/// Blocks from the genesis block on, less those that memory has no room for: first the old ones
/// without transactions, then the oldest.
#[derive(Debug, Default)]
pub(crate) struct History {
    blocks: BTreeMap<u64, Arc<Block>>,
    numbers: HashMap<B256, u64>,
    /// Block and place in it of each mined transaction.
    places: HashMap<B256, (u64, usize)>,
    bytes: usize,
    /// From this height on every block is here.
    pub(crate) complete_from: u64,
    /// From this height on every block with transactions is here.
    pub(crate) transactions_from: u64,
}

impl History {
    /// The latest block.
    pub(crate) fn head(&self) -> &Arc<Block> {
        self.blocks
            .last_key_value()
            .map(|(_, block)| block)
            .expect("the genesis block is never removed, and it is there from the start")
    }

    /// The genesis block.
    pub(crate) fn genesis(&self) -> Option<&Arc<Block>> {
        self.blocks.get(&0)
    }

    /// The block at a height; `None` above the latest.
    pub(crate) fn at(&self, number: u64) -> Result<Option<&Arc<Block>>, ChainError> {
        match self.blocks.get(&number) {
            None if number < self.complete_from => Err(ChainError::PrunedBlock(number)),
            found => Ok(found),
        }
    }

    /// The block with a hash.
    pub(crate) fn by_hash(&self, hash: B256) -> Option<&Arc<Block>> {
        self.blocks.get(self.numbers.get(&hash)?)
    }

    /// Where a mined transaction stands.
    pub(crate) fn place(&self, hash: B256) -> Option<(&Arc<Block>, usize)> {
        let (number, index) = self.places.get(&hash)?;
        Some((self.blocks.get(number)?, *index))
    }

    /// The blocks with transactions between two heights, both included.
    pub(crate) fn with_logs(
        &self,
        from: u64,
        to: u64,
    ) -> Result<impl Iterator<Item = &Arc<Block>>, ChainError> {
        if from < self.transactions_from {
            return Err(ChainError::PrunedBlock(from));
        }
        Ok(self.blocks.range(from..=to).map(|(_, block)| block))
    }

    /// All that are kept, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Block>> {
        self.blocks.values()
    }

    /// Adds the next block.
    pub(crate) fn push(&mut self, block: Arc<Block>) {
        let number = block.header.number;
        self.numbers.insert(block.hash, number);
        for (index, mined) in block.mined.iter().enumerate() {
            self.places
                .insert(*mined.transaction.tx_hash(), (number, index));
        }
        self.bytes += block.bytes();
        self.blocks.insert(number, block);
    }

    /// Removes the latest block, which is not the genesis block.
    pub(crate) fn pop(&mut self) -> Option<Arc<Block>> {
        let number = self.head().header.number;
        if number == 0 {
            return None;
        }
        self.forget(number)
    }

    fn forget(&mut self, number: u64) -> Option<Arc<Block>> {
        let block = self.blocks.remove(&number)?;
        self.numbers.remove(&block.hash);
        for mined in &block.mined {
            self.places.remove(mined.transaction.tx_hash());
        }
        self.bytes -= block.bytes();
        Some(block)
    }

    /// Keeps the latest `blocks` blocks, before them those with transactions, as many as there is
    /// room for, and the genesis block. The latest `least` stay whatever room there is.
    pub(crate) fn prune(&mut self, blocks: u64, least: u64, bytes: usize) {
        let height = self.head().header.number;
        let from = height.saturating_sub(blocks.max(least));
        for number in self.complete_from..from {
            if number > 0 && self.blocks.get(&number).is_some_and(|b| b.mined.is_empty()) {
                self.forget(number);
            }
        }
        self.complete_from = self.complete_from.max(from);
        let last = height.saturating_sub(least);
        while self.bytes > bytes {
            let oldest = self.blocks.range(1..last).next().map(|(number, _)| *number);
            let Some(number) = oldest else { return };
            self.forget(number);
            self.transactions_from = self.transactions_from.max(number + 1);
            self.complete_from = self.complete_from.max(number + 1);
        }
    }
}
