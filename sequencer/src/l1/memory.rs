//! A layer 1 in memory for tests: the contract's rules, blocks, and everything that goes wrong.

mod contract;
mod control;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use assay_circuits::{order::Domain, shape::Shape, word};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, ProofWords, Word, next_link},
    client::{
        BlockInfo, L1Error, LoggedEvent, QueueEntry, RollupCall, RollupEvent, RollupInfo,
        RollupParameters, RollupStatus, SendOptions, SentTransaction, ShapeInfo, SignedCall,
        TokenInfo, TransactionReceipt,
    },
};
use assay_prover::groth16::verifying_key::VerifyingKey;
use assay_restore::keys::{KeysError, VerifyingKeys};
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::gateway::{Answer, Gateway};
pub(crate) use contract::QUEUE_DELAY_S;
use contract::{Contract, DEPLOYED_S, size};

/// Of every test: a development chain.
pub(crate) const CHAIN_ID: u64 = 31337;
/// The rollup contract of every test.
pub(crate) const CONTRACT: EthAddress = EthAddress([7; 20]);
/// Time of block 0, Unix seconds.
pub(crate) const GENESIS_S: u64 = 1_800_000_000;
/// Time between blocks at least, seconds.
pub(crate) const BLOCK_S: u64 = 12;
/// How much older than its block a batch's timestamp may be, seconds.
pub(crate) const MAX_LAG_S: u64 = 3600;
/// Who gets refunds of what tests put into the queue.
pub(crate) const REFUND_TO: EthAddress = EthAddress([6; 20]);

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

#[derive(Debug)]
struct Inner {
    blocks: Vec<Block>,
    /// Unix ms; blocks are not earlier.
    now_ms: Arc<AtomicU64>,
    /// Of the contract's verifier, whatever the shape.
    key: VerifyingKey,
    /// What was signed, by hash.
    signed: HashMap<Word, RollupCall>,
    pending: Vec<(SentTransaction, RollupCall)>,
    mines_at_once: bool,
    unreachable: bool,
    /// The next transaction arrives and the answer is lost.
    loses_answer: bool,
    /// The next transaction does not arrive.
    loses_request: bool,
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

    /// The time of a block that is made now.
    fn next_s(&self) -> u64 {
        let now_s = self.now_ms.load(Ordering::Acquire) / 1_000;
        now_s.max(self.head().info.timestamp + BLOCK_S)
    }

    /// Puts an entry into the queue in a block of its own.
    fn enqueue(&mut self, words: [Word; 6]) {
        self.mine();
        let block = self.blocks.last_mut().unwrap();
        block.after.enqueue(words, REFUND_TO, block.info.timestamp);
        let entry = block.after.queue.last_mut().unwrap();
        entry.block_number = block.info.number;
        entry.block_hash = block.info.hash;
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
            timestamp: self.next_s(),
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
            let result = after.apply(&call, info.timestamp, &self.key);
            let succeeded = result.is_ok();
            if let Ok(events) = result {
                block.after = after;
                for event in events {
                    block.log(event, sent.hash);
                }
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
    /// A chain of one block that mines what it gets at once, with this clock and this key of all
    /// proofs.
    pub(crate) fn new(now_ms: Arc<AtomicU64>, key: VerifyingKey) -> Self {
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
            now_ms,
            key,
            signed: HashMap::new(),
            pending: Vec::new(),
            mines_at_once: true,
            unreachable: false,
            loses_answer: false,
            loses_request: false,
            salt: 0,
            sent: Vec::new(),
        };
        Self(Mutex::new(inner))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
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

    /// Tries a call on top of all that waits.
    fn try_call(inner: &Inner, call: &RollupCall, nonce: u64) -> Result<(), L1Error> {
        let mut pending = inner.head().after.clone();
        for (waiting, earlier) in &inner.pending {
            if waiting.nonce != nonce {
                pending.apply(earlier, inner.next_s(), &inner.key)?;
            }
        }
        pending.apply(call, inner.next_s(), &inner.key).map(drop)
    }

    fn take(&self, signed: &SignedCall) -> Result<(), L1Error> {
        let mut inner = self.inner();
        let lost = |source: &str| L1Error::Transport {
            call: "send",
            source: source.to_owned().into(),
        };
        if inner.unreachable || std::mem::take(&mut inner.loses_request) {
            return Err(lost("unreachable"));
        }
        let (sent, call) = (signed.sent.clone(), inner.signed[&signed.sent.hash].clone());
        if sent.nonce < inner.head().nonce_after {
            return Err(refused("send", "nonce too low"));
        }
        let mut pending = inner.pending.iter();
        if let Some((waiting, _)) = pending.find(|(waiting, _)| waiting.nonce == sent.nonce) {
            if waiting.hash == sent.hash {
                return Err(refused("send", "already known"));
            }
            if waiting.max_fee_wei >= sent.max_fee_wei {
                return Err(refused("send", "replacement transaction underpriced"));
            }
        }
        inner
            .pending
            .retain(|(waiting, _)| waiting.nonce != sent.nonce);
        inner.pending.push((sent.clone(), call.clone()));
        inner.pending.sort_by_key(|(waiting, _)| waiting.nonce);
        inner.sent.push((sent, call));
        if inner.mines_at_once {
            inner.mine();
        }
        if std::mem::take(&mut inner.loses_answer) {
            return Err(lost("answer lost"));
        }
        Ok(())
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
                governor: None,
                guardian: None,
                verifier_factory: EthAddress([9; 20]),
                domain: word::to_bytes(domain().0),
                parameters: RollupParameters {
                    max_lag_s: u32::try_from(MAX_LAG_S).unwrap(),
                    ..RollupParameters::for_shapes(2)
                },
            })
        })
    }

    fn shape(&self, id: u8) -> Answer<'_, Option<ShapeInfo>> {
        self.answer("shape", move |_| {
            let shape = Shape::from_id(id);
            Ok(shape.map(|shape| ShapeInfo {
                size: size(shape),
                verifier: EthAddress([8; 20]),
                verifier_type: 1,
                retired: false,
            }))
        })
    }

    fn latest(&self) -> Answer<'_, BlockInfo> {
        self.answer("latest", |inner| Ok(inner.head().info))
    }

    fn now_s(&self) -> Answer<'_, u64> {
        self.answer("now", |inner| {
            Ok(inner.now_ms.load(Ordering::Acquire) / 1_000)
        })
    }

    fn block(&self, number: u64) -> Answer<'_, Option<BlockInfo>> {
        self.answer("block", move |inner| {
            Ok(inner
                .blocks
                .get(usize::try_from(number).unwrap())
                .map(|block| block.info))
        })
    }

    fn status_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, RollupStatus> {
        self.answer("status", move |inner| {
            let number = usize::try_from(block.number).unwrap();
            let after = &inner.blocks[number].after;
            let (last, last_batch_hash) = after.last();
            let head = after.queue.get(usize::try_from(last.queue_end).unwrap());
            Ok(RollupStatus {
                last_proved: after.batches.len() as u64,
                last_timestamp: last.timestamp,
                last_proved_at: DEPLOYED_S,
                accounts: last.accounts,
                proved_root: last.new_root,
                last_batch_hash,
                queue_consumed: last.queue_end,
                queue_length: after.queue.len() as u64,
                head_due: head.map_or(0, |entry| entry.due),
                open_until: 0,
                frozen: after.frozen,
                closing_at: 0,
                tokens: 1,
                operator: EthAddress([9; 20]),
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

    fn queue_link(&self, entries: u64) -> Answer<'_, Word> {
        self.answer("queue link", move |inner| {
            let entries = usize::try_from(entries).unwrap();
            let queue = inner.head().after.queue.iter().take(entries);
            Ok(queue.fold([0; 32], |link, entry| {
                next_link(&link, &entry.words, &entry.tail)
            }))
        })
    }

    fn batch_hash(&self, batch: u64) -> Answer<'_, Word> {
        self.answer("batch hash", move |inner| {
            Ok(inner.head().after.hash(usize::try_from(batch).unwrap()))
        })
    }

    fn submitted(&self, transaction: Word) -> Answer<'_, Vec<(BatchData, ProofWords)>> {
        self.answer("submitted", move |inner| {
            match inner.signed.get(&transaction) {
                Some(RollupCall::Submit(batches)) => Ok(batches.clone()),
                _ => Err(refused("submitted", "there is no such transaction")),
            }
        })
    }

    fn verifying_keys<'a>(
        &'a self,
        _trusted: &'a VerifyingKeys,
    ) -> BoxFuture<'a, Result<VerifyingKeys, KeysError>> {
        let keys = Shape::ALL.map(|shape| (shape, self.inner().key.clone()));
        let answered = self.answer("keys", |_| Ok(VerifyingKeys::new(keys)));
        Box::pin(async { Ok(answered.await?) })
    }

    fn events(&self, from_block: u64, to_block: u64) -> Answer<'_, Vec<LoggedEvent>> {
        self.answer("events", move |inner| {
            let logs = inner.blocks.iter().flat_map(|block| block.logs.clone());
            Ok(logs
                .filter(|log| (from_block..=to_block).contains(&log.block_number))
                .collect())
        })
    }

    fn mined_nonce(&self) -> Answer<'_, u64> {
        self.answer("mined nonce", |inner| Ok(inner.head().nonce_after))
    }

    fn next_nonce(&self) -> Answer<'_, u64> {
        self.answer("nonce", |inner| {
            let waiting = inner.pending.iter().map(|(sent, _)| sent.nonce + 1).max();
            Ok(waiting.unwrap_or(0).max(inner.head().nonce_after))
        })
    }

    fn sign<'a>(&'a self, call: &'a RollupCall, options: SendOptions) -> Answer<'a, SignedCall> {
        Box::pin(async move {
            let nonce = options.nonce.unwrap();
            let max_fee_wei = options.max_fee_wei.unwrap_or(100);
            let mut inner = self.inner();
            if inner.unreachable {
                return Err(L1Error::Transport {
                    call: "sign",
                    source: "the test says so".into(),
                });
            }
            if options.gas_limit.is_none() {
                Self::try_call(&inner, call, nonce)?;
            }
            let hash = Sha256::digest(format!("{call:?} {nonce} {max_fee_wei}")).into();
            inner.signed.insert(hash, call.clone());
            let sent = SentTransaction {
                hash,
                nonce,
                max_fee_wei,
                max_priority_fee_wei: 1,
                gas_limit: options.gas_limit.unwrap_or(1_000_000),
            };
            let raw = Vec::new();
            Ok(SignedCall { sent, raw })
        })
    }

    fn raise<'a>(
        &'a self,
        _call: &'a RollupCall,
        stuck: &'a SentTransaction,
    ) -> Answer<'a, SendOptions> {
        self.answer("raise", move |_| {
            Ok(SendOptions {
                nonce: Some(stuck.nonce),
                max_fee_wei: Some(stuck.max_fee_wei + 13),
                max_priority_fee_wei: Some(stuck.max_priority_fee_wei),
                gas_limit: Some(stuck.gas_limit),
            })
        })
    }

    fn send<'a>(&'a self, signed: &'a SignedCall) -> Answer<'a, ()> {
        Box::pin(async move { self.take(signed) })
    }

    fn receipt(&self, hash: Word) -> Answer<'_, Option<TransactionReceipt>> {
        self.answer("receipt", move |inner| {
            let mut receipts = inner.blocks.iter().flat_map(|block| &block.receipts);
            Ok(receipts.find(|receipt| receipt.hash == hash).cloned())
        })
    }
}
