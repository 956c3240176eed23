//! What the executor does in a turn.

use std::collections::{BTreeSet, HashSet};

use assay_api::stage::Stage;
use assay_circuits::{
    operation::Operation,
    order::{Order, Signed, TxHash},
    quantity::{AccountIndex, Amount, BatchNumber, TokenId},
    shape::Shape,
    transition::{FeeSlot, Rejection},
};
use assay_l1::client::QueueEntry;
use tokio::sync::oneshot;
use tracing::{debug, info};

use super::{
    ClosedWork, DEPOSIT_BACKLOG, EXPIRED_PER_TURN, Executor,
    open_batch::{ClosingTerms, OpenBatch, Refusal},
};
use crate::{
    admission::AdmissionError,
    event::Event,
    health::Fault,
    l1::contract,
    pool::Waiting,
    record::{OpenHeader, OpenRow, Outcome, StoredError, TransactionRecord},
    storage::Commit,
};

/// When a transaction was acknowledged, Unix ms, or why not.
pub(super) type Acknowledged = Result<u64, AdmissionError>;

/// What a turn leaves to be written and told.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) commit: Commit,
    pub(super) answers: Vec<(oneshot::Sender<Acknowledged>, Acknowledged)>,
    pub(super) events: Vec<Event>,
    pub(super) closed: Vec<ClosedWork>,
    /// Taken in this turn: not to be found in the store yet.
    taken: HashSet<TxHash>,
}

impl Turn {
    fn tell(&mut self, hash: TxHash, stage: Stage, batch: Option<BatchNumber>, at_ms: u64) {
        self.events.push(Event::Transaction {
            hash,
            stage,
            batch,
            at_ms,
        });
    }
}

impl Executor {
    /// The last checks of admission, and a place in the pool.
    pub(super) fn take(
        &mut self,
        turn: &mut Turn,
        hash: TxHash,
        signed: Signed<Order>,
    ) -> Result<u64, AdmissionError> {
        self.refuse_duplicate(turn, hash)?;
        let order = &signed.order;
        let account = self.context.soft().account(order.from).copied();
        let account = account.ok_or(Rejection::UnknownAccount(order.from))?;
        let mut pool = self.context.pool_mut();
        pool.check(&signed, account.nonce)?;
        let needed = order.amount.checked_add(order.fee.value());
        let needed = needed.unwrap_or(Amount(u128::MAX));
        let reserved = pool.reserved(order.from);
        if account.balance.0 < needed.0.saturating_add(reserved.0) {
            let balance = account.balance;
            return Err(AdmissionError::Unaffordable {
                balance,
                needed,
                reserved,
            });
        }
        let (received_ms, sequence) = (self.context.clock.now_ms(), self.next_sequence);
        self.next_sequence += 1;
        pool.insert(Waiting {
            hash,
            signed,
            received_ms,
            sequence,
        });
        pool.wake(order.from, account.nonce);
        let outcome = Outcome::Waiting;
        turn.commit.transaction(
            hash,
            &TransactionRecord {
                signed,
                received_ms,
                sequence,
                outcome,
            },
        );
        turn.commit.wait(sequence, hash);
        turn.taken.insert(hash);
        turn.tell(hash, Stage::Received, None, received_ms);
        Ok(received_ms)
    }

    fn refuse_duplicate(&self, turn: &Turn, hash: TxHash) -> Result<(), AdmissionError> {
        if turn.taken.contains(&hash) {
            return Err(AdmissionError::Duplicate {
                hash,
                stage: Stage::Received,
            });
        }
        let known = self.context.storage.transaction(hash);
        let known = known.map_err(|_| AdmissionError::StorageUnavailable)?;
        let stage = match known.map(|record| record.outcome) {
            // What was rejected may come again: the reason may be gone.
            None | Some(Outcome::Rejected { .. }) => return Ok(()),
            Some(Outcome::Waiting) => Stage::Received,
            Some(Outcome::Executed { batch, .. }) => {
                crate::view::batch_stage(&self.context, batch).unwrap_or(Stage::Executed)
            }
        };
        Err(AdmissionError::Duplicate { hash, stage })
    }

    /// Deposits that come next in the queue, as far as there is room for them.
    pub(super) fn take_deposits(&mut self, entries: Vec<QueueEntry>) {
        for entry in entries {
            let next = self.next_deposit + self.deposits.len() as u64;
            if entry.index == next && self.deposits.len() < DEPOSIT_BACKLOG {
                self.deposits.push_back(entry);
            }
        }
    }

    /// Gives up what can no longer be executed in time.
    pub(super) fn give_up_expired(&mut self, turn: &mut Turn) {
        let now = self.context.clock.now_s();
        let expired = self.context.pool_mut().take_expired(now, EXPIRED_PER_TURN);
        for waiting in expired {
            let expires = waiting.signed.order.expires;
            self.reject(turn, &waiting, Rejection::Expired { expires, now });
        }
    }

    /// Runs everything that can run: deposits, then transactions as they were acknowledged.
    pub(super) fn run_ready(&mut self, turn: &mut Turn) {
        while let Some(entry) = self.deposits.front().cloned() {
            if !self.run_deposit(turn, &entry) {
                break;
            }
        }
        while self.context.pool().has_ready() {
            if !self.ensure_open() {
                return;
            }
            let Some(index) = self.context.pool_mut().pop_ready() else {
                return;
            };
            self.run_head(turn, index);
        }
        // An empty batch is not kept: its time and fee slots are chosen anew when it is needed.
        if self.open.take_if(|open| open.len() == 0).is_some() {
            self.wake_next_batch();
        }
    }

    /// Whether the deposit was credited.
    fn run_deposit(&mut self, turn: &mut Turn, entry: &QueueEntry) -> bool {
        let deposit = match contract::deposit(entry) {
            Ok(deposit) => deposit,
            Err(reason) => {
                self.context.health.raise(Fault::Inconsistent, reason);
                return false;
            }
        };
        loop {
            if !self.ensure_open() {
                return false;
            }
            let Some(open) = &mut self.open else {
                return false;
            };
            let credited = open.credit(&mut self.context.soft_mut(), deposit);
            match credited {
                Ok(operation) => {
                    self.deposits.pop_front();
                    self.next_deposit += 1;
                    self.executed(turn, operation);
                    return true;
                }
                Err(Refusal::Full) => {
                    self.close(turn);
                }
                Err(Refusal::NextBatch) => return false,
                Err(Refusal::Rule(rejection)) => {
                    let sentence =
                        format!("deposit {} cannot be credited: {rejection}", entry.index);
                    self.context.health.raise(Fault::Inconsistent, sentence);
                    return false;
                }
            }
        }
    }

    fn run_head(&mut self, turn: &mut Turn, index: AccountIndex) {
        let Some(nonce) = self
            .context
            .soft()
            .account(index)
            .map(|account| account.nonce)
        else {
            return;
        };
        let Some(head) = self.context.pool().head(index, nonce).copied() else {
            return;
        };
        let Some(open) = &mut self.open else { return };
        let executed = open.execute(&mut self.context.soft_mut(), &head.signed);
        match executed {
            Ok(operation) => {
                self.context.pool_mut().remove(index, nonce);
                self.confirm(turn, &head, &operation);
                self.executed(turn, operation);
                if self.open.as_ref().is_some_and(OpenBatch::is_full) {
                    self.close(turn);
                }
            }
            Err(Refusal::Full) => {
                self.context.pool_mut().push_ready(&head);
                self.close(turn);
            }
            Err(Refusal::NextBatch) => self.next_batch.push(index),
            // It waits for a credit, which wakes it, or until it expires.
            Err(Refusal::Rule(Rejection::InsufficientBalance { .. })) => {}
            // The operator has an account for this token, but no slot in this batch.
            Err(Refusal::Rule(Rejection::FeeTokenNotAccepted(token)))
                if self.fee_slot(token).is_some() =>
            {
                self.next_batch.push(index);
            }
            Err(Refusal::Rule(rejection)) => {
                self.context.pool_mut().remove(index, nonce);
                self.reject(turn, &head, rejection);
            }
        }
    }

    fn confirm(&mut self, turn: &mut Turn, head: &Waiting, operation: &Operation) {
        let Some(open) = &mut self.open else { return };
        let (batch, at_ms) = (open.number(), self.context.clock.now_ms());
        let outcome = Outcome::Executed {
            batch,
            at_ms,
            to: operation.recipient(),
            position: None,
        };
        let Waiting {
            hash,
            signed,
            received_ms,
            sequence,
        } = *head;
        let record = TransactionRecord {
            signed,
            received_ms,
            sequence,
            outcome,
        };
        turn.commit.transaction(hash, &record);
        turn.commit.end_wait(sequence);
        turn.tell(hash, Stage::Executed, Some(batch), at_ms);
        open.remember(hash, record);
        metrics::counter!("assay_transactions_executed_total").increment(1);
    }

    /// An operation has joined the open batch: it is written, and whom it touched may go on.
    fn executed(&mut self, turn: &mut Turn, operation: Operation) {
        let Some(open) = &self.open else { return };
        let place = u32::try_from(open.len() - 1).expect("a batch is small");
        let at_ms = self.context.clock.now_ms();
        if place == 0 {
            turn.commit.open(open.header());
        }
        turn.commit.execute(place, &OpenRow { operation, at_ms });
        let sender = operation.signed().map(|signed| signed.order.from);
        let ledger = self.context.soft();
        let mut pool = self.context.pool_mut();
        for index in [sender, operation.recipient()].into_iter().flatten() {
            if let Some(account) = ledger.account(index) {
                pool.wake(index, account.nonce);
            }
        }
    }

    fn reject(&mut self, turn: &mut Turn, waiting: &Waiting, rejection: Rejection) {
        let error = AdmissionError::Rule(rejection);
        debug!(hash = %waiting.hash, code = error.code(), "gave a transaction up");
        metrics::counter!("assay_transactions_rejected_total", "code" => error.code()).increment(1);
        let at_ms = self.context.clock.now_ms();
        let outcome = Outcome::Rejected {
            at_ms,
            reason: StoredError {
                code: error.code().to_owned(),
                message: error.to_string(),
                details: error.details().to_string(),
            },
        };
        let Waiting {
            hash,
            signed,
            received_ms,
            sequence,
        } = *waiting;
        let record = TransactionRecord {
            signed,
            received_ms,
            sequence,
            outcome,
        };
        turn.commit.transaction(hash, &record);
        turn.commit.end_wait(sequence);
        turn.tell(hash, Stage::Rejected, None, at_ms);
    }

    /// Opens a batch where none is. False where none may be opened now.
    fn ensure_open(&mut self) -> bool {
        if self.open.is_some() {
            return true;
        }
        let in_flight = self
            .last_closed
            .0
            .saturating_sub(self.context.heights().proved);
        let l1 = self.context.l1();
        let full = in_flight >= self.context.config.limits.batches_in_flight as u64;
        // Without a look at the layer 1 there is no time that it would take for the past.
        if full || l1.seen_ms == 0 || self.context.health.halted() {
            return false;
        }
        let l1_time = u32::try_from(l1.timestamp).unwrap_or(u32::MAX);
        let timestamp = self
            .last_timestamp
            .max(self.context.clock.now_s().min(l1_time));
        let header = OpenHeader {
            number: self.last_closed.next(),
            timestamp,
            fee_slots: self.choose_fee_slots(),
            opened_ms: self.context.clock.now_ms(),
        };
        self.last_timestamp = timestamp;
        self.open = Some(OpenBatch::new(header, self.capacity()));
        true
    }

    /// The largest shape: what an open batch may come to hold.
    pub(super) fn capacity(&self) -> Shape {
        self.context
            .config
            .shapes
            .iter()
            .max()
            .copied()
            .unwrap_or(Shape::Small)
    }

    fn fee_slot(&self, token: TokenId) -> Option<FeeSlot> {
        let operator = self.context.config.operator_key.public_key().0;
        let account = self.context.soft().find(&operator, token)?;
        Some(FeeSlot { token, account })
    }

    /// The operator's accounts for the tokens in which those wait who wait longest, then for
    /// other tokens, as many as the batch has slots.
    fn choose_fee_slots(&self) -> Vec<FeeSlot> {
        let most = self.capacity().fee_slots();
        let ledger = self.context.soft();
        let wanted: Vec<TokenId> = {
            let pool = self.context.pool();
            pool.ready()
                .filter_map(|index| ledger.account(index))
                .map(|account| account.token)
                .collect()
        };
        let known = (0..self.context.tokens().len().max(1)).filter_map(|n| u16::try_from(n).ok());
        let operator = self.context.config.operator_key.public_key().0;
        let (mut seen, mut slots) = (BTreeSet::new(), Vec::new());
        for token in wanted.into_iter().chain(known.map(TokenId)) {
            if slots.len() < most && seen.insert(token) {
                let account = ledger.find(&operator, token);
                slots.extend(account.map(|account| FeeSlot { token, account }));
            }
        }
        slots
    }

    /// Whether the open batch has waited long enough for company.
    pub(super) fn is_old_enough(&self) -> bool {
        let now_ms = self.context.clock.now_ms();
        self.open.as_ref().is_some_and(|open| {
            let age_ms = now_ms.saturating_sub(open.opened_ms());
            open.len() > 0 && age_ms >= self.context.config.batch_time_ms
        })
    }

    /// Closes the open batch, if it holds anything.
    pub(super) fn close(&mut self, turn: &mut Turn) -> Option<BatchNumber> {
        let open = self.open.take_if(|open| open.len() > 0)?;
        let (number, places) = (open.number(), open.len());
        let terms = ClosingTerms {
            shapes: &self.context.config.shapes,
            domain: self.context.domain,
            closed_ms: self.context.clock.now_ms(),
            queue_end: self.next_deposit,
        };
        let closed = open.close(&mut self.context.soft_mut(), &terms);
        let (work, records) = match closed {
            Ok(closed) => closed,
            Err(rejection) => {
                let sentence =
                    format!("the fees of batch {number} cannot be credited: {rejection}");
                self.context.health.raise(Fault::Inconsistent, sentence);
                return None;
            }
        };
        info!(
            batch = number.0,
            operations = places,
            shape = work.closed.input.shape.name(),
            "closed a batch"
        );
        turn.commit.close(
            &work.closed,
            u32::try_from(places).expect("a batch is small"),
        );
        for (hash, record) in records {
            turn.commit.transaction(hash, &record);
        }
        // Fees may have made what waits on the operator's own accounts affordable.
        for (index, account) in &work.expected {
            self.context.pool_mut().wake(*index, account.nonce);
        }
        turn.closed.push(work);
        self.last_closed = number;
        self.wake_next_batch();
        Some(number)
    }

    /// What could not run in this batch may be able to run in the next.
    fn wake_next_batch(&mut self) {
        let ledger = self.context.soft();
        let mut pool = self.context.pool_mut();
        for index in self.next_batch.drain(..) {
            if let Some(account) = ledger.account(index) {
                pool.wake(index, account.nonce);
            }
        }
    }
}
