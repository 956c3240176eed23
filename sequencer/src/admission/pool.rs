//! Transactions that wait for their turn: by account in the order of their nonces, bounded.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use assay_circuits::{
    account::Account,
    order::{Order, Signed, TxHash},
    quantity::{AccountIndex, Amount, Nonce, Timestamp},
};

use super::error::AdmissionError;
use crate::record::Dropped;

/// A transaction that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) hash: TxHash,
    pub(crate) signed: Signed<Order>,
    pub(crate) received_ms: u64,
    /// Its place in the order of acknowledgement.
    pub(crate) sequence: u64,
    /// The batch in which it was executed and that was dropped.
    pub(crate) dropped: Option<Dropped>,
    /// Whether its signature is to be checked at its turn: it was acknowledged before the node's parts
    /// were made, and the index of its account may have become another's since.
    pub(crate) unchecked: bool,
}

/// All that wait.
#[derive(Debug)]
pub(crate) struct Pool {
    most: usize,
    window: u32,
    accounts: HashMap<AccountIndex, BTreeMap<Nonce, Waiting>>,
    by_expiry: BTreeSet<(Timestamp, u64, AccountIndex, Nonce)>,
    /// Heads that may be able to run, the one acknowledged first in front.
    ready: BTreeSet<(u64, AccountIndex)>,
}

impl Pool {
    /// A pool of at most `most`, and `window` nonces ahead per account.
    pub(crate) fn new(most: usize, window: u32) -> Self {
        Self {
            most,
            window,
            accounts: HashMap::new(),
            by_expiry: BTreeSet::new(),
            ready: BTreeSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_expiry.len()
    }

    /// Whether an order of an account may wait here: its nonce is near and free, there is room,
    /// and the account can pay for it and all that waits before.
    pub(crate) fn check(&self, order: &Order, account: &Account) -> Result<(), AdmissionError> {
        let (given, next) = (order.nonce, account.nonce);
        if given < next {
            return Err(AdmissionError::NonceUsed { given, next });
        }
        if given - next >= self.window {
            return Err(AdmissionError::NonceTooFar {
                given,
                next,
                window: self.window,
            });
        }
        if let Some(other) = self.of(order.from).and_then(|waiting| waiting.get(&given)) {
            return Err(AdmissionError::NonceTaken {
                given,
                by: other.hash,
            });
        }
        if self.len() >= self.most {
            return Err(AdmissionError::Busy {
                what: "the pool of waiting transactions is full",
            });
        }
        let needed = order.amount.checked_add(order.fee.value());
        let needed = needed.unwrap_or(Amount(u128::MAX));
        let (balance, reserved) = (account.balance, self.reserved(order.from));
        if balance.0 < needed.0.saturating_add(reserved.0) {
            return Err(AdmissionError::Unaffordable {
                balance,
                needed,
                reserved,
            });
        }
        Ok(())
    }

    /// Takes a transaction in.
    pub(crate) fn insert(&mut self, waiting: Waiting) {
        let order = &waiting.signed.order;
        let (from, nonce) = (order.from, order.nonce);
        self.by_expiry
            .insert((order.expires, waiting.sequence, from, nonce));
        self.accounts
            .entry(from)
            .or_default()
            .insert(nonce, waiting);
    }

    /// Takes a transaction out.
    pub(crate) fn remove(&mut self, from: AccountIndex, nonce: Nonce) -> Option<Waiting> {
        let of_account = self.accounts.get_mut(&from)?;
        let waiting = of_account.remove(&nonce)?;
        if of_account.is_empty() {
            self.accounts.remove(&from);
        }
        let expires = waiting.signed.order.expires;
        self.by_expiry
            .remove(&(expires, waiting.sequence, from, nonce));
        self.ready.remove(&(waiting.sequence, from));
        Some(waiting)
    }

    /// The transaction that an account whose next nonce is `next` would run now.
    pub(crate) fn head(&self, from: AccountIndex, next: Nonce) -> Option<&Waiting> {
        self.of(from)?.get(&next)
    }

    /// Something changed for the account: its head may be able to run.
    pub(crate) fn wake(&mut self, from: AccountIndex, next: Nonce) {
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

    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Accounts with something waiting.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountIndex> + '_ {
        self.accounts.keys().copied()
    }

    /// What the waiting transactions of an account will take, saturated.
    fn reserved(&self, from: AccountIndex) -> Amount {
        let waiting = self.of(from).into_iter().flat_map(BTreeMap::values);
        let cost = |waiting: &Waiting| {
            let order = &waiting.signed.order;
            order.amount.0.saturating_add(order.fee.value().0)
        };
        Amount(waiting.map(cost).fold(0, u128::saturating_add))
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
        let late = self.of(from).into_iter();
        let late = late.flat_map(|waiting| waiting.range(..next).map(|(nonce, _)| *nonce));
        let late: Vec<_> = late.collect();
        late.into_iter()
            .filter_map(|nonce| self.remove(from, nonce))
            .collect()
    }

    /// How many of an account wait, and the first nonce from `next` on that none of them has.
    pub(crate) fn pending(&self, from: AccountIndex, next: Nonce) -> (u32, Nonce) {
        let Some(waiting) = self.of(from) else {
            return (0, next);
        };
        let row = waiting
            .range(next..)
            .zip(next..)
            .take_while(|((nonce, _), at)| *nonce == at);
        let free = row.last().map_or(next, |(_, at)| at.saturating_add(1));
        (u32::try_from(waiting.len()).unwrap_or(u32::MAX), free)
    }

    fn of(&self, from: AccountIndex) -> Option<&BTreeMap<Nonce, Waiting>> {
        self.accounts.get(&from)
    }
}
