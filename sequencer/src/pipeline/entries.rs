//! Entries on their way from the contract's queue to the executor, and after a reorganisation
//! whether those that were taken are still in the queue.

use assay_circuits::{operation::Operation, order::Order, quantity::BatchNumber, word};
use assay_l1::client::{BlockInfo, L1Error, QueueEntry};
use tracing::warn;

use super::sight::{PipelineError, Sight};
use crate::{
    executor::{ENTRY_BACKLOG, command::ExecutorHandle},
    l1::gateway::SharedGateway,
    record::Word,
    standing::Standing,
    storage::{Storage, StorageError},
};

/// What an entry of the queue holds: its words and its tail.
type Held = ([Word; 6], Word);

/// Watches the contract's queue.
#[derive(Debug)]
pub(super) struct EntryWatch {
    gateway: SharedGateway,
    executor: ExecutorHandle,
    storage: Storage,
    standing: Standing,
    /// The contract's block, or one before it.
    start_block: u64,
    /// Where to look for the next entries.
    from_block: u64,
    /// The latest block at the last look.
    last_head: Option<BlockInfo>,
    /// Entries of the queue that may have been reorganised since they were taken: set at the
    /// start, when a block is gone, and as long as one of them is.
    recheck: bool,
}

impl EntryWatch {
    pub(super) fn new(
        gateway: SharedGateway,
        executor: ExecutorHandle,
        storage: Storage,
        standing: Standing,
        start_block: u64,
    ) -> Self {
        Self {
            gateway,
            executor,
            storage,
            standing,
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

    /// Gives the executor the confirmed entries that come next.
    pub(super) async fn offer(&mut self, sight: &Sight) -> Result<(), L1Error> {
        let next = self.standing.executed().queue_taken;
        let most = next.saturating_add(ENTRY_BACKLOG as u64);
        let to = sight.look.queue_confirmed.min(most);
        if next >= to {
            return Ok(());
        }
        let entries = self.gateway.queue(next, to, self.from_block).await?;
        if let Some(first) = entries.first() {
            self.from_block = first.block_number;
        }
        self.executor.entries(entries).await;
        Ok(())
    }

    /// After a reorganisation: the first of the entries in batches that are not proved which is not in
    /// the queue any more. No layer 1 will take such a batch.
    pub(super) async fn first_gone(&mut self, sight: &Sight) -> Result<Option<u64>, PipelineError> {
        if !self.recheck {
            return Ok(None);
        }
        let (from, taken) = self.taken(sight)?;
        let to = from + taken.len() as u64;
        let gone = if sight.status.queue_length < to {
            Some(sight.status.queue_length)
        } else {
            let found = self.gateway.queue(from, to, self.start_block).await?;
            let differs =
                |(entry, taken): &(&QueueEntry, &Held)| (entry.words, entry.tail) != **taken;
            let differs = found.iter().zip(&taken).find(differs);
            differs.map(|(entry, _)| entry.index)
        };
        self.recheck = gone.is_some();
        Ok(gone)
    }

    /// The entries that batches took which are not proved: the index of the first, and what each
    /// held.
    fn taken(&self, sight: &Sight) -> Result<(u64, Vec<Held>), StorageError> {
        let storage = &self.storage;
        let (base, sealed) = (storage.base()?.number.0, self.standing.sealed().0);
        let first = sight.status.last_proved.min(sealed).max(base);
        let tip = storage.tip(BatchNumber(first))?;
        let from = tip.map_or(0, |tip| tip.queue_end);
        let mut taken = Vec::new();
        for number in (first + 1..=sealed).map(BatchNumber) {
            let Some(batch) = storage.batch(number)? else {
                continue;
            };
            let contents = storage.contents(&batch)?;
            taken.extend(held(&contents.full, batch.tails));
        }
        for closed in storage.closed_batches()? {
            if closed.number().0 > sealed {
                taken.extend(held(&closed.input.full, closed.tails));
            }
        }
        let open = storage
            .open_batch()?
            .filter(|(header, _)| header.number.0 > sealed);
        if let Some((_, rows)) = open {
            for row in rows {
                taken.extend(held([&row.operation], row.tail));
            }
        }
        Ok((from, taken))
    }
}

/// What the entries among these operations held, which have these tails.
fn held<'a, O: AsRef<Order> + 'a>(
    operations: impl IntoIterator<Item = &'a Operation<O>>,
    tails: impl IntoIterator<Item = Word>,
) -> Vec<Held> {
    let entries = operations.into_iter().filter_map(Operation::entry);
    let words = entries.map(|entry| entry.words().map(word::to_bytes));
    words.zip(tails).collect()
}
