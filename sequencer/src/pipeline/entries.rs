//! Entries on their way from the contract's queue to the executor, and after a reorganisation
//! whether those that were taken are still in the queue.

use std::collections::BTreeMap;

use assay_circuits::{operation::Operation, order::Order, quantity::BatchNumber, word};
use assay_l1::{
    batch::next_link,
    client::{BlockInfo, L1Error, QueueEntry},
};
use tracing::warn;

use super::sight::{self, PipelineError, Sight};
use crate::{
    executor::{ENTRY_BACKLOG, command::ExecutorHandle},
    l1::gateway::SharedGateway,
    record::{QueueCursor, Word},
    standing::Standing,
    storage::{Commit, Storage, StorageError},
    telemetry,
};

/// Where nothing is queued, the place where to look on is written down after so many blocks.
const CURSOR_BLOCKS: u64 = 256;

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
    search: Search,
    /// The latest block at the last look.
    last_head: Option<BlockInfo>,
    /// Entries of the queue may have been reorganised since they were taken: set at the start, when a
    /// block is gone or cannot be asked for, when the contract refuses those of a batch, and as long as
    /// one of them is gone.
    recheck: bool,
}

/// A search for the next entries, which goes on where the last look ended.
#[derive(Debug)]
struct Search {
    /// The next block to read.
    next_block: u64,
    /// Entries that follow each other, the oldest first.
    found: Vec<QueueEntry>,
    /// As it is on disk.
    written: QueueCursor,
}

impl Search {
    /// Looks from a block on.
    fn begin(&mut self, block: u64) {
        self.next_block = block;
        self.found.clear();
    }
}

impl EntryWatch {
    pub(super) fn new(
        gateway: SharedGateway,
        executor: ExecutorHandle,
        storage: Storage,
        standing: Standing,
        start_block: u64,
    ) -> Result<Self, StorageError> {
        let written = storage.queue_cursor()?;
        let serves = written.index <= standing.executed().queue_taken;
        let known = if serves { written.block } else { 0 };
        let search = Search {
            next_block: known.max(start_block),
            found: Vec::new(),
            written,
        };
        Ok(Self {
            gateway,
            executor,
            storage,
            standing,
            start_block,
            search,
            last_head: None,
            recheck: true,
        })
    }

    /// Notes whether the last block that was seen is still there.
    pub(super) async fn watch_for_reorganisation(&mut self, sight: &Sight) -> Result<(), L1Error> {
        let Some(last) = self.last_head.replace(sight.head) else {
            return Ok(());
        };
        // Until it is answered; the look after this one asks for another block.
        let was_checked = !std::mem::replace(&mut self.recheck, true);
        let now = self.gateway.block(last.number).await?;
        if now.is_none() && last.number <= sight.head.number {
            return Err(sight::missing(last.number));
        }
        if now.is_none_or(|now| now.hash != last.hash) {
            warn!(block = last.number, "the layer 1 has reorganised");
            telemetry::L1_REORGANISATIONS.count();
        } else {
            self.recheck = !was_checked;
        }
        Ok(())
    }

    /// The contract says that a batch's entries are not those of its queue.
    pub(super) fn is_refused(&mut self) {
        self.recheck = true;
    }

    /// Gives the executor the confirmed entries that come next.
    pub(super) async fn offer(&mut self, sight: &Sight) -> Result<(), PipelineError> {
        let next = self.standing.executed().queue_taken;
        let most = next.saturating_add(ENTRY_BACKLOG as u64);
        let to = sight.look.queue_confirmed.min(most);
        let Some(confirmed) = &sight.confirmed else {
            return Ok(());
        };
        if next >= to {
            if next == sight.look.queue_confirmed {
                // What comes next is not confirmed, so it stands behind what is.
                self.search.begin(confirmed.number + 1);
                self.write_down(next, confirmed.number + 1).await?;
            }
            return Ok(());
        }
        self.find((next, to), confirmed.number).await?;
        let found = &self.search.found;
        let count = usize::try_from(to - next).unwrap_or(usize::MAX);
        let entries = found.get(..count).unwrap_or_default().to_vec();
        let leads = self.leads_to(next, to, &entries, sight).await?;
        let Some(first) = entries.first().filter(|_| leads) else {
            // A deep reorganisation moved them, or the cursor is of another time.
            self.search.begin(self.start_block);
            let source = format!("its events do not tell of entries {next} to {to} of the queue");
            return Err(PipelineError::L1(L1Error::Answer {
                call: "eth_getLogs",
                source: source.into(),
            }));
        };
        self.write_down(next, first.block_number).await?;
        self.executor.entries(entries).await;
        Ok(())
    }

    /// Reads on until entries `next..to` are found, or all is read up to a block.
    async fn find(&mut self, (next, to): (u64, u64), last_block: u64) -> Result<(), L1Error> {
        let search = &mut self.search;
        search.found.retain(|entry| entry.index >= next);
        let most = next.saturating_add(ENTRY_BACKLOG as u64);
        let mut expected = next + search.found.len() as u64;
        while search.next_block <= last_block && expected < to {
            let piece = self.gateway.events(search.next_block, last_block).await?;
            let mut through_block = piece.through_block;
            for entry in piece.events.iter().filter_map(QueueEntry::logged) {
                if entry.index >= most {
                    // It is read again when there is room.
                    through_block = through_block.min(entry.block_number.saturating_sub(1));
                } else if entry.index == expected {
                    expected += 1;
                    search.found.push(entry);
                }
            }
            search.next_block = search.next_block.max(through_block + 1);
        }
        Ok(())
    }

    /// Whether these are entries `next..to`, by the contract's chain of hashes.
    async fn leads_to(
        &self,
        next: u64,
        to: u64,
        entries: &[QueueEntry],
        sight: &Sight,
    ) -> Result<bool, L1Error> {
        if !entries.iter().map(|entry| entry.index).eq(next..to) {
            return Ok(false);
        }
        let begin = self.gateway.queue_link(next, &sight.head).await?;
        let end = self.gateway.queue_link(to, &sight.head).await?;
        let held = entries.iter().map(|entry| (entry.words, entry.tail));
        Ok(held.fold(begin, link) == end)
    }

    async fn write_down(&mut self, index: u64, block: u64) -> Result<(), StorageError> {
        let cursor = QueueCursor { index, block };
        let written = self.search.written;
        let moves = index != written.index || block.abs_diff(written.block) >= CURSOR_BLOCKS;
        if moves {
            let mut commit = Commit::default();
            commit.queue_cursor(&cursor);
            self.storage.commit(commit).await?;
            self.search.written = cursor;
        }
        Ok(())
    }

    /// After a reorganisation: the first of the entries in batches that are not proved which is not in
    /// the queue any more. No layer 1 will take such a batch.
    pub(super) async fn first_gone(&mut self, sight: &Sight) -> Result<Option<u64>, PipelineError> {
        if !self.recheck {
            return Ok(None);
        }
        // What waits in memory would be taken after this.
        self.executor.recall().await;
        let (from, taken) = self.taken(sight)?;
        let to = from + taken.len() as u64;
        let gone = if sight.status.queue_length < to {
            Some(sight.status.queue_length)
        } else {
            self.first_other(from, &taken, &sight.head).await?
        };
        self.recheck = gone.is_some();
        Ok(gone)
    }

    /// The first entry that the contract has otherwise, by its chain of hashes.
    async fn first_other(
        &self,
        from: u64,
        taken: &[Held],
        head: &BlockInfo,
    ) -> Result<Option<u64>, L1Error> {
        let mut links = vec![self.gateway.queue_link(from, head).await?];
        for held in taken {
            links.push(link(links[links.len() - 1], *held));
        }
        // So many are the same, and with so many they are not.
        let (mut same, mut differ) = (0, links.len());
        let mut probe = taken.len();
        while same + 1 < differ {
            let link = self.gateway.queue_link(from + probe as u64, head).await?;
            if link == links[probe] {
                same = probe;
            } else {
                differ = probe;
            }
            probe = same.midpoint(differ);
        }
        Ok((same < taken.len()).then_some(from + same as u64))
    }

    /// The entries that batches took which are not proved: the index of the first, and what each
    /// held. The node goes on meanwhile, so what moves on is read where it was first and where it comes
    /// to after that.
    fn taken(&self, sight: &Sight) -> Result<(u64, Vec<Held>), StorageError> {
        let storage = &self.storage;
        let (base, sealed) = (storage.base()?.number.0, self.standing.sealed().0);
        let first = sight.status.last_proved.min(sealed).max(base);
        let tip = storage.tip(BatchNumber(first))?;
        let from = tip.map_or(0, |tip| tip.queue_end);
        let mut taken = BTreeMap::new();
        if let Some((header, rows)) = storage.open_batch()? {
            let rows = rows.iter();
            let rows = rows.flat_map(|row| held([&row.operation], row.tail));
            taken.insert(header.number.0, rows.collect());
        }
        for closed in storage.closed_batches()? {
            let number = closed.number().0;
            taken.insert(number, held(&closed.input.full, closed.tails));
        }
        for number in first + 1..=storage.last_tip()?.number.0 {
            if let Some(batch) = storage.batch(BatchNumber(number))? {
                let contents = storage.contents(&batch)?;
                taken.insert(number, held(&contents.full, batch.tails));
            }
        }
        let taken = taken.split_off(&(first + 1));
        Ok((from, taken.into_values().flatten().collect()))
    }
}

/// The link of the queue's chain after an entry.
fn link(before: Word, (words, tail): Held) -> Word {
    next_link(&before, &words, &tail)
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
