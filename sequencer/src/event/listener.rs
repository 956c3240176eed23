//! One who listens: a place among the events.

use std::sync::Arc;

use tokio::sync::watch;

use super::{
    filter::Filter,
    id::EventId,
    kept::{Following, Kept},
    moved::Event,
};

/// Events that a listener is handed at once.
const AT_ONCE: usize = 64;

/// What a listener hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something moved.
    Event(Event),
    /// So many events are not kept any more: this listener was too slow, or away for too long.
    Lagged(u64),
    /// What happened after the event that it named is not known: that was no event of this run.
    Reset,
}

/// One who listens.
#[derive(Debug)]
pub(crate) struct Listener {
    kept: Arc<Kept>,
    news: watch::Receiver<()>,
    filter: Filter,
    /// Number of the last event that it has heard, or that is not for it.
    last: u64,
    /// Whether it is still to hear of a reset.
    is_reset: bool,
}

impl Listener {
    /// Listens after the event that `after` names, or from now on.
    pub(super) fn new(kept: Arc<Kept>, filter: Filter, after: Option<&str>) -> Self {
        let news = kept.news.subscribe();
        let now = kept.last();
        let number = |text: &str| {
            let id: EventId = text.parse().ok()?;
            (id.run == kept.run && id.number <= now).then_some(id.number)
        };
        let known = after.map(number);
        Self {
            last: known.flatten().unwrap_or(now),
            is_reset: known == Some(None),
            kept,
            news,
            filter,
        }
    }

    /// After which event this listener may go on; nothing while it is to hear of a reset.
    pub(crate) fn place(&self) -> Option<EventId> {
        (!self.is_reset).then(|| self.id(self.last))
    }

    /// Waits for what comes next: something at least. Nothing is lost where the wait is given up.
    pub(crate) async fn hear(&mut self) -> Vec<(EventId, Heard)> {
        if std::mem::take(&mut self.is_reset) {
            return vec![(self.id(self.last), Heard::Reset)];
        }
        loop {
            match self.kept.after(self.last, &self.filter, AT_ONCE) {
                Following::Gone(count, last) => {
                    self.last = last;
                    return vec![(self.id(last), Heard::Lagged(count))];
                }
                Following::Events(found, through) => {
                    self.last = through;
                    if !found.is_empty() {
                        let heard = found.into_iter();
                        return heard.map(|(id, event)| (id, Heard::Event(event))).collect();
                    }
                }
                // Additions since the last look count as news.
                Following::Nothing => self
                    .news
                    .changed()
                    .await
                    .expect("this listener holds the sender"),
            }
        }
    }

    fn id(&self, number: u64) -> EventId {
        EventId {
            run: self.kept.run,
            number,
        }
    }
}
