//! What is remembered of each worker, by the name that it gives itself.

use std::collections::HashMap;

use assay_api::proving::PhaseName;
use assay_circuits::{circuit::CircuitId, quantity::BatchNumber};

/// Workers that are remembered; of more, the one that was not seen for longest is forgotten.
const REMEMBERED: usize = 256;

/// What a worker did since the node's start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WorkerRecord {
    /// Jobs that were lent to it.
    pub(crate) jobs: u64,
    /// Proofs of it that were taken.
    pub(crate) proofs: u64,
    /// Proofs of it that were wrong.
    pub(crate) wrong_proofs: u64,
    /// Jobs that it gave back or lost.
    pub(crate) failures: u64,
    /// When it was heard of last, Unix ms.
    pub(crate) seen_ms: u64,
}

/// A worker, and what it does now.
#[derive(Debug)]
pub(crate) struct WorkerStanding {
    /// As it calls itself.
    pub(crate) name: String,
    pub(crate) record: WorkerRecord,
    /// What it proves, by batch.
    pub(crate) proves: Vec<Work>,
}

/// A batch that a worker proves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) batch: BatchNumber,
    pub(crate) circuit: CircuitId,
    /// As its last heartbeat said.
    pub(crate) phase: Option<PhaseName>,
    /// Share of the work, 0 to 1.
    pub(crate) progress: f32,
    /// How long it has had it, ms.
    pub(crate) leased_ms: u64,
}

#[derive(Debug, Default)]
pub(super) struct Workers(HashMap<String, WorkerRecord>);

impl Workers {
    /// The record of a worker, which may be new.
    pub(super) fn of(&mut self, name: &str) -> &mut WorkerRecord {
        if !self.0.contains_key(name) && self.0.len() >= REMEMBERED {
            let oldest = self.0.iter().min_by_key(|(_, record)| record.seen_ms);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.0.remove(&oldest);
            }
        }
        self.0.entry(name.to_owned()).or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &WorkerRecord)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_names_are_remembered_and_the_one_not_seen_for_longest_goes() {
        let mut workers = Workers::default();
        for number in 0..=REMEMBERED as u64 {
            workers.of(&number.to_string()).seen_ms = number + 1;
        }
        assert_eq!(workers.iter().count(), REMEMBERED);
        assert!(workers.iter().all(|(name, _)| name != "0"));
    }
}
