//! The door to the executor.

use assay_circuits::order::{Order, Signed, TxHash};
use assay_l1::client::QueueEntry;
use tokio::sync::{mpsc, oneshot};

use crate::admission::error::AdmissionError;

/// Commands that may wait for the executor. Those with many transactions are few: the intake bounds
/// them ([`crate::intake::LISTS_AT_A_TIME`]).
const COMMAND_QUEUE: usize = 1_024;

/// When a transaction was acknowledged, Unix ms, or why not.
pub(super) type Acknowledged = Result<u64, AdmissionError>;
/// The same of each transaction of a list; or why none was looked at, or none can be written down.
pub(super) type AllAcknowledged = Result<Vec<Acknowledged>, AdmissionError>;

/// A transaction whose signature holds.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) hash: TxHash,
    pub(crate) signed: Signed<Order>,
}

/// What the executor is asked for.
#[derive(Debug)]
pub(super) enum Command {
    Submit {
        arrivals: Vec<Arrival>,
        answer: oneshot::Sender<AllAcknowledged>,
    },
    Entries {
        entries: Vec<QueueEntry>,
        taken: oneshot::Sender<()>,
    },
    Recall {
        recalled: oneshot::Sender<()>,
    },
    Wake,
}

/// The door. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ExecutorHandle(mpsc::Sender<Command>);

/// A door, and what comes through it.
pub(super) fn channel() -> (ExecutorHandle, mpsc::Receiver<Command>) {
    let (sender, commands) = mpsc::channel(COMMAND_QUEUE);
    (ExecutorHandle(sender), commands)
}

impl ExecutorHandle {
    /// Hands in transactions whose signatures hold; answers for each with the time of
    /// acknowledgement. They are taken in one turn, and written with one write.
    pub(crate) async fn submit(
        &self,
        arrivals: Vec<Arrival>,
    ) -> Result<Vec<Result<u64, AdmissionError>>, AdmissionError> {
        let (answer, answered) = oneshot::channel();
        let command = Command::Submit { arrivals, answer };
        self.0.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AdmissionError::Busy {
                what: "too many transactions are being taken",
            },
            mpsc::error::TrySendError::Closed(_) => AdmissionError::Halted,
        })?;
        answered.await.map_err(|_| AdmissionError::Halted)?
    }

    /// Hands in confirmed entries of the layer 1's queue, in place of those that wait. Those that
    /// do not come next are left out; the pipeline offers them again. Returns when the executor's turn
    /// is over.
    pub(crate) async fn entries(&self, entries: Vec<QueueEntry>) {
        let (taken, turn_over) = oneshot::channel();
        self.and_wait(Command::Entries { entries, taken }, turn_over)
            .await;
    }

    /// Has the entries forgotten that wait. Returns when the executor's turn is over: what was taken
    /// is on disk.
    pub(crate) async fn recall(&self) {
        let (recalled, turn_over) = oneshot::channel();
        self.and_wait(Command::Recall { recalled }, turn_over).await;
    }

    async fn and_wait(&self, command: Command, turn_over: oneshot::Receiver<()>) {
        // A stopped executor has no use for it.
        if self.0.send(command).await.is_ok() {
            let _ = turn_over.await;
        }
    }

    /// Something outside has changed: what waits may be able to run.
    pub(crate) fn wake(&self) {
        // A full queue wakes it just as well.
        let _ = self.0.try_send(Command::Wake);
    }
}
