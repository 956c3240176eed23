//! Who is told what a worker does.

use std::{fmt, sync::Arc};

use assay_circuits::circuit::CircuitId;

use crate::groth16::Phase;

/// What a worker does from now on, or has just done.
#[derive(Debug, Clone, PartialEq)]
pub enum Activity {
    /// It has its keys, and the node wants proofs under them.
    Ready {
        /// What it proves.
        circuits: Vec<CircuitId>,
    },
    /// It waits for a node that does not answer.
    NodeIsAway {
        /// Why it does not.
        reason: String,
    },
    /// It waits for a job.
    Idle,
    /// It has a job.
    Leased {
        /// The batch to prove.
        batch: u64,
        /// By which circuit.
        circuit: CircuitId,
    },
    /// It proves.
    Proving {
        /// What of it.
        phase: Phase,
        /// How much is done, from 0 to 1.
        done: f32,
    },
    /// A job has ended.
    Ended {
        /// Its batch.
        batch: u64,
        /// How: `accepted`, `unwanted`, `failed` or `given_up`, as in the metrics.
        outcome: &'static str,
        /// Since it was leased.
        seconds: f64,
    },
}

/// Is told each [`Activity`] as it begins, the same several times where it goes on; must not block.
#[derive(Clone)]
pub struct Watcher(Arc<dyn Fn(Activity) + Send + Sync>);

impl Watcher {
    /// Who is told.
    pub fn new(tell: impl Fn(Activity) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(super) fn tell(&self, activity: Activity) {
        (self.0)(activity);
    }
}

/// Nobody.
impl Default for Watcher {
    fn default() -> Self {
        Self::new(|_| ())
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher(..)")
    }
}
