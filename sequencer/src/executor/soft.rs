//! The soft state, and what a turn does to it: accounts, pool, deposits and the open batch. All
//! of it belongs to the executor's task, so nothing here waits or locks.

use std::sync::Arc;

use assay_api::stage::Stage;
use assay_circuits::{
    ledger::Ledger,
    operation::Operation,
    order::{Domain, Order, Signed, TxHash},
    quantity::{AccountIndex, BatchNumber},
    transition::Rejection,
};
use assay_l1::client::QueueEntry;
use tracing::info;

use super::{
    batches::{BatchPolicy, Batches},
    deposits::Deposits,
    open_batch::Refusal,
    turn::Turn,
};
use crate::{
    accounts::PublishedAccount,
    admission::{
        error::AdmissionError,
        pool::{Pool, Waiting},
    },
    clock::Clock,
    health::{Fault, Health},
    l1::contract,
    record::{OpenRow, Outcome},
    standing::{Executed, Standing},
    storage::{Storage, StorageError},
};

/// Waiting transactions that are given up in one turn.
const EXPIRED_PER_TURN: usize = 1_024;

/// Why the executor cannot go on from what is stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResumeError {
    /// The store cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What was executed cannot be executed again.
    #[error("operation {place} of the open batch {batch} does not execute again: {source}")]
    Replay {
        batch: BatchNumber,
        place: usize,
        source: Rejection,
    },
}

/// The soft state.
#[derive(Debug)]
pub(super) struct SoftState {
    domain: Domain,
    clock: Clock,
    storage: Storage,
    health: Arc<Health>,
    ledger: Ledger,
    pool: Pool,
    deposits: Deposits,
    batches: Batches,
    /// Accounts whose heads may only run in the next batch.
    next_batch: Vec<AccountIndex>,
    next_sequence: u64,
}

/// What the soft state stands on.
#[derive(Debug)]
pub(crate) struct ExecutorInputs {
    /// The accounts after all closed batches.
    pub(crate) ledger: Ledger,
    /// An empty pool.
    pub(crate) pool: Pool,
    pub(crate) policy: BatchPolicy,
    pub(crate) clock: Clock,
    pub(crate) storage: Storage,
    pub(crate) health: Arc<Health>,
    pub(crate) standing: Standing,
}

impl SoftState {
    /// Takes up what is stored: the open batch is executed again on the accounts after all closed
    /// batches, and what waited waits.
    pub(super) fn resume(inputs: ExecutorInputs) -> Result<Self, ResumeError> {
        let ExecutorInputs {
            ledger,
            pool,
            policy,
            clock,
            storage,
            health,
            standing,
        } = inputs;
        let last = storage.last_batch()?;
        let closed = last.as_ref().map(|last| (last.number, last.timestamp));
        let mut soft = Self {
            domain: policy.domain,
            deposits: Deposits::new(last.map_or(0, |last| last.queue_end)),
            batches: Batches::new(
                policy,
                clock.clone(),
                standing,
                health.clone(),
                closed.unwrap_or((BatchNumber::GENESIS, 0)),
            ),
            next_batch: Vec::new(),
            next_sequence: storage.next_sequence()?,
            clock,
            storage,
            health,
            ledger,
            pool,
        };
        soft.resume_open_batch()?;
        soft.resume_pool()?;
        Ok(soft)
    }

    fn resume_open_batch(&mut self) -> Result<(), ResumeError> {
        let Some((header, rows)) = self.storage.open_batch()? else {
            return Ok(());
        };
        let batch = header.number;
        let open = self.batches.resume(header);
        for (place, row) in rows.iter().enumerate() {
            let again = open.execute_again(&mut self.ledger, row);
            again.map_err(|source| ResumeError::Replay {
                batch,
                place,
                source,
            })?;
            if row.operation.is_from_l1() {
                self.deposits.credit();
            }
            let Some(signed) = row.operation.signed() else {
                continue;
            };
            let hash = signed.hash(self.domain);
            if let Some(record) = self.storage.transaction(hash)? {
                open.remember(hash, record);
            }
        }
        info!(
            batch = batch.0,
            operations = rows.len(),
            "took up the open batch"
        );
        Ok(())
    }

    fn resume_pool(&mut self) -> Result<(), ResumeError> {
        for (hash, record) in self.storage.waiting()? {
            if record.outcome != Outcome::Waiting {
                continue;
            }
            self.pool.insert(Waiting {
                hash,
                signed: record.signed,
                received_ms: record.received_ms,
                sequence: record.sequence,
            });
        }
        let accounts: Vec<_> = self.pool.accounts().collect();
        for index in accounts {
            self.wake(index);
        }
        Ok(())
    }

    /// What readers see of the executor's progress.
    pub(super) fn executed(&self) -> Executed {
        Executed {
            batch: self.batches.last(),
            queue_credited: self.deposits.credited(),
            waiting: self.pool.len(),
        }
    }

    /// Deposits that wait in memory.
    pub(super) fn deposits_waiting(&self) -> usize {
        self.deposits.len()
    }

    /// What readers see of an account.
    pub(super) fn account(&self, index: AccountIndex) -> Option<(AccountIndex, PublishedAccount)> {
        let account = *self.ledger.account(index)?;
        let (pending, next_nonce) = self.pool.pending(index, account.nonce);
        let published = PublishedAccount {
            account,
            pending,
            next_nonce,
        };
        Some((index, published))
    }

    /// What readers see of all accounts.
    pub(super) fn accounts(&self) -> Vec<(AccountIndex, PublishedAccount)> {
        let all = self.ledger.iter();
        all.filter_map(|(index, _)| self.account(index)).collect()
    }

    /// The last of admission's checks, and a place in the pool.
    pub(super) fn take(
        &mut self,
        turn: &mut Turn,
        hash: TxHash,
        signed: Signed<Order>,
    ) -> Result<u64, AdmissionError> {
        self.refuse_duplicate(turn, hash)?;
        let order = &signed.order;
        let account = self.ledger.account(order.from);
        let account = account.ok_or(Rejection::UnknownAccount(order.from))?;
        self.pool.check(order, account)?;
        let waiting = Waiting {
            hash,
            signed,
            received_ms: self.clock.now_ms(),
            sequence: self.next_sequence,
        };
        self.next_sequence += 1;
        self.pool.insert(waiting);
        self.pool.wake(order.from, account.nonce);
        turn.take(&waiting);
        Ok(waiting.received_ms)
    }

    fn refuse_duplicate(&self, turn: &Turn, hash: TxHash) -> Result<(), AdmissionError> {
        if turn.has_taken(hash) {
            let stage = Stage::Received;
            return Err(AdmissionError::Duplicate { hash, stage });
        }
        let known = self.storage.transaction(hash);
        let known = known.map_err(|_| AdmissionError::StorageUnavailable)?;
        let stage = match known.map(|record| record.outcome) {
            // What was rejected may come again: the reason may be gone.
            None | Some(Outcome::Rejected { .. }) => return Ok(()),
            Some(Outcome::Waiting) => Stage::Received,
            Some(Outcome::Executed { batch, .. }) => self.stage(batch),
        };
        Err(AdmissionError::Duplicate { hash, stage })
    }

    /// How far a batch has come, as far as can be read.
    fn stage(&self, batch: BatchNumber) -> Stage {
        let sealed = self.storage.batch(batch).ok().flatten();
        let record = sealed.and_then(|_| self.storage.l1_record(batch).ok());
        record.map_or(Stage::Executed, |record| record.stage())
    }

    /// Takes confirmed deposits.
    pub(super) fn offer_deposits(&mut self, entries: Vec<QueueEntry>) {
        self.deposits.offer(entries);
    }

    /// Does all that can be done now: gives up what is too late, executes, closes a batch that
    /// is old enough.
    pub(super) fn advance(&mut self, turn: &mut Turn) {
        self.give_up_expired(turn);
        self.run_ready(turn);
        if self.batches.is_old_enough() {
            self.close(turn);
        }
    }

    /// Gives up what can no longer be executed in time.
    fn give_up_expired(&mut self, turn: &mut Turn) {
        let (now, at_ms) = (self.clock.now_s(), self.clock.now_ms());
        for waiting in self.pool.take_expired(now, EXPIRED_PER_TURN) {
            let expires = waiting.signed.order.expires;
            turn.reject(&waiting, Rejection::Expired { expires, now }, at_ms);
        }
    }

    /// Runs everything that can run: deposits, then transactions as they were acknowledged.
    fn run_ready(&mut self, turn: &mut Turn) {
        while let Some(entry) = self.deposits.front().cloned() {
            if !self.run_deposit(turn, &entry) {
                break;
            }
        }
        while self.pool.has_ready() {
            if self.batches.ensure_open(&self.ledger, &self.pool).is_none() {
                return;
            }
            let Some(index) = self.pool.pop_ready() else {
                return;
            };
            self.run_head(turn, index);
        }
        if self.batches.drop_empty() {
            self.wake_next_batch();
        }
    }

    /// Whether the deposit was credited.
    fn run_deposit(&mut self, turn: &mut Turn, entry: &QueueEntry) -> bool {
        let index = entry.index;
        let deposit = match contract::deposit(entry) {
            Ok(deposit) => deposit,
            Err(error) => {
                self.health.raise(Fault::Inconsistent, error.to_string());
                return false;
            }
        };
        loop {
            let Some(open) = self.batches.ensure_open(&self.ledger, &self.pool) else {
                return false;
            };
            match open.credit(&mut self.ledger, deposit) {
                Ok(operation) => {
                    self.deposits.credit();
                    self.joined(turn, operation);
                    return true;
                }
                Err(Refusal::Full) => self.close(turn),
                Err(Refusal::NextBatch) => return false,
                Err(Refusal::Rule(rejection)) => {
                    let sentence = format!("deposit {index} cannot be credited: {rejection}");
                    self.health.raise(Fault::Inconsistent, sentence);
                    return false;
                }
            }
        }
    }

    fn run_head(&mut self, turn: &mut Turn, index: AccountIndex) {
        let Some(nonce) = self.ledger.account(index).map(|account| account.nonce) else {
            return;
        };
        let Some(head) = self.pool.head(index, nonce).copied() else {
            return;
        };
        let Some(open) = &mut self.batches.open else {
            return;
        };
        match open.execute(&mut self.ledger, &head.signed) {
            Ok(operation) => {
                self.pool.remove(index, nonce);
                let (batch, at_ms) = (open.number(), self.clock.now_ms());
                let record = turn.execute(&head, batch, operation.recipient(), at_ms);
                open.remember(head.hash, record);
                let is_full = open.is_full();
                self.joined(turn, operation);
                if is_full {
                    self.close(turn);
                }
            }
            Err(Refusal::Full) => {
                self.pool.push_ready(&head);
                self.close(turn);
            }
            Err(Refusal::NextBatch) => self.next_batch.push(index),
            // It waits for a credit, which wakes it, or until it expires.
            Err(Refusal::Rule(Rejection::InsufficientBalance { .. })) => {}
            // The operator has an account for this token, but no slot in this batch.
            Err(Refusal::Rule(Rejection::FeeTokenNotAccepted(token)))
                if self.batches.fee_slot(&self.ledger, token).is_some() =>
            {
                self.next_batch.push(index);
            }
            Err(Refusal::Rule(rejection)) => {
                self.pool.remove(index, nonce);
                turn.reject(&head, rejection, self.clock.now_ms());
            }
        }
    }

    /// An operation has joined the open batch: it is written, and whom it touched may go on.
    fn joined(&mut self, turn: &mut Turn, operation: Operation) {
        let Some(open) = &self.batches.open else {
            return;
        };
        let place = u32::try_from(open.len() - 1).expect("a batch is small");
        if place == 0 {
            turn.commit.open(open.header());
        }
        let at_ms = self.clock.now_ms();
        turn.commit.execute(place, &OpenRow { operation, at_ms });
        let sender = operation.order().map(|order| order.from);
        for index in [sender, operation.recipient()].into_iter().flatten() {
            turn.touched.insert(index);
            self.wake(index);
        }
    }

    fn close(&mut self, turn: &mut Turn) {
        let queue_end = self.deposits.credited();
        if !self.batches.close(&mut self.ledger, queue_end, turn) {
            return;
        }
        // Fees may have made what waits on the operator's own accounts affordable.
        for (index, account) in turn
            .closed
            .last()
            .into_iter()
            .flat_map(|work| &work.expected)
        {
            self.pool.wake(*index, account.nonce);
        }
        self.wake_next_batch();
    }

    /// What could not run in this batch may be able to run in the next.
    fn wake_next_batch(&mut self) {
        for index in std::mem::take(&mut self.next_batch) {
            self.wake(index);
        }
    }

    fn wake(&mut self, index: AccountIndex) {
        if let Some(account) = self.ledger.account(index) {
            self.pool.wake(index, account.nonce);
        }
    }
}
