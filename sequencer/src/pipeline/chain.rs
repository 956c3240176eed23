//! The layer 1's batches beside the node's: whether they are the same, who has more, and where they
//! part. The contract's hash of a batch is of its header and of all before it, so one word tells.

use assay_circuits::quantity::BatchNumber;
use assay_l1::client::{BlockInfo, RollupStatus};

use super::sight::PipelineError;
use crate::{
    l1::gateway::SharedGateway,
    record::DropCause,
    storage::{Storage, StorageError},
};

/// How the layer 1's batches stand to the node's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chain {
    /// The node has them all, and may have more that are its own.
    Known,
    /// They go on where the node's end.
    Ahead,
    /// The node's batches after this one are not the rollup's: it goes on from here. Batch 0 where
    /// the layer 1 does not even have the batch with which the node's directory begins.
    Apart(BatchNumber, DropCause),
}

/// Compares what the contract has after a block with what the node has.
pub(crate) async fn compare(
    gateway: &SharedGateway,
    storage: &Storage,
    head: &BlockInfo,
    status: &RollupStatus,
) -> Result<Chain, PipelineError> {
    let (base, sealed) = (storage.base()?.number, storage.last_tip()?.number);
    let last = BatchNumber(status.last_proved);
    if has(storage, last, status.last_batch_hash)? {
        // Own batches that the layer 1 took back are sent again. Another's are not the node's to send.
        return Ok(match storage.first_adopted(last)? {
            Some(adopted) => Chain::Apart(BatchNumber(adopted.0 - 1), DropCause::Reorganised),
            None => Chain::Known,
        });
    }
    // The first one that is known to differ, and the last that is the same. Mostly it is the node's
    // last, so that is asked for first.
    let mut probe = last.min(sealed);
    let (mut same, mut differs) = (None, probe.next());
    while same.map_or(base, BatchNumber::next) < differs {
        let hash = gateway.batch_hash(probe.0, head).await?;
        if has(storage, probe, hash)? {
            same = Some(probe);
        } else {
            differs = probe;
        }
        let from = same.map_or(base, BatchNumber::next);
        probe = BatchNumber(from.0.midpoint(differs.0));
    }
    // Before batch 0 there is nothing to go back to.
    let at_genesis = (base == BatchNumber::GENESIS).then_some(base);
    Ok(match same.or(at_genesis) {
        Some(same) if same == sealed => Chain::Ahead,
        Some(same) => Chain::Apart(same, DropCause::ForeignBatch),
        None => Chain::Apart(BatchNumber::GENESIS, DropCause::ForeignBatch),
    })
}

/// Whether the node has a batch with this hash.
fn has(storage: &Storage, number: BatchNumber, hash: [u8; 32]) -> Result<bool, StorageError> {
    Ok(storage.tip(number)?.is_some_and(|tip| tip.hash == hash))
}
