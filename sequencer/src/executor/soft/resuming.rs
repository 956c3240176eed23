//! Taking up what is stored.

use std::sync::Arc;

use assay_circuits::{ledger::Ledger, quantity::BatchNumber, transition::Rejection};
use tracing::info;

use super::{BatchPolicy, Batches, Entries, SoftState};
use crate::{
    admission::{pool::Pool, terms::Terms, waiting::Waiting},
    clock::Clock,
    health::Health,
    record::Outcome,
    standing::Standing,
    storage::{Storage, StorageError},
};

/// Why the executor cannot go on from what is stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResumeError {
    /// The store cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What was executed cannot be executed again.
    #[error("operation {place} of the open batch {batch} does not execute again: {source}")]
    Replay {
        batch: BatchNumber,
        place: usize,
        source: Rejection,
    },
}

/// What the soft state stands on.
#[derive(Debug)]
pub(crate) struct ExecutorInputs {
    /// The accounts after all closed batches.
    pub(crate) ledger: Ledger,
    /// An empty pool.
    pub(crate) pool: Pool,
    pub(crate) policy: BatchPolicy,
    pub(crate) terms: Arc<Terms>,
    pub(crate) clock: Clock,
    pub(crate) storage: Storage,
    pub(crate) health: Arc<Health>,
    pub(crate) standing: Standing,
}

impl SoftState {
    /// Takes up what is stored: the open batch is executed again on the accounts after all closed
    /// batches, and what waited waits.
    pub(crate) fn resume(inputs: ExecutorInputs) -> Result<Self, ResumeError> {
        let ExecutorInputs {
            ledger,
            pool,
            policy,
            terms,
            clock,
            storage,
            health,
            standing,
        } = inputs;
        let last = storage.last_tip()?;
        let mut soft = Self {
            domain: policy.domain,
            entries: Entries::new(last.queue_end),
            batches: Batches::new(
                policy,
                clock.clone(),
                standing.clone(),
                health.clone(),
                (last.number, last.timestamp),
            ),
            standing,
            next_batch: Vec::new(),
            next_sequence: storage.next_sequence()?,
            clock,
            terms,
            storage,
            health,
            ledger,
            pool,
        };
        soft.resume_open_batch()?;
        soft.resume_pool()?;
        Ok(soft)
    }

    fn resume_open_batch(&mut self) -> Result<(), ResumeError> {
        let Some((header, rows)) = self.storage.open_batch()? else {
            return Ok(());
        };
        let batch = header.number;
        let open = self.batches.resume(header);
        for (place, row) in rows.iter().enumerate() {
            let again = open.execute_again(&mut self.ledger, row);
            again.map_err(|source| ResumeError::Replay {
                batch,
                place,
                source,
            })?;
            if row.operation.is_from_l1() {
                self.entries.take();
            }
            let Some(signed) = row.operation.signed() else {
                continue;
            };
            let hash = signed.hash(self.domain);
            if let Some(record) = self.storage.transaction(hash)? {
                open.remember(hash, record);
            }
        }
        info!(
            batch = batch.0,
            operations = rows.len(),
            "took up the open batch"
        );
        Ok(())
    }

    fn resume_pool(&mut self) -> Result<(), ResumeError> {
        for (hash, record) in self.storage.waiting()? {
            if record.outcome != Outcome::Waiting {
                continue;
            }
            let order = &record.signed.order;
            let account = self.ledger.account(order.from);
            let next = account.map_or(0, |account| account.nonce);
            let waiting = Waiting {
                hash,
                signed: record.signed,
                received_ms: record.received_ms,
                sequence: record.sequence,
                worth: self.terms.worth(order),
                dropped: record.dropped,
                unchecked: true,
            };
            self.pool.insert(waiting, next);
        }
        let accounts: Vec<_> = self.pool.accounts().collect();
        for index in accounts {
            self.wake(index);
        }
        Ok(())
    }
}
