//! A layer 1 in memory for tests: the contract's rules, blocks, and everything that goes wrong.

mod contract;
mod control;
mod gateway;
mod moods;
mod troubles;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use assay_circuits::order::Domain;
use assay_l1::{
    address::EthAddress,
    batch::Word,
    client::{
        BlockInfo, L1Error, LoggedEvent, RollupCall, RollupEvent, SentTransaction, SignedCall,
        TransactionReceipt,
    },
};
use assay_prover::groth16::verifying_key::VerifyingKey;
use sha2::{Digest, Sha256};

use super::gateway::Answer;
use contract::Contract;
pub(crate) use contract::QUEUE_DELAY_S;
use moods::Moods;
pub(crate) use moods::OldStates;
use troubles::Troubles;

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
/// Whose batches the contract takes, and the node's account.
pub(crate) const OPERATOR: EthAddress = EthAddress([9; 20]);
/// Who gets refunds of what tests put into the queue.
pub(crate) const REFUND_TO: EthAddress = EthAddress([6; 20]);

/// Base fee and suggested tip, until a test says otherwise, wei per gas.
pub(crate) const BASE_FEE_WEI: u128 = 7;
pub(crate) const TIP_WEI: u128 = 1;

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
    /// Of the next blocks, wei per gas.
    base_fee_wei: u128,
    /// What blocks ask for and the layer 1 suggests, wei per gas.
    tip_wei: u128,
    troubles: Troubles,
    moods: Moods,
    salt: u64,
    /// Everything that was ever sent.
    sent: Vec<(SentTransaction, RollupCall)>,
}

/// The chain.
#[derive(Debug)]
pub(crate) struct MemoryL1(Mutex<Inner>);

/// What a batch takes in tests, gas.
pub(crate) const BATCH_GAS: u64 = 300_000;

fn gas_used(call: &RollupCall) -> u64 {
    match call {
        RollupCall::Submit(batches) => BATCH_GAS * batches.len() as u64,
        _ => 21_000,
    }
}

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

    /// The latest block as it is told.
    fn told(&self) -> &Block {
        let behind = self.troubles.behind.min(self.blocks.len() - 1);
        &self.blocks[self.blocks.len() - 1 - behind]
    }

    /// A block as it is told, by its hash.
    fn told_block(&self, hash: Word) -> Result<&Block, L1Error> {
        let mut told = self.blocks[..=usize::try_from(self.told().info.number).unwrap()].iter();
        let found = told.find(|block| block.info.hash == hash);
        found.ok_or(L1Error::Transport {
            call: "state",
            source: "header not found".into(),
        })
    }

    /// The time of a block that is made now.
    fn next_s(&self) -> u64 {
        let now_s = self.now_ms.load(Ordering::Acquire) / 1_000;
        now_s.max(self.head().info.timestamp + BLOCK_S)
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
            base_fee_wei: self.base_fee_wei,
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
            let pays = sent.max_fee_wei >= info.base_fee_wei + self.tip_wei
                && sent.max_priority_fee_wei >= self.tip_wei;
            if sent.nonce > block.nonce_after || !pays {
                self.pending.push((sent, call));
                continue;
            }
            if sent.nonce < block.nonce_after {
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
                gas_used: gas_used(&call),
                gas_price_wei: info.base_fee_wei + sent.max_priority_fee_wei,
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
            base_fee_wei: BASE_FEE_WEI,
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
            base_fee_wei: BASE_FEE_WEI,
            tip_wei: TIP_WEI,
            troubles: Troubles::default(),
            moods: Moods::default(),
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
            self.until_it_does_not_hang().await;
            let mut inner = self.inner();
            inner.troubles.ask(call)?;
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
        inner.troubles.send()?;
        let (sent, call) = (signed.sent.clone(), inner.signed[&signed.sent.hash].clone());
        if sent.nonce < inner.head().nonce_after {
            return Err(refused("send", "nonce too low"));
        }
        let mut pending = inner.pending.iter();
        if let Some((waiting, _)) = pending.find(|(waiting, _)| waiting.nonce == sent.nonce) {
            if waiting.hash == sent.hash {
                return Err(refused("send", "already known"));
            }
            let higher = |old: u128, new: u128| new * 10 >= old * 11;
            if !higher(waiting.max_fee_wei, sent.max_fee_wei)
                || !higher(waiting.max_priority_fee_wei, sent.max_priority_fee_wei)
            {
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
        inner.troubles.answer()
    }
}
