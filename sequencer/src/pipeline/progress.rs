//! What the contract says, compared with what the node has, and recorded.

use std::cmp::Ordering;

use assay_api::stage::Stage;
use assay_circuits::quantity::BatchNumber;
use assay_l1::client::RollupEvent;
use tracing::warn;

use super::{Pipeline, PipelineError, Sight, root_word};
use crate::{
    context::Context,
    record::{L1Record, Word},
    storage::{Commit, StorageError},
};

/// Batches whose progress is recorded in one write.
const BATCHES_PER_WRITE: u64 = 256;

impl Pipeline {
    /// Records how far each batch has come, and tells of it once it is written.
    pub(super) async fn record(&mut self, sight: &Sight) -> Result<(), PipelineError> {
        self.refuse_foreign_batches(sight)?;
        let heights = self.context.heights();
        let contract = [
            sight.status.last_committed,
            sight.status.last_proved,
            sight.r#final,
        ];
        let known = [heights.committed, heights.proved, heights.r#final];
        if contract == known {
            return Ok(());
        }
        let low = (0..3).filter(|i| contract[*i] != known[*i]);
        let low = low.map(|i| contract[i].min(known[i])).min().unwrap_or(0);
        let high = contract
            .into_iter()
            .chain(known)
            .max()
            .unwrap_or(0)
            .min(heights.sealed);
        let high = high.min(low + BATCHES_PER_WRITE);
        let transactions = self.transactions(sight).await?;
        let mut commit = Commit::default();
        let mut moved = Vec::new();
        for number in (low + 1..=high).map(BatchNumber) {
            let old = self.context.storage.l1_record(number)?;
            let new = self.stand(number, old, contract, &transactions);
            if new != old {
                commit.l1_record(number, &new);
                if new.stage() != old.stage() {
                    moved.push((number, old.stage(), new.stage()));
                }
            }
        }
        self.context.storage.commit(commit).await?;
        move_proved_state(&self.context, contract[1].min(high))?;
        self.context.set_heights(|heights| {
            [heights.committed, heights.proved, heights.r#final] = contract.map(|n| n.min(high));
        });
        for number in (low + 1..=contract[1].min(high)).map(BatchNumber) {
            // Whoever proved it: it needs no worker any more.
            self.context.jobs.finish(number);
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

    /// Tells every stage from one to another, so that a listener misses none.
    fn tell_stages(&self, number: BatchNumber, old: Stage, new: Stage) -> Result<(), StorageError> {
        let sealed = self.context.storage.batch(number)?;
        let sealed_ms = sealed.map_or(0, |batch| batch.sealed_ms);
        let took_s = self.context.clock.now_ms().saturating_sub(sealed_ms) as f64 / 1e3;
        let stages = [Stage::Sealed, Stage::Committed, Stage::Proved, Stage::Final];
        let passed = |stage: &Stage| {
            if new < old {
                *stage == new
            } else {
                *stage > old && *stage <= new
            }
        };
        for stage in stages.into_iter().filter(passed) {
            self.context.tell_batch(number, stage);
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
        let now_ms = self.context.clock.now_ms();
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
    async fn transactions(&mut self, sight: &Sight) -> Result<Transactions, PipelineError> {
        let policy = self.context.config.l1;
        let cursor = self
            .context
            .storage
            .l1_cursor()?
            .unwrap_or(policy.start_block);
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
        self.context.storage.commit(commit).await?;
        Ok(found)
    }

    /// The contract may hold only batches of this node: with another's it cannot go on.
    fn refuse_foreign_batches(&self, sight: &Sight) -> Result<(), PipelineError> {
        let status = &sight.status;
        let genesis = assay_circuits::batch::State::default().root();
        for (what, number, found) in [
            ("committed", status.last_committed, status.committed_root),
            ("proved", status.last_proved, status.proved_root),
        ] {
            let ours = match number {
                0 => Some(assay_circuits::word::to_bytes(genesis.0)),
                number => self
                    .context
                    .storage
                    .batch(BatchNumber(number))?
                    .as_ref()
                    .map(root_word),
            };
            if ours != Some(found) {
                return Err(PipelineError::Foreign(format!(
                    "batch {number} is {what} on the layer 1 with root 0x{}, which is not this node's: another operator has gone on, or this node's data is old; rebuild it from the layer 1 (`assay restore`)",
                    hex::encode(found)
                )));
            }
        }
        Ok(())
    }
}

/// Moves the proved state to the one after a batch.
fn move_proved_state(context: &Context, to: u64) -> Result<(), StorageError> {
    loop {
        let at = context.proved().batch();
        match at.0.cmp(&to) {
            Ordering::Less => {
                let changes = context.storage.changes(at.next())?;
                context.proved_mut().advance(&changes);
            }
            Ordering::Greater => {
                let changes = context.storage.changes(at)?;
                context.proved_mut().retreat(&changes);
            }
            Ordering::Equal => return Ok(()),
        }
    }
}

/// After a restart: how far the batches had come when the node last looked.
pub(crate) fn resume(context: &Context) -> Result<(), StorageError> {
    let mut heights = context.heights();
    for number in (1..=heights.sealed).rev() {
        let stage = context.storage.l1_record(BatchNumber(number))?.stage();
        if stage >= Stage::Committed {
            heights.committed = heights.committed.max(number);
        }
        if stage >= Stage::Proved {
            heights.proved = heights.proved.max(number);
        }
        if stage >= Stage::Final {
            heights.r#final = number;
            break;
        }
    }
    context.set_heights(|now| *now = heights);
    move_proved_state(context, heights.proved)
}

/// First batch, last batch and hash of transactions, in the order of the layer 1.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    commits: Vec<(u64, u64, Word)>,
    proofs: Vec<(u64, u64, Word)>,
}
