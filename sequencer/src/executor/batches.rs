//! Opening and closing batches.

use std::{collections::BTreeSet, sync::Arc};

use assay_circuits::{
    address::L1Address,
    babyjubjub::Point,
    ledger::Ledger,
    order::Domain,
    quantity::{BatchNumber, Timestamp, TokenId},
    shape::Shape,
    transition::FeeSlot,
};
use assay_l1::client::QueueEntry;
use tracing::info;

use super::{
    entries::Entries,
    open_batch::{ClosingTerms, OpenBatch},
    turn::Turn,
};
use crate::{
    admission::pool::Pool,
    clock::Clock,
    health::{Fault, Health},
    record::OpenHeader,
    standing::Standing,
};

/// Of batches that have their proofs and wait for the layer 1, so many times as many may be there as of
/// those that have none.
const PROVED_PER_UNPROVED: u64 = 8;

/// How batches are made.
#[derive(Debug, Clone)]
pub(crate) struct BatchPolicy {
    /// Shapes to choose from.
    pub(crate) shapes: Vec<Shape>,
    /// The network.
    pub(crate) domain: Domain,
    /// Whom fees are paid to.
    pub(crate) operator: Point,
    /// Who is paid on the layer 1 for the entries of the queue in a batch.
    pub(crate) settler: L1Address,
    /// A batch that is not empty is closed after so long, ms.
    pub(crate) batch_time_ms: u64,
    /// Batches that are closed and not proved; then no further one is opened.
    pub(crate) in_flight_max: usize,
}

/// The open batch, and what decides when one is opened and closed.
#[derive(Debug)]
pub(super) struct Batches {
    policy: BatchPolicy,
    clock: Clock,
    standing: Standing,
    health: Arc<Health>,
    pub(super) open: Option<OpenBatch>,
    last_closed: BatchNumber,
    last_timestamp: Timestamp,
}

impl Batches {
    /// No batch is open; the last one was closed with this number and timestamp.
    pub(super) fn new(
        policy: BatchPolicy,
        clock: Clock,
        standing: Standing,
        health: Arc<Health>,
        (last_closed, last_timestamp): (BatchNumber, Timestamp),
    ) -> Self {
        Self {
            policy,
            clock,
            standing,
            health,
            open: None,
            last_closed,
            last_timestamp,
        }
    }

    /// Takes up a batch that was open before a restart.
    pub(super) fn resume(&mut self, header: OpenHeader) -> &mut OpenBatch {
        self.last_timestamp = header.timestamp;
        let capacity = self.capacity();
        let opened = self.clock.moment();
        self.open.insert(OpenBatch::new(header, opened, capacity))
    }

    /// The batch that is open, or was last.
    pub(super) fn last(&self) -> BatchNumber {
        let open = self.open.as_ref();
        open.map_or(self.last_closed, OpenBatch::number)
    }

    /// The open batch; opens one where none is. `None` where none may be opened now.
    pub(super) fn ensure_open(
        &mut self,
        ledger: &Ledger,
        pool: &Pool,
        entries: &Entries,
    ) -> Option<&mut OpenBatch> {
        if self.open.is_none() {
            self.open = Some(self.begin(ledger, pool, entries)?);
        }
        self.open.as_mut()
    }

    fn begin(&mut self, ledger: &Ledger, pool: &Pool, entries: &Entries) -> Option<OpenBatch> {
        let look = self.standing.look();
        // What has a proof waits for a block of the layer 1, which takes many at a time.
        let most = self.policy.in_flight_max as u64;
        let full = self.without_proof() >= most
            || self.closed_since(self.standing.proved())
                >= most.saturating_mul(PROVED_PER_UNPROVED);
        // Without a look at the layer 1 there is no time that it would take for the past.
        if full || look.seen_ms == 0 || self.health.halted() {
            return None;
        }
        // A batch leaves out no confirmed entry for which it has room: it might be due. Those that
        // are not here yet are on their way.
        let room = self.capacity().full_records() as u64;
        if (entries.len() as u64)
            < look
                .queue_confirmed
                .saturating_sub(entries.taken())
                .min(room)
        {
            return None;
        }
        let l1_time = u32::try_from(look.timestamp).unwrap_or(u32::MAX);
        let timestamp = self.last_timestamp.max(l1_time);
        let header = OpenHeader {
            number: self.last_closed.next(),
            timestamp,
            fee_slots: self.choose_fee_slots(ledger, pool),
            opened_ms: self.clock.now_ms(),
        };
        self.last_timestamp = timestamp;
        let opened = self.clock.moment();
        Some(OpenBatch::new(header, opened, self.capacity()))
    }

    /// Batches that are closed and have no proof yet.
    fn without_proof(&self) -> u64 {
        self.closed_since(self.standing.with_proof())
    }

    fn closed_since(&self, number: BatchNumber) -> u64 {
        self.last_closed.0.saturating_sub(number.0)
    }

    /// Whether the queue's entries may have a batch for themselves: they leave half of those that may
    /// be in flight to batches with something of users.
    pub(super) fn has_one_for_entries(&self) -> bool {
        self.without_proof() < self.policy.in_flight_max.div_ceil(2) as u64
    }

    /// Whether the contract will refuse a batch that is opened now and leaves the entry out.
    pub(super) fn is_due(&self, entry: &QueueEntry) -> bool {
        let batch = self.open.as_ref().map(|open| open.header().timestamp);
        let now = self
            .standing
            .look()
            .timestamp
            .max(self.last_timestamp.into());
        u64::from(entry.due) <= batch.map_or(now, |batch| now.max(batch.into()))
    }

    /// Whether the open batch has entries enough, if users want so many full records of it: they get
    /// up to half. What is due is taken all the same.
    pub(super) fn has_its_share(&self, entry: &QueueEntry, wanted: usize) -> bool {
        let most = self.capacity().full_records();
        let left_to_users = wanted.min(most / 2);
        self.open
            .as_ref()
            .is_some_and(|open| open.entries() >= most - left_to_users)
            && left_to_users > 0
            && !self.is_due(entry)
    }

    /// The largest shape: what an open batch may come to hold.
    pub(super) fn capacity(&self) -> Shape {
        let largest = self.policy.shapes.iter().max();
        largest.copied().unwrap_or(Shape::Small)
    }

    /// The operator's account for a token.
    pub(super) fn fee_slot(&self, ledger: &Ledger, token: TokenId) -> Option<FeeSlot> {
        let account = ledger.find(&self.policy.operator, token)?;
        Some(FeeSlot { token, account })
    }

    /// The operator's accounts for the tokens in which those wait who wait longest, then for
    /// other tokens, as many as the batch has slots.
    fn choose_fee_slots(&self, ledger: &Ledger, pool: &Pool) -> Vec<FeeSlot> {
        let most = self.capacity().fee_slots();
        let wanted = pool.ready().filter_map(|index| ledger.account(index));
        let wanted = wanted.map(|account| account.token);
        let tokens = self.standing.tokens().len().max(1);
        let known = (0..tokens).filter_map(|number| u16::try_from(number).ok());
        let (mut seen, mut slots) = (BTreeSet::new(), Vec::new());
        for token in wanted.chain(known.map(TokenId)) {
            if slots.len() < most && seen.insert(token) {
                slots.extend(self.fee_slot(ledger, token));
            }
        }
        slots
    }

    /// Whether the open batch has waited long enough for company.
    pub(super) fn is_old_enough(&self) -> bool {
        self.open.as_ref().is_some_and(|open| {
            let age_ms = self.clock.ms_since(open.opened());
            open.len() > 0 && age_ms >= self.policy.batch_time_ms
        })
    }

    /// Forgets the open batch where it is empty: its time and fee slots are chosen anew when it
    /// is needed. Says whether it was.
    pub(super) fn drop_empty(&mut self) -> bool {
        self.open.take_if(|open| open.len() == 0).is_some()
    }

    /// Closes the open batch, if it holds anything; says whether it did.
    pub(super) fn close(&mut self, ledger: &mut Ledger, queue_end: u64, turn: &mut Turn) -> bool {
        let Some(open) = self.open.take_if(|open| open.len() > 0) else {
            return false;
        };
        let (number, places) = (open.number(), open.len());
        let terms = ClosingTerms {
            shapes: &self.policy.shapes,
            domain: self.policy.domain,
            settler: self.policy.settler,
            closed_ms: self.clock.now_ms(),
            queue_end,
        };
        let (work, records) = match open.close(ledger, &terms) {
            Ok(closed) => closed,
            Err(rejection) => {
                let sentence =
                    format!("the fees of batch {number} cannot be credited: {rejection}");
                self.health.raise(Fault::Inconsistent, sentence);
                return false;
            }
        };
        info!(
            batch = number.0,
            operations = places,
            shape = work.closed.input.shape.name(),
            "closed a batch"
        );
        let places = u32::try_from(places).expect("a batch is small");
        turn.commit.close(&work.closed, places);
        for (hash, record) in records {
            turn.commit.transaction(hash, &record);
        }
        turn.touched
            .extend(work.expected.iter().map(|(index, _)| *index));
        turn.closed.push(work);
        self.last_closed = number;
        true
    }
}
