//! Deposits on their way from the contract's queue to the executor, and after a reorganisation
//! whether those that were credited are still in the queue.

use std::sync::Arc;

use assay_circuits::{
    operation::{Deposit, Operation},
    quantity::BatchNumber,
};
use assay_l1::client::{BlockInfo, L1Error};
use tracing::warn;

use super::sight::{PipelineError, Sight};
use crate::{
    executor::{DEPOSIT_BACKLOG, command::ExecutorHandle},
    health::{Fault, Health},
    l1::{contract, gateway::SharedGateway},
    standing::Standing,
    storage::{Storage, StorageError},
};

/// Watches the contract's queue.
#[derive(Debug)]
pub(super) struct DepositWatch {
    gateway: SharedGateway,
    executor: ExecutorHandle,
    storage: Storage,
    standing: Standing,
    health: Arc<Health>,
    /// The contract's block, or one before it.
    start_block: u64,
    /// Where to look for the next deposits.
    from_block: u64,
    /// The latest block at the last look.
    last_head: Option<BlockInfo>,
    /// Entries of the queue that may have been reorganised since they were credited: set at the
    /// start and when a block is gone.
    recheck: bool,
}

impl DepositWatch {
    pub(super) fn new(
        gateway: SharedGateway,
        executor: ExecutorHandle,
        storage: Storage,
        standing: Standing,
        health: Arc<Health>,
        start_block: u64,
    ) -> Self {
        Self {
            gateway,
            executor,
            storage,
            standing,
            health,
            start_block,
            from_block: start_block,
            last_head: None,
            recheck: true,
        }
    }

    /// Notes whether the last block that was seen is still there.
    pub(super) async fn watch_for_reorganisation(&mut self, sight: &Sight) -> Result<(), L1Error> {
        if let Some(last) = self.last_head {
            let now = self.gateway.block(last.number).await?;
            if now.is_none_or(|block| block.hash != last.hash) {
                warn!(block = last.number, "the layer 1 has reorganised");
                metrics::counter!("assay_l1_reorganisations_total").increment(1);
                self.recheck = true;
                self.from_block = self.start_block;
            }
        }
        self.last_head = Some(sight.head);
        Ok(())
    }

    /// Gives the executor the confirmed deposits that come next.
    pub(super) async fn offer(&mut self, sight: &Sight) -> Result<(), L1Error> {
        let next = self.standing.executed().queue_credited;
        let most = next.saturating_add(DEPOSIT_BACKLOG as u64);
        let to = sight.queue_confirmed.min(most);
        if next >= to {
            return Ok(());
        }
        let entries = self.gateway.queue(next, to, self.from_block).await?;
        if let Some(first) = entries.first() {
            self.from_block = first.block_number;
        }
        self.executor.deposits(entries).await;
        Ok(())
    }

    /// After a reorganisation: are the deposits that were credited still in the queue? A deposit
    /// in a batch cannot be taken out again, so if one is gone the node stops sending and says
    /// so until it is back.
    pub(super) async fn recheck_credited(&mut self, sight: &Sight) -> Result<(), PipelineError> {
        let standing = self.health.has(Fault::DepositReorganised);
        if !self.recheck && !standing {
            return Ok(());
        }
        let (from, credited) = self.credited(sight)?;
        let to = from + credited.len() as u64;
        let missing = if sight.status.queue_length < to {
            Some(sight.status.queue_length)
        } else {
            let found = self.gateway.queue(from, to, self.start_block).await?;
            let differs = found
                .iter()
                .zip(&credited)
                .find(|(entry, credited)| contract::deposit(entry).as_ref() != Ok(credited));
            differs.map(|(entry, _)| entry.index)
        };
        match missing {
            Some(index) => self.health.raise(
                Fault::DepositReorganised,
                format!(
                    "the layer 1 has reorganised: deposit {index} is in a batch of this node and not in the queue any more; nothing is sent until it is back. If it does not come back, rebuild the node from the layer 1 (`assay restore`)"
                ),
            ),
            None => self.health.clear(Fault::DepositReorganised),
        }
        self.recheck = false;
        Ok(())
    }

    /// The credited deposits of the batches that are not final: the index of the first, and what
    /// each was.
    fn credited(&self, sight: &Sight) -> Result<(u64, Vec<Deposit>), StorageError> {
        let storage = &self.storage;
        let sealed = self.standing.sealed().0;
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
