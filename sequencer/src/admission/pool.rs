//! Transactions that wait for their turn: by account in the order of their nonces, bounded.
//!
//! Those whose nonces follow on their account's next one without a gap can be executed, and get in
//! while there is room. Those behind a gap cannot, perhaps never, and cost their sender nothing: they
//! have a small room of their own. When that is full the one that is worth least leaves it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use assay_circuits::{
    account::Account,
    order::Order,
    quantity::{AccountIndex, Amount, Nonce, Timestamp},
};

use super::{
    error::AdmissionError,
    room::{self, Occupancy, Rank, Room},
    waiting::Waiting,
};

/// Those of one account.
#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<Nonce, Waiting>,
    /// The account's next nonce, as it was told last.
    next: Nonce,
    /// The first nonce from `next` on that none of them has: what is after it is behind a gap.
    row_end: Nonce,
    /// Those behind a gap, as they stand in the pool.
    gapped: Vec<Rank>,
}

impl Queue {
    /// Finds the end of the row anew.
    fn measure(&mut self, next: Nonce) {
        self.next = next;
        let row = self.waiting.range(next..).zip(next..);
        let row = row.take_while(|((nonce, _), at)| *nonce == at);
        self.row_end = row.last().map_or(next, |(_, at)| at.saturating_add(1));
    }

    fn ranks(&self, from: AccountIndex) -> impl Iterator<Item = Rank> + '_ {
        let gapped = self.waiting.range(self.row_end..);
        gapped
            .enumerate()
            .map(move |(ahead, (nonce, waiting))| Rank::new(waiting, ahead, (from, *nonce)))
    }
}

/// All that wait.
#[derive(Debug)]
pub(crate) struct Pool {
    room: Room,
    accounts: HashMap<AccountIndex, Queue>,
    by_expiry: BTreeSet<(Timestamp, u64, AccountIndex, Nonce)>,
    /// Heads that may be able to run, the one acknowledged first in front.
    ready: BTreeSet<(u64, AccountIndex)>,
    /// Those behind a gap, the first to leave in front.
    gapped: BTreeSet<Rank>,
}

impl Pool {
    /// An empty pool.
    pub(crate) fn new(room: Room) -> Self {
        Self {
            room,
            accounts: HashMap::new(),
            by_expiry: BTreeSet::new(),
            ready: BTreeSet::new(),
            gapped: BTreeSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_expiry.len()
    }

    /// How full it is.
    pub(crate) fn occupancy(&self) -> Occupancy {
        Occupancy {
            in_rows: self.len() - self.gapped.len(),
            gapped: self.gapped.len(),
            first_to_leave: self.gapped.first().copied(),
        }
    }

    /// Whether an order of an account may wait here: its nonce is near, and free or taken by one
    /// with a lower fee; there is room; and the account can pay for it and all that waits before.
    pub(crate) fn check(
        &self,
        order: &Order,
        account: &Account,
        worth: u64,
    ) -> Result<(), AdmissionError> {
        let (given, next) = (order.nonce, account.nonce);
        self.room.check_nonce(given, next)?;
        let queue = self.accounts.get(&order.from);
        let other = queue.and_then(|queue| queue.waiting.get(&given));
        match other {
            Some(other) => room::check_replacement(order, other)?,
            None => {
                let row_end = queue.map_or(next, |queue| queue.row_end);
                let ahead = queue.map_or(0, |queue| queue.waiting.range(row_end..given).count());
                let gapped = queue.map_or(0, |queue| queue.gapped.len());
                if given > row_end && gapped >= self.room.gapped_per_account {
                    return Err(room::NO_ROOM_BEHIND_GAP);
                }
                let newcomer = (given > row_end).then_some((worth, ahead));
                self.room.check_place(&self.occupancy(), newcomer)?;
            }
        }
        let replaced = other.map_or(0, cost);
        let reserved = Amount(self.reserved(order.from).0.saturating_sub(replaced));
        room::check_balance(order, account.balance, reserved)
    }

    /// Takes a transaction in; returns the one in whose place it is.
    pub(crate) fn insert(&mut self, waiting: Waiting, next: Nonce) -> Option<Waiting> {
        let order = &waiting.signed.order;
        let (from, nonce) = (order.from, order.nonce);
        let replaced = self.take_out(from, nonce);
        self.by_expiry
            .insert((order.expires, waiting.sequence, from, nonce));
        let queue = self.accounts.entry(from).or_default();
        queue.waiting.insert(nonce, waiting);
        self.measure(from, next);
        replaced
    }

    /// Takes a transaction out that will not be executed.
    pub(crate) fn remove(&mut self, from: AccountIndex, nonce: Nonce) -> Option<Waiting> {
        let waiting = self.take_out(from, nonce)?;
        if let Some(next) = self.accounts.get(&from).map(|queue| queue.next) {
            self.measure(from, next);
        }
        Some(waiting)
    }

    /// The head of an account was executed.
    pub(crate) fn executed(&mut self, from: AccountIndex, nonce: Nonce) {
        self.take_out(from, nonce);
        if let Some(queue) = self.accounts.get_mut(&from) {
            queue.next = nonce.saturating_add(1);
        }
    }

    /// Takes one out of those behind a gap, where they are too many: the one that is worth least.
    pub(crate) fn take_overflow(&mut self) -> Option<Waiting> {
        if self.gapped.len() <= self.room.gapped {
            return None;
        }
        let (from, nonce) = self.gapped.first()?.place;
        self.remove(from, nonce)
    }

    fn take_out(&mut self, from: AccountIndex, nonce: Nonce) -> Option<Waiting> {
        let queue = self.accounts.get_mut(&from)?;
        let waiting = queue.waiting.remove(&nonce)?;
        if queue.waiting.is_empty() {
            for rank in self.accounts.remove(&from)?.gapped {
                self.gapped.remove(&rank);
            }
        }
        let expires = waiting.signed.order.expires;
        self.by_expiry
            .remove(&(expires, waiting.sequence, from, nonce));
        self.ready.remove(&(waiting.sequence, from));
        Some(waiting)
    }

    /// Finds out anew which transactions of an account are behind a gap.
    fn measure(&mut self, from: AccountIndex, next: Nonce) {
        let Some(queue) = self.accounts.get_mut(&from) else {
            return;
        };
        queue.measure(next);
        let gapped: Vec<_> = queue.ranks(from).collect();
        for rank in std::mem::replace(&mut queue.gapped, gapped) {
            self.gapped.remove(&rank);
        }
        self.gapped.extend(&queue.gapped);
    }

    /// The transaction that an account whose next nonce is `next` would run now.
    pub(crate) fn head(&self, from: AccountIndex, next: Nonce) -> Option<&Waiting> {
        self.accounts.get(&from)?.waiting.get(&next)
    }

    /// Something changed for the account: its head may be able to run.
    pub(crate) fn wake(&mut self, from: AccountIndex, next: Nonce) {
        if self
            .accounts
            .get(&from)
            .is_some_and(|queue| queue.next != next)
        {
            self.measure(from, next);
        }
        if let Some(head) = self.head(from, next) {
            self.ready.insert((head.sequence, from));
        }
    }

    /// The account whose head may be able to run and was acknowledged first.
    pub(crate) fn pop_ready(&mut self) -> Option<AccountIndex> {
        self.ready.pop_first().map(|(_, account)| account)
    }

    /// Puts back what [`Pool::pop_ready`] gave.
    pub(crate) fn push_ready(&mut self, waiting: &Waiting) {
        self.ready
            .insert((waiting.sequence, waiting.signed.order.from));
    }

    /// Accounts whose heads may be able to run, in order.
    pub(crate) fn ready(&self) -> impl Iterator<Item = AccountIndex> + '_ {
        self.ready.iter().map(|(_, account)| *account)
    }

    /// Of the heads that may be able to run, the one that was acknowledged first: its place in the order of
    /// acknowledgement, and when that was, Unix ms.
    pub(crate) fn oldest_ready(&self) -> Option<(u64, u64)> {
        let (sequence, from) = self.ready.first()?;
        let mut waiting = self.accounts.get(from)?.waiting.values();
        let head = waiting.find(|waiting| waiting.sequence == *sequence)?;
        Some((head.sequence, head.received_ms))
    }

    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Accounts with something waiting.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountIndex> + '_ {
        self.accounts.keys().copied()
    }

    /// What the waiting transactions of an account will take, saturated.
    fn reserved(&self, from: AccountIndex) -> Amount {
        let queue = self.accounts.get(&from).into_iter();
        let costs = queue.flat_map(|queue| queue.waiting.values()).map(cost);
        Amount(costs.fold(0, u128::saturating_add))
    }

    /// Takes out what expired before `now`, at most `most` of them.
    pub(crate) fn take_expired(&mut self, now: Timestamp, most: usize) -> Vec<Waiting> {
        let late = self
            .by_expiry
            .iter()
            .take_while(|(expires, ..)| *expires < now)
            .take(most);
        let late: Vec<_> = late.map(|(_, _, from, nonce)| (*from, *nonce)).collect();
        late.into_iter()
            .filter_map(|(from, nonce)| self.remove(from, nonce))
            .collect()
    }

    /// Takes out what an account whose next nonce is `next` can no longer run.
    pub(crate) fn take_below(&mut self, from: AccountIndex, next: Nonce) -> Vec<Waiting> {
        let queue = self.accounts.get(&from).into_iter();
        let late = queue.flat_map(|queue| queue.waiting.range(..next).map(|(nonce, _)| *nonce));
        let late: Vec<_> = late.collect();
        let taken: Vec<_> = late
            .into_iter()
            .filter_map(|nonce| self.take_out(from, nonce))
            .collect();
        self.measure(from, next);
        taken
    }

    /// How many of an account wait, and the first nonce from `next` on that none of them has.
    pub(crate) fn pending(&self, from: AccountIndex, next: Nonce) -> (u32, Nonce) {
        let Some(queue) = self.accounts.get(&from) else {
            return (0, next);
        };
        let free = queue.row_end.max(next);
        (u32::try_from(queue.waiting.len()).unwrap_or(u32::MAX), free)
    }
}

fn cost(waiting: &Waiting) -> u128 {
    let order = &waiting.signed.order;
    order.amount.0.saturating_add(order.fee.value().0)
}
