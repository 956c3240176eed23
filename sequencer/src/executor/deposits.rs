//! Confirmed deposits on their way into a batch.

use std::collections::VecDeque;

use assay_l1::client::QueueEntry;

/// Deposits that may wait in memory; the layer 1 keeps the others.
pub(crate) const DEPOSIT_BACKLOG: usize = 256;

/// Deposits that wait, the next in front.
#[derive(Debug)]
pub(super) struct Deposits {
    waiting: VecDeque<QueueEntry>,
    /// Index of the next entry of the layer 1's queue to be credited.
    next: u64,
}

impl Deposits {
    /// None wait; `next` is the first that is not credited.
    pub(super) fn new(next: u64) -> Self {
        Self {
            waiting: VecDeque::new(),
            next,
        }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Entries of the layer 1's queue that are credited.
    pub(super) fn credited(&self) -> u64 {
        self.next
    }

    /// Takes those that come next, as far as there is room for them.
    pub(super) fn offer(&mut self, entries: Vec<QueueEntry>) {
        for entry in entries {
            let next = self.next + self.waiting.len() as u64;
            if entry.index == next && self.waiting.len() < DEPOSIT_BACKLOG {
                self.waiting.push_back(entry);
            }
        }
    }

    pub(super) fn front(&self) -> Option<&QueueEntry> {
        self.waiting.front()
    }

    /// The next entry is credited: the one in front, or at a restart the one that was.
    pub(super) fn credit(&mut self) {
        self.waiting.pop_front();
        self.next += 1;
    }
}
