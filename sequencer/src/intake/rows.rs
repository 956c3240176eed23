//! Transactions of a list that follow on each other: what comes behind another of its account is not
//! behind a gap, though nothing was executed yet.

use std::collections::HashMap;

use assay_circuits::{
    order::Order,
    quantity::{AccountIndex, Nonce},
};

/// For each account that sends something of a list, the end of its row as the list makes it.
#[derive(Debug, Default)]
pub(super) struct Rows(HashMap<AccountIndex, Nonce>);

impl Rows {
    /// The first nonce that neither what waits nor what came before on the list has, where `waiting` is
    /// the first that nothing waits with.
    pub(super) fn end(&self, from: AccountIndex, waiting: Nonce) -> Nonce {
        self.0.get(&from).copied().unwrap_or(waiting).max(waiting)
    }

    /// Whether an order is the next of its account after others of the list.
    pub(super) fn lead_to(&self, order: &Order) -> bool {
        self.0.get(&order.from) == Some(&order.nonce)
    }

    /// An order takes its place, where its account's row ends at `row_end`.
    pub(super) fn extend(&mut self, order: &Order, row_end: Nonce) {
        if order.nonce == row_end {
            self.0.insert(order.from, row_end.saturating_add(1));
        }
    }
}
