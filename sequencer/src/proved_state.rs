//! The state after the last batch that is proved on the layer 1: what users can prove there.

use std::{collections::HashMap, sync::Arc};

use ark_bn254::Fr;
use assay_circuits::{
    account::Account,
    batch::State,
    quantity::{AccountIndex, BatchNumber},
    tree::StateTree,
};
use tokio::{sync::RwLock, task::JoinError};

use crate::{leaf_proof::LeafProof, record::AccountChange};

/// Accounts and tree after one batch, moved from batch to batch by what the batches changed.
/// Clones share it. Moving hashes, on a thread that may block; readers wait without one.
#[derive(Debug, Clone)]
pub(crate) struct ProvedState(Arc<RwLock<Inner>>);

#[derive(Debug)]
struct Inner {
    batch: BatchNumber,
    accounts: HashMap<AccountIndex, Account>,
    tree: StateTree,
}

impl ProvedState {
    /// The state after `batch`.
    pub(crate) fn new(state: &State, batch: BatchNumber) -> Self {
        Self(Arc::new(RwLock::new(Inner {
            batch,
            accounts: state.ledger().iter().collect(),
            tree: state.tree().clone(),
        })))
    }

    pub(crate) async fn batch(&self) -> BatchNumber {
        self.0.read().await.batch
    }

    /// An account as that batch left it.
    pub(crate) async fn account(&self, index: AccountIndex) -> Option<Account> {
        self.0.read().await.accounts.get(&index).copied()
    }

    /// The path of a leaf.
    pub(crate) async fn leaf_proof(&self, index: AccountIndex) -> LeafProof {
        let inner = self.0.read().await;
        let account = inner.accounts.get(&index).copied();
        LeafProof::new(inner.batch, &inner.tree, index, account)
    }

    /// Goes on by the next batch, which changed these accounts.
    ///
    /// # Errors
    /// The process is ending.
    pub(crate) async fn advance(&self, changes: Vec<AccountChange>) -> Result<(), JoinError> {
        self.change(move |inner| {
            inner.batch = inner.batch.next();
            let after = |change: &AccountChange| (change.index, Some(change.after));
            inner.put(changes.iter().map(after));
        })
        .await
    }

    /// Goes back by the last batch, which changed these accounts.
    ///
    /// # Errors
    /// The process is ending.
    pub(crate) async fn retreat(&self, changes: Vec<AccountChange>) -> Result<(), JoinError> {
        self.change(move |inner| {
            inner.batch = BatchNumber(inner.batch.0.saturating_sub(1));
            inner.put(changes.iter().map(|change| (change.index, change.before)));
        })
        .await
    }

    async fn change(
        &self,
        change: impl FnOnce(&mut Inner) + Send + 'static,
    ) -> Result<(), JoinError> {
        let mut inner = self.0.clone().write_owned().await;
        tokio::task::spawn_blocking(move || change(&mut inner)).await
    }
}

impl Inner {
    fn put(&mut self, accounts: impl Iterator<Item = (AccountIndex, Option<Account>)>) {
        let mut leaves = Vec::new();
        for (index, account) in accounts {
            let leaf = account.map_or(Fr::from(0u8), |account| account.leaf());
            leaves.push((index.get(), leaf));
            match account {
                Some(account) => self.accounts.insert(index, account),
                None => self.accounts.remove(&index),
            };
        }
        self.tree.set_many(leaves);
    }
}
