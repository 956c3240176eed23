//! The one task that decides the order of things. It owns the soft state: accounts, pool and open
//! batch.
//!
//! It works in turns: a turn takes the commands that wait, changes the soft state, collects what
//! must be written, writes it, and only then publishes, answers and tells anybody. So what is read
//! of it, an acknowledgement or a soft confirmation is always on disk before it is heard of.

mod batches;
pub(crate) mod command;
mod entries;
pub(crate) mod open_batch;
mod soft;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod turn;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::instrument;

pub(crate) use batches::BatchPolicy;
pub(crate) use entries::ENTRY_BACKLOG;
pub(crate) use soft::resuming::{ExecutorInputs, ResumeError};

use crate::{
    accounts::AccountsPublisher,
    admission::error::AdmissionError,
    event::Events,
    health::{Fault, Health},
    standing::Executed,
    storage::Storage,
    telemetry,
};
use command::{Command, ExecutorHandle};
use open_batch::ClosedWork;
use soft::SoftState;
use turn::Turn;

/// Commands of one turn: they share one write.
const COMMANDS_PER_TURN: usize = 256;
/// How often the clock is looked at, for batches that are old enough and what expired.
const TICK: Duration = Duration::from_millis(50);

/// The executor.
#[derive(Debug)]
pub(crate) struct Executor {
    soft: SoftState,
    commands: mpsc::Receiver<Command>,
    storage: Storage,
    health: Arc<Health>,
    outputs: ExecutorOutputs,
}

/// Where the executor's work goes.
#[derive(Debug)]
pub(crate) struct ExecutorOutputs {
    /// Closed batches, for the sealer.
    pub(crate) closed: mpsc::Sender<ClosedWork>,
    pub(crate) accounts: AccountsPublisher,
    pub(crate) executed: watch::Sender<Executed>,
    pub(crate) events: Events,
}

impl Executor {
    /// Takes up what is stored.
    pub(crate) fn resume(
        inputs: ExecutorInputs,
        outputs: ExecutorOutputs,
    ) -> Result<(Self, ExecutorHandle), ResumeError> {
        let (handle, commands) = command::channel();
        let (storage, health) = (inputs.storage.clone(), inputs.health.clone());
        let soft = SoftState::resume(inputs)?;
        outputs.accounts.publish(soft.accounts());
        let executor = Self {
            soft,
            commands,
            storage,
            health,
            outputs,
        };
        executor.publish_progress();
        Ok((executor, handle))
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

    /// One turn: change, write, publish, answer.
    async fn turn(&mut self, commands: impl Iterator<Item = Command>) {
        let mut turn = Turn::default();
        let mut awaited = Vec::new();
        let halted = self.health.halted();
        for command in commands {
            match command {
                Command::Submit { answer, .. } if halted => {
                    // The requester may have gone away.
                    let _ = answer.send(Err(AdmissionError::Halted));
                }
                Command::Submit { arrivals, answer } => {
                    let taken = self.soft.take_all(&mut turn, arrivals);
                    turn.answers.push((answer, taken));
                }
                Command::Entries { entries, taken } => {
                    self.soft.offer(entries);
                    awaited.push(taken);
                }
                Command::Recall { recalled } => {
                    self.soft.recall();
                    awaited.push(recalled);
                }
                Command::Wake => {}
            }
        }
        if !halted {
            self.soft.advance(&mut turn);
        }
        self.finish(turn).await;
        for turn_over in awaited {
            // The pipeline may have ended.
            let _ = turn_over.send(());
        }
    }

    /// Writes what a turn did, and then tells of it.
    async fn finish(&mut self, turn: Turn) {
        let Turn {
            commit,
            answers,
            events,
            closed,
            touched,
            ..
        } = turn;
        if let Err(error) = self.storage.commit(commit).await {
            self.health.raise(
                Fault::StorageFailed,
                format!("the disk refused a write ({error}); it is tried again every second"),
            );
            for (answer, _) in answers {
                // The requester may have gone away.
                let _ = answer.send(Err(AdmissionError::StorageUnavailable));
            }
            return;
        }
        let changed = touched.into_iter();
        let changed = changed.filter_map(|index| self.soft.account(index));
        self.outputs.accounts.publish(changed.collect());
        self.publish_progress();
        for (answer, result) in answers {
            // The requester may have gone away.
            let _ = answer.send(Ok(result));
        }
        if !events.is_empty() {
            self.outputs.events.tell(events);
        }
        for work in closed {
            // Never more than the batches that may be in flight, for which the queue has room.
            if self.outputs.closed.try_send(work).is_err() {
                self.health
                    .raise(Fault::Inconsistent, "the sealer does not take a batch");
            }
        }
    }

    fn publish_progress(&self) {
        self.soft.tell_fee_accounts();
        let executed = self.soft.executed();
        self.outputs.executed.send_replace(executed);
        telemetry::POOL.set(executed.waiting as f64);
        telemetry::POOL_GAPPED.set(executed.occupancy.gapped as f64);
        telemetry::ENTRIES_WAITING.set(self.soft.entries_waiting() as f64);
    }
}
