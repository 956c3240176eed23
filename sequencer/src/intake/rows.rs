//! Transactions of a list that follow on each other: what comes behind another of its account is not
//! behind a gap, and what one brings a later one may spend, though nothing was executed yet.

use std::collections::HashMap;

use assay_circuits::{
    order::Order,
    quantity::{AccountIndex, Amount, Nonce},
};

/// What a list makes of its accounts so far.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The ends of the rows of those that send something.
    ends: HashMap<AccountIndex, Nonce>,
    /// What those get that are paid something, saturated.
    brought: HashMap<AccountIndex, Amount>,
}

impl Rows {
    /// The first nonce that neither what waits nor what came before on the list has, where `waiting` is
    /// the first that nothing waits with.
    pub(super) fn end(&self, from: AccountIndex, waiting: Nonce) -> Nonce {
        let end = self.ends.get(&from).copied();
        end.unwrap_or(waiting).max(waiting)
    }

    /// Whether an order is the next of its account after others of the list.
    pub(super) fn lead_to(&self, order: &Order) -> bool {
        self.ends.get(&order.from) == Some(&order.nonce)
    }

    /// An order takes its place, where its account's row ends at `row_end`.
    pub(super) fn extend(&mut self, order: &Order, row_end: Nonce) {
        if order.nonce == row_end {
            self.ends.insert(order.from, row_end.saturating_add(1));
        }
    }

    /// An order pays an account.
    pub(super) fn pay(&mut self, to: AccountIndex, amount: Amount) {
        let brought = self.brought.entry(to).or_default();
        *brought = Amount(brought.0.saturating_add(amount.0));
    }

    /// What an account has, with what came before on the list.
    pub(super) fn with_brought(&self, account: AccountIndex, balance: Amount) -> Amount {
        let brought = self.brought.get(&account).copied().unwrap_or_default();
        Amount(balance.0.saturating_add(brought.0))
    }
}
