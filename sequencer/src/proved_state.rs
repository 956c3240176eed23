//! The state after the last batch that is proved on the layer 1: what users can prove there.

use std::collections::HashMap;

use ark_bn254::Fr;
use assay_circuits::{
    account::Account,
    batch::State,
    quantity::{AccountIndex, BatchNumber},
    tree::StateTree,
};

use crate::record::AccountChange;

/// Accounts and tree after one batch, moved from batch to batch by what the batches changed.
#[derive(Debug)]
pub(crate) struct ProvedState {
    batch: BatchNumber,
    accounts: HashMap<AccountIndex, Account>,
    tree: StateTree,
}

impl ProvedState {
    /// The state after `batch`.
    pub(crate) fn new(state: &State, batch: BatchNumber) -> Self {
        Self {
            batch,
            accounts: state.ledger().iter().collect(),
            tree: state.tree().clone(),
        }
    }

    pub(crate) fn batch(&self) -> BatchNumber {
        self.batch
    }

    pub(crate) fn account(&self, index: AccountIndex) -> Option<&Account> {
        self.accounts.get(&index)
    }

    pub(crate) fn tree(&self) -> &StateTree {
        &self.tree
    }

    /// Goes on by the next batch, which changed these accounts.
    pub(crate) fn advance(&mut self, changes: &[AccountChange]) {
        self.put(
            changes
                .iter()
                .map(|change| (change.index, Some(change.after))),
        );
        self.batch = self.batch.next();
    }

    /// Goes back by the last batch, which changed these accounts.
    pub(crate) fn retreat(&mut self, changes: &[AccountChange]) {
        self.put(changes.iter().map(|change| (change.index, change.before)));
        self.batch = BatchNumber(self.batch.0.saturating_sub(1));
    }

    fn put(&mut self, accounts: impl Iterator<Item = (AccountIndex, Option<Account>)>) {
        let mut leaves = Vec::new();
        for (index, account) in accounts {
            leaves.push((
                index.get(),
                account.map_or(Fr::from(0u8), |account| account.leaf()),
            ));
            match account {
                Some(account) => self.accounts.insert(index, account),
                None => self.accounts.remove(&index),
            };
        }
        self.tree.set_many(leaves);
    }
}
