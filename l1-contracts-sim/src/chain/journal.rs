//! What happened on the chain, in order, for filters and subscriptions.

use std::{collections::VecDeque, sync::Arc};

use alloy::primitives::B256;
use tokio::sync::watch;

use super::block::Block;

/// Events that are kept; more than one request can cause.
const EVENTS_MAX: usize = 1 << 14;
/// Blocks in events that are kept, bytes.
const BYTES_MAX: usize = 64 << 20;

/// Something that happened.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A block was added.
    Added(Arc<Block>),
    /// The latest block was removed.
    Removed(Arc<Block>),
    /// A transaction waits for a block.
    Waiting(B256),
}

impl Event {
    fn bytes(&self) -> usize {
        match self {
            Self::Added(block) | Self::Removed(block) => block.bytes(),
            Self::Waiting(_) => 0,
        }
    }
}

/// The latest events. Who reads too slowly finds that it missed some.
#[derive(Debug)]
pub(crate) struct Journal {
    events: VecDeque<Event>,
    /// Number of the first event that is kept.
    first: u64,
    bytes: usize,
    end: watch::Sender<u64>,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            events: VecDeque::new(),
            first: 0,
            bytes: 0,
            end: watch::Sender::new(0),
        }
    }
}

impl Journal {
    /// Adds an event.
    pub(crate) fn push(&mut self, event: Event) {
        self.bytes += event.bytes();
        self.events.push_back(event);
        while self.events.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            let Some(old) = self.events.pop_front() else {
                break;
            };
            self.bytes -= old.bytes();
            self.first += 1;
        }
        self.end.send_replace(self.end());
    }

    /// The number of the next event.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    /// The events from a number on; `None` where some of them are not kept any more.
    pub(crate) fn since(&self, number: u64) -> Option<impl Iterator<Item = &Event>> {
        let skip = usize::try_from(number.checked_sub(self.first)?).ok()?;
        Some(self.events.iter().skip(skip))
    }

    /// Tells when there is more.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.end.subscribe()
    }
}
