//! The queue of the layer 1, as its entries tell and the contract's chain of hashes confirms.

use assay_circuits::{operation::Operation, order::Order, word};
use assay_l1::{
    batch::{BatchData, Word, next_link},
    client::QueueEntry,
};

use crate::fault::Fault;

/// Why entries are not the contract's queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// One is missing, or there twice.
    #[error("entry {expected} of the queue was not found")]
    Missing {
        /// Which.
        expected: u64,
    },
    /// Fewer or more than the contract has.
    #[error("{found} entries of the queue were found, the contract has {expected}")]
    Length {
        /// How many the contract has.
        expected: u64,
        /// How many were found.
        found: u64,
    },
    /// The chain of hashes over them ends elsewhere.
    #[error("the entries of the queue that were found do not hash to the contract's link")]
    Link,
}

/// Entries that follow each other.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    /// Index of the first.
    first: u64,
    /// The link of the chain before it.
    begin: Word,
    entries: Vec<QueueEntry>,
}

impl Queue {
    /// The whole queue, when these entries are all and the contract's.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn new(entries: Vec<QueueEntry>, length: u64, link: &Word) -> Result<Self, QueueError> {
        Self::part((0, &[0; 32]), entries, (length, link))
    }

    /// Entries `first..end`, when these are all of them and lead from the contract's link before the
    /// first, `begin`, to that after the last.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn part(
        (first, begin): (u64, &Word),
        entries: Vec<QueueEntry>,
        (end, link): (u64, &Word),
    ) -> Result<Self, QueueError> {
        let mut found = *begin;
        for (expected, entry) in (first..).zip(&entries) {
            if entry.index != expected {
                return Err(QueueError::Missing { expected });
            }
            found = next_link(&found, &entry.words, &entry.tail);
        }
        let count = first + entries.len() as u64;
        if count != end {
            return Err(QueueError::Length {
                expected: end,
                found: count,
            });
        }
        if found != *link {
            return Err(QueueError::Link);
        }
        Ok(Self {
            first,
            begin: *begin,
            entries,
        })
    }

    /// An entry, if there is one.
    #[must_use]
    pub fn entry(&self, index: u64) -> Option<&QueueEntry> {
        let at = index.checked_sub(self.first)?;
        self.entries.get(usize::try_from(at).ok()?)
    }

    /// The entries from one on.
    #[must_use]
    pub fn from(&self, index: u64) -> &[QueueEntry] {
        let at = index.saturating_sub(self.first);
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        self.entries.get(at..).unwrap_or_default()
    }

    /// The link of the chain before an entry.
    #[must_use]
    pub fn link_before(&self, index: u64) -> Word {
        let before = usize::try_from(index.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let entries = self.entries.iter().take(before);
        entries.fold(self.begin, |link, entry| {
            next_link(&link, &entry.words, &entry.tail)
        })
    }

    /// Checks that a batch takes the entries from `first` on, as they are and as many as it must.
    ///
    /// # Errors
    /// [`Fault::Entry`], [`Fault::EntryLeft`].
    pub(crate) fn check(
        &self,
        first: u64,
        data: &BatchData,
        full: &[Operation<Order>],
        room: usize,
    ) -> Result<(), Fault> {
        let taken = full.iter().map_while(Operation::entry);
        let mut next = first;
        for (record, (posted, tail)) in taken.zip(&data.tails).enumerate() {
            let words = posted.words().map(word::to_bytes);
            let fits = |entry: &&QueueEntry| entry.words == words && entry.tail == *tail;
            if self.entry(next).filter(fits).is_none() {
                return Err(Fault::Entry {
                    record,
                    entry: next,
                });
            }
            next += 1;
        }
        let has_room = usize::from(data.l1_operations) < room;
        match self.entry(next) {
            Some(left) if has_room && left.due <= data.timestamp => Err(Fault::EntryLeft {
                entry: next,
                due: left.due,
            }),
            _ => Ok(()),
        }
    }
}
