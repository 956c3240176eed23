//! Executes closed batches in their final order on the sealed state, and makes their witnesses.
//!
//! The sealed state is the sealer's alone. Whoever wants a path in its tree asks, and is answered
//! between batches; so nobody waits for a lock while a batch executes.

use std::sync::Arc;

use assay_api::stage::Stage;
use assay_circuits::{
    account::Account,
    batch::{ExecutionError, State},
    ledger::Ledger,
    quantity::{AccountIndex, BatchNumber},
};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info_span, instrument};

use crate::{
    clock::Clock,
    event::Events,
    executor::open_batch::ClosedWork,
    health::{Fault, Health},
    leaf_proof::LeafProof,
    proving::Proving,
    record::{BatchRecord, Member, Tip, Word},
    storage::{Commit, Storage, StorageError},
    telemetry,
};

/// Questions that may wait for the sealer.
const QUESTION_QUEUE: usize = 256;

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

/// Asks for the path of a leaf after a batch.
#[derive(Debug)]
struct Question {
    batch: BatchNumber,
    index: AccountIndex,
    answer: oneshot::Sender<Option<LeafProof>>,
}

/// The door to the sealer's tree. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SealedTree(mpsc::Sender<Question>);

impl SealedTree {
    /// A door behind which nobody is: a node that seals nothing has no tree but the proved one.
    pub(crate) fn none() -> Self {
        Self(mpsc::channel(1).0)
    }

    /// The path of a leaf in the tree after `batch`; `None` where that is not the last sealed one.
    pub(crate) async fn leaf_proof(
        &self,
        batch: BatchNumber,
        index: AccountIndex,
    ) -> Option<LeafProof> {
        let (answer, answered) = oneshot::channel();
        let question = Question {
            batch,
            index,
            answer,
        };
        self.0.send(question).await.ok()?;
        answered.await.ok()?
    }
}

/// The sealer.
#[derive(Debug)]
pub(crate) struct Sealer {
    state: State,
    last: BatchNumber,
    /// Of the last sealed batch.
    last_hash: Word,
    questions: mpsc::Receiver<Question>,
    outputs: SealerOutputs,
}

/// Where the sealer's work goes.
#[derive(Debug)]
pub(crate) struct SealerOutputs {
    pub(crate) storage: Storage,
    pub(crate) clock: Clock,
    pub(crate) proving: Arc<Proving>,
    pub(crate) sealed: watch::Sender<BatchNumber>,
    pub(crate) events: Events,
    /// Told when there is a batch to send.
    pub(crate) wake_pipeline: Arc<Notify>,
}

impl Sealer {
    /// A sealer whose state is that after the batch with this tip.
    pub(crate) fn new(state: State, last: &Tip, outputs: SealerOutputs) -> (Self, SealedTree) {
        let (sender, questions) = mpsc::channel(QUESTION_QUEUE);
        let sealer = Self {
            state,
            last: last.number,
            last_hash: last.hash,
            questions,
            outputs,
        };
        (sealer, SealedTree(sender))
    }

    /// The accounts after the last sealed batch.
    pub(crate) fn ledger(&self) -> &Ledger {
        self.state.ledger()
    }

    /// Seals what comes until `shutdown` is cancelled or a batch cannot be sealed.
    #[instrument(skip_all, name = "sealer")]
    pub(crate) async fn run(
        mut self,
        mut closed: mpsc::Receiver<ClosedWork>,
        health: Arc<Health>,
        shutdown: CancellationToken,
    ) {
        loop {
            let work = tokio::select! {
                () = shutdown.cancelled() => return,
                Some(question) = self.questions.recv() => {
                    self.answer(question);
                    continue;
                }
                work = closed.recv() => work,
            };
            let Some(work) = work else { return };
            if let Err(error) = self.seal(work).await {
                let fault = match &error {
                    SealError::Storage(_) => Fault::StorageFailed,
                    SealError::Interrupted => return,
                    SealError::Batch(..) | SealError::Differs { .. } => Fault::Inconsistent,
                };
                health.raise(fault, error.to_string());
                return;
            }
        }
    }

    fn answer(&self, question: Question) {
        let Question {
            batch,
            index,
            answer,
        } = question;
        let proof = (batch == self.last).then(|| {
            let account = self.state.ledger().account(index).copied();
            LeafProof::new(batch, self.state.tree(), index, account)
        });
        // The requester may have gone away.
        let _ = answer.send(proof);
    }

    /// Seals one batch: nothing of it is told before it is on disk.
    pub(crate) async fn seal(&mut self, work: ClosedWork) -> Result<(), SealError> {
        let mut state = std::mem::take(&mut self.state);
        let (parent, sealed_ms) = (self.last_hash, self.outputs.clock.now_ms());
        let execute = move || {
            let _span = info_span!("seal", batch = work.closed.number().0).entered();
            let sealed = execute(&mut state, &work, (parent, sealed_ms));
            (state, sealed)
        };
        let executed = tokio::task::spawn_blocking(execute).await;
        let (state, sealed) = executed.map_err(|_| SealError::Interrupted)?;
        self.state = state;
        let (commit, record, members) = sealed?;
        let outputs = &self.outputs;
        outputs.storage.commit(commit).await?;
        self.last = record.number;
        self.last_hash = record.hash;
        // Whoever sees that it is sealed finds its job: one that came later might come after the proof.
        let wanted = outputs.proving.want(record.number, record.shape.into());
        wanted.await;
        outputs.sealed.send_replace(record.number);
        let events = &outputs.events;
        events.tell_batch(record.number, Stage::Sealed, &members);
        outputs.wake_pipeline.notify_one();
        let took_ms = record.sealed_ms.saturating_sub(record.closed_ms);
        telemetry::BATCH_SECONDS.record_as("sealed", took_ms as f64 / 1e3);
        Ok(())
    }
}

fn execute(
    state: &mut State,
    work: &ClosedWork,
    (parent, sealed_ms): (Word, u64),
) -> Result<(Commit, BatchRecord, Vec<Member>), SealError> {
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
    let (record, members) = commit.seal(closed, &witness, state, (parent, sealed_ms));
    Ok((commit, record, members))
}
