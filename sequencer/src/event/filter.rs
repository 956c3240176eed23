//! What of all that moves a listener wants to hear of.

use std::collections::BTreeSet;

use assay_api::{events::EventFilter, wire::EventKind};
use assay_circuits::{
    order::TxHash,
    quantity::{AccountIndex, BatchNumber},
};

use super::moved::Event;

/// What a listener wants to hear of: whatever passes each part that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// What concerns one of these accounts.
    pub(crate) accounts: Option<BTreeSet<AccountIndex>>,
    /// One of these transactions.
    pub(crate) transactions: Option<BTreeSet<TxHash>>,
    /// A batch, and what it holds or held.
    pub(crate) batch: Option<BatchNumber>,
    /// Events of this kind.
    pub(crate) kind: Option<EventKind>,
}

impl From<&EventFilter> for Filter {
    fn from(wanted: &EventFilter) -> Self {
        let EventFilter {
            accounts,
            transactions,
            batch,
            kind,
        } = wanted;
        Self {
            accounts: some_of(accounts),
            transactions: some_of(transactions),
            batch: batch.map(BatchNumber),
            kind: *kind,
        }
    }
}

/// What is named; nothing where all is wanted.
fn some_of<T: Copy + Ord>(named: &[T]) -> Option<BTreeSet<T>> {
    (!named.is_empty()).then(|| named.iter().copied().collect())
}

impl Filter {
    /// Whether the listener hears of an event. That a batch was dropped is heard by all who may have
    /// been told of something in it.
    pub(super) fn passes(&self, event: &Event) -> bool {
        let is_of_batch = self.batch.is_none() || self.batch == event.batch();
        if let Event::Dropped(_) = event {
            return is_of_batch;
        }
        is_of_batch
            && self.kind.is_none_or(|kind| kind == event.kind())
            && self.wants_accounts(event)
            && self.wants_transaction(event)
    }

    fn wants_accounts(&self, event: &Event) -> bool {
        self.accounts.as_ref().is_none_or(|wanted| {
            let mut accounts = event.accounts().into_iter().flatten();
            accounts.any(|account| wanted.contains(&account))
        })
    }

    fn wants_transaction(&self, event: &Event) -> bool {
        self.transactions.as_ref().is_none_or(
            |wanted| matches!(event, Event::Transaction { hash, .. } if wanted.contains(hash)),
        )
    }
}
