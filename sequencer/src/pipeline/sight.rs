//! One look at the layer 1, and why it fails.

use assay_api::hexadecimal::Hex;
use assay_circuits::quantity::BatchNumber;
use assay_l1::client::{BlockInfo, L1Error, RollupStatus};
use tokio::task::JoinError;
use tracing::debug;

use crate::{
    clock::Clock, config::L1Policy, l1::gateway::SharedGateway, record::Word, standing::Look,
    storage::StorageError,
};

/// Why a look at the layer 1 failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PipelineError {
    /// The layer 1.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The contract holds a batch that is not this node's.
    #[error(
        "batch {batch} is {stage} on the layer 1 with root {}, which is not this node's: another operator has gone on, or this node's data is old; rebuild it from the layer 1 (`assay restore`)",
        Hex(root)
    )]
    Foreign {
        /// Which.
        batch: BatchNumber,
        /// How far it has come there.
        stage: &'static str,
        /// The root after it.
        root: Word,
    },
    /// The process is ending.
    #[error("interrupted: {0}")]
    Interrupted(#[from] JoinError),
}

/// What one look at the layer 1 found.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    /// The latest block.
    pub(super) head: BlockInfo,
    /// Where the rollup stands after it.
    pub(super) status: RollupStatus,
    /// The last batch whose proof is deep enough.
    pub(super) r#final: u64,
    /// Entries of the queue that are deep enough.
    pub(super) queue_confirmed: u64,
    /// What of it is published.
    pub(super) look: Look,
}

/// Looks at the latest block.
pub(super) async fn see(
    gateway: &SharedGateway,
    policy: &L1Policy,
    clock: &Clock,
) -> Result<Sight, L1Error> {
    let gone = |number: u64| L1Error::Answer {
        call: "eth_getBlockByNumber",
        source: format!("the latest block {number} is not there").into(),
    };
    let height = gateway.height().await?;
    let head = gateway.block(height).await?.ok_or_else(|| gone(height))?;
    let status = gateway.status_at(height).await?;
    let confirmed = status_below(gateway, &status, height, policy.confirmations).await?;
    let deep = status_below(gateway, &status, height, policy.finality_blocks).await?;
    let look = Look {
        block: height,
        timestamp: head.timestamp,
        seen_ms: clock.now_ms(),
        queue_length: status.queue_length,
    };
    Ok(Sight {
        head,
        status,
        r#final: deep.map_or(0, |status| status.last_proved),
        queue_confirmed: confirmed.map_or(0, |status| status.queue_length),
        look,
    })
}

/// Where the rollup stood `depth` blocks ago; `None` before the contract was there.
async fn status_below(
    gateway: &SharedGateway,
    latest: &RollupStatus,
    height: u64,
    depth: u64,
) -> Result<Option<RollupStatus>, L1Error> {
    if depth == 0 {
        return Ok(Some(latest.clone()));
    }
    let Some(block) = height.checked_sub(depth) else {
        return Ok(None);
    };
    match gateway.status_at(block).await {
        Ok(status) => Ok(Some(status)),
        Err(error @ L1Error::Transport { .. }) => Err(error),
        Err(error) => {
            debug!(block, %error, "no status there: taken as before the contract");
            Ok(None)
        }
    }
}
