//! The accounts without the tree: what admission and execution look at.

use std::collections::{BTreeSet, HashMap};

use crate::{
    account::Account,
    babyjubjub::Point,
    quantity::{AccountIndex, TokenId},
};

/// All accounts, by index and by owner.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    accounts: HashMap<AccountIndex, Account>,
    /// Token and index of every account; no owner has an empty set.
    by_owner: HashMap<Point, BTreeSet<(TokenId, AccountIndex)>>,
    /// The highest index that is taken, 0 where none is.
    last: u32,
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

    /// The account of an owner for a token; of several, the one with the lowest index.
    #[must_use]
    pub fn find(&self, owner: &Point, token: TokenId) -> Option<AccountIndex> {
        let of_token = (token, AccountIndex::FIRST)..;
        let (found, index) = self.by_owner.get(owner)?.range(of_token).next()?;
        (*found == token).then_some(*index)
    }

    /// All accounts of an owner, by index.
    #[must_use]
    pub fn of_owner(&self, owner: &Point) -> Vec<(AccountIndex, Account)> {
        let owned = self.by_owner.get(owner).into_iter().flatten();
        let mut found: Vec<_> = owned
            .map(|(_, index)| (*index, self.accounts[index]))
            .collect();
        found.sort_unstable_by_key(|(index, _)| *index);
        found
    }

    /// How many leaves are given out, the reserved leaf 0 among them: the index of the next new
    /// account. Below it every leaf but 0 is taken, unless the ledger was made otherwise.
    #[must_use]
    pub fn leaves_given_out(&self) -> u32 {
        self.last + 1
    }

    /// The one index that the next new account can get, or `None` when the tree is full.
    #[must_use]
    pub fn next_free(&self) -> Option<AccountIndex> {
        AccountIndex::new(self.leaves_given_out()).ok()
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
        if let Some(previous) = self.accounts.insert(index, account) {
            if (previous.owner, previous.token) == (account.owner, account.token) {
                return;
            }
            self.disown(index, &previous);
        }
        let owned = self.by_owner.entry(account.owner).or_default();
        owned.insert((account.token, index));
        self.last = self.last.max(index.get());
    }

    /// Takes back a change: the account as it was before it, or none.
    pub(crate) fn restore(&mut self, index: AccountIndex, before: Option<Account>) {
        if let Some(account) = before {
            self.put(index, account);
        } else if let Some(account) = self.accounts.remove(&index) {
            self.disown(index, &account);
            while self.last > 0 && !self.is_taken(self.last) {
                self.last -= 1;
            }
        }
    }

    fn is_taken(&self, index: u32) -> bool {
        AccountIndex::new(index).is_ok_and(|index| self.accounts.contains_key(&index))
    }

    /// Takes an account out of the index by owner.
    fn disown(&mut self, index: AccountIndex, account: &Account) {
        if let Some(owned) = self.by_owner.get_mut(&account.owner) {
            owned.remove(&(account.token, index));
            if owned.is_empty() {
                self.by_owner.remove(&account.owner);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ark_bn254::Fr;
    use proptest::{collection::vec, option, prelude::*};

    use super::*;
    use crate::quantity::Amount;

    fn index(index: u32) -> AccountIndex {
        AccountIndex::new(index).unwrap()
    }

    fn owner(owner: u32) -> Point {
        Point {
            x: Fr::from(owner),
            y: Fr::from(1u8),
        }
    }

    fn account(of: u32, token: u16, balance: u128) -> Account {
        Account {
            balance: Amount(balance),
            ..Account::new(owner(of), TokenId(token))
        }
    }

    #[test]
    fn taking_a_second_account_back_leaves_the_first_to_be_found() {
        let mut ledger = Ledger::from_accounts([(index(1), account(1, 0, 5))]);
        ledger.put(index(2), account(1, 0, 6));
        ledger.restore(index(2), None);
        assert_eq!(ledger.find(&owner(1), TokenId(0)), Some(index(1)));
        assert_eq!(ledger.of_owner(&owner(1)), [(index(1), account(1, 0, 5))]);
        assert_eq!(ledger.next_free(), Some(index(2)));
    }

    #[test]
    fn three_accounts_among_a_hundred_thousand_are_found() {
        const ACCOUNTS: u32 = 100_000;
        let of = |at| if at % 33_334 == 1 { 0 } else { at };
        let accounts = (1..=ACCOUNTS).map(|at| (index(at), account(of(at), 3, at.into())));
        let ledger = Ledger::from_accounts(accounts);
        let found = ledger.of_owner(&owner(0));
        let expected = [1, 33_335, 66_669].map(|at| (index(at), account(0, 3, at.into())));
        assert_eq!(found, expected);
        assert_eq!(ledger.find(&owner(0), TokenId(3)), Some(index(1)));
        assert_eq!(ledger.of_owner(&owner(ACCOUNTS + 1)), []);
    }

    /// An account written, or what was there before taken back.
    fn changes() -> impl Strategy<Value = Vec<(u32, Option<Account>)>> {
        let account = (0..3u32, 0..2u16, 0..9u128)
            .prop_map(|(owner, token, balance)| account(owner, token, balance));
        vec((1..9u32, option::weighted(0.7, account)), 0..40)
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_scan_finds(changes in changes(), by_put in any::<bool>()) {
            let mut ledger = Ledger::default();
            for (at, account) in changes {
                match account {
                    Some(account) if by_put => ledger.put(index(at), account),
                    before => ledger.restore(index(at), before),
                }
                let mut all: Vec<_> = ledger.iter().collect();
                all.sort_unstable_by_key(|(index, _)| *index);
                for of in 0..3 {
                    let of = owner(of);
                    let owned = all.iter().filter(|(_, account)| account.owner == of);
                    let owned: Vec<_> = owned.copied().collect();
                    for token in [0, 1].map(TokenId) {
                        let first = owned.iter().find(|(_, account)| account.token == token);
                        prop_assert_eq!(ledger.find(&of, token), first.map(|(index, _)| *index));
                    }
                    prop_assert_eq!(ledger.of_owner(&of), owned);
                }
                let free = all.last().map_or(Some(index(1)), |(last, _)| last.next());
                prop_assert_eq!(ledger.next_free(), free);
            }
        }
    }
}
