//! The one task that decides the order of things. It owns the soft state and the open batch.
//!
//! It works in turns: a turn takes the commands that wait, changes the soft state, collects what
//! must be written, writes it, and only then answers and tells anybody. So an acknowledgement or
//! a soft confirmation is always on disk before it is heard of.

mod open_batch;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod turn;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use assay_circuits::{
    account::Account,
    order::{Order, Signed, TxHash},
    quantity::{AccountIndex, BatchNumber, Timestamp},
};
use assay_l1::client::QueueEntry;
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, instrument};

use crate::{
    admission::AdmissionError,
    context::Context,
    health::Fault,
    record::{ClosedBatch, Outcome},
    storage::StorageError,
};
use open_batch::OpenBatch;
use turn::{Acknowledged, Turn};

/// Commands that may wait for the executor.
const COMMAND_QUEUE: usize = 1_024;
/// Commands of one turn: they share one write.
const COMMANDS_PER_TURN: usize = 256;
/// Deposits that may wait in memory; the layer 1 keeps the others.
pub(crate) const DEPOSIT_BACKLOG: usize = 256;
/// How often the clock is looked at, for batches that are old enough and what expired.
const TICK: Duration = Duration::from_millis(50);
/// Waiting transactions that are given up in one turn.
const EXPIRED_PER_TURN: usize = 1_024;

/// A closed batch on its way to the sealer.
#[derive(Debug)]
pub(crate) struct ClosedWork {
    pub(crate) closed: ClosedBatch,
    /// The accounts that it touched as the soft state has them after it; empty where that is not
    /// known, after a restart.
    pub(crate) expected: Vec<(AccountIndex, Account)>,
}

/// What the executor is asked for.
#[derive(Debug)]
enum Command {
    Submit {
        hash: TxHash,
        signed: Box<Signed<Order>>,
        answer: oneshot::Sender<Acknowledged>,
    },
    Deposits {
        entries: Vec<QueueEntry>,
        taken: oneshot::Sender<()>,
    },
    Close(oneshot::Sender<Option<BatchNumber>>),
    Wake,
}

/// The door to the executor.
#[derive(Debug, Clone)]
pub(crate) struct ExecutorHandle(mpsc::Sender<Command>);

impl ExecutorHandle {
    /// Hands in a transaction whose signature holds; answers with the time of acknowledgement.
    pub(crate) async fn submit(
        &self,
        hash: TxHash,
        signed: Signed<Order>,
    ) -> Result<u64, AdmissionError> {
        let (answer, answered) = oneshot::channel();
        let command = Command::Submit {
            hash,
            signed: Box::new(signed),
            answer,
        };
        self.0.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AdmissionError::Busy {
                what: "too many transactions are being taken",
            },
            mpsc::error::TrySendError::Closed(_) => AdmissionError::Halted,
        })?;
        answered.await.map_err(|_| AdmissionError::Halted)?
    }

    /// Hands in confirmed entries of the layer 1's queue. Those that do not come next are left
    /// out; the pipeline offers them again. Returns when the executor's turn is over.
    pub(crate) async fn deposits(&self, entries: Vec<QueueEntry>) {
        let (taken, turn_over) = oneshot::channel();
        // A stopped executor has no use for them.
        if self
            .0
            .send(Command::Deposits { entries, taken })
            .await
            .is_ok()
        {
            let _ = turn_over.await;
        }
    }

    /// Closes the open batch; `None` where there is nothing in it.
    pub(crate) async fn close(&self) -> Result<Option<BatchNumber>, AdmissionError> {
        let (answer, answered) = oneshot::channel();
        self.0
            .send(Command::Close(answer))
            .await
            .map_err(|_| AdmissionError::Halted)?;
        answered.await.map_err(|_| AdmissionError::Halted)
    }

    /// Something outside has changed: what waits may be able to run.
    pub(crate) fn wake(&self) {
        // A full queue wakes it just as well.
        let _ = self.0.try_send(Command::Wake);
    }
}

/// The executor.
#[derive(Debug)]
pub(crate) struct Executor {
    context: Arc<Context>,
    commands: mpsc::Receiver<Command>,
    closed: mpsc::Sender<ClosedWork>,
    open: Option<OpenBatch>,
    /// Confirmed deposits, the next in front.
    deposits: VecDeque<QueueEntry>,
    /// Index of the next entry of the layer 1's queue to be credited.
    next_deposit: u64,
    /// Accounts whose heads may only run in the next batch.
    next_batch: Vec<AccountIndex>,
    last_closed: BatchNumber,
    last_timestamp: Timestamp,
    next_sequence: u64,
}

/// Why the executor cannot go on from what is stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResumeError {
    /// The store cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What was executed cannot be executed again.
    #[error("operation {place} of the open batch {batch} does not execute again: {reason}")]
    Replay {
        batch: BatchNumber,
        place: usize,
        reason: String,
    },
}

impl Executor {
    /// Takes up what is stored: the open batch is executed again on the soft state, which is that
    /// after all closed batches, and what waited waits.
    pub(crate) fn resume(
        context: Arc<Context>,
        closed: mpsc::Sender<ClosedWork>,
    ) -> Result<(Self, ExecutorHandle), ResumeError> {
        let (sender, commands) = mpsc::channel(COMMAND_QUEUE);
        let last = context.storage.last_batch()?;
        let mut executor = Self {
            commands,
            closed,
            open: None,
            deposits: VecDeque::new(),
            next_deposit: last.as_ref().map_or(0, |last| last.queue_end),
            next_batch: Vec::new(),
            last_closed: last
                .as_ref()
                .map_or(BatchNumber::GENESIS, |last| last.number),
            last_timestamp: last.as_ref().map_or(0, |last| last.timestamp),
            next_sequence: context.storage.next_sequence()?,
            context,
        };
        executor.resume_open_batch()?;
        executor.resume_pool()?;
        executor.publish();
        Ok((executor, ExecutorHandle(sender)))
    }

    fn resume_open_batch(&mut self) -> Result<(), ResumeError> {
        let Some((header, rows)) = self.context.storage.open_batch()? else {
            return Ok(());
        };
        let batch = header.number;
        let mut open = OpenBatch::new(header, self.capacity());
        self.last_timestamp = open.timestamp();
        let mut ledger = self.context.soft_mut();
        for (place, row) in rows.iter().enumerate() {
            let again = open.execute_again(&mut ledger, row);
            again.map_err(|reason| ResumeError::Replay {
                batch,
                place,
                reason,
            })?;
            if row.operation.is_from_l1() {
                self.next_deposit += 1;
            }
            let Some(signed) = row.operation.signed() else {
                continue;
            };
            let hash = signed.hash(self.context.domain);
            if let Some(record) = self.context.storage.transaction(hash)? {
                open.remember(hash, record);
            }
        }
        drop(ledger);
        info!(
            batch = batch.0,
            operations = rows.len(),
            "took up the open batch"
        );
        self.open = Some(open);
        Ok(())
    }

    fn resume_pool(&mut self) -> Result<(), ResumeError> {
        let waiting = self.context.storage.waiting()?;
        let ledger = self.context.soft();
        let mut pool = self.context.pool_mut();
        for (hash, record) in waiting {
            if record.outcome != Outcome::Waiting {
                continue;
            }
            let (signed, received_ms) = (record.signed, record.received_ms);
            let sequence = record.sequence;
            pool.insert(crate::pool::Waiting {
                hash,
                signed,
                received_ms,
                sequence,
            });
        }
        let accounts: Vec<_> = pool.accounts().collect();
        for index in accounts {
            if let Some(account) = ledger.account(index) {
                pool.wake(index, account.nonce);
            }
        }
        Ok(())
    }

    /// Works until `shutdown` is cancelled.
    #[instrument(skip_all, name = "executor")]
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut commands = Vec::with_capacity(COMMANDS_PER_TURN);
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                received = self.commands.recv_many(&mut commands, COMMANDS_PER_TURN) => {
                    if received == 0 {
                        return;
                    }
                }
                _ = tick.tick() => {}
            }
            self.turn(commands.drain(..)).await;
        }
    }

    /// One turn: change, write, answer.
    async fn turn(&mut self, commands: impl Iterator<Item = Command>) {
        let mut turn = Turn::default();
        let (mut closes, mut offers) = (Vec::new(), Vec::new());
        let halted = self.context.health.halted();
        for command in commands {
            match command {
                Command::Submit { answer, .. } if halted => {
                    // The requester may have gone away.
                    let _ = answer.send(Err(AdmissionError::Halted));
                }
                Command::Submit {
                    hash,
                    signed,
                    answer,
                } => {
                    let result = self.take(&mut turn, hash, *signed);
                    turn.answers.push((answer, result));
                }
                Command::Deposits { entries, taken } => {
                    self.take_deposits(entries);
                    offers.push(taken);
                }
                Command::Close(answer) => closes.push(answer),
                Command::Wake => {}
            }
        }
        let mut closed = None;
        if !halted {
            self.give_up_expired(&mut turn);
            self.run_ready(&mut turn);
            let asked = !closes.is_empty();
            if asked || self.is_old_enough() {
                closed = self.close(&mut turn);
            }
        }
        self.finish(turn).await;
        for taken in offers {
            // The pipeline may have ended.
            let _ = taken.send(());
        }
        let written = !self.context.storage.is_read_only();
        for answer in closes {
            // The requester may have gone away.
            let _ = answer.send(closed.filter(|_| written));
        }
    }

    /// Writes what a turn did, and then tells of it.
    async fn finish(&mut self, turn: Turn) {
        let Turn {
            commit,
            answers,
            events,
            closed,
            ..
        } = turn;
        if let Err(error) = self.context.storage.commit(commit).await {
            self.context.health.raise(
                Fault::StorageFailed,
                format!("the disk refused a write ({error}); restart the node when it has room"),
            );
            for (answer, _) in answers {
                // The requester may have gone away.
                let _ = answer.send(Err(AdmissionError::StorageUnavailable));
            }
            return;
        }
        self.publish();
        for (answer, result) in answers {
            // The requester may have gone away.
            let _ = answer.send(result);
        }
        for event in events {
            self.context.tell(event);
        }
        for work in closed {
            // Never more than the batches that may be in flight, for which the queue has room.
            if self.closed.try_send(work).is_err() {
                self.context
                    .health
                    .raise(Fault::Inconsistent, "the sealer does not take a batch");
            }
        }
    }

    fn publish(&self) {
        let executed = self
            .open
            .as_ref()
            .map_or(self.last_closed, OpenBatch::number);
        self.context
            .set_heights(|heights| heights.executed = executed.0);
        self.context
            .set_l1(|l1| l1.queue_credited = self.next_deposit);
        let waiting = self.context.pool().len();
        metrics::gauge!("assay_pool_transactions").set(waiting as f64);
        metrics::gauge!("assay_deposits_waiting").set(self.deposits.len() as f64);
    }
}
