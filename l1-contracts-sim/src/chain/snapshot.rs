//! Points of the chain that a client may go back to.

use super::{pool::Pool, timing::Timing};

/// Snapshots that are kept; beyond, the oldest are lost.
const SNAPSHOTS_MAX: usize = 1024;

/// What has to be restored beside blocks and accounts, and where those are.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    id: u64,
    /// Height of the latest block.
    pub(crate) number: u64,
    /// Layers of the world.
    pub(crate) layers: u64,
    pub(crate) pool: Pool,
    pub(crate) timing: Timing,
}

/// The snapshots that were given and not used, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    given: Vec<Snapshot>,
    last_id: u64,
}

impl Snapshots {
    /// Adds one and returns its number.
    pub(crate) fn add(&mut self, number: u64, layers: u64, pool: Pool, timing: Timing) -> u64 {
        if self.given.len() >= SNAPSHOTS_MAX {
            self.given.remove(0);
        }
        self.last_id += 1;
        self.given.push(Snapshot {
            id: self.last_id,
            number,
            layers,
            pool,
            timing,
        });
        self.last_id
    }

    pub(crate) fn len(&self) -> usize {
        self.given.len()
    }

    /// Takes one out, and those that were given after it; `None` where there is none.
    pub(crate) fn take(&mut self, id: u64) -> Option<Snapshot> {
        let place = self.given.iter().position(|snapshot| snapshot.id == id)?;
        self.given.drain(place..).next()
    }

    /// Forgets those of layers that were undone.
    pub(crate) fn forget_above(&mut self, layers: u64) {
        self.given.retain(|snapshot| snapshot.layers <= layers);
    }

    /// Forgets those of blocks below a height.
    pub(crate) fn forget_below(&mut self, number: u64) {
        self.given.retain(|snapshot| snapshot.number >= number);
    }

    /// The layers of the oldest one.
    pub(crate) fn oldest_layers(&self) -> Option<u64> {
        self.given.first().map(|snapshot| snapshot.layers)
    }
}
