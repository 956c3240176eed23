//! What a test does to its layer 1.

use std::collections::BTreeMap;

use assay_circuits::{babyjubjub::Point, forced::ForcedOrder, operation::Entry, word};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, ProofWords, Word},
    client::{
        Announced, L1Error, QueueEntry, RollupCall, RollupEvent, SentTransaction,
        TransactionReceipt,
    },
};
use sha2::{Digest as _, Sha256};

use super::{Block, Inner, MemoryL1, OldStates, REFUND_TO, contract::deposit_words, gas_used};

impl Inner {
    /// Puts an entry into the queue in a block of its own.
    fn enqueue(&mut self, words: [Word; 6]) {
        self.mine();
        let block = self.blocks.last_mut().unwrap();
        block.enqueue(words);
    }
}

impl Block {
    fn enqueue(&mut self, words: [Word; 6]) {
        let block = self;
        block.after.enqueue(words, REFUND_TO, block.info.timestamp);
        let entry = block.after.queue.last_mut().unwrap();
        entry.block_number = block.info.number;
        entry.block_hash = block.info.hash;
        let QueueEntry {
            index,
            due,
            words,
            tail,
            transaction,
            ..
        } = entry.clone();
        block.log(
            RollupEvent::Queued {
                index,
                due,
                words,
                tail,
            },
            transaction,
        );
    }
}

impl MemoryL1 {
    /// Queues a deposit in a block of its own.
    pub(crate) fn deposit(&self, owner: &Point, token: u16, amount: u128) {
        let owner = [word::to_bytes(owner.x), word::to_bytes(owner.y)];
        self.inner().enqueue(deposit_words(owner, token, amount));
    }

    /// The events tell of this deposit in place of the last one.
    pub(crate) fn tell_of_deposit(&self, owner: &Point, token: u16, amount: u128) {
        let owner = [word::to_bytes(owner.x), word::to_bytes(owner.y)];
        let told = deposit_words(owner, token, amount);
        let mut inner = self.inner();
        let logs = inner.blocks.iter_mut().flat_map(|block| &mut block.logs);
        let queued = logs.filter_map(|logged| match &mut logged.event {
            RollupEvent::Queued { words, .. } => Some(words),
            _ => None,
        });
        *queued.last().unwrap() = told;
    }

    /// In place of the last deposit there was this one all along: a reorganisation that nobody tells of.
    pub(crate) fn rewrite_deposit(&self, owner: &Point, token: u16, amount: u128) {
        let owner = [word::to_bytes(owner.x), word::to_bytes(owner.y)];
        let mut inner = self.inner();
        let last = inner.head().after.queue.len() - 1;
        let with_it = inner
            .blocks
            .iter()
            .position(|block| block.after.queue.len() > last);
        let with_it = with_it.unwrap();
        let block = &mut inner.blocks[with_it];
        block.after.queue.truncate(last);
        block.logs.clear();
        block.enqueue(deposit_words(owner, token, amount));
        let entry = block.after.queue[last].clone();
        for block in &mut inner.blocks[with_it..] {
            block.after.queue[last] = entry.clone();
        }
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

    /// Something is announced, used or taken back in a block of its own.
    pub(crate) fn announce(&self, change: impl FnOnce(&mut Announced)) {
        let mut inner = self.inner();
        inner.mine();
        change(&mut inner.blocks.last_mut().unwrap().after.announced);
    }

    pub(crate) fn mine(&self, blocks: u64) {
        (0..blocks).for_each(|_| self.inner().mine());
    }

    /// Whether a transaction is mined as soon as it is sent.
    pub(crate) fn mine_at_once(&self, at_once: bool) {
        self.inner().mines_at_once = at_once;
    }

    /// What the next blocks ask for, wei per gas.
    pub(crate) fn set_fees(&self, base_fee_wei: u128, tip_wei: u128) {
        let mut inner = self.inner();
        (inner.base_fee_wei, inner.tip_wei) = (base_fee_wei, tip_wei);
    }

    /// What is said from now on of states before the latest.
    pub(crate) fn set_old_states(&self, old_states: OldStates) {
        self.inner().moods.old_states = old_states;
    }

    /// Events are given of so many blocks at a time, and of questions for them one in
    /// `answers_every` is answered.
    pub(crate) fn set_logs(&self, log_blocks: u64, answers_every: usize) {
        let moods = &mut self.inner().moods;
        (moods.log_blocks, moods.answers_every) = (log_blocks, answers_every);
    }

    /// The blocks whose events were asked for since the last time.
    pub(crate) fn logs_asked(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut *self.inner().moods.logs_asked.lock().unwrap())
    }

    /// So many ERC-20s are registered, which tell their names or not.
    pub(crate) fn set_tokens(&self, tokens: u16, hides_names: bool) {
        let moods = &mut self.inner().moods;
        (moods.tokens, moods.hides_names) = (tokens, hides_names);
    }

    /// Whether receipts tell of failures.
    pub(crate) fn hide_failures(&self, hides: bool) {
        self.inner().moods.hides_failures = hides;
    }

    /// Somebody has claim number `which` of a batch paid.
    pub(crate) fn claim(&self, batch: u64, which: u16) {
        self.inner().moods.claimed.insert((batch, which));
    }

    pub(crate) fn set_ether(&self, wei: u128) {
        self.inner().moods.ether = wei;
    }

    pub(crate) fn set_operator(&self, operator: EthAddress) {
        self.inner().moods.operator = operator;
    }

    /// Forgets what was sent and not mined.
    pub(crate) fn drop_pending(&self) {
        self.inner().pending.clear();
    }

    /// What waits for a block with a nonce is forgotten.
    pub(crate) fn drop_nonce(&self, nonce: u64) {
        self.inner().pending.retain(|(sent, _)| sent.nonce != nonce);
    }

    /// Takes the last `depth` blocks back and mines as many empty ones. Their transactions do not come
    /// back, and what waits goes on waiting.
    pub(crate) fn reorganise(&self, depth: usize) {
        let mut inner = self.inner();
        let keep = inner.blocks.len() - depth;
        inner.blocks.truncate(keep);
        inner.salt += 1;
        let waiting = std::mem::take(&mut inner.pending);
        (0..depth).for_each(|_| inner.mine());
        inner.pending = waiting;
    }

    /// Somebody who has the node's key sends something else, for this fee and tip, wei per gas.
    pub(crate) fn send_otherwise(&self, nonce: u64, [max_fee_wei, tip_wei]: [u128; 2]) {
        let mut inner = self.inner();
        inner.salt += 1;
        let hash = Sha256::digest(format!("something else {}", inner.salt)).into();
        let sent = SentTransaction {
            hash,
            nonce,
            max_fee_wei,
            max_priority_fee_wei: tip_wei,
            gas_limit: 21_000,
        };
        inner.pending.push((sent, RollupCall::Nothing));
        inner.pending.sort_by_key(|(waiting, _)| waiting.nonce);
    }

    /// How often the node paid for each batch: by its transactions in blocks, failed ones included.
    pub(crate) fn paid(&self) -> BTreeMap<u64, u32> {
        let inner = self.inner();
        let mut paid = BTreeMap::new();
        for receipt in inner.blocks.iter().flat_map(|block| &block.receipts) {
            let sent = inner
                .sent
                .iter()
                .find(|(sent, _)| sent.hash == receipt.hash);
            if let Some((_, RollupCall::Submit(batches))) = sent {
                for (data, _) in batches {
                    *paid.entry(data.batch).or_default() += 1;
                }
            }
        }
        paid
    }

    /// How many blocks there are.
    pub(crate) fn blocks(&self) -> usize {
        self.inner().blocks.len()
    }

    /// How often it was asked for the latest block.
    pub(crate) fn looks(&self) -> u64 {
        self.inner().troubles.looks
    }

    /// How many transactions of the node are in blocks.
    pub(crate) fn mined(&self) -> u64 {
        self.inner().head().nonce_after
    }

    /// Somebody else brings batches in a block of their own, if the contract takes them. They stand
    /// before what waits to be mined.
    pub(crate) fn submit_as_stranger(
        &self,
        batches: Vec<(BatchData, ProofWords)>,
    ) -> Result<(), L1Error> {
        let mut inner = self.inner();
        let waiting = std::mem::take(&mut inner.pending);
        inner.mine();
        inner.pending = waiting;
        let call = RollupCall::Submit(batches);
        let hash = Sha256::digest(format!("a stranger's {call:?} {}", inner.salt)).into();
        let (key, tip_wei) = (inner.key.clone(), inner.tip_wei);
        let block = inner.blocks.last_mut().unwrap();
        for event in block.after.apply(&call, block.info.timestamp, &key)? {
            block.log(event, hash);
        }
        block.receipts.push(TransactionReceipt {
            hash,
            block_number: block.info.number,
            block_hash: block.info.hash,
            gas_used: gas_used(&call),
            gas_price_wei: block.info.base_fee_wei + tip_wei,
            succeeded: true,
            created: None,
        });
        inner.signed.insert(hash, call);
        Ok(())
    }

    /// All batches that the contract took, from its events.
    pub(crate) fn taken(&self) -> Vec<(BatchData, ProofWords)> {
        let inner = self.inner();
        let mut taken = Vec::new();
        for logged in inner.blocks.iter().flat_map(|block| &block.logs) {
            let RollupEvent::Submitted { batch, .. } = logged.event else {
                continue;
            };
            let RollupCall::Submit(batches) = &inner.signed[&logged.transaction] else {
                continue;
            };
            taken.extend(
                batches
                    .iter()
                    .filter(|(data, _)| data.batch == batch)
                    .cloned(),
            );
        }
        taken
    }

    /// The batches of each transaction that brought some.
    pub(crate) fn submissions(&self) -> Vec<(Word, Vec<(BatchData, ProofWords)>)> {
        let inner = self.inner();
        let brought = inner.signed.iter().filter_map(|(hash, call)| match call {
            RollupCall::Submit(batches) => Some((*hash, batches.clone())),
            _ => None,
        });
        brought.collect()
    }

    /// Tells from now on that these transactions brought these batches, whatever the contract took.
    pub(crate) fn tell_of_submissions(
        &self,
        told: impl IntoIterator<Item = (Word, Vec<(BatchData, ProofWords)>)>,
    ) {
        let told = told.into_iter();
        let told = told.map(|(hash, batches)| (hash, RollupCall::Submit(batches)));
        self.inner().signed.extend(told);
    }

    /// The queue, as it is.
    pub(crate) fn entries(&self) -> Vec<QueueEntry> {
        self.inner().head().after.queue.clone()
    }

    /// The time of the latest block.
    pub(crate) fn time(&self) -> u64 {
        self.inner().head().info.timestamp
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
