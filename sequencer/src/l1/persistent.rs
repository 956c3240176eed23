//! A door to the layer 1 that asks again where an answer fails.
//!
//! A look at the layer 1 is a dozen questions. Where each third answer fails at random, one look in a
//! hundred would come to its end; asked up to five times, each question is as good as answered. Only
//! questions are asked again, and only where the failure came at once: a layer 1 that is slow is not
//! made slower.

use std::{sync::Arc, time::Duration};

use assay_l1::{
    address::EthAddress,
    batch::{BatchData, ProofWords, Word},
    client::{
        Announced, BlockInfo, QueueEntry, RollupCall, RollupInfo, RollupStatus, ScannedEvents,
        SendOptions, ShapeInfo, SignedCall, TokenInfo, TransactionReceipt,
    },
};
use assay_restore::keys::{KeysError, VerifyingKeys};
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::gateway::{Answer, Gateway, SharedGateway};

/// A question is asked so often at most.
const ATTEMPTS: u32 = 5;
/// A failure that took longer is not followed by another attempt.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Asks again.
#[derive(Debug)]
pub(crate) struct Persistent(SharedGateway);

impl Persistent {
    /// Around another door.
    pub(crate) fn around(gateway: SharedGateway) -> SharedGateway {
        Arc::new(Self(gateway))
    }

    fn ask<'a, T: Send + 'a>(
        &'a self,
        question: impl Fn(&'a dyn Gateway) -> Answer<'a, T> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            let mut attempt = 1;
            loop {
                let begin = Instant::now();
                match question(&*self.0).await {
                    Err(error) if error.is_passing() && attempt < ATTEMPTS => {
                        if begin.elapsed() > AT_ONCE {
                            return Err(error);
                        }
                        attempt += 1;
                    }
                    answered => return answered,
                }
            }
        })
    }
}

impl Gateway for Persistent {
    fn chain_id(&self) -> u64 {
        self.0.chain_id()
    }

    fn info(&self) -> Answer<'_, RollupInfo> {
        self.ask(|l1| l1.info())
    }

    fn shape(&self, id: u8) -> Answer<'_, Option<ShapeInfo>> {
        self.ask(move |l1| l1.shape(id))
    }

    fn latest(&self) -> Answer<'_, BlockInfo> {
        self.ask(|l1| l1.latest())
    }

    fn block(&self, number: u64) -> Answer<'_, Option<BlockInfo>> {
        self.ask(move |l1| l1.block(number))
    }

    fn now_s(&self) -> Answer<'_, u64> {
        self.ask(|l1| l1.now_s())
    }

    fn status_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, RollupStatus> {
        self.ask(move |l1| l1.status_at(block))
    }

    fn token(&self, number: u16) -> Answer<'_, TokenInfo> {
        self.ask(move |l1| l1.token(number))
    }

    fn account(&self) -> Option<EthAddress> {
        self.0.account()
    }

    fn ether(&self, account: EthAddress) -> Answer<'_, u128> {
        self.ask(move |l1| l1.ether(account))
    }

    fn queue(&self, from: u64, to: u64, from_block: u64) -> Answer<'_, Vec<QueueEntry>> {
        self.ask(move |l1| l1.queue(from, to, from_block))
    }

    fn queue_link<'a>(&'a self, entries: u64, at: &'a BlockInfo) -> Answer<'a, Word> {
        self.ask(move |l1| l1.queue_link(entries, at))
    }

    fn batch_hash<'a>(&'a self, batch: u64, block: &'a BlockInfo) -> Answer<'a, Word> {
        self.ask(move |l1| l1.batch_hash(batch, block))
    }

    fn is_claimed(&self, batch: u64, which: u16) -> Answer<'_, bool> {
        self.ask(move |l1| l1.is_claimed(batch, which))
    }

    fn submitted(&self, transaction: Word) -> Answer<'_, Vec<(BatchData, ProofWords)>> {
        self.ask(move |l1| l1.submitted(transaction))
    }

    fn verifying_keys<'a>(
        &'a self,
        trusted: &'a VerifyingKeys,
    ) -> BoxFuture<'a, Result<VerifyingKeys, KeysError>> {
        self.0.verifying_keys(trusted)
    }

    fn announced(&self, block: Word) -> Answer<'_, Announced> {
        self.ask(move |l1| l1.announced(block))
    }

    fn verifier_key(&self, verifier: EthAddress) -> Answer<'_, Vec<Word>> {
        self.ask(move |l1| l1.verifier_key(verifier))
    }

    fn events(&self, from_block: u64, to_block: u64) -> Answer<'_, ScannedEvents> {
        self.ask(move |l1| l1.events(from_block, to_block))
    }

    fn nonce_at<'a>(&'a self, block: &'a BlockInfo) -> Answer<'a, u64> {
        self.ask(move |l1| l1.nonce_at(block))
    }

    fn next_nonce(&self) -> Answer<'_, u64> {
        self.ask(|l1| l1.next_nonce())
    }

    fn tip(&self) -> Answer<'_, u128> {
        self.ask(|l1| l1.tip())
    }

    fn is_known(&self, hash: Word) -> Answer<'_, bool> {
        self.ask(move |l1| l1.is_known(hash))
    }

    fn sign<'a>(&'a self, call: &'a RollupCall, options: SendOptions) -> Answer<'a, SignedCall> {
        self.ask(move |l1| l1.sign(call, options))
    }

    fn send<'a>(&'a self, signed: &'a SignedCall) -> Answer<'a, ()> {
        self.0.send(signed)
    }

    fn receipt(&self, hash: Word) -> Answer<'_, Option<TransactionReceipt>> {
        self.ask(move |l1| l1.receipt(hash))
    }
}
