//! Whether a transaction may wait: what can be said of it from outside the pool, before its signature
//! is checked, and what the pool says in its turn, by the same rules.

use std::cmp::Reverse;

use assay_circuits::{
    order::Order,
    quantity::{AccountIndex, Amount, Nonce},
};

use super::{error::AdmissionError, waiting::Waiting};

/// There is no room behind a gap.
pub(super) const NO_ROOM_BEHIND_GAP: AdmissionError = AdmissionError::Busy {
    what: "too many transactions wait for one with an earlier nonce; send that first",
};

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Those whose nonces follow on their account's next one without a gap.
    pub(crate) in_rows: usize,
    /// Those behind a gap.
    pub(crate) gapped: usize,
    /// Of them, those of one account.
    pub(crate) gapped_per_account: usize,
    /// How far ahead of its account's next one a nonce may be.
    pub(crate) window: u32,
}

/// How full a pool is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Occupancy {
    pub(crate) in_rows: usize,
    pub(crate) gapped: usize,
    /// Of those behind a gap, the one that leaves when there are too many.
    pub(crate) first_to_leave: Option<Rank>,
}

/// Where a transaction behind a gap stands among its like: the lowest leaves first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// One that was executed in a batch which was dropped stays as long as any other can leave.
    was_executed: bool,
    /// How many of its account are behind the gap before it: no account crowds out others.
    ahead: Reverse<usize>,
    worth: u64,
    /// What came later leaves first: nobody drives out what was acknowledged by offering the same.
    sequence: Reverse<u64>,
    pub(super) place: (AccountIndex, Nonce),
}

impl Rank {
    pub(super) fn new(waiting: &Waiting, ahead: usize, place: (AccountIndex, Nonce)) -> Self {
        Self {
            was_executed: waiting.dropped.is_some(),
            ahead: Reverse(ahead),
            worth: waiting.worth,
            sequence: Reverse(waiting.sequence),
            place,
        }
    }

    /// Whether one that comes now would stay longer.
    fn is_below(&self, (worth, ahead): (u64, usize)) -> bool {
        !self.was_executed && (self.ahead, self.worth) < (Reverse(ahead), worth)
    }
}

impl Room {
    /// A nonce has not been used and is near.
    pub(crate) fn check_nonce(&self, given: Nonce, next: Nonce) -> Result<(), AdmissionError> {
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
        Ok(())
    }

    /// There is a place: in its account's row, or behind a gap for one with this worth, and so many
    /// of its account before it there.
    pub(crate) fn check_place(
        &self,
        occupancy: &Occupancy,
        behind_gap: Option<(u64, usize)>,
    ) -> Result<(), AdmissionError> {
        let Some(newcomer) = behind_gap else {
            return match occupancy.in_rows < self.in_rows {
                true => Ok(()),
                false => Err(AdmissionError::Busy {
                    what: "the pool of waiting transactions is full",
                }),
            };
        };
        let gives_way = |first: &Rank| first.is_below(newcomer);
        if occupancy.gapped < self.gapped
            || occupancy.first_to_leave.as_ref().is_some_and(gives_way)
        {
            return Ok(());
        }
        Err(NO_ROOM_BEHIND_GAP)
    }
}

/// An order offers enough to take the place of another with its nonce.
pub(super) fn check_replacement(order: &Order, other: &Waiting) -> Result<(), AdmissionError> {
    let least = other.signed.order.fee.to_replace();
    if order.fee.value() >= least {
        return Ok(());
    }
    Err(AdmissionError::NonceTaken {
        given: order.nonce,
        by: other.hash,
        replace_fee: least,
    })
}

/// A balance covers an order beside what is reserved of it.
pub(crate) fn check_balance(
    order: &Order,
    balance: Amount,
    reserved: Amount,
) -> Result<(), AdmissionError> {
    let needed = order.amount.checked_add(order.fee.value());
    let needed = needed.unwrap_or(Amount(u128::MAX));
    if balance.0 >= needed.0.saturating_add(reserved.0) {
        return Ok(());
    }
    Err(AdmissionError::Unaffordable {
        balance,
        needed,
        reserved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_executed_once_gives_way_to_nobody() {
        let rank = |was_executed| Rank {
            was_executed,
            ahead: Reverse(1),
            worth: 1,
            sequence: Reverse(1),
            place: (AccountIndex::FIRST, 2),
        };
        let newcomer = (2, 0);
        assert!(rank(false).is_below(newcomer));
        assert!(!rank(true).is_below(newcomer));
    }
}
