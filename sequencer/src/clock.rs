//! What time it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use assay_circuits::quantity::Timestamp;

/// The system's clock, or one that is set by hand.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// Unix ms, moved by whoever holds it.
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// Unix time, ms.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            }
            Self::Manual(now_ms) => now_ms.load(Ordering::Acquire),
        }
    }

    /// Unix time, s; stands still at the end of the protocol's time.
    #[must_use]
    pub fn now_s(&self) -> Timestamp {
        Timestamp::try_from(self.now_ms() / 1_000).unwrap_or(Timestamp::MAX)
    }
}
