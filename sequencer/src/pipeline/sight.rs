//! One look at the layer 1, and why it fails.

use assay_l1::client::{BlockInfo, L1Error, RollupStatus};
use tokio::task::JoinError;
use tracing::debug;

use crate::{
    clock::Clock, config::L1Policy, l1::gateway::SharedGateway, standing::Look,
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
    /// The process is ending.
    #[error("interrupted: {0}")]
    Interrupted(#[from] JoinError),
}

/// What one look at the layer 1 found.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// The latest block.
    pub(crate) head: BlockInfo,
    /// Where the rollup stands after it.
    pub(crate) status: RollupStatus,
    /// The last batch that is deep enough.
    pub(crate) r#final: u64,
    /// What is published of it.
    pub(crate) look: Look,
}

/// Looks at the latest block.
pub(crate) async fn see(
    gateway: &SharedGateway,
    policy: &L1Policy,
    clock: &Clock,
) -> Result<Sight, L1Error> {
    let head = gateway.latest().await?;
    let status = gateway.status_at(&head).await?;
    let confirmed = status_below(gateway, &status, &head, policy.confirmations).await?;
    let deep = status_below(gateway, &status, &head, policy.finality_blocks).await?;
    let now_s = gateway.now_s().await?;
    let look = Look {
        block: head.number,
        timestamp: now_s.max(head.timestamp),
        seen_ms: clock.now_ms(),
        seen: clock.moment(),
        queue_length: status.queue_length,
        queue_confirmed: confirmed.map_or(0, |status| status.queue_length),
        queue_consumed: status.queue_consumed,
        head_due: status.head_due,
        open_until: status.open_until,
        frozen: status.frozen,
        closing_at: status.closing_at,
    };
    Ok(Sight {
        head,
        status,
        r#final: deep.map_or(0, |status| status.last_proved),
        look,
    })
}

/// Where the rollup stood `depth` blocks ago; `None` before the contract was there.
async fn status_below(
    gateway: &SharedGateway,
    latest: &RollupStatus,
    head: &BlockInfo,
    depth: u64,
) -> Result<Option<RollupStatus>, L1Error> {
    if depth == 0 {
        return Ok(Some(latest.clone()));
    }
    let Some(number) = head.number.checked_sub(depth) else {
        return Ok(None);
    };
    let Some(block) = gateway.block(number).await? else {
        return Ok(None);
    };
    match gateway.status_at(&block).await {
        Ok(status) => Ok(Some(status)),
        Err(error @ L1Error::Transport { .. }) => Err(error),
        Err(error) => {
            debug!(number, %error, "no status there: taken as before the contract");
            Ok(None)
        }
    }
}
