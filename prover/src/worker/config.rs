//! What a worker is told, and what it says at the end.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use assay_api::proving::client::Token;
use assay_circuits::circuit::CircuitId;
use rand::Rng as _;

use super::watcher::Watcher;

/// How long to wait after a call that failed: twice as long each time, and a random part of it,
/// so that workers do not come back all at once.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// After the first failure, ms.
    pub first_ms: u64,
    /// At most, ms.
    pub most_ms: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first_ms: 250,
            most_ms: 15_000,
        }
    }
}

impl Backoff {
    /// The wait after `failures` failures in a row: between half and all of the doubled time.
    pub(super) fn delay(self, failures: u32) -> Duration {
        let doubled = 1u64
            .checked_shl(failures.saturating_sub(1))
            .unwrap_or(u64::MAX);
        let most = self.first_ms.saturating_mul(doubled).min(self.most_ms);
        Duration::from_millis(rand::rng().random_range(most / 2..=most))
    }
}

/// What a worker needs to know.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// The node, for example `http://127.0.0.1:8080`.
    pub node_url: String,
    /// What the node knows its workers by.
    pub token: Token,
    /// Name in the node's logs and status.
    pub name: String,
    /// Threads to prove with; none means one per core.
    pub threads: Option<NonZeroUsize>,
    /// Where the keys are.
    pub keys_dir: PathBuf,
    /// Circuits to prove; empty means those of all shapes that the directory has a key for.
    pub circuits: Vec<CircuitId>,
    /// Prove one job, then stop.
    pub once: bool,
    /// How often to ask for a job when there was none, ms.
    pub poll_ms: u64,
    /// How to wait for a node that is away.
    pub backoff: Backoff,
    /// Who is told what it does.
    pub watcher: Watcher,
}

/// What a worker did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerReport {
    /// Proofs that the node took.
    pub accepted: u64,
    /// Proofs that the node had already, or no longer wanted.
    pub unwanted: u64,
    /// Proofs that the node found wrong, and jobs that could not be proven.
    pub failed: u64,
    /// Jobs given up, because the node said so or the worker was shut down.
    pub given_up: u64,
}
