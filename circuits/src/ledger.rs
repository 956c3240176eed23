//! The accounts without the tree: what admission and execution look at.

use std::collections::HashMap;

use crate::{
    account::Account,
    babyjubjub::Point,
    quantity::{AccountIndex, TokenId},
};

/// All accounts, by index and by owner and token.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    accounts: HashMap<AccountIndex, Account>,
    by_owner: HashMap<(Point, TokenId), AccountIndex>,
    last: Option<AccountIndex>,
}

impl Ledger {
    /// A ledger of these accounts.
    pub fn from_accounts(accounts: impl IntoIterator<Item = (AccountIndex, Account)>) -> Self {
        let mut ledger = Self::default();
        for (index, account) in accounts {
            ledger.put(index, account);
        }
        ledger
    }

    /// The account at an index.
    #[must_use]
    pub fn account(&self, index: AccountIndex) -> Option<&Account> {
        self.accounts.get(&index)
    }

    /// The account of an owner for a token.
    #[must_use]
    pub fn find(&self, owner: &Point, token: TokenId) -> Option<AccountIndex> {
        self.by_owner.get(&(*owner, token)).copied()
    }

    /// All accounts of an owner, by index.
    #[must_use]
    pub fn of_owner(&self, owner: &Point) -> Vec<(AccountIndex, Account)> {
        let mut found: Vec<_> = self
            .iter()
            .filter(|(_, account)| account.owner == *owner)
            .collect();
        found.sort_unstable_by_key(|(index, _)| *index);
        found
    }

    /// The index that the next new account gets, or `None` when the tree is full.
    #[must_use]
    pub fn next_free(&self) -> Option<AccountIndex> {
        self.last
            .map_or(Some(AccountIndex::FIRST), AccountIndex::next)
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// All accounts, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (AccountIndex, Account)> + '_ {
        self.accounts
            .iter()
            .map(|(index, account)| (*index, *account))
    }

    /// Only [`crate::transition`] and loading write accounts.
    pub(crate) fn put(&mut self, index: AccountIndex, account: Account) {
        self.accounts.insert(index, account);
        self.by_owner
            .entry((account.owner, account.token))
            .or_insert(index);
        self.last = self.last.max(Some(index));
    }

    /// Takes back a change: the account as it was before it, or none.
    pub(crate) fn restore(&mut self, index: AccountIndex, before: Option<Account>) {
        if let Some(account) = before {
            self.accounts.insert(index, account);
        } else if let Some(account) = self.accounts.remove(&index) {
            self.by_owner.remove(&(account.owner, account.token));
            self.last = self.accounts.keys().max().copied();
        }
    }
}
