//! Entries of the contract's queue that are in no batch yet, for those who ask what became of their
//! deposit. They are asked for beside the main path, which takes confirmed entries alone.

use std::{sync::Arc, time::Duration};

use assay_l1::client::{L1Error, QueueEntry};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{config::L1Policy, l1::gateway::SharedGateway, standing::Standing, storage::Storage};

/// Entries that are kept at most, the next to be taken first.
pub(crate) const WAITING_MAX: u64 = 256;
/// After so many blocks they are read again though nothing was queued: the chain may be another.
const READ_AGAIN_BLOCKS: u64 = 32;
/// Before the layer 1 is asked again that did not answer.
const PAUSE: Duration = Duration::from_secs(5);

/// The entries that wait, as the layer 1 had them.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// The block that was looked at; none before the first time.
    pub(crate) block: Option<u64>,
    /// In their order.
    pub(crate) entries: Vec<QueueEntry>,
}

/// What waits. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct WaitingQueue(watch::Sender<Arc<Waiting>>);

impl Default for WaitingQueue {
    fn default() -> Self {
        Self(watch::Sender::new(Arc::default()))
    }
}

/// Who asks, and what is asked for.
#[derive(Debug)]
pub(crate) struct QueueReader {
    pub(crate) waiting: WaitingQueue,
    pub(crate) gateway: SharedGateway,
    pub(crate) standing: Standing,
    policy: L1Policy,
    /// The block from which the events are read.
    begin: u64,
    /// What was asked for last: entries of the queue and those taken, after a block.
    asked: Option<(u64, u64, u64)>,
}

impl WaitingQueue {
    /// What waits, as far as it is known.
    pub(crate) fn now(&self) -> Arc<Waiting> {
        self.0.borrow().clone()
    }
}

impl QueueReader {
    /// Begins where the main path would.
    pub(crate) fn new(
        waiting: WaitingQueue,
        gateway: SharedGateway,
        standing: Standing,
        storage: &Storage,
        policy: L1Policy,
    ) -> Self {
        let written = storage.queue_cursor().unwrap_or_default();
        let serves = written.index <= standing.executed().queue_taken;
        let known = if serves { written.block } else { 0 };
        Self {
            waiting,
            gateway,
            standing,
            policy,
            begin: known.max(policy.start_block),
            asked: None,
        }
    }

    /// Reads after each look at the layer 1 that shows something new, until `shutdown` is cancelled.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut posted = self.standing.posted();
        loop {
            let pause = match self.read().await {
                Ok(()) => Duration::ZERO,
                Err(error) => {
                    debug!(%error, "what waits in the queue is not known");
                    PAUSE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(pause) => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                changed = posted.changed() => if changed.is_err() {
                    return;
                },
            }
        }
    }

    /// Reads what waits, where it may be other than it was. What is not answered changes nothing.
    pub(crate) async fn read(&mut self) -> Result<(), L1Error> {
        let look = self.standing.look();
        if look.seen_ms == 0 {
            return Ok(());
        }
        let taken = self.standing.executed().queue_taken;
        let is_same = self.asked.is_some_and(|(length, before, block)| {
            let blocks = look.block.abs_diff(block);
            (length, before) == (look.queue_length, taken) && blocks < READ_AGAIN_BLOCKS
        });
        if is_same {
            return Ok(());
        }
        let to = look.queue_length.min(taken.saturating_add(WAITING_MAX));
        let entries = match taken < to {
            true => self.entries(taken, to).await?,
            false => Vec::new(),
        };
        let deep = look.block.saturating_sub(self.policy.finality_blocks);
        let first = entries.first().map_or(deep, |entry| entry.block_number);
        self.begin = self.begin.max(first.min(deep));
        self.asked = Some((look.queue_length, taken, look.block));
        let block = Some(look.block);
        self.waiting
            .0
            .send_replace(Waiting { block, entries }.into());
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn begin_at(&mut self, block: u64) {
        self.begin = block;
    }

    async fn entries(&mut self, from: u64, to: u64) -> Result<Vec<QueueEntry>, L1Error> {
        let found = self.gateway.queue(from, to, self.begin).await;
        if let Err(L1Error::Answer { .. }) = found {
            // They stand before the block from which they were looked for.
            self.begin = self.policy.start_block;
        }
        found
    }
}
