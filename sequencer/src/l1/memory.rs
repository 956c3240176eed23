//! A layer 1 in memory for tests: the contract's rules, blocks, and everything that goes wrong.

mod contract;

use std::sync::{Mutex, MutexGuard};

use assay_circuits::{babyjubjub::Point, batch::State, order::Domain, shape::Shape, word};
use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, Word},
    client::{
        BlockInfo, L1Error, LoggedEvent, QueueEntry, RollupCall, RollupEvent, RollupInfo,
        RollupStatus, SentTransaction, ShapeInfo, TokenInfo, TransactionReceipt,
    },
};
use sha2::{Digest, Sha256};

use super::gateway::{Answer, Gateway};
use contract::{Contract, size};

/// Of every test: a development chain.
pub(crate) const CHAIN_ID: u64 = 31337;
/// The rollup contract of every test.
pub(crate) const CONTRACT: EthAddress = EthAddress([7; 20]);
/// Time of block 0, Unix seconds.
pub(crate) const GENESIS_S: u64 = 1_800_000_000;
/// Time between blocks, seconds.
pub(crate) const BLOCK_S: u64 = 12;

/// The domain of every test.
pub(crate) fn domain() -> Domain {
    Domain::new(CHAIN_ID, assay_circuits::address::L1Address(CONTRACT.0))
}

#[derive(Debug, Clone)]
struct Block {
    info: BlockInfo,
    after: Contract,
    nonce_after: u64,
    logs: Vec<LoggedEvent>,
    receipts: Vec<TransactionReceipt>,
}

#[derive(Debug, Default)]
struct Inner {
    blocks: Vec<Block>,
    pending: Vec<(SentTransaction, RollupCall)>,
    mines_at_once: bool,
    unreachable: bool,
    /// The next transaction arrives and the answer is lost.
    loses_answer: bool,
    salt: u64,
    /// Everything that was ever sent.
    sent: Vec<(SentTransaction, RollupCall)>,
}

/// The chain.
#[derive(Debug)]
pub(crate) struct MemoryL1(Mutex<Inner>);

fn refused(call: &'static str, message: &str) -> L1Error {
    L1Error::Refused {
        call,
        code: -32000,
        message: message.to_owned(),
    }
}

impl Inner {
    fn head(&self) -> &Block {
        self.blocks.last().unwrap()
    }

    fn mine(&mut self) {
        let parent = self.head().clone();
        let number = parent.info.number + 1;
        let mut hash = Sha256::new();
        hash.update(parent.info.hash);
        hash.update(number.to_be_bytes());
        hash.update(self.salt.to_be_bytes());
        let info = BlockInfo {
            number,
            hash: hash.finalize().into(),
            parent_hash: parent.info.hash,
            timestamp: parent.info.timestamp + BLOCK_S,
            base_fee_wei: 7,
        };
        let (after, nonce_after) = (parent.after, parent.nonce_after);
        let mut block = Block {
            info,
            after,
            nonce_after,
            logs: vec![],
            receipts: vec![],
        };
        for (sent, call) in std::mem::take(&mut self.pending) {
            if sent.nonce != block.nonce_after {
                continue;
            }
            block.nonce_after += 1;
            let mut after = block.after.clone();
            let result = after.apply(&call, info.timestamp);
            let succeeded = result.is_ok();
            if let Ok(event) = result {
                block.after = after;
                block.log(event, sent.hash);
            }
            block.receipts.push(TransactionReceipt {
                hash: sent.hash,
                block_number: number,
                block_hash: info.hash,
                gas_used: 1,
                gas_price_wei: 1,
                succeeded,
                created: None,
            });
        }
        self.blocks.push(block);
    }
}

impl Block {
    fn log(&mut self, event: RollupEvent, transaction: Word) {
        self.logs.push(LoggedEvent {
            event,
            block_number: self.info.number,
            block_hash: self.info.hash,
            transaction,
            log_index: self.logs.len() as u64,
        });
    }
}

impl MemoryL1 {
    /// A chain of one block that mines what it gets at once.
    pub(crate) fn new() -> Self {
        let info = BlockInfo {
            number: 0,
            hash: [1; 32],
            parent_hash: [0; 32],
            timestamp: GENESIS_S,
            base_fee_wei: 7,
        };
        let after = Contract::default();
        let block = Block {
            info,
            after,
            nonce_after: 0,
            logs: vec![],
            receipts: vec![],
        };
        let inner = Inner {
            blocks: vec![block],
            mines_at_once: true,
            ..Inner::default()
        };
        Self(Mutex::new(inner))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Queues a deposit in a block of its own.
    pub(crate) fn deposit(&self, owner: &Point, token: u16, amount: u128) {
        let mut inner = self.inner();
        inner.mine();
        let block = inner.blocks.last_mut().unwrap();
        let owner = [word::to_bytes(owner.x), word::to_bytes(owner.y)];
        let index = block.after.queue.len() as u64;
        block.after.queue.push(QueueEntry {
            index,
            token,
            amount,
            owner,
            block_number: block.info.number,
            block_hash: block.info.hash,
            transaction: [2; 32],
        });
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

    /// Another operator commits on top of what is there.
    pub(crate) fn commit_foreign_batch(&self) {
        let mut inner = self.inner();
        inner.mine();
        let block = inner.blocks.last_mut().unwrap();
        block.after.batches.push(BatchHeader {
            new_root: [3; 32],
            ..BatchHeader::default()
        });
    }

    /// Commits and proofs in the latest state.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let inner = self.inner();
        let after = &inner.head().after;
        (after.batches.len(), after.proved)
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

    fn answer<'a, T: Send + 'a>(
        &'a self,
        call: &'static str,
        read: impl FnOnce(&Inner) -> Result<T, L1Error> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            let inner = self.inner();
            if inner.unreachable {
                return Err(L1Error::Transport {
                    call,
                    source: "the test says so".into(),
                });
            }
            read(&inner)
        })
    }

    fn take(
        &self,
        call: &RollupCall,
        nonce: u64,
        max_fee_wei: u128,
    ) -> Result<SentTransaction, L1Error> {
        let mut inner = self.inner();
        if inner.unreachable {
            return Err(L1Error::Transport {
                call: "send",
                source: "unreachable".into(),
            });
        }
        let mut pending = inner.head().after.clone();
        let time = inner.head().info.timestamp + BLOCK_S;
        for (waiting, earlier) in &inner.pending {
            if waiting.nonce != nonce {
                pending.apply(earlier, time)?;
            }
        }
        if nonce < inner.head().nonce_after {
            return Err(refused("send", "nonce too low"));
        }
        pending.apply(call, time)?;
        let replaced = inner
            .pending
            .iter()
            .position(|(waiting, _)| waiting.nonce == nonce);
        if replaced.is_some_and(|at| inner.pending[at].0.max_fee_wei >= max_fee_wei) {
            return Err(refused("send", "replacement transaction underpriced"));
        }
        let hash = Sha256::digest(format!("{call:?} {nonce} {max_fee_wei}")).into();
        let (max_priority_fee_wei, gas_limit) = (1, 1_000_000);
        let sent = SentTransaction {
            hash,
            nonce,
            max_fee_wei,
            max_priority_fee_wei,
            gas_limit,
        };
        inner.pending.retain(|(waiting, _)| waiting.nonce != nonce);
        inner.pending.push((sent.clone(), call.clone()));
        inner.sent.push((sent.clone(), call.clone()));
        if inner.mines_at_once {
            inner.mine();
        }
        if std::mem::take(&mut inner.loses_answer) {
            return Err(L1Error::Transport {
                call: "send",
                source: "answer lost".into(),
            });
        }
        Ok(sent)
    }
}

impl Gateway for MemoryL1 {
    fn chain_id(&self) -> u64 {
        CHAIN_ID
    }

    fn info(&self) -> Answer<'_, RollupInfo> {
        self.answer("info", |_| {
            Ok(RollupInfo {
                operator: EthAddress([9; 20]),
                governor: EthAddress([9; 20]),
                domain: word::to_bytes(domain().0),
                genesis_root: word::to_bytes(State::default().root().0),
                operator_idle_s: 1,
                prove_deadline_s: 1,
                verifier_delay_s: 1,
            })
        })
    }

    fn shape(&self, id: u8) -> Answer<'_, Option<ShapeInfo>> {
        self.answer("shape", move |_| {
            let shape = Shape::from_id(id);
            Ok(shape.map(|shape| ShapeInfo {
                size: size(shape),
                verifier: EthAddress([8; 20]),
            }))
        })
    }

    fn height(&self) -> Answer<'_, u64> {
        self.answer("height", |inner| Ok(inner.head().info.number))
    }

    fn block(&self, number: u64) -> Answer<'_, Option<BlockInfo>> {
        self.answer("block", move |inner| {
            Ok(inner
                .blocks
                .get(usize::try_from(number).unwrap())
                .map(|block| block.info))
        })
    }

    fn status_at(&self, block: u64) -> Answer<'_, RollupStatus> {
        self.answer("status", move |inner| {
            let block = &inner.blocks[usize::try_from(block).unwrap()];
            let after = &block.after;
            Ok(RollupStatus {
                block_number: block.info.number,
                last_committed: after.batches.len() as u64,
                last_proved: after.proved as u64,
                committed_root: after.root(after.batches.len()),
                proved_root: after.root(after.proved),
                last_timestamp: after.batches.last().map_or(0, |last| last.timestamp),
                last_proved_at: 0,
                pending_since: 0,
                queue_committed: after.queue_end() as u64,
                queue_length: after.queue.len() as u64,
                tokens: 1,
            })
        })
    }

    fn tokens(&self) -> Answer<'_, Vec<TokenInfo>> {
        self.answer("tokens", |_| {
            let token = |number: u16, symbol: &str| TokenInfo {
                number,
                address: EthAddress([u8::try_from(number).unwrap(); 20]),
                symbol: Some(symbol.to_owned()),
                decimals: Some(18),
            };
            Ok(vec![token(0, "ETH"), token(1, "TST")])
        })
    }

    fn queue(&self, from: u64, to: u64, _from_block: u64) -> Answer<'_, Vec<QueueEntry>> {
        self.answer("queue", move |inner| {
            let entries = inner.head().after.queue.iter();
            Ok(entries
                .filter(|entry| (from..to).contains(&entry.index))
                .cloned()
                .collect())
        })
    }

    fn events(&self, from_block: u64, to_block: u64) -> Answer<'_, Vec<LoggedEvent>> {
        self.answer("events", move |inner| {
            let logs = inner.blocks.iter().flat_map(|block| block.logs.clone());
            Ok(logs
                .filter(|log| (from_block..=to_block).contains(&log.block_number))
                .collect())
        })
    }

    fn next_nonce(&self) -> Answer<'_, u64> {
        self.answer("nonce", |inner| {
            let waiting = inner.pending.iter().map(|(sent, _)| sent.nonce + 1).max();
            Ok(waiting.unwrap_or(0).max(inner.head().nonce_after))
        })
    }

    fn send<'a>(&'a self, call: &'a RollupCall, nonce: u64) -> Answer<'a, SentTransaction> {
        Box::pin(async move { self.take(call, nonce, 100) })
    }

    fn resend<'a>(
        &'a self,
        call: &'a RollupCall,
        stuck: &'a SentTransaction,
    ) -> Answer<'a, SentTransaction> {
        Box::pin(async move { self.take(call, stuck.nonce, stuck.max_fee_wei + 13) })
    }

    fn receipt(&self, hash: Word) -> Answer<'_, Option<TransactionReceipt>> {
        self.answer("receipt", move |inner| {
            let mut receipts = inner.blocks.iter().flat_map(|block| &block.receipts);
            Ok(receipts.find(|receipt| receipt.hash == hash).cloned())
        })
    }
}
