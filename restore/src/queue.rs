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

/// All entries that there are.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    entries: Vec<QueueEntry>,
}

impl Queue {
    /// The queue of these entries, when they are all and the contract's.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn new(entries: Vec<QueueEntry>, length: u64, link: &Word) -> Result<Self, QueueError> {
        let mut found = [0; 32];
        for (expected, entry) in (0..).zip(&entries) {
            if entry.index != expected {
                return Err(QueueError::Missing { expected });
            }
            found = next_link(&found, &entry.words, &entry.tail);
        }
        let count = entries.len() as u64;
        if count != length {
            return Err(QueueError::Length {
                expected: length,
                found: count,
            });
        }
        if found != *link {
            return Err(QueueError::Link);
        }
        Ok(Self { entries })
    }

    /// An entry, if there is one.
    #[must_use]
    pub fn entry(&self, index: u64) -> Option<&QueueEntry> {
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// The entries from one on.
    #[must_use]
    pub fn since(&self, index: u64) -> &[QueueEntry] {
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        self.entries.get(at..).unwrap_or_default()
    }

    /// The link of the chain before an entry.
    #[must_use]
    pub fn link_before(&self, index: u64) -> Word {
        let before = usize::try_from(index).unwrap_or(usize::MAX);
        let entries = self.entries.iter().take(before);
        entries.fold([0; 32], |link, entry| {
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
