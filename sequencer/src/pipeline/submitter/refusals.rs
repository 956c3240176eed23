//! What the layer 1 refuses is tried again, less and less often.

use std::sync::Arc;

use assay_circuits::quantity::BatchNumber;
use assay_l1::client::L1Error;

use crate::{
    clock::{Clock, Moment},
    health::{Fault, Health},
    telemetry,
};

/// After a refusal the next attempt waits so long at first, and then twice as long each time.
const BACKOFF_MS: u64 = 1_000;
/// The longest wait between attempts.
const BACKOFF_MS_MAX: u64 = 60_000;
/// The contract's errors that say that a batch leaves entries of the queue which it must take.
const LEAVES_ENTRIES: [&str; 2] = ["DueEntryLeft", "NothingTaken"];
/// The contract's error that says that a batch has other entries than the queue.
const OTHER_ENTRIES: &str = "QueueMismatch";

/// What was refused last.
#[derive(Debug)]
pub(super) struct Refusals {
    clock: Clock,
    health: Arc<Health>,
    last: Option<Refused>,
    /// The batch that was refused last because it leaves entries of the queue that it must take.
    leaves_entries: Option<BatchNumber>,
    /// Whether a batch was refused because its entries are not those of the queue.
    other_entries: bool,
}

#[derive(Debug, Clone, Copy)]
struct Refused {
    attempts: u32,
    at: Moment,
    /// Whether it was mined and has failed: only one that does not fail ends that.
    was_paid: bool,
}

impl Refusals {
    pub(super) fn new(clock: Clock, health: Arc<Health>) -> Self {
        Self {
            clock,
            health,
            last: None,
            leaves_entries: None,
            other_entries: false,
        }
    }

    /// The layer 1 refused what was tried or sent, which cost nothing.
    pub(super) fn refused(&mut self, first: Option<BatchNumber>, error: &L1Error) {
        if let L1Error::Reverted { revert, .. } = error {
            let name = revert.name.as_str();
            if LEAVES_ENTRIES.contains(&name) {
                self.leaves_entries = first;
            }
            self.other_entries = name == OTHER_ENTRIES;
        }
        self.count(error.to_string(), false);
    }

    /// What was sent is mined and has failed.
    pub(super) fn failed(&mut self, sentence: String) {
        self.count(sentence, true);
    }

    fn count(&mut self, sentence: String, was_paid: bool) {
        telemetry::L1_REFUSALS.count();
        let before = self.last;
        self.last = Some(Refused {
            attempts: before.map_or(0, |last| last.attempts).saturating_add(1),
            at: self.clock.moment(),
            was_paid: was_paid || before.is_some_and(|last| last.was_paid),
        });
        self.health.raise(Fault::L1Refuses, sentence);
    }

    /// The layer 1 took what was sent; whether it fails is not known yet.
    pub(super) fn sent(&mut self) {
        if self.last.is_some_and(|last| !last.was_paid) {
            self.accepted();
        }
    }

    /// The contract took what was sent.
    pub(super) fn accepted(&mut self) {
        self.last = None;
        self.leaves_entries = None;
        self.other_entries = false;
        self.health.clear(Fault::L1Refuses);
    }

    /// The batch that the contract refused because it leaves entries of the queue that it must take.
    pub(super) fn leaves_entries(&self) -> Option<BatchNumber> {
        self.leaves_entries
    }

    /// Whether the contract refused a batch because its entries are not those of the queue.
    pub(super) fn has_other_entries(&self) -> bool {
        self.other_entries
    }

    /// Whether it is too early for another attempt.
    pub(super) fn is_backing_off(&self) -> bool {
        self.last.is_some_and(|last| {
            let doublings = last.attempts.saturating_sub(1).min(6);
            let wait_ms = (BACKOFF_MS << doublings).min(BACKOFF_MS_MAX);
            self.clock.ms_since(last.at) < wait_ms
        })
    }
}
