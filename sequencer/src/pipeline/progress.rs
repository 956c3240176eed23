//! What the contract says, compared with what the node has, recorded and published.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use assay_api::stage::Stage;
use assay_circuits::quantity::BatchNumber;
use assay_l1::client::{BlockInfo, L1Error, RollupEvent};
use tokio::{sync::watch, task::spawn_blocking};
use tracing::warn;

use super::{
    costs::CostWatch,
    sight::{self, PipelineError, Sight},
};
use crate::{
    clock::Clock,
    config::L1Policy,
    event::Events,
    l1::gateway::SharedGateway,
    prices::{BlockPrice, Prices},
    proved_state::ProvedState,
    proving::Proving,
    record::{BlockMark, L1Record, Member, Vouchers, Word},
    standing::{Posted, Standing},
    storage::{Commit, Retention, Storage, StorageError},
    telemetry,
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
    /// Batches that are kept when they are final; all where nothing is said.
    pub(crate) keep_batches: Option<u64>,
    pub(crate) reading: Reading,
    pub(crate) prices: Prices,
    pub(crate) costs: CostWatch,
}

/// Events that are being read, over as many looks as it takes.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The next block, once it has begun.
    next: Option<u64>,
    found: Transactions,
}

/// Transactions that brought batches, by batch; of several the last on the layer 1.
type Transactions = HashMap<u64, Word>;

impl BatchProgress {
    /// After a restart: how far the batches had come when the node last looked.
    pub(crate) async fn resume(&self) -> Result<(), PipelineError> {
        let base = self.storage.base()?.number.0;
        let (mut proved, mut r#final) = (base, base);
        for number in (base + 1..=self.standing.sealed().0).rev() {
            let stage = self.storage.l1_record(BatchNumber(number))?.stage();
            if stage >= Stage::Proved {
                proved = proved.max(number);
            }
            if stage >= Stage::Final {
                r#final = number;
                break;
            }
        }
        self.move_proved_state(BatchNumber(proved)).await?;
        self.publish([proved, r#final].map(BatchNumber));
        Ok(())
    }

    /// The layer 1 has answered.
    pub(crate) fn publish_look(&self, sight: &Sight) {
        self.posted.send_modify(|posted| posted.look = sight.look);
        self.prices.see_block(BlockPrice {
            number: sight.head.number,
            timestamp: sight.head.timestamp,
            base_fee_wei: sight.head.base_fee_wei,
        });
    }

    /// Reads what the transactions took that brought batches.
    pub(crate) async fn read_costs(&mut self) -> Result<(), StorageError> {
        self.costs.read(self.standing.heights()).await
    }

    /// Records how far each batch has come, and tells of it once it is written.
    pub(crate) async fn record(&mut self, sight: &Sight) -> Result<(), PipelineError> {
        let heights = self.standing.heights();
        let base = self.storage.base()?.number.0;
        let known = [heights.proved.0, heights.r#final.0];
        let vouchers = self.storage.vouchers()?;
        let found = [sight.status.last_proved, sight.r#final].map(|number| number.max(base));
        let contract = self.believed(found, known, &vouchers).await?;
        if contract == known {
            return Ok(());
        }
        let low = (0..2).filter(|i| contract[*i] != known[*i]);
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
        let [proved, deep] = [0, 1].map(|i| contract[i] != known[i]);
        let mark = |block: &BlockInfo| BlockMark::from(block);
        commit.vouchers(&Vouchers {
            proved: if proved {
                Some(mark(&sight.head))
            } else {
                vouchers.proved
            },
            r#final: if deep {
                sight.deep.as_ref().map(mark)
            } else {
                vouchers.r#final
            },
        });
        self.storage.commit(commit).await?;
        let reached = contract.map(|number| BatchNumber(number.min(high)));
        let [proved, _] = reached;
        self.move_proved_state(proved).await?;
        self.publish(reached);
        for (number, old, new) in moved {
            if new < old {
                warn!(
                    batch = number.0,
                    was = old.name(),
                    is = new.name(),
                    "the layer 1 took a batch back"
                );
            }
            self.tell_stages(number, old, new).await?;
        }
        let retention = Retention {
            r#final: reached[1],
            keep_batches: self.keep_batches,
        };
        Ok(self.storage.forget(retention).await?)
    }

    /// Whatever is sealed, is not on the layer 1 and has no proof has a job.
    pub(crate) async fn reconcile_jobs(&self) -> Result<(), StorageError> {
        let heights = self.standing.heights();
        let proving = &self.proving;
        let with_proof = proving.reconcile(heights.proved, heights.sealed).await?;
        self.posted
            .send_modify(|posted| posted.with_proof = with_proof);
        Ok(())
    }

    /// How far the contract's batches have come, of what the layer 1 says and what is known: nothing
    /// goes back while the block after which it was seen is where it was. A layer 1 that says less
    /// then is behind itself, or does not keep what it had.
    async fn believed(
        &self,
        [proved, r#final]: [u64; 2],
        known: [u64; 2],
        vouchers: &Vouchers,
    ) -> Result<[u64; 2], L1Error> {
        if proved < known[0] && self.stands(vouchers.proved).await? {
            return Err(contradiction(known[0]));
        }
        let keeps = r#final < known[1] && self.stands(vouchers.r#final).await?;
        let r#final = if keeps { known[1] } else { r#final };
        if r#final > proved {
            return Err(contradiction(r#final));
        }
        Ok([proved, r#final])
    }

    /// Whether a block is where it was.
    async fn stands(&self, mark: Option<BlockMark>) -> Result<bool, L1Error> {
        let Some(mark) = mark else {
            return Ok(false);
        };
        let block = self.gateway.block(mark.number).await?;
        let block = block.ok_or_else(|| sight::missing(mark.number))?;
        Ok(block.hash == mark.hash)
    }

    fn publish(&self, [proved, r#final]: [BatchNumber; 2]) {
        self.posted.send_modify(|posted| {
            posted.proved = proved;
            posted.r#final = r#final;
        });
    }

    /// Tells every stage from one to another, so that a listener misses none.
    async fn tell_stages(
        &self,
        number: BatchNumber,
        old: Stage,
        new: Stage,
    ) -> Result<(), PipelineError> {
        let members = self.members(number).await?;
        let sealed = self.storage.batch(number)?;
        let sealed_ms = sealed.map_or(0, |batch| batch.sealed_ms);
        let took_s = self.clock.now_ms().saturating_sub(sealed_ms) as f64 / 1e3;
        let stages = [Stage::Sealed, Stage::Proved, Stage::Final];
        let passed = |stage: &Stage| {
            if new < old {
                *stage == new
            } else {
                *stage > old && *stage <= new
            }
        };
        for stage in stages.into_iter().filter(passed) {
            self.events.tell_batch(number, stage, &members);
            telemetry::BATCH_SECONDS.record_as(stage.name(), took_s);
        }
        Ok(())
    }

    /// What a batch holds, where that is known here. Names are made of what was signed, which takes a
    /// while.
    async fn members(&self, number: BatchNumber) -> Result<Vec<Member>, PipelineError> {
        let storage = self.storage.clone();
        let members = spawn_blocking(move || storage.members(number)).await?;
        Ok(members.unwrap_or_else(|error| {
            // How far the batch has come is known, and does not wait for this.
            warn!(batch = number.0, %error, "what a batch holds cannot be told");
            Vec::new()
        }))
    }

    /// Where a batch stands by the contract.
    fn stand(
        &self,
        number: BatchNumber,
        old: L1Record,
        [proved, r#final]: [u64; 2],
        transactions: &Transactions,
    ) -> L1Record {
        let now_ms = self.clock.now_ms();
        let since = |reached: bool, old: Option<u64>| reached.then(|| old.unwrap_or(now_ms));
        let is_proved = number.0 <= proved;
        let transaction = transactions.get(&number.0).copied().or(old.transaction);
        L1Record {
            proved_ms: since(is_proved, old.proved_ms),
            transaction: transaction.filter(|_| is_proved),
            final_ms: since(number.0 <= r#final, old.final_ms),
        }
    }

    /// The transactions that brought batches, from the events since the last look (and some blocks
    /// before it, in case they moved).
    async fn transactions(&mut self, sight: &Sight) -> Result<Transactions, PipelineError> {
        let policy = self.policy;
        let cursor = self.storage.l1_cursor()?.unwrap_or(policy.start_block);
        let from = cursor
            .saturating_sub(policy.finality_blocks)
            .max(policy.start_block);
        let mut next = self.reading.next.unwrap_or(from).min(sight.head.number);
        while next <= sight.head.number {
            let piece = self.gateway.events(next, sight.head.number).await?;
            for logged in piece.events {
                if let RollupEvent::Submitted { batch, .. } = logged.event {
                    self.reading.found.insert(batch, logged.transaction);
                }
            }
            next = piece.through_block + 1;
            self.reading.next = Some(next);
        }
        let mut commit = Commit::default();
        commit.l1_cursor(sight.head.number);
        self.storage.commit(commit).await?;
        Ok(std::mem::take(&mut self.reading).found)
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

/// The same chain says that it does not have what it had.
fn contradiction(batch: u64) -> L1Error {
    L1Error::Answer {
        call: "status",
        source: format!(
            "batch {batch} was seen after a block that is still there, and is not there now"
        )
        .into(),
    }
}
