//! What the contract says, compared with what the node has, recorded and published.

use std::{cmp::Ordering, sync::Arc};

use assay_api::stage::Stage;
use assay_circuits::{batch::State, quantity::BatchNumber, word};
use assay_l1::client::{L1Error, RollupEvent};
use tokio::sync::watch;
use tracing::warn;

use super::sight::{PipelineError, Sight};
use crate::{
    clock::Clock,
    config::L1Policy,
    event::Events,
    l1::gateway::SharedGateway,
    proved_state::ProvedState,
    proving::Proving,
    record::{BatchRecord, L1Record, Word},
    standing::{Posted, Standing},
    storage::{Commit, Storage, StorageError},
};

/// Batches whose progress is recorded in one write.
const BATCHES_PER_WRITE: u64 = 256;

/// How far the batches have come on the layer 1.
#[derive(Debug)]
pub(crate) struct BatchProgress {
    pub(crate) gateway: SharedGateway,
    pub(crate) policy: L1Policy,
    pub(crate) clock: Clock,
    pub(crate) storage: Storage,
    pub(crate) standing: Standing,
    pub(crate) posted: watch::Sender<Posted>,
    pub(crate) proved: ProvedState,
    pub(crate) proving: Arc<Proving>,
    pub(crate) events: Events,
}

/// First batch, last batch and hash of transactions, in the order of the layer 1.
#[derive(Debug, Default)]
struct Transactions {
    commits: Vec<(u64, u64, Word)>,
    proofs: Vec<(u64, u64, Word)>,
}

impl BatchProgress {
    /// After a restart: how far the batches had come when the node last looked.
    pub(crate) async fn resume(&self) -> Result<(), PipelineError> {
        let (mut committed, mut proved, mut r#final) = (0, 0, 0);
        for number in (1..=self.standing.sealed().0).rev() {
            let stage = self.storage.l1_record(BatchNumber(number))?.stage();
            if stage >= Stage::Committed {
                committed = committed.max(number);
            }
            if stage >= Stage::Proved {
                proved = proved.max(number);
            }
            if stage >= Stage::Final {
                r#final = number;
                break;
            }
        }
        self.move_proved_state(BatchNumber(proved)).await?;
        self.publish([committed, proved, r#final].map(BatchNumber));
        Ok(())
    }

    /// The layer 1 has answered.
    pub(super) fn publish_look(&self, sight: &Sight) {
        self.posted.send_modify(|posted| posted.look = sight.look);
        metrics::gauge!("assay_l1_block").set(sight.look.block as f64);
    }

    /// Reads the list of tokens where it has grown.
    pub(super) async fn refresh_tokens(&self, sight: &Sight) -> Result<(), L1Error> {
        // Ether and the registered ones.
        if self.standing.tokens().len() != usize::from(sight.status.tokens) + 1 {
            let tokens = self.gateway.tokens().await?.into();
            self.posted.send_modify(|posted| posted.tokens = tokens);
        }
        Ok(())
    }

    /// Records how far each batch has come, and tells of it once it is written.
    pub(super) async fn record(&self, sight: &Sight) -> Result<(), PipelineError> {
        self.refuse_foreign_batches(sight)?;
        let heights = self.standing.heights();
        let contract = [
            sight.status.last_committed,
            sight.status.last_proved,
            sight.r#final,
        ];
        let known = [heights.committed.0, heights.proved.0, heights.r#final.0];
        if contract == known {
            return Ok(());
        }
        let low = (0..3).filter(|i| contract[*i] != known[*i]);
        let low = low.map(|i| contract[i].min(known[i])).min().unwrap_or(0);
        let high = contract.into_iter().chain(known).max().unwrap_or(0);
        let high = high.min(heights.sealed.0).min(low + BATCHES_PER_WRITE);
        let transactions = self.transactions(sight).await?;
        let mut commit = Commit::default();
        let mut moved = Vec::new();
        for number in (low + 1..=high).map(BatchNumber) {
            let old = self.storage.l1_record(number)?;
            let new = self.stand(number, old, contract, &transactions);
            if new != old {
                commit.l1_record(number, &new);
                if new.stage() != old.stage() {
                    moved.push((number, old.stage(), new.stage()));
                }
            }
        }
        self.storage.commit(commit).await?;
        let reached = contract.map(|number| BatchNumber(number.min(high)));
        let [_, proved, _] = reached;
        self.move_proved_state(proved).await?;
        self.publish(reached);
        for number in (low + 1..=proved.0).map(BatchNumber) {
            self.proving.settle(number).await;
        }
        for (number, old, new) in moved {
            if new < old {
                warn!(
                    batch = number.0,
                    was = old.name(),
                    is = new.name(),
                    "the layer 1 took a batch back"
                );
            }
            self.tell_stages(number, old, new)?;
        }
        Ok(())
    }

    fn publish(&self, [committed, proved, r#final]: [BatchNumber; 3]) {
        self.posted.send_modify(|posted| {
            posted.committed = committed;
            posted.proved = proved;
            posted.r#final = r#final;
        });
    }

    /// Tells every stage from one to another, so that a listener misses none.
    fn tell_stages(&self, number: BatchNumber, old: Stage, new: Stage) -> Result<(), StorageError> {
        let sealed = self.storage.batch(number)?;
        let sealed_ms = sealed.map_or(0, |batch| batch.sealed_ms);
        let took_s = self.clock.now_ms().saturating_sub(sealed_ms) as f64 / 1e3;
        let stages = [Stage::Sealed, Stage::Committed, Stage::Proved, Stage::Final];
        let passed = |stage: &Stage| {
            if new < old {
                *stage == new
            } else {
                *stage > old && *stage <= new
            }
        };
        for stage in stages.into_iter().filter(passed) {
            self.events.tell_batch(number, stage);
            metrics::histogram!("assay_batch_seconds", "stage" => stage.name()).record(took_s);
        }
        Ok(())
    }

    /// Where a batch stands by the contract.
    fn stand(
        &self,
        number: BatchNumber,
        old: L1Record,
        [committed, proved, r#final]: [u64; 3],
        transactions: &Transactions,
    ) -> L1Record {
        let now_ms = self.clock.now_ms();
        let since = |reached: bool, old: Option<u64>| reached.then(|| old.unwrap_or(now_ms));
        let of = |found: &[(u64, u64, Word)], reached: bool, old: Option<Word>| {
            let found = found
                .iter()
                .rev()
                .find(|(first, last, _)| (*first..=*last).contains(&number.0));
            found.map(|(_, _, hash)| *hash).or(old).filter(|_| reached)
        };
        let (is_committed, is_proved) = (number.0 <= committed, number.0 <= proved);
        L1Record {
            committed_ms: since(is_committed, old.committed_ms),
            commit_transaction: of(&transactions.commits, is_committed, old.commit_transaction),
            proved_ms: since(is_proved, old.proved_ms),
            prove_transaction: of(&transactions.proofs, is_proved, old.prove_transaction),
            final_ms: since(number.0 <= r#final, old.final_ms),
        }
    }

    /// The transactions that committed and proved batches, from the events since the last look
    /// (and some blocks before it, in case they moved).
    async fn transactions(&self, sight: &Sight) -> Result<Transactions, PipelineError> {
        let policy = self.policy;
        let cursor = self.storage.l1_cursor()?.unwrap_or(policy.start_block);
        let from = cursor
            .saturating_sub(policy.finality_blocks)
            .max(policy.start_block);
        let from = from.min(sight.head.number);
        let mut found = Transactions::default();
        for logged in self.gateway.events(from, sight.head.number).await? {
            match logged.event {
                RollupEvent::Committed { batch, .. } => {
                    found.commits.push((batch, batch, logged.transaction));
                }
                RollupEvent::Proved {
                    first_batch,
                    last_batch,
                    ..
                } => {
                    found
                        .proofs
                        .push((first_batch, last_batch, logged.transaction));
                }
                _ => {}
            }
        }
        let mut commit = Commit::default();
        commit.l1_cursor(sight.head.number);
        self.storage.commit(commit).await?;
        Ok(found)
    }

    /// The contract may hold only batches of this node: with another's it cannot go on.
    fn refuse_foreign_batches(&self, sight: &Sight) -> Result<(), PipelineError> {
        let status = &sight.status;
        let genesis = State::default().root();
        for (stage, number, root) in [
            ("committed", status.last_committed, status.committed_root),
            ("proved", status.last_proved, status.proved_root),
        ] {
            let batch = BatchNumber(number);
            let ours = match number {
                0 => Some(word::to_bytes(genesis.0)),
                _ => self.storage.batch(batch)?.as_ref().map(root_word),
            };
            if ours != Some(root) {
                return Err(PipelineError::Foreign { batch, stage, root });
            }
        }
        Ok(())
    }

    /// Moves the proved state to the one after a batch.
    async fn move_proved_state(&self, to: BatchNumber) -> Result<(), PipelineError> {
        loop {
            let at = self.proved.batch().await;
            match at.cmp(&to) {
                Ordering::Less => {
                    let changes = self.storage.changes(at.next())?;
                    self.proved.advance(changes).await?;
                }
                Ordering::Greater => {
                    let changes = self.storage.changes(at)?;
                    self.proved.retreat(changes).await?;
                }
                Ordering::Equal => return Ok(()),
            }
        }
    }
}

/// A root as the contract has it.
fn root_word(batch: &BatchRecord) -> Word {
    word::to_bytes(batch.new_root.0)
}
