//! Following the layer 1: batches that others made are read from it, checked as `assay restore` checks
//! them, and taken up.
//!
//! A node that makes batches follows until it has all that the layer 1 has, and then makes its own. A
//! node with `--follow` does nothing else. What the node has follows from what the contract and its own
//! log say: each batch is on disk, with what it means for the node's own transactions, before it is told
//! of, and after a crash the next look begins where the log ends.

mod adoption;
mod error;
mod history;
mod inputs;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::time::Duration;

use assay_circuits::{batch::State, quantity::BatchNumber, word};
use assay_l1::batch::BatchHeader;
use assay_restore::{
    batches::{Batches, Checked, Tip as CheckedTip},
    fault::Fault as Misfit,
};
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, instrument};

use crate::{
    accounts::PublishedAccount,
    health::Fault,
    pipeline::{
        chain::{self, Chain},
        finding::{Finding, Heads},
        sight::{self, Sight},
    },
    record::Tip,
    standing::Executed,
    storage::Recovered,
    telemetry,
};
use adoption::Adoption;
use error::FollowError;
use history::{History, Piece};
pub(crate) use inputs::FollowerInputs;

/// The follower.
#[derive(Debug)]
pub(crate) struct Follower {
    inputs: FollowerInputs,
    history: History,
    /// The state after the last batch, until a batch does not fit.
    checked: Option<Batches>,
    /// The latest block that was seen.
    heads: Heads,
    /// Why the node's parts are to be made anew.
    finding: Finding<Chain>,
}

impl Follower {
    /// Begins with the state after the last batch.
    pub(crate) fn new(inputs: FollowerInputs, state: &State, tip: &Tip) -> Self {
        let accounts = state.ledger().iter();
        let accounts = accounts.map(|(index, account)| (index, PublishedAccount::still(account)));
        inputs.accounts.publish(accounts.collect());
        let history = History::new(inputs.policy);
        let follower = Self {
            inputs,
            history,
            checked: None,
            heads: Heads::default(),
            finding: Finding::default(),
        };
        follower.publish(tip.number, tip.queue_end);
        follower
    }

    /// Looks at the layer 1 again and again until `shutdown` is cancelled.
    #[instrument(skip_all, name = "follower")]
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut poll = interval(Duration::from_millis(self.inputs.policy.poll_ms.max(1)));
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut more = false;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = std::future::ready(()), if more => {}
                _ = poll.tick() => {}
            }
            // A look is not cut off in its middle: what was begun is written down.
            more = self.look().await;
        }
    }

    /// One look: sees, takes some batches up, records. Says whether there are more.
    pub(crate) async fn look(&mut self) -> bool {
        let looked = self.try_look().await;
        let health = &self.inputs.health;
        let error = match looked {
            Ok(more) => {
                health.clear(Fault::L1Unreachable);
                health.clear(Fault::ForeignBatch);
                return more;
            }
            Err(error) => error,
        };
        if !matches!(error, FollowError::L1(_)) {
            // It is read anew the next time: it may have been reorganised while it was read.
            self.history.forget();
        }
        self.checked = None;
        match error {
            FollowError::L1(error) => {
                telemetry::L1_FAILURES.count();
                health.raise(Fault::L1Unreachable, error.to_string());
            }
            FollowError::Storage(error) => health.raise(Fault::StorageFailed, error.to_string()),
            FollowError::Interrupted(error) if error.is_panic() => {
                health.raise(Fault::Inconsistent, error.to_string());
            }
            FollowError::Interrupted(_) => {}
            error @ (FollowError::Keys(_) | FollowError::Batch(_) | FollowError::Queue(_)) => {
                health.clear(Fault::L1Unreachable);
                health.raise(Fault::ForeignBatch, error.to_string());
            }
        }
        false
    }

    async fn try_look(&mut self) -> Result<bool, FollowError> {
        let FollowerInputs {
            gateway,
            policy,
            clock,
            storage,
            ..
        } = &self.inputs;
        let sight = sight::see(gateway, policy, clock).await?;
        if self.heads.behind(&sight.head) > 0 {
            return Ok(false);
        }
        let chain = chain::compare(gateway, storage, &sight.head, &sight.status).await?;
        // What an operator's node has begun is dropped when none of its parts is left.
        let in_the_way = match chain {
            Chain::Apart(..) => true,
            Chain::Ahead => storage.has_unsealed()?,
            Chain::Known => false,
        };
        let found = in_the_way.then_some(chain);
        let holds = self.finding.holds(found, sight.head.number).is_some();
        if holds {
            info!(?chain, "the layer 1 has other batches than this node");
            self.inputs.restart.cancel();
        }
        if in_the_way {
            return Ok(false);
        }
        self.inputs.progress.publish_look(&sight);
        sight.look.compare_clocks(clock, &self.inputs.health);
        if chain == Chain::Ahead {
            self.adopt(&sight).await?;
        }
        self.inputs.progress.record(&sight).await?;
        self.inputs.progress.read_costs().await?;
        self.tell_health(&sight)
    }

    /// Says how far the node is; whether there is more to take up.
    fn tell_health(&self, sight: &Sight) -> Result<bool, FollowError> {
        let inputs = &self.inputs;
        let (has, of) = (
            inputs.storage.last_tip()?.number.0,
            sight.status.last_proved,
        );
        if sight.look.frozen {
            inputs.health.raise(
                Fault::Frozen,
                "the rollup is frozen: no batch is taken any more, and its users leave on the layer 1",
            );
        }
        if has < of {
            let sentence = format!("batch {has} of {of} is taken up from the layer 1");
            info!(batch = has, of, "taking up what the layer 1 has");
            inputs.health.raise(Fault::CatchingUp, sentence);
            return Ok(true);
        }
        inputs.health.clear(Fault::CatchingUp);
        if inputs.goes_on {
            info!(batch = has, "the node has all batches of the layer 1");
            inputs.restart.cancel();
        }
        Ok(false)
    }

    /// Takes the next batches up.
    async fn adopt(&mut self, sight: &Sight) -> Result<(), FollowError> {
        let inputs = &self.inputs;
        let tip = inputs.storage.last_tip()?;
        let mut checked = match self.checked.take() {
            Some(checked) if checked.tip().hash == tip.hash => checked,
            _ => self.read_again().await?,
        };
        let Piece {
            batches,
            transactions,
            queue,
        } = self.history.next(inputs, &tip, sight).await?;
        let take = move || {
            let taken = checked.take(&batches, &queue);
            taken.map(|taken| (taken, checked, batches))
        };
        let (taken, mut checked, batches) = spawn_blocking(take).await??;
        self.check_header(&taken, sight).await?;
        let mut adoption = Adoption::begin(inputs, &tip)?;
        for ((taken, (data, proof)), transaction) in taken.iter().zip(&batches).zip(transactions) {
            let adopted = adoption
                .adopt(inputs, taken, (data, proof, transaction))
                .await?;
            self.publish(adopted.number, adopted.queue_end);
        }
        checked.forget_taken();
        self.checked = Some(checked);
        Ok(())
    }

    /// What was checked must be what the contract has.
    async fn check_header(&self, taken: &[Checked], sight: &Sight) -> Result<(), FollowError> {
        let Some(last) = taken.last().map(|taken| taken.tip) else {
            return Ok(());
        };
        let gateway = &self.inputs.gateway;
        if gateway.batch_hash(last.number, &sight.head).await? == last.hash {
            return Ok(());
        }
        Err(Misfit::Header.of(last.number).into())
    }

    /// The state after the last batch, as it is on disk.
    async fn read_again(&self) -> Result<Batches, FollowError> {
        let FollowerInputs {
            gateway,
            domain,
            trusted,
            storage,
            ..
        } = &self.inputs;
        let keys = gateway.verifying_keys(trusted).await?;
        let reader = storage.clone();
        let Recovered { state, tip, .. } = spawn_blocking(move || reader.recover()).await??;
        // What the next batch stands on of the header.
        let header = BatchHeader {
            new_root: word::to_bytes(tip.root.0),
            queue_end: tip.queue_end,
            timestamp: tip.timestamp,
            accounts: state.ledger().leaves_given_out(),
            ..BatchHeader::default()
        };
        let tip = CheckedTip {
            number: tip.number.0,
            header,
            hash: tip.hash,
        };
        Ok(Batches::since(*domain, keys, state, tip))
    }

    fn publish(&self, batch: BatchNumber, queue_taken: u64) {
        self.inputs.sealed.send_replace(batch);
        self.inputs.executed.send_replace(Executed {
            batch,
            queue_taken,
            ..Executed::default()
        });
    }
}
