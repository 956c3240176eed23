//! What time it is, and how long something took. Times of day may jump; what lasts is measured by
//! a clock that does not.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use assay_circuits::quantity::Timestamp;

/// The system's clocks, or two that are set by hand.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// Moved by whoever holds them.
    Manual {
        /// ms that never go back: Unix time where the time of day is right.
        true_ms: Arc<AtomicU64>,
        /// What the time of day is ahead of that, ms.
        ahead_ms: Arc<AtomicI64>,
    },
}

/// A point in this process's time, which no setting of the time of day moves. The default is its
/// beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The moment so many ms later.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// How long before this one `earlier` was, ms; 0 where it was not.
    #[must_use]
    pub fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Clock {
    /// Unix time, ms, by the time of day.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            }
            Self::Manual { true_ms, ahead_ms } => true_ms
                .load(Ordering::Acquire)
                .saturating_add_signed(ahead_ms.load(Ordering::Acquire)),
        }
    }

    /// Unix time, s, by the time of day; stands still at the end of the protocol's time.
    #[must_use]
    pub fn now_s(&self) -> Timestamp {
        Timestamp::try_from(self.now_ms() / 1_000).unwrap_or(Timestamp::MAX)
    }

    /// This moment: what lasts is measured from it.
    #[must_use]
    pub fn moment(&self) -> Moment {
        static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            Self::System => {
                let since = BEGINNING.elapsed().as_millis();
                Moment(u64::try_from(since).unwrap_or(u64::MAX))
            }
            Self::Manual { true_ms, .. } => Moment(true_ms.load(Ordering::Acquire)),
        }
    }

    /// How long ago a moment was, ms.
    #[must_use]
    pub fn ms_since(&self, earlier: Moment) -> u64 {
        self.moment().ms_since(earlier)
    }
}
