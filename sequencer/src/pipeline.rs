//! From sealed to final: watches the layer 1, hands the entries of its queue to the executor, and
//! sends batches with their proofs.
//!
//! The contract is what counts. Where it has other batches than the node, the node's parts are made
//! anew, which begins with what the contract has (`node/opened.rs`). At every look the node compares
//! what it has with what the contract says, records the difference, and sends what comes next. So a
//! crash at any point, a reorganisation, or a transaction that was lost needs no code of its own: the
//! next look finds the batch not where it was, and sends it again. What is sent is written down as it
//! was signed before it is sent, so that for one batch at most one transaction can take effect.
//!
//! A look is a row of steps. Each keeps what it learned, and one that fails ends none that does not need
//! it. What would have batches dropped is done when several looks in a row agree on it.

pub(crate) mod chain;
mod costs;
mod entries;
mod fees;
pub(crate) mod finding;
pub(crate) mod footing;
mod progress;
pub(crate) mod sight;
mod submitter;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::{sync::Arc, time::Duration};

use assay_circuits::{address::Network, quantity::BatchNumber};
use assay_l1::client::{L1Error, RollupParameters};
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, instrument, warn};

use crate::{
    clock::{Clock, Moment},
    config::L1Policy,
    executor::command::ExecutorHandle,
    health::{Fault, Health},
    l1::gateway::SharedGateway,
    record::{DropCause, Word},
    standing::Standing,
    storage::{Commit, Storage, StorageError},
    telemetry,
};
use chain::Chain;
pub(crate) use costs::CostWatch;
use entries::EntryWatch;
use finding::{Finding, Heads};
use footing::Footing;
pub(crate) use progress::{BatchProgress, Reading};
pub(crate) use sight::PipelineError;
use sight::Sight;
use submitter::Submitter;

/// A batch is sealed again when this part of the time that it has is left.
const LAG_MARGIN: u32 = 8;
/// A look that takes longer is told of.
const SLOW: Duration = Duration::from_secs(5);
/// A layer 1 without a block for so long is told of, ms.
const STILL_MS: u64 = 180_000;

/// The pipeline.
#[derive(Debug)]
pub(crate) struct Pipeline {
    gateway: SharedGateway,
    policy: L1Policy,
    clock: Clock,
    health: Arc<Health>,
    executor: ExecutorHandle,
    storage: Storage,
    pub(crate) progress: BatchProgress,
    entries: EntryWatch,
    footing: Footing,
    submitter: Submitter,
    /// How much older than its block a batch's time may be, s.
    max_lag_s: u32,
    /// The latest block that was seen.
    heads: Heads,
    /// Why the node's parts are to be made anew.
    finding: Finding<Found>,
    /// The latest block at the last look, and since when it is that.
    still: Option<(Word, Moment)>,
    /// Whether the layer 1 is one for development.
    makes_blocks_at_will: bool,
    /// What was wrong at this look.
    trouble: Trouble,
    /// Told when there is something to send.
    wake_pipeline: Arc<Notify>,
    /// Told when the node's parts must be made anew.
    restart: CancellationToken,
}

/// Why the node's parts are to be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// The contract has other batches.
    Chain(Chain),
    /// What is not proved must be sealed again.
    Seal(DropCause),
}

/// The steps of a look that failed.
#[derive(Debug, Default)]
struct Trouble {
    l1: Option<L1Error>,
    storage: Option<StorageError>,
    panic: Option<String>,
}

impl Trouble {
    /// What a step came to, unless it failed, which is noted.
    fn note<T, E: Into<PipelineError>>(&mut self, step: Result<T, E>) -> Option<T> {
        match step.map_err(Into::into) {
            Ok(done) => return Some(done),
            Err(PipelineError::L1(error)) => {
                telemetry::L1_FAILURES.count();
                self.l1.get_or_insert(error);
            }
            Err(PipelineError::Storage(error)) => {
                self.storage.get_or_insert(error);
            }
            Err(PipelineError::Interrupted(error)) => {
                // Where the process is ending there is no further look to take it up.
                self.panic = error.is_panic().then(|| error.to_string());
            }
        }
        None
    }
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
    /// What the contract's deployment fixed.
    pub(crate) parameters: RollupParameters,
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
            parameters,
            wake_pipeline,
            restart,
        } = inputs;
        let footing = Footing::new(gateway.clone(), health.clone(), parameters);
        let entries = EntryWatch::new(
            gateway.clone(),
            executor.clone(),
            storage.clone(),
            standing,
            policy.start_block,
        )?;
        let submitter = Submitter::resume(
            gateway.clone(),
            storage.clone(),
            clock.clone(),
            health.clone(),
            progress.prices.clone(),
            (policy, proofs_per_call),
        )?;
        let network = Network::of_chain(gateway.chain_id());
        let makes_blocks_at_will = network == Network::Development;
        Ok(Self {
            gateway,
            policy,
            clock,
            health,
            executor,
            storage,
            progress,
            entries,
            footing,
            submitter,
            max_lag_s: parameters.max_lag_s,
            heads: Heads::default(),
            finding: Finding::default(),
            still: None,
            makes_blocks_at_will,
            trouble: Trouble::default(),
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
            self.watched_look().await;
        }
    }

    /// One look, and a word where it takes long.
    pub(crate) async fn watched_look(&mut self) {
        let health = self.health.clone();
        let is_late = async {
            tokio::time::sleep(SLOW).await;
            let sentence = format!(
                "a look at the layer 1 takes longer than {} s",
                SLOW.as_secs()
            );
            health.raise(Fault::L1Slow, sentence);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            () = self.look() => {}
            () = is_late => {}
        }
    }

    /// One look: sees, records, hands entries on, sends.
    pub(crate) async fn look(&mut self) {
        let begin = Instant::now();
        self.try_look().await;
        let health = &self.health;
        if begin.elapsed() < SLOW && !self.is_still() {
            health.clear(Fault::L1Slow);
        }
        match self.trouble.l1.take() {
            Some(error) => health.raise(Fault::L1Unreachable, error.to_string()),
            None => health.clear(Fault::L1Unreachable),
        }
        if let Some(error) = self.trouble.storage.take() {
            health.raise(Fault::StorageFailed, error.to_string());
        }
        if let Some(panic) = self.trouble.panic.take() {
            health.raise(Fault::Inconsistent, panic);
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
        if self.submitter.has_other_entries() {
            self.entries.is_refused();
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

    async fn try_look(&mut self) {
        let seen = sight::see(&self.gateway, &self.policy, &self.clock).await;
        let Some(sight) = self.trouble.note(seen) else {
            return;
        };
        self.watch_head(&sight);
        let behind = self.heads.behind(&sight.head);
        if behind > 0 {
            info!(
                behind,
                "the layer 1 answers from a block before one that was seen"
            );
            return;
        }
        let chain = chain::compare(&self.gateway, &self.storage, &sight.head, &sight.status).await;
        let Some(chain) = self.trouble.note(chain) else {
            return;
        };
        self.progress.publish_look(&sight);
        sight.look.compare_clocks(&self.clock, &self.health);
        if chain != Chain::Known {
            return self.make_anew(Found::Chain(chain), &sight).await;
        }
        let watched = self.entries.watch_for_reorganisation(&sight).await;
        self.trouble.note(watched);
        self.footing.check(&sight).await;
        let recorded = self.progress.record(&sight).await;
        self.trouble.note(recorded);
        let read = self.progress.read_costs().await;
        self.trouble.note(read);
        let reconciled = self.progress.reconcile_jobs().await;
        self.trouble.note(reconciled);
        self.tell_frozen(&sight);
        if !self.health.halted() && !self.restart.is_cancelled() {
            self.go_on(&sight).await;
        }
    }

    /// Seals again what must be, or hands entries on and sends.
    async fn go_on(&mut self, sight: &Sight) {
        let settled = self.submitter.settle(sight).await;
        let settled = self.trouble.note(settled).is_some();
        let must = self.must_seal_again(sight).await;
        let must = self.trouble.note(must);
        if let Some(Some(cause)) = must {
            return self.make_anew(Found::Seal(cause), sight).await;
        }
        let offered = self.entries.offer(sight).await;
        self.trouble.note(offered);
        self.executor.wake();
        if settled && must.is_some() {
            self.finding.holds(None, sight.head.number);
            let sent = self.submitter.send(sight).await;
            self.trouble.note(sent);
        }
    }

    /// Has the node's parts made anew, where several looks agree why.
    async fn make_anew(&mut self, found: Found, sight: &Sight) {
        let found = self.finding.holds(Some(found), sight.head.number);
        match found {
            None => {}
            Some(Found::Chain(chain)) => {
                info!(?chain, "the layer 1 has other batches than this node");
                self.restart.cancel();
            }
            Some(Found::Seal(cause)) => {
                let begun = self.seal_again(sight, cause).await;
                self.trouble.note(begun);
            }
        }
    }

    fn tell_frozen(&self, sight: &Sight) {
        if sight.look.frozen {
            self.health.raise(
                Fault::Frozen,
                "the rollup is frozen: no batch is taken any more, and its users leave on the layer 1",
            );
        } else {
            self.health.clear(Fault::Frozen);
        }
    }

    /// Notes since when the latest block is the latest.
    fn watch_head(&mut self, sight: &Sight) {
        let head = sight.head.hash;
        if self.still.is_none_or(|(same, _)| same != head) {
            self.still = Some((head, self.clock.moment()));
        }
        if self.is_still() {
            let minutes = STILL_MS / 60_000;
            let block = sight.head.number;
            let sentence =
                format!("the layer 1 has made no block for {minutes} min, since {block}");
            self.health.raise(Fault::L1Slow, sentence);
        }
    }

    /// Whether the layer 1 has made no block for long, although it should: one for development makes
    /// them when there is something to put in.
    fn is_still(&self) -> bool {
        let since_ms = |(_, since)| self.clock.ms_since(since);
        let is_still = self.still.map(since_ms).is_some_and(|ms| ms >= STILL_MS);
        is_still && (!self.makes_blocks_at_will || self.submitter.waits())
    }
}
