//! From sealed to final: watches the layer 1, hands its deposits to the executor, and posts data
//! and proofs of batches.
//!
//! The contract is what counts. At every look the node compares what it has with what the
//! contract says, records the difference, and sends what comes next. So a crash at any point, a
//! reorganisation, or a transaction that was lost needs no code of its own: the next look finds
//! the batch not where it was, and sends it again. What is sent has its nonce written down
//! first, so that for one purpose at most one transaction can take effect.

pub(crate) mod progress;
mod submitter;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::{sync::Arc, time::Duration};

use assay_circuits::{
    operation::{Deposit, Operation},
    quantity::BatchNumber,
    word,
};
use assay_l1::client::{BlockInfo, L1Error, RollupStatus};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{debug, instrument, warn};

use crate::{
    context::Context,
    executor::{DEPOSIT_BACKLOG, ExecutorHandle},
    health::Fault,
    l1::{contract, gateway::SharedGateway},
    record::BatchRecord,
    storage::StorageError,
};
use submitter::Submitter;

/// Why a look at the layer 1 failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PipelineError {
    /// The layer 1.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The contract holds a batch that is not this node's.
    #[error("{0}")]
    Foreign(String),
}

/// What one look at the layer 1 found.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// The latest block.
    pub(crate) head: BlockInfo,
    /// Where the rollup stands after it.
    pub(crate) status: RollupStatus,
    /// The last batch whose proof is deep enough.
    pub(crate) r#final: u64,
    /// Entries of the queue that are deep enough.
    pub(crate) queue_confirmed: u64,
}

/// The pipeline.
#[derive(Debug)]
pub(crate) struct Pipeline {
    context: Arc<Context>,
    gateway: SharedGateway,
    executor: ExecutorHandle,
    submitter: Submitter,
    /// The latest block at the last look.
    last_head: Option<BlockInfo>,
    /// Where to look for the next deposits.
    deposits_from_block: u64,
    /// Entries of the queue that may have been reorganised since they were credited: set at the
    /// start and when a block is gone.
    recheck_deposits: bool,
}

impl Pipeline {
    pub(crate) fn new(
        context: Arc<Context>,
        gateway: SharedGateway,
        executor: ExecutorHandle,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            submitter: Submitter::resume(context.clone(), gateway.clone())?,
            deposits_from_block: context.config.l1.start_block,
            context,
            gateway,
            executor,
            last_head: None,
            recheck_deposits: true,
        })
    }

    /// Looks at the layer 1 again and again until `shutdown` is cancelled.
    #[instrument(skip_all, name = "pipeline")]
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut poll = interval(Duration::from_millis(self.context.config.l1.poll_ms.max(1)));
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                _ = poll.tick() => {}
                () = self.context.progress.notified() => {}
            }
            // A look is not cut off in its middle: what was begun is written down.
            self.look().await;
        }
    }

    /// One look: sees, records, credits, sends.
    pub(crate) async fn look(&mut self) {
        let looked = self.try_look().await;
        let health = &self.context.health;
        match looked {
            Ok(()) => health.clear(Fault::L1Unreachable),
            Err(PipelineError::L1(error)) => {
                metrics::counter!("assay_l1_failures_total").increment(1);
                health.raise(Fault::L1Unreachable, error.to_string());
            }
            Err(PipelineError::Storage(error)) => {
                health.raise(Fault::StorageFailed, error.to_string());
            }
            Err(PipelineError::Foreign(sentence)) => health.raise(Fault::ForeignBatch, sentence),
        }
    }

    async fn try_look(&mut self) -> Result<(), PipelineError> {
        // What is in flight is settled before the status is read: a transaction that was found
        // mined is in the status, so nothing is sent twice.
        self.submitter.settle().await?;
        let sight = self.see().await?;
        self.watch_for_reorganisation(&sight).await?;
        self.refresh_tokens(&sight).await?;
        self.record(&sight).await?;
        if self.context.health.halted() {
            return Ok(());
        }
        self.recheck_credited_deposits(&sight).await?;
        self.offer_deposits(&sight).await?;
        self.executor.wake();
        if !self.context.health.has(Fault::DepositReorganised) {
            self.submitter.send_next(&sight.status).await?;
        }
        Ok(())
    }

    async fn see(&self) -> Result<Sight, PipelineError> {
        let gone = |number: u64| L1Error::Answer {
            call: "eth_getBlockByNumber",
            source: format!("the latest block {number} is not there").into(),
        };
        let height = self.gateway.height().await?;
        let head = self
            .gateway
            .block(height)
            .await?
            .ok_or_else(|| gone(height))?;
        let policy = self.context.config.l1;
        let status = self.gateway.status_at(height).await?;
        let confirmed = self
            .status_below(&status, height, policy.confirmations)
            .await?;
        let deep = self
            .status_below(&status, height, policy.finality_blocks)
            .await?;
        let now_ms = self.context.clock.now_ms();
        self.context.set_l1(|l1| {
            l1.block = height;
            l1.timestamp = head.timestamp;
            l1.seen_ms = now_ms;
            l1.queue_length = status.queue_length;
        });
        metrics::gauge!("assay_l1_block").set(height as f64);
        let r#final = deep.map_or(0, |status| status.last_proved);
        let queue_confirmed = confirmed.map_or(0, |status| status.queue_length);
        Ok(Sight {
            head,
            status,
            r#final,
            queue_confirmed,
        })
    }

    /// Where the rollup stood `depth` blocks ago; `None` before the contract was there.
    async fn status_below(
        &self,
        latest: &RollupStatus,
        height: u64,
        depth: u64,
    ) -> Result<Option<RollupStatus>, L1Error> {
        if depth == 0 {
            return Ok(Some(latest.clone()));
        }
        let Some(block) = height.checked_sub(depth) else {
            return Ok(None);
        };
        match self.gateway.status_at(block).await {
            Ok(status) => Ok(Some(status)),
            Err(error @ L1Error::Transport { .. }) => Err(error),
            Err(error) => {
                debug!(block, %error, "no status there: taken as before the contract");
                Ok(None)
            }
        }
    }

    async fn watch_for_reorganisation(&mut self, sight: &Sight) -> Result<(), L1Error> {
        if let Some(last) = self.last_head {
            let now = self.gateway.block(last.number).await?;
            if now.is_none_or(|block| block.hash != last.hash) {
                warn!(block = last.number, "the layer 1 has reorganised");
                metrics::counter!("assay_l1_reorganisations_total").increment(1);
                self.recheck_deposits = true;
                self.deposits_from_block = self.context.config.l1.start_block;
            }
        }
        self.last_head = Some(sight.head);
        Ok(())
    }

    async fn refresh_tokens(&self, sight: &Sight) -> Result<(), L1Error> {
        // Ether and the registered ones.
        if self.context.tokens().len() != usize::from(sight.status.tokens) + 1 {
            self.context.set_tokens(self.gateway.tokens().await?);
        }
        Ok(())
    }

    /// Gives the executor the confirmed deposits that come next.
    async fn offer_deposits(&mut self, sight: &Sight) -> Result<(), L1Error> {
        let next = self.context.l1().queue_credited;
        let to = sight
            .queue_confirmed
            .min(next.saturating_add(DEPOSIT_BACKLOG as u64));
        if next >= to {
            return Ok(());
        }
        let entries = self
            .gateway
            .queue(next, to, self.deposits_from_block)
            .await?;
        if let Some(first) = entries.first() {
            self.deposits_from_block = first.block_number;
        }
        self.executor.deposits(entries).await;
        Ok(())
    }

    /// After a reorganisation: are the deposits that were credited still in the queue? A deposit
    /// in a batch cannot be taken out again, so if one is gone the node stops sending and says
    /// so until it is back.
    async fn recheck_credited_deposits(&mut self, sight: &Sight) -> Result<(), PipelineError> {
        let standing = self.context.health.has(Fault::DepositReorganised);
        if !self.recheck_deposits && !standing {
            return Ok(());
        }
        let (from, credited) = self.credited_deposits(sight)?;
        let to = from + credited.len() as u64;
        let missing = if sight.status.queue_length < to {
            Some(sight.status.queue_length)
        } else {
            let start = self.context.config.l1.start_block;
            let found = self.gateway.queue(from, to, start).await?;
            let differs = found
                .iter()
                .zip(&credited)
                .find(|(entry, credited)| contract::deposit(entry).as_ref() != Ok(credited));
            differs.map(|(entry, _)| entry.index)
        };
        match missing {
            Some(index) => self.context.health.raise(
                Fault::DepositReorganised,
                format!(
                    "the layer 1 has reorganised: deposit {index} is in a batch of this node and not in the queue any more; nothing is sent until it is back. If it does not come back, rebuild the node from the layer 1 (`assay restore`)"
                ),
            ),
            None => self.context.health.clear(Fault::DepositReorganised),
        }
        self.recheck_deposits = false;
        Ok(())
    }

    /// The credited deposits of the batches that are not final: the index of the first, and what
    /// each was.
    fn credited_deposits(&self, sight: &Sight) -> Result<(u64, Vec<Deposit>), StorageError> {
        let storage = &self.context.storage;
        let sealed = self.context.heights().sealed;
        let first = sight.r#final.min(sealed);
        let from = storage
            .batch(BatchNumber(first))?
            .map_or(0, |batch| batch.queue_end);
        let mut deposits = Vec::new();
        let mut add = |operation: Option<&Operation>| {
            if let Some(Operation::Deposit { deposit, .. }) = operation {
                deposits.push(*deposit);
            }
        };
        for number in first + 1..=sealed {
            let witness = storage.witness(BatchNumber(number))?;
            witness
                .full
                .iter()
                .for_each(|slot| add(slot.operation.as_ref()));
        }
        for closed in storage.closed_batches()? {
            if closed.number().0 > sealed {
                closed
                    .operations()
                    .for_each(|operation| add(Some(operation)));
            }
        }
        let open = storage
            .open_batch()?
            .filter(|(header, _)| header.number.0 > sealed);
        if let Some((_, rows)) = open {
            rows.iter().for_each(|row| add(Some(&row.operation)));
        }
        Ok((from, deposits))
    }
}

/// A root as the contract has it.
fn root_word(batch: &BatchRecord) -> [u8; 32] {
    word::to_bytes(batch.new_root.0)
}
