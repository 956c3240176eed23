//! Executes closed batches in their final order on the sealed state, and makes their witnesses.

use std::sync::Arc;

use assay_api::stage::Stage;
use assay_circuits::{
    account::Account,
    batch::{ExecutionError, State},
    quantity::{AccountIndex, BatchNumber},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info_span, instrument};

use crate::{
    context::Context,
    executor::ClosedWork,
    health::Fault,
    record::BatchRecord,
    storage::{Commit, StorageError},
};

/// Why a batch is not sealed. Each is for good: a restart may mend the first.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    /// It cannot be written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What the executor did cannot be done in the final order: a bug.
    #[error("batch {0} does not execute in its final order: {1}")]
    Batch(BatchNumber, #[source] ExecutionError),
    /// The final order leads to other accounts than the executor's: a bug.
    #[error(
        "batch {batch}: account {index} is {sealed:?} in the final order, the executor has {soft:?}"
    )]
    Differs {
        batch: BatchNumber,
        index: AccountIndex,
        soft: Box<Account>,
        sealed: Option<Box<Account>>,
    },
    /// The task was ended.
    #[error("sealing was interrupted")]
    Interrupted,
}

/// Seals what comes until `shutdown` is cancelled or a batch cannot be sealed.
#[instrument(skip_all, name = "sealer")]
pub(crate) async fn run(
    context: Arc<Context>,
    mut closed: mpsc::Receiver<ClosedWork>,
    shutdown: CancellationToken,
) {
    loop {
        let work = tokio::select! {
            () = shutdown.cancelled() => return,
            work = closed.recv() => work,
        };
        let Some(work) = work else { return };
        if let Err(error) = seal(&context, work).await {
            let fault = match &error {
                SealError::Storage(_) => Fault::StorageFailed,
                SealError::Interrupted => return,
                SealError::Batch(..) | SealError::Differs { .. } => Fault::Inconsistent,
            };
            context.health.raise(fault, error.to_string());
            return;
        }
    }
}

/// Seals one batch: nothing of it is told before it is on disk.
pub(crate) async fn seal(context: &Arc<Context>, work: ClosedWork) -> Result<(), SealError> {
    let shared = context.clone();
    let execute = move || {
        let _span = info_span!("seal", batch = work.closed.number().0).entered();
        let sealed_ms = shared.clock.now_ms();
        execute(&mut shared.sealed_mut(), &work, sealed_ms)
    };
    let executed = tokio::task::spawn_blocking(execute).await;
    let (commit, record) = executed.map_err(|_| SealError::Interrupted)??;
    context.storage.commit(commit).await?;
    context.set_heights(|heights| heights.sealed = record.number.0);
    context.jobs.open(record.number, record.shape.into());
    context.tell_batch(record.number, Stage::Sealed);
    context.progress.notify_one();
    let took_ms = record.sealed_ms.saturating_sub(record.closed_ms);
    metrics::histogram!("assay_batch_seconds", "stage" => "sealed").record(took_ms as f64 / 1e3);
    Ok(())
}

fn execute(
    state: &mut State,
    work: &ClosedWork,
    sealed_ms: u64,
) -> Result<(Commit, BatchRecord), SealError> {
    let ClosedWork { closed, expected } = work;
    let batch = closed.number();
    let witness = state
        .execute(&closed.input)
        .map_err(|error| SealError::Batch(batch, error))?;
    for (index, soft) in expected {
        let sealed = state.ledger().account(*index);
        if sealed != Some(soft) {
            return Err(SealError::Differs {
                batch,
                index: *index,
                soft: Box::new(*soft),
                sealed: sealed.copied().map(Box::new),
            });
        }
    }
    let mut commit = Commit::default();
    let (record, _) = commit.seal(closed, &witness, state, sealed_ms);
    Ok((commit, record))
}
