//! The latest events, as they are kept for those who listen.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard},
};

use tokio::sync::watch;

use super::{filter::Filter, id::EventId, moved::Event};

/// Events that are looked at under the lock, for one listener at a time.
const LOOKED_AT: usize = 1_024;

/// The latest events, and whoever waits for the next.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) run: u64,
    /// How many are kept.
    room: usize,
    latest: Mutex<Latest>,
    /// Told of each addition.
    pub(super) news: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Latest {
    events: VecDeque<Event>,
    /// Number of the last one; 0 before the first.
    last: u64,
}

/// What a place among the events is followed by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Following {
    /// These events, and no other that passes, up to the number.
    Events(Vec<(EventId, Event)>, u64),
    /// So many are not kept any more, up to the number.
    Gone(u64, u64),
    /// Nothing yet.
    Nothing,
}

impl Kept {
    pub(super) fn new(run: u64, room: usize) -> Self {
        Self {
            run,
            room,
            latest: Mutex::default(),
            news: watch::Sender::new(()),
        }
    }

    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().expect("no holder panics")
    }

    /// Adds events, and lets go of the oldest.
    pub(super) fn add(&self, added: impl IntoIterator<Item = Event>) {
        let mut latest = self.latest();
        for event in added {
            if latest.events.len() == self.room {
                latest.events.pop_front();
            }
            latest.events.push_back(event);
            latest.last += 1;
        }
        drop(latest);
        self.news.send_replace(());
    }

    /// Number of the last event.
    pub(super) fn last(&self) -> u64 {
        self.latest().last
    }

    /// What comes after an event: at most so many that pass.
    pub(super) fn after(&self, number: u64, filter: &Filter, most: usize) -> Following {
        let latest = self.latest();
        let kept = latest.events.len() as u64;
        let before_first = latest.last - kept;
        if number < before_first {
            return Following::Gone(before_first - number, before_first);
        }
        // It is among the kept ones, whose number fits.
        let skipped = usize::try_from(number - before_first).unwrap_or(usize::MAX);
        let mut through = number;
        let mut found = Vec::new();
        for event in latest.events.iter().skip(skipped).take(LOOKED_AT) {
            through += 1;
            if filter.passes(event) {
                let id = EventId {
                    run: self.run,
                    number: through,
                };
                found.push((id, *event));
                if found.len() == most {
                    break;
                }
            }
        }
        if through == number {
            return Following::Nothing;
        }
        Following::Events(found, through)
    }
}
