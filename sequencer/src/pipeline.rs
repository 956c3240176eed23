//! From sealed to final: watches the layer 1, hands the entries of its queue to the executor, and
//! sends batches with their proofs.
//!
//! The contract is what counts. Where it has other batches than the node, the node's parts are made
//! anew, which begins with what the contract has (`node/opened.rs`). At every look the node compares
//! what it has with what the contract says, records the difference, and sends what comes next. So a
//! crash at any point, a reorganisation, or a transaction that was lost needs no code of its own: the
//! next look finds the batch not where it was, and sends it again. What is sent is written down as it
//! was signed before it is sent, so that for one batch at most one transaction can take effect.

pub(crate) mod chain;
mod entries;
mod progress;
pub(crate) mod sight;
mod submitter;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::{sync::Arc, time::Duration};

use assay_circuits::quantity::BatchNumber;
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, instrument, warn};

use crate::{
    clock::Clock,
    config::L1Policy,
    executor::command::ExecutorHandle,
    health::{Fault, Health},
    l1::gateway::SharedGateway,
    record::DropCause,
    standing::Standing,
    storage::{Commit, Storage, StorageError},
};
use chain::Chain;
use entries::EntryWatch;
pub(crate) use progress::BatchProgress;
pub(crate) use sight::PipelineError;
use sight::Sight;
use submitter::Submitter;

/// A batch is sealed again when this part of the time that it has is left.
const LAG_MARGIN: u32 = 8;

/// The pipeline.
#[derive(Debug)]
pub(crate) struct Pipeline {
    gateway: SharedGateway,
    policy: L1Policy,
    clock: Clock,
    health: Arc<Health>,
    executor: ExecutorHandle,
    storage: Storage,
    progress: BatchProgress,
    entries: EntryWatch,
    submitter: Submitter,
    /// How much older than its block a batch's time may be, s.
    max_lag_s: u32,
    /// Told when there is something to send.
    wake_pipeline: Arc<Notify>,
    /// Told when the node's parts must be made anew.
    restart: CancellationToken,
}

/// What the pipeline works with.
#[derive(Debug)]
pub(crate) struct PipelineInputs {
    pub(crate) gateway: SharedGateway,
    pub(crate) policy: L1Policy,
    /// Batches in one `submit` call.
    pub(crate) proofs_per_call: usize,
    pub(crate) clock: Clock,
    pub(crate) storage: Storage,
    pub(crate) health: Arc<Health>,
    pub(crate) standing: Standing,
    pub(crate) executor: ExecutorHandle,
    pub(crate) progress: BatchProgress,
    /// How much older than its block a batch's time may be, s.
    pub(crate) max_lag_s: u32,
    /// Told when there is something to send.
    pub(crate) wake_pipeline: Arc<Notify>,
    /// Told when the node's parts must be made anew.
    pub(crate) restart: CancellationToken,
}

impl Pipeline {
    /// Takes up what was in flight.
    pub(crate) fn new(inputs: PipelineInputs) -> Result<Self, StorageError> {
        let PipelineInputs {
            gateway,
            policy,
            proofs_per_call,
            clock,
            storage,
            health,
            standing,
            executor,
            progress,
            max_lag_s,
            wake_pipeline,
            restart,
        } = inputs;
        let entries = EntryWatch::new(
            gateway.clone(),
            executor.clone(),
            storage.clone(),
            standing,
            policy.start_block,
        );
        let submitter = Submitter::resume(
            gateway.clone(),
            storage.clone(),
            clock.clone(),
            health.clone(),
            policy.resubmit_after_ms,
            proofs_per_call,
        )?;
        Ok(Self {
            gateway,
            policy,
            clock,
            health,
            executor,
            storage,
            progress,
            entries,
            submitter,
            max_lag_s,
            wake_pipeline,
            restart,
        })
    }

    /// Looks at the layer 1 again and again until `shutdown` is cancelled.
    #[instrument(skip_all, name = "pipeline")]
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut poll = interval(Duration::from_millis(self.policy.poll_ms.max(1)));
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let woken = self.wake_pipeline.clone();
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                _ = poll.tick() => {}
                () = woken.notified() => {}
            }
            // A look is not cut off in its middle: what was begun is written down.
            self.look().await;
        }
    }

    /// One look: sees, records, hands entries on, sends.
    pub(crate) async fn look(&mut self) {
        let looked = self.try_look().await;
        let health = &self.health;
        match looked {
            Ok(()) => health.clear(Fault::L1Unreachable),
            Err(PipelineError::L1(error)) => {
                metrics::counter!("assay_l1_failures_total").increment(1);
                health.raise(Fault::L1Unreachable, error.to_string());
            }
            Err(PipelineError::Storage(error)) => {
                health.raise(Fault::StorageFailed, error.to_string());
            }
            // The next look, if there is one, takes it up.
            Err(PipelineError::Interrupted(_)) => {}
        }
    }

    /// Whether the next batch would be, or will soon be, refused because its time is too far behind
    /// that of any block. One that is under way is left alone until that is certain.
    fn is_too_old(&self, sight: &Sight) -> Result<bool, StorageError> {
        let next = BatchNumber(sight.status.last_proved).next();
        let Some(batch) = self.storage.batch(next)? else {
            return Ok(false);
        };
        let latest = u64::from(batch.timestamp) + u64::from(self.max_lag_s);
        Ok(if self.submitter.flies(next) {
            sight.head.timestamp > latest
        } else {
            sight.look.timestamp + u64::from(self.max_lag_s / LAG_MARGIN) > latest
        })
    }

    /// Whether the contract refuses the next batch because it leaves entries of the queue, of which
    /// another would take more.
    fn leaves_entries(&self, sight: &Sight) -> Result<bool, StorageError> {
        let Some(refused) = self.submitter.leaves_entries() else {
            return Ok(false);
        };
        let tip = self.storage.tip(refused)?;
        Ok(tip.is_some_and(|tip| tip.queue_end < sight.look.queue_confirmed))
    }

    /// Why the batches that are not proved must be sealed again, if they must.
    async fn must_seal_again(&mut self, sight: &Sight) -> Result<Option<DropCause>, PipelineError> {
        if self.is_too_old(sight)? {
            return Ok(Some(DropCause::TooOld));
        }
        if let Some(entry) = self.entries.first_gone(sight).await? {
            warn!(entry, "an entry in a batch is not in the queue any more");
            return Ok(Some(DropCause::EntryGone));
        }
        Ok(self.leaves_entries(sight)?.then_some(DropCause::EntryLeft))
    }

    /// Has all batches dropped that are not proved: what is in them is executed again, with a new
    /// time.
    async fn seal_again(&self, sight: &Sight, cause: DropCause) -> Result<(), StorageError> {
        let to = BatchNumber(sight.status.last_proved);
        let why = cause.sentence();
        warn!(after = to.0, why, "what is after a batch is sealed again");
        let mut commit = Commit::default();
        commit.want_roll_back(to, cause);
        self.storage.commit(commit).await?;
        self.restart.cancel();
        Ok(())
    }

    async fn try_look(&mut self) -> Result<(), PipelineError> {
        // What is in flight is settled before the status is read: a transaction that was found
        // mined is in the status, so nothing is sent twice.
        self.submitter.settle().await?;
        let sight = sight::see(&self.gateway, &self.policy, &self.clock).await?;
        let chain = chain::compare(&self.gateway, &self.storage, &sight.status).await?;
        if chain != Chain::Known {
            info!(?chain, "the layer 1 has other batches than this node");
            self.restart.cancel();
            return Ok(());
        }
        self.progress.publish_look(&sight);
        sight.look.compare_clocks(&self.clock, &self.health);
        self.entries.watch_for_reorganisation(&sight).await?;
        self.progress.refresh_tokens(&sight).await?;
        self.progress.record(&sight).await?;
        if sight.look.frozen {
            self.health.raise(
                Fault::Frozen,
                "the rollup is frozen: no batch is taken any more, and its users leave on the layer 1",
            );
        }
        if self.health.halted() || self.restart.is_cancelled() {
            return Ok(());
        }
        if let Some(cause) = self.must_seal_again(&sight).await? {
            return Ok(self.seal_again(&sight, cause).await?);
        }
        self.entries.offer(&sight).await?;
        self.executor.wake();
        self.submitter.resend_stuck().await?;
        self.submitter.send_next(&sight.status).await
    }
}
