//! What moves, for those who listen.
//!
//! The latest events are kept, each under a number. One who listens is a place among them and reads on
//! from there: what happened before it came and what happens since are one list, so there is no gap
//! between the two, and nothing is told twice. Nobody who tells waits for one who listens: a listener
//! that is too slow finds that what comes next is not kept any more, and is told how much that was.

mod filter;
mod id;
mod kept;
mod listener;
mod moved;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
use std::sync::Arc;

use assay_api::stage::Stage;
use assay_circuits::quantity::BatchNumber;

pub(crate) use filter::Filter;
pub(crate) use id::EventId;
pub(crate) use listener::{Heard, Listener};
pub(crate) use moved::Event;

use crate::{
    clock::Clock,
    record::{Member, RolledBack},
    telemetry,
};
use kept::Kept;

/// Events that are kept, in some 8 MB: a transaction makes five on its way, so these are the last 13,000
/// transactions, minutes of a busy node. Whoever comes back sooner misses nothing.
const EVENTS_KEPT: usize = 65_536;

/// Tells events, and lets others listen. Clones tell the same listeners.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    kept: Arc<Kept>,
    clock: Clock,
}

impl Events {
    /// Those of a run of the node, however often its parts are made anew.
    pub(crate) fn new(clock: Clock) -> Self {
        Self::with_room(clock, EVENTS_KEPT)
    }

    fn with_room(clock: Clock, room: usize) -> Self {
        Self {
            kept: Arc::new(Kept::new(rand::random(), room)),
            clock,
        }
    }

    /// Events that pass a filter: after the one that `after` names, or from now on.
    pub(crate) fn listen(&self, filter: Filter, after: Option<&str>) -> Listener {
        Listener::new(self.kept.clone(), filter, after)
    }

    pub(crate) fn tell(&self, events: impl IntoIterator<Item = Event>) {
        self.kept.add(events);
    }

    /// A batch has come to a stage just now, and with it what it holds.
    pub(crate) fn tell_batch(&self, number: BatchNumber, stage: Stage, members: &[Member]) {
        tracing::info!(batch = number.0, stage = stage.name(), "batch");
        telemetry::BATCHES.count_as(stage.name());
        let at_ms = self.clock.now_ms();
        let batch = Event::Batch {
            number,
            stage,
            at_ms,
        };
        let members = members.iter();
        let members = members.map(|member| Event::of_member(member, number, stage, at_ms));
        self.tell([batch].into_iter().chain(members));
    }

    /// Batches were dropped, and their transactions wait again.
    pub(crate) fn tell_roll_back(&self, done: &RolledBack) {
        let at_ms = self.clock.now_ms();
        let batches = done.batches.iter().copied().map(Event::Dropped);
        let again = done.again.iter().map(|again| Event::Transaction {
            hash: again.hash,
            stage: Stage::Received,
            batch: None,
            from: again.from,
            to: again.to,
            dropped: again.dropped,
            at_ms,
        });
        self.tell(batches.chain(again));
    }
}
