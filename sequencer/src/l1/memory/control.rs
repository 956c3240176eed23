//! What a test does to its layer 1.

use assay_circuits::{babyjubjub::Point, forced::ForcedOrder, operation::Entry, word};
use assay_l1::client::{RollupCall, SentTransaction};

use super::{MemoryL1, contract::deposit_words};

impl MemoryL1 {
    /// Queues a deposit in a block of its own.
    pub(crate) fn deposit(&self, owner: &Point, token: u16, amount: u128) {
        let owner = [word::to_bytes(owner.x), word::to_bytes(owner.y)];
        self.inner().enqueue(deposit_words(owner, token, amount));
    }

    /// Queues a forced order in a block of its own.
    pub(crate) fn force(&self, order: ForcedOrder) {
        let words = Entry::Forced(order).words();
        self.inner().enqueue(words.map(word::to_bytes));
    }

    /// Freezes the rollup in a block of its own.
    pub(crate) fn freeze(&self) {
        let mut inner = self.inner();
        inner.mine();
        inner.blocks.last_mut().unwrap().after.frozen = true;
    }

    pub(crate) fn mine(&self, blocks: u64) {
        (0..blocks).for_each(|_| self.inner().mine());
    }

    /// Whether a transaction is mined as soon as it is sent.
    pub(crate) fn mine_at_once(&self, at_once: bool) {
        self.inner().mines_at_once = at_once;
    }

    pub(crate) fn set_unreachable(&self, unreachable: bool) {
        self.inner().unreachable = unreachable;
    }

    pub(crate) fn lose_next_answer(&self) {
        self.inner().loses_answer = true;
    }

    pub(crate) fn lose_next_request(&self) {
        self.inner().loses_request = true;
    }

    /// Forgets what was sent and not mined.
    pub(crate) fn drop_pending(&self) {
        self.inner().pending.clear();
    }

    /// Takes the last `depth` blocks back and mines as many empty ones.
    pub(crate) fn reorganise(&self, depth: usize) {
        let mut inner = self.inner();
        let keep = inner.blocks.len() - depth;
        inner.blocks.truncate(keep);
        inner.salt += 1;
        (0..depth).for_each(|_| inner.mine());
    }

    /// Somebody else brings a batch on top of what is there.
    pub(crate) fn take_foreign_batch(&self) {
        let mut inner = self.inner();
        inner.mine();
        inner.blocks.last_mut().unwrap().after.take_foreign_batch();
    }

    /// Batches in the latest state.
    pub(crate) fn batches(&self) -> usize {
        self.inner().head().after.batches.len()
    }

    /// Everything that was ever sent, in order.
    pub(crate) fn sent(&self) -> Vec<(SentTransaction, RollupCall)> {
        self.inner().sent.clone()
    }

    /// Transactions that were mined and failed: what was paid for nothing.
    pub(crate) fn failed(&self) -> usize {
        let inner = self.inner();
        inner
            .blocks
            .iter()
            .flat_map(|block| &block.receipts)
            .filter(|r| !r.succeeded)
            .count()
    }
}
