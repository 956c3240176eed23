//! The node's transactions on the layer 1 that are not final, and what their nonces are good for.

use std::collections::BTreeMap;

use assay_circuits::quantity::BatchNumber;
use assay_l1::client::{BlockInfo, SendOptions, SignedCall};

use super::calls::Range;
use crate::{
    clock::Moment,
    record::{InFlight, Sent, Word},
    storage::{Commit, Storage, StorageError},
};

/// Whether the layer 1 still has a transaction is asked at each new block, and as often where there is
/// none, ms.
const ASK_AGAIN_MS: u64 = 5_000;

/// A transaction on its way.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    /// As it is written down.
    pub(super) record: InFlight,
    /// Whether the layer 1 had it when it was asked last.
    pub(super) is_known: bool,
    /// The latest block and the time when it was asked last.
    asked: Option<(Word, Moment)>,
    /// When it was sent last, or those before it were mined.
    pub(super) since: Moment,
    /// The latest block then.
    pub(super) since_block: u64,
    /// The latest block when it was first seen mined.
    mined_at: Option<u64>,
    /// Whether it is known how it ended.
    pub(super) is_judged: bool,
}

impl Flight {
    fn new(record: InFlight, now: Moment, block: u64) -> Self {
        Self {
            record,
            is_known: false,
            asked: None,
            since: now,
            since_block: block,
            mined_at: None,
            is_judged: false,
        }
    }

    /// Whether the layer 1 is to be asked for it.
    pub(super) fn is_due(&self, head: &BlockInfo, now: Moment) -> bool {
        let fresh = self
            .asked
            .is_some_and(|(block, at)| block == head.hash && now.ms_since(at) < ASK_AGAIN_MS);
        !self.is_known || !fresh
    }

    /// Notes what the layer 1 answered.
    pub(super) fn answered(&mut self, is_known: bool, head: &BlockInfo, now: Moment) {
        self.is_known = is_known;
        self.asked = Some((head.hash, now));
    }

    /// The options with which the same is signed again.
    pub(super) fn options(&self) -> SendOptions {
        let InFlight { nonce, sent, .. } = self.record;
        SendOptions {
            nonce: Some(nonce),
            max_fee_wei: Some(sent.max_fee_wei),
            max_priority_fee_wei: Some(sent.max_priority_fee_wei),
            gas_limit: Some(sent.gas_limit),
        }
    }
}

/// All of them, by nonce.
#[derive(Debug)]
pub(super) struct Flights {
    storage: Storage,
    pub(super) all: BTreeMap<u64, Flight>,
    /// Nonces below are used in the latest block.
    pub(super) mined: u64,
}

impl Flights {
    /// Takes up what is written down.
    pub(super) fn resume(storage: Storage, now: Moment) -> Result<Self, StorageError> {
        let found = storage.in_flight()?.into_iter();
        let all = found.map(|record| (record.nonce, Flight::new(record, now, 0)));
        Ok(Self {
            all: all.collect(),
            storage,
            mined: 0,
        })
    }

    /// Notes how many nonces are used in the latest block.
    pub(super) fn see(&mut self, mined: u64, head: &BlockInfo, now: Moment) {
        let first_before = self.first();
        self.mined = mined;
        for (nonce, flight) in &mut self.all {
            if *nonce < mined {
                flight.mined_at.get_or_insert(head.number);
            } else {
                flight.mined_at = None;
                flight.is_judged = false;
            }
            if flight.since_block == 0 {
                flight.since_block = head.number;
            }
        }
        let first = self.first();
        if first != first_before
            && let Some(flight) = first.and_then(|nonce| self.all.get_mut(&nonce))
        {
            // Until now it waited for others.
            (flight.since, flight.since_block) = (now, head.number);
        }
    }

    /// The nonce that the layer 1 has to use next, where the node has sent something with it.
    pub(super) fn first(&self) -> Option<u64> {
        self.all.contains_key(&self.mined).then_some(self.mined)
    }

    /// Those that are in no block.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Flight> {
        self.all.range(self.mined..).map(|(_, flight)| flight)
    }

    /// The first nonce behind all others.
    pub(super) fn next_nonce(&self) -> u64 {
        let last = self.all.keys().next_back();
        last.map_or(0, |last| last + 1).max(self.mined)
    }

    /// Those that are mined, and of which it is not known how they ended.
    pub(super) fn unjudged(&self) -> Vec<InFlight> {
        let mined = self.all.range(..self.mined).map(|(_, flight)| flight);
        let unjudged = mined.filter(|flight| !flight.is_judged);
        unjudged.map(|flight| flight.record).collect()
    }

    /// Writes down what is to be sent, in place of whatever has its nonce.
    pub(super) async fn write(
        &mut self,
        batches: Option<Range>,
        signed: &SignedCall,
        (now, block): (Moment, u64),
    ) -> Result<(), StorageError> {
        let sent = &signed.sent;
        let record = InFlight {
            nonce: sent.nonce,
            batches,
            sent: Sent {
                hash: sent.hash,
                max_fee_wei: sent.max_fee_wei,
                max_priority_fee_wei: sent.max_priority_fee_wei,
                gas_limit: sent.gas_limit,
            },
            abandoned: false,
        };
        let mut commit = Commit::default();
        commit.fly(&record);
        self.storage.commit(commit).await?;
        let flight = Flight::new(record, now, block);
        self.all.insert(record.nonce, flight);
        Ok(())
    }

    /// What it needs to be sent again is gone.
    pub(super) async fn abandon(&mut self, nonce: u64) -> Result<(), StorageError> {
        if let Some(flight) = self.all.get_mut(&nonce) {
            flight.record.abandoned = true;
            let mut commit = Commit::default();
            commit.fly(&flight.record);
            self.storage.commit(commit).await?;
        }
        Ok(())
    }

    /// Forgets what is final.
    pub(super) async fn land(
        &mut self,
        r#final: BatchNumber,
        (head, depth): (u64, u64),
    ) -> Result<(), StorageError> {
        let is_deep = |flight: &Flight| {
            let mined_at = flight.mined_at?;
            let batches = flight.record.batches;
            let is_final = batches.is_some_and(|(_, last)| last <= r#final);
            Some(is_final || head >= mined_at.saturating_add(depth))
        };
        let deep = self
            .all
            .values()
            .filter(|flight| is_deep(flight) == Some(true));
        let deep: Vec<_> = deep.map(|flight| flight.record.nonce).collect();
        if deep.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::default();
        deep.iter().for_each(|nonce| commit.land(*nonce));
        self.storage.commit(commit).await?;
        self.all.retain(|nonce, _| !deep.contains(nonce));
        Ok(())
    }
}

/// What the nonces that are not used are good for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lane {
    /// Those of transactions that can take effect.
    pub(super) live: Vec<u64>,
    /// Those below a live one that has batches, with nothing that can take effect: they must be used up.
    pub(super) blocking: Vec<u64>,
    /// Those that the next transactions can have.
    pub(super) free: Vec<u64>,
    /// The first batch that no transaction brings.
    pub(super) next: BatchNumber,
}

impl Lane {
    /// Of all nonces that are not used, where the contract has the batches up to `proved`.
    pub(super) fn of(flights: &Flights, proved: BatchNumber) -> Self {
        let mut lane = Self {
            next: proved.next(),
            ..Self::default()
        };
        for nonce in flights.mined..flights.next_nonce() {
            let flight = flights.all.get(&nonce);
            match flight.map(|flight| (flight.record.batches, flight.record.abandoned)) {
                Some((Some((first, last)), false)) if first == lane.next => {
                    lane.next = last.next();
                    lane.live.push(nonce);
                    lane.blocking.append(&mut lane.free);
                }
                Some((None, _)) => lane.live.push(nonce),
                _ => lane.free.push(nonce),
            }
        }
        lane
    }
}
