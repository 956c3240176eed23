//! What a turn leaves to be written, published and told.

use std::collections::{BTreeSet, HashSet};

use assay_api::stage::Stage;
use assay_circuits::{
    order::TxHash,
    quantity::{AccountIndex, BatchNumber},
};
use tokio::sync::oneshot;
use tracing::info;

use super::{
    command::{Acknowledged, AllAcknowledged},
    open_batch::ClosedWork,
};
use crate::{
    admission::{error::AdmissionError, waiting::Waiting},
    event::Event,
    record::{Outcome, TransactionRecord},
    storage::Commit,
    telemetry,
};

/// A turn of the executor.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) commit: Commit,
    pub(super) answers: Vec<(oneshot::Sender<AllAcknowledged>, Vec<Acknowledged>)>,
    pub(super) events: Vec<Event>,
    pub(super) closed: Vec<ClosedWork>,
    /// Accounts that changed, or of which something waits that did not, or the other way round.
    pub(super) touched: BTreeSet<AccountIndex>,
    /// Taken in this turn: not to be found in the store yet.
    taken: HashSet<TxHash>,
}

impl Turn {
    /// Whether a transaction was taken in this turn.
    pub(super) fn has_taken(&self, hash: TxHash) -> bool {
        self.taken.contains(&hash)
    }

    /// A transaction waits from now on.
    pub(super) fn take(&mut self, waiting: &Waiting) {
        let (hash, at_ms) = (waiting.hash, waiting.received_ms);
        self.commit.wait(hash, &record(waiting, Outcome::Waiting));
        self.taken.insert(hash);
        self.touched.insert(waiting.signed.order.from);
        self.tell(waiting, Stage::Received, None, at_ms);
    }

    /// A transaction is in a batch. Returns what is stored of it.
    pub(super) fn execute(
        &mut self,
        waiting: &Waiting,
        batch: BatchNumber,
        to: Option<AccountIndex>,
        at_ms: u64,
    ) -> TransactionRecord {
        let outcome = Outcome::Executed {
            batch,
            at_ms,
            to,
            position: None,
        };
        let record = TransactionRecord {
            // Its promise is kept after all.
            dropped: None,
            ..record(waiting, outcome)
        };
        self.end_wait(waiting, &record);
        self.tell(waiting, Stage::Executed, Some((batch, to)), at_ms);
        info!(hash = %waiting.hash, batch = batch.0, "executed a transaction");
        telemetry::EXECUTED.count();
        record
    }

    /// A transaction will not be executed.
    pub(super) fn reject(
        &mut self,
        waiting: &Waiting,
        error: impl Into<AdmissionError>,
        at_ms: u64,
    ) {
        let error = error.into();
        if let AdmissionError::Replaced { .. } | AdmissionError::Displaced = error {
            // Its nonce is free or another's: what is rebuilt from the log must not run it.
            self.commit.withdraw(waiting.sequence);
        }
        info!(hash = %waiting.hash, code = error.code(), "gave a transaction up");
        telemetry::REJECTED.count_as(error.code());
        let reason = error.stored();
        let record = record(waiting, Outcome::Rejected { at_ms, reason });
        self.end_wait(waiting, &record);
        self.tell(waiting, Stage::Rejected, None, at_ms);
    }

    fn end_wait(&mut self, waiting: &Waiting, record: &TransactionRecord) {
        self.commit.transaction(waiting.hash, record);
        self.commit.end_wait(waiting.sequence);
        self.touched.insert(waiting.signed.order.from);
    }

    /// A transaction came to a stage; with its batch and the account that it credits, once it has one.
    fn tell(
        &mut self,
        waiting: &Waiting,
        stage: Stage,
        executed: Option<(BatchNumber, Option<AccountIndex>)>,
        at_ms: u64,
    ) {
        self.events.push(Event::Transaction {
            hash: waiting.hash,
            stage,
            batch: executed.map(|(batch, _)| batch),
            from: waiting.signed.order.from,
            to: executed.and_then(|(_, to)| to),
            // Where it is executed, its promise is kept after all.
            dropped: waiting.dropped.filter(|_| executed.is_none()),
            at_ms,
        });
    }
}

fn record(waiting: &Waiting, outcome: Outcome) -> TransactionRecord {
    let Waiting {
        signed,
        received_ms,
        sequence,
        dropped,
        ..
    } = *waiting;
    TransactionRecord {
        signed,
        received_ms,
        sequence,
        outcome,
        dropped,
    }
}
