//! Confirmed entries of the layer 1's queue on their way into a batch.

use std::collections::VecDeque;

use assay_l1::client::QueueEntry;

/// Entries that may wait in memory; the layer 1 keeps the others. More than any shape takes.
pub(crate) const ENTRY_BACKLOG: usize = 256;

/// Entries that wait, the next in front.
#[derive(Debug)]
pub(super) struct Entries {
    waiting: VecDeque<QueueEntry>,
    /// Index of the next entry of the layer 1's queue to be taken.
    next: u64,
}

impl Entries {
    /// None wait; `next` is the first that is not taken.
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

    /// Entries of the layer 1's queue that are taken.
    pub(super) fn taken(&self) -> u64 {
        self.next
    }

    /// Takes in those that come next, as far as there is room for them. They stand in place of those
    /// that wait, which may be from before a reorganisation.
    pub(super) fn offer(&mut self, entries: Vec<QueueEntry>) {
        for entry in entries {
            let place = entry.index.checked_sub(self.next);
            let Some(place) = place.and_then(|place| usize::try_from(place).ok()) else {
                continue;
            };
            if place == self.waiting.len() && place < ENTRY_BACKLOG {
                self.waiting.push_back(entry);
            } else if let Some(waiting) = self.waiting.get_mut(place) {
                *waiting = entry;
            }
        }
    }

    /// Forgets those that wait.
    pub(super) fn recall(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn front(&self) -> Option<&QueueEntry> {
        self.waiting.front()
    }

    /// The next entry is in a batch: the one in front, or at a restart the one that was.
    pub(super) fn take(&mut self) {
        self.waiting.pop_front();
        self.next += 1;
    }
}
