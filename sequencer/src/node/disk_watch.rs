//! What a node does about a disk that failed: it waits until the disk takes something again, and then
//! has its parts made anew, on the data directory opened again.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    health::{Fault, Health},
    storage::Storage,
};

/// How often a disk that failed is tried.
const PAUSE: Duration = Duration::from_secs(1);

/// Watches a node's disk.
pub(crate) struct DiskWatch {
    pub(crate) storage: Storage,
    pub(crate) health: Arc<Health>,
    /// Cancelled when the parts must be made anew.
    pub(crate) restart: CancellationToken,
}

impl DiskWatch {
    /// Watches until `shutdown` is cancelled, or the data directory is to be opened again.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(PAUSE) => {}
            }
            if !self.storage.is_read_only() && !self.health.has(Fault::StorageFailed) {
                continue;
            }
            match self.storage.try_disk().await {
                Ok(()) => {
                    info!("the disk takes writes again: the data directory is opened anew");
                    return self.restart.cancel();
                }
                Err(error) => warn!(%error, "the disk still fails"),
            }
        }
    }
}
