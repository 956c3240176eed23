//! The chain as a node asks it.

use std::sync::atomic::Ordering;

use assay_circuits::{shape::Shape, word};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, ProofWords, Word, next_link},
    client::{
        Announced, BlockInfo, L1Error, QueueEntry, RollupCall, RollupInfo, RollupParameters,
        RollupStatus, ScannedEvents, SendOptions, SentTransaction, ShapeInfo, SignedCall,
        TokenInfo, TransactionReceipt,
    },
};
use assay_restore::keys::{KeysError, VerifyingKeys};
use futures::future::BoxFuture;
use sha2::{Digest as _, Sha256};

use super::{
    CHAIN_ID, MAX_LAG_S, MemoryL1, OPERATOR,
    contract::{DEPLOYED_S, size},
    domain, refused,
};
use crate::l1::gateway::{Answer, Gateway};

impl Gateway for MemoryL1 {
    fn chain_id(&self) -> u64 {
        CHAIN_ID
    }

    fn info(&self) -> Answer<'_, RollupInfo> {
        self.answer("info", |_| {
            Ok(RollupInfo {
                operator: OPERATOR,
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
        self.answer("latest", |inner| Ok(inner.told().info))
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
                .filter(|block| block.info.number <= inner.told().info.number)
                .map(|block| block.info))
        })
    }

    fn status_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, RollupStatus> {
        self.answer("status", move |inner| {
            let after = inner.after(block)?;
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
                tokens: inner.moods.tokens,
                operator: inner.moods.operator,
            })
        })
    }

    fn token(&self, number: u16) -> Answer<'_, TokenInfo> {
        self.answer("token", move |inner| Ok(inner.moods.token(number)))
    }

    fn account(&self) -> Option<EthAddress> {
        Some(OPERATOR)
    }

    fn ether(&self, _account: EthAddress) -> Answer<'_, u128> {
        self.answer("ether", |inner| Ok(inner.moods.ether))
    }

    fn queue(&self, from: u64, to: u64, from_block: u64) -> Answer<'_, Vec<QueueEntry>> {
        self.answer("queue", move |inner| {
            let entries = inner.told().after.queue.iter();
            let found: Vec<QueueEntry> = entries
                .filter(|entry| (from..to).contains(&entry.index))
                .filter(|entry| entry.block_number >= from_block)
                .cloned()
                .collect();
            if !found.iter().map(|entry| entry.index).eq(from..to) {
                return Err(L1Error::Answer {
                    call: "queue",
                    source: "the entries stand before the block".into(),
                });
            }
            Ok(found)
        })
    }

    fn queue_link<'a>(&'a self, entries: u64, at: &'a BlockInfo) -> Answer<'a, Word> {
        self.answer("queue link", move |inner| {
            let entries = usize::try_from(entries).unwrap();
            let queue = inner.after(at)?.queue.iter().take(entries);
            Ok(queue.fold([0; 32], |link, entry| {
                next_link(&link, &entry.words, &entry.tail)
            }))
        })
    }

    fn batch_hash<'a>(&'a self, batch: u64, block: &'a BlockInfo) -> Answer<'a, Word> {
        self.answer("batch hash", move |inner| {
            let after = &inner.told_block(block.hash)?.after;
            Ok(after.hash(usize::try_from(batch).unwrap()))
        })
    }

    fn is_claimed(&self, batch: u64, which: u16) -> Answer<'_, bool> {
        self.answer("is claimed", move |inner| {
            Ok(inner.moods.claimed.contains(&(batch, which)))
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

    fn announced(&self, block: Word) -> Answer<'_, Announced> {
        self.answer("announced", move |inner| {
            Ok(inner.told_block(block)?.after.announced.clone())
        })
    }

    fn verifier_key(&self, _verifier: EthAddress) -> Answer<'_, Vec<Word>> {
        self.answer("verifier key", |inner| Ok(inner.key.to_words()))
    }

    fn events(&self, from_block: u64, to_block: u64) -> Answer<'_, ScannedEvents> {
        self.answer("events", move |inner| {
            let logs = inner.blocks.iter().flat_map(|block| block.logs.clone());
            let logs = logs.filter(|log| log.block_number <= inner.told().info.number);
            inner.moods.events((from_block, to_block), logs)
        })
    }

    fn nonce_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, u64> {
        self.answer("nonce", |inner| {
            Ok(inner.told_block(block.hash)?.nonce_after)
        })
    }

    fn next_nonce(&self) -> Answer<'_, u64> {
        self.answer("pending nonce", |inner| {
            let mut next = inner.head().nonce_after;
            while inner.pending.iter().any(|(sent, _)| sent.nonce == next) {
                next += 1;
            }
            Ok(next)
        })
    }

    fn tip(&self) -> Answer<'_, u128> {
        self.answer("tip", |inner| Ok(inner.tip_wei))
    }

    fn is_known(&self, hash: Word) -> Answer<'_, bool> {
        self.answer("transaction", move |inner| {
            let mut mined = inner.blocks.iter().flat_map(|block| &block.receipts);
            let mut waiting = inner.pending.iter();
            Ok(mined.any(|mined| mined.hash == hash)
                || waiting.any(|(waiting, _)| waiting.hash == hash))
        })
    }

    fn sign<'a>(&'a self, call: &'a RollupCall, options: SendOptions) -> Answer<'a, SignedCall> {
        Box::pin(async move {
            let nonce = options.nonce.unwrap();
            let max_fee_wei = options.max_fee_wei.unwrap();
            let max_priority_fee_wei = options.max_priority_fee_wei.unwrap();
            let mut inner = self.inner();
            if options.gas_limit.is_none() {
                inner.troubles.attempt()?;
                Self::try_call(&inner, call, nonce)?;
            }
            let gas_limit = options.gas_limit.unwrap_or(1_000_000);
            let text = format!("{call:?} {nonce} {max_fee_wei} {max_priority_fee_wei} {gas_limit}");
            let hash = Sha256::digest(text).into();
            inner.signed.insert(hash, call.clone());
            let sent = SentTransaction {
                hash,
                nonce,
                max_fee_wei,
                max_priority_fee_wei,
                gas_limit,
            };
            let raw = Vec::new();
            Ok(SignedCall { sent, raw })
        })
    }

    fn send<'a>(&'a self, signed: &'a SignedCall) -> Answer<'a, ()> {
        Box::pin(async move {
            self.until_it_does_not_hang().await;
            self.take(signed)
        })
    }

    fn receipt(&self, hash: Word) -> Answer<'_, Option<TransactionReceipt>> {
        self.answer("receipt", move |inner| {
            let mut receipts = inner.blocks.iter().flat_map(|block| &block.receipts);
            let found = receipts.find(|receipt| receipt.hash == hash).cloned();
            Ok(found.map(|receipt| TransactionReceipt {
                succeeded: receipt.succeeded || inner.moods.hides_failures,
                ..receipt
            }))
        })
    }
}
