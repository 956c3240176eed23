//! What moves, for those who listen.

use assay_api::stage::Stage;
use assay_circuits::{order::TxHash, quantity::BatchNumber};
use tokio::sync::broadcast;

use crate::{clock::Clock, telemetry};

/// Events that a slow listener may fall behind by.
const EVENT_QUEUE: usize = 4_096;

/// A transaction or a batch came to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A transaction came to a stage.
    Transaction {
        /// Which.
        hash: TxHash,
        /// The stage.
        stage: Stage,
        /// Its batch, once it has one.
        batch: Option<BatchNumber>,
        /// When, Unix ms.
        at_ms: u64,
    },
    /// A batch came to a stage, and its transactions with it.
    Batch {
        /// Which.
        number: BatchNumber,
        /// The stage.
        stage: Stage,
        /// When, Unix ms.
        at_ms: u64,
    },
}

/// Tells events, and lets others listen. Clones tell the same listeners.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    sender: broadcast::Sender<Event>,
    clock: Clock,
}

impl Events {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            sender: broadcast::channel(EVENT_QUEUE).0,
            clock,
        }
    }

    /// Events from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody may be listening.
        let _ = self.sender.send(event);
    }

    /// A batch has come to a stage just now.
    pub(crate) fn tell_batch(&self, number: BatchNumber, stage: Stage) {
        tracing::info!(batch = number.0, stage = stage.name(), "batch");
        telemetry::BATCHES.count_as(stage.name());
        self.tell(Event::Batch {
            number,
            stage,
            at_ms: self.clock.now_ms(),
        });
    }
}
