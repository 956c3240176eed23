//! The soft state, and what a turn does to it: accounts, pool, entries of the queue and the open
//! batch. All of it belongs to the executor's task, so nothing here waits or locks.

pub(crate) mod resuming;

use std::{collections::HashSet, sync::Arc};

use assay_api::stage::Stage;
use assay_circuits::{
    ledger::Ledger,
    operation::Operation,
    order::{Domain, Order, Signed, TxHash},
    quantity::AccountIndex,
    transition::{self, Rejection},
};
use assay_l1::client::QueueEntry;

use super::{
    batches::{BatchPolicy, Batches},
    command::Arrival,
    entries::Entries,
    open_batch::{OpenBatch, Refusal},
    turn::Turn,
};
use crate::{
    accounts::PublishedAccount,
    admission::{error::AdmissionError, known, pool::Pool, terms::Terms, waiting::Waiting},
    clock::Clock,
    health::{Fault, Health},
    l1::contract,
    record::{OpenRow, Word},
    standing::{Executed, Standing},
    storage::Storage,
};

/// Waiting transactions that are given up in one turn.
const EXPIRED_PER_TURN: usize = 1_024;

/// Heads that are looked at to see what users want of a batch.
const READY_LOOKED_AT: usize = 1_024;

/// The soft state.
#[derive(Debug)]
pub(super) struct SoftState {
    domain: Domain,
    clock: Clock,
    terms: Arc<Terms>,
    storage: Storage,
    health: Arc<Health>,
    ledger: Ledger,
    pool: Pool,
    entries: Entries,
    batches: Batches,
    standing: Standing,
    /// Accounts whose heads may only run in the next batch.
    next_batch: Vec<AccountIndex>,
    next_sequence: u64,
}

impl SoftState {
    /// Says in which tokens the operator asks for fees without an account to which they could go.
    pub(super) fn tell_fee_accounts(&self) {
        let missing = self.terms.asked_tokens();
        let missing = missing.filter(|token| self.batches.fee_slot(&self.ledger, *token).is_none());
        let missing: Vec<_> = missing.map(|token| token.0.to_string()).collect();
        if missing.is_empty() {
            self.health.clear(Fault::NoFeeAccount);
            return;
        }
        let sentence = format!(
            "the operator has no account on the rollup for token {}: nothing is asked for \
             transactions in it until one base unit is deposited for the operator",
            missing.join(", ")
        );
        self.health.raise(Fault::NoFeeAccount, sentence);
    }

    /// What readers see of the executor's progress.
    pub(super) fn executed(&self) -> Executed {
        Executed {
            batch: self.batches.last(),
            queue_taken: self.entries.taken(),
            waiting: self.pool.len(),
            occupancy: self.pool.occupancy(),
            oldest_ready: self.pool.oldest_ready(),
        }
    }

    /// Entries of the layer 1's queue that wait in memory.
    pub(super) fn entries_waiting(&self) -> usize {
        self.entries.len()
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

    /// Takes transactions in, one after the other. Those that follow on each other may be more than the
    /// window of their account holds, or spend what one before them brings: then what can run does, which
    /// moves the window and the money on.
    pub(super) fn take_all(
        &mut self,
        turn: &mut Turn,
        arrivals: Vec<Arrival>,
    ) -> Vec<Result<u64, AdmissionError>> {
        let mut stuck = HashSet::new();
        let take = |Arrival { hash, signed }| match self.take(turn, hash, signed) {
            Err(AdmissionError::NonceTooFar { .. } | AdmissionError::Unaffordable { .. })
                if !stuck.contains(&signed.order.from) =>
            {
                self.run_ready(turn);
                let taken = self.take(turn, hash, signed);
                if taken.is_err() {
                    stuck.insert(signed.order.from);
                }
                taken
            }
            taken => taken,
        };
        arrivals.into_iter().map(take).collect()
    }

    /// The last of admission's checks, and a place in the pool.
    fn take(
        &mut self,
        turn: &mut Turn,
        hash: TxHash,
        signed: Signed<Order>,
    ) -> Result<u64, AdmissionError> {
        self.refuse_duplicate(turn, hash)?;
        let order = &signed.order;
        let account = self.ledger.account(order.from);
        let account = account.ok_or(Rejection::UnknownAccount(order.from))?;
        let (worth, next) = (self.terms.worth(order), account.nonce);
        self.pool.check(order, account, worth)?;
        let waiting = Waiting {
            hash,
            signed,
            received_ms: self.clock.now_ms(),
            sequence: self.next_sequence,
            worth,
            dropped: None,
            unchecked: false,
        };
        self.next_sequence += 1;
        if let Some(replaced) = self.pool.insert(waiting, next) {
            let error = AdmissionError::Replaced { by: hash };
            turn.reject(&replaced, error, waiting.received_ms);
        }
        self.pool.wake(order.from, next);
        turn.take(&waiting);
        Ok(waiting.received_ms)
    }

    /// Gives up those behind gaps for which there is no room.
    fn give_up_displaced(&mut self, turn: &mut Turn) {
        while let Some(waiting) = self.pool.take_overflow() {
            turn.reject(&waiting, AdmissionError::Displaced, self.clock.now_ms());
        }
    }

    fn refuse_duplicate(&self, turn: &Turn, hash: TxHash) -> Result<(), AdmissionError> {
        if turn.has_taken(hash) {
            let stage = Stage::Received;
            return Err(AdmissionError::Duplicate { hash, stage });
        }
        match known::stage(&self.storage, hash)? {
            None => Ok(()),
            Some(stage) => Err(AdmissionError::Duplicate { hash, stage }),
        }
    }

    /// Takes in confirmed entries of the layer 1's queue.
    pub(super) fn offer(&mut self, entries: Vec<QueueEntry>) {
        self.entries.offer(entries);
    }

    /// Forgets the entries that wait.
    pub(super) fn recall(&mut self) {
        self.entries.recall();
    }

    /// Does all that can be done now: gives up what is too late, executes, closes a batch that
    /// is old enough.
    pub(super) fn advance(&mut self, turn: &mut Turn) {
        self.give_up_expired(turn);
        self.run_ready(turn);
        self.give_up_displaced(turn);
        if self.batches.is_old_enough() {
            self.close(turn);
        }
    }

    /// Gives up what can no longer be executed in time.
    fn give_up_expired(&mut self, turn: &mut Turn) {
        let Some(now) = self.standing.now_s(&self.clock) else {
            return;
        };
        let at_ms = self.clock.now_ms();
        for waiting in self.pool.take_expired(now, EXPIRED_PER_TURN) {
            let expires = waiting.signed.order.expires;
            turn.reject(&waiting, Rejection::Expired { expires, now }, at_ms);
        }
    }

    /// Runs everything that can run, batch by batch: entries of the queue, then transactions as they
    /// were acknowledged.
    fn run_ready(&mut self, turn: &mut Turn) {
        loop {
            self.run_entries(turn);
            if !self.run_transactions(turn) {
                break;
            }
        }
        if self.batches.drop_empty() {
            self.wake_next_batch();
        }
    }

    fn run_entries(&mut self, turn: &mut Turn) {
        let wanted = self.full_records_wanted();
        while let Some(entry) = self.entries.front().cloned() {
            if !self.run_entry(turn, &entry, wanted) {
                return;
            }
        }
    }

    /// Runs transactions until a batch is closed, and says whether one was: in the next, entries come
    /// first.
    fn run_transactions(&mut self, turn: &mut Turn) -> bool {
        while self.pool.has_ready() {
            let (ledger, pool, entries) = (&self.ledger, &self.pool, &self.entries);
            if self.batches.ensure_open(ledger, pool, entries).is_none() {
                return false;
            }
            let Some(index) = self.pool.pop_ready() else {
                return false;
            };
            self.run_head(turn, index);
            if self.batches.open.is_none() {
                return true;
            }
        }
        false
    }

    /// Full records that users who can have their turn now want, as far as a batch has them.
    fn full_records_wanted(&self) -> usize {
        let heads = self.pool.ready().take(READY_LOOKED_AT).filter(|index| {
            let next = self.ledger.account(*index).map(|account| account.nonce);
            let head = next.and_then(|next| self.pool.head(*index, next));
            head.is_some_and(|head| OpenBatch::wants_full_record(&self.ledger, &head.signed.order))
        });
        heads.take(self.batches.capacity().full_records()).count()
    }

    /// Whether an entry that is not due may close the open batch, or have one: what users have in it
    /// stays together until it is old enough, and so does everything when much is under way.
    fn entry_may_close(&self, entry: &QueueEntry) -> bool {
        let only_entries = self
            .batches
            .open
            .as_ref()
            .is_none_or(OpenBatch::takes_entries);
        self.batches.is_due(entry) || (only_entries && self.batches.has_one_for_entries())
    }

    /// Whether the entry is in a batch now.
    fn run_entry(&mut self, turn: &mut Turn, found: &QueueEntry, wanted: usize) -> bool {
        let entry = match contract::entry(found) {
            Ok(entry) => entry,
            Err(error) => {
                self.health.raise(Fault::Inconsistent, error.to_string());
                return false;
            }
        };
        loop {
            let begins = self.batches.open.is_none() && !self.pool.has_ready();
            let for_itself = begins && !self.entry_may_close(found);
            if for_itself || self.batches.has_its_share(found, wanted) {
                return false;
            }
            let (ledger, pool) = (&self.ledger, &self.pool);
            let Some(open) = self.batches.ensure_open(ledger, pool, &self.entries) else {
                return false;
            };
            match open.take(&mut self.ledger, self.domain, &entry, found.tail) {
                Ok(operation) => {
                    self.entries.take();
                    self.joined(turn, operation, Some(found.tail));
                    self.give_up_overtaken(turn, &operation);
                    return true;
                }
                Err(Refusal::Full | Refusal::NextBatch) if self.entry_may_close(found) => {
                    self.close(turn);
                }
                Err(Refusal::Full | Refusal::NextBatch) => return false,
                Err(Refusal::Rule(rejection)) => {
                    let index = found.index;
                    let sentence =
                        format!("entry {index} of the queue has no outcome: {rejection}");
                    self.health.raise(Fault::Inconsistent, sentence);
                    return false;
                }
            }
        }
    }

    /// A forced order has used nonces that transactions wait with: those cannot be executed any
    /// more.
    fn give_up_overtaken(&mut self, turn: &mut Turn, operation: &Operation) {
        let Operation::Forced { .. } = operation else {
            return;
        };
        let Some(from) = operation.sender() else {
            return;
        };
        let Some(next) = self.ledger.account(from).map(|account| account.nonce) else {
            return;
        };
        for waiting in self.pool.take_below(from, next) {
            let given = waiting.signed.order.nonce;
            let rejection = Rejection::WrongNonce { given, next };
            turn.reject(&waiting, rejection, self.clock.now_ms());
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
        let executed = match head.unchecked {
            true => transition::check_signed(&self.ledger, self.domain, &head.signed),
            false => Ok(()),
        };
        let executed = executed.map_err(Refusal::Rule);
        match executed.and_then(|()| open.execute(&mut self.ledger, &head.signed)) {
            Ok(operation) => {
                self.pool.executed(index, nonce);
                let (batch, at_ms) = (open.number(), self.clock.now_ms());
                let record = turn.execute(&head, batch, operation.recipient(), at_ms);
                open.remember(head.hash, record);
                let is_full = open.is_full();
                self.joined(turn, operation, None);
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
    fn joined(&mut self, turn: &mut Turn, operation: Operation, tail: Option<Word>) {
        let Some(open) = &self.batches.open else {
            return;
        };
        let place = u32::try_from(open.len() - 1).expect("a batch is small");
        if place == 0 {
            turn.commit.open(open.header());
        }
        let at_ms = self.clock.now_ms();
        let row = OpenRow {
            operation,
            tail,
            at_ms,
        };
        turn.commit.execute(place, &row);
        for index in [operation.sender(), operation.recipient()]
            .into_iter()
            .flatten()
        {
            turn.touched.insert(index);
            self.wake(index);
        }
    }

    fn close(&mut self, turn: &mut Turn) {
        let queue_end = self.entries.taken();
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
