//! One look at the layer 1, and why it fails.

use assay_l1::client::{BlockInfo, L1Error, RollupStatus};
use tokio::task::JoinError;

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
    /// The process is ending, or a task panicked.
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
    /// The last block whose entries of the queue may be taken, if the chain is that long.
    pub(crate) confirmed: Option<BlockInfo>,
    /// The last block whose batches are final, if the chain is that long.
    pub(crate) deep: Option<BlockInfo>,
    /// The last batch in it.
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
    let confirmed = block_below(gateway, &head, policy.confirmations).await?;
    let deep = block_below(gateway, &head, policy.finality_blocks).await?;
    let seen = (&head, &status);
    let queue_confirmed = status_after(gateway, confirmed.as_ref(), seen).await?;
    let last_deep = status_after(gateway, deep.as_ref(), seen).await?;
    let now_s = gateway.now_s().await?;
    let look = Look {
        block: head.number,
        block_hash: head.hash,
        base_fee_wei: head.base_fee_wei,
        timestamp: now_s.max(head.timestamp),
        clock_s: now_s,
        seen_ms: clock.now_ms(),
        seen: clock.moment(),
        tokens: status.tokens,
        queue_length: status.queue_length,
        queue_confirmed: queue_confirmed.map_or(0, |status| status.queue_length),
        queue_consumed: status.queue_consumed,
        head_due: status.head_due,
        open_until: status.open_until,
        frozen: status.frozen,
        closing_at: status.closing_at,
    };
    Ok(Sight {
        head,
        status,
        confirmed,
        r#final: last_deep.map_or(0, |status| status.last_proved),
        deep,
        look,
    })
}

/// The block `depth` blocks below the head, if the chain is that long.
async fn block_below(
    gateway: &SharedGateway,
    head: &BlockInfo,
    depth: u64,
) -> Result<Option<BlockInfo>, L1Error> {
    if depth == 0 {
        return Ok(Some(*head));
    }
    let Some(number) = head.number.checked_sub(depth) else {
        return Ok(None);
    };
    let block = gateway.block(number).await?;
    block.ok_or_else(|| missing(number)).map(Some)
}

/// A block is missing that the layer 1 must have: it is another of its nodes that answers, or one
/// that forgets.
pub(super) fn missing(block: u64) -> L1Error {
    L1Error::Transport {
        call: "eth_getBlockByNumber",
        source: format!("it says that there is no block {block}").into(),
    }
}

/// Where the rollup stood after a block; `None` before the contract was there. That it was not says
/// an empty answer only: whoever refuses to answer says nothing.
async fn status_after(
    gateway: &SharedGateway,
    block: Option<&BlockInfo>,
    (head, latest): (&BlockInfo, &RollupStatus),
) -> Result<Option<RollupStatus>, L1Error> {
    let Some(block) = block else {
        return Ok(None);
    };
    if block.hash == head.hash {
        return Ok(Some(latest.clone()));
    }
    match gateway.status_at(block).await {
        Ok(status) => Ok(Some(status)),
        Err(L1Error::NoCode { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
