//! The accounts after all executed transactions, as the executor publishes them: after each turn
//! the ones that it changed, once they are on disk. A reader holds a lock for a look-up only, and
//! so does the executor for what one turn changed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, RwLock, RwLockReadGuard},
};

use assay_circuits::{
    account::Account,
    babyjubjub::Point,
    quantity::{AccountIndex, Nonce, TokenId},
};

/// An account and what waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PublishedAccount {
    /// After all executed transactions.
    pub(crate) account: Account,
    /// Its transactions that wait.
    pub(crate) pending: u32,
    /// The nonce to sign next: after those executed and those waiting in an unbroken row.
    pub(crate) next_nonce: Nonce,
}

impl PublishedAccount {
    /// An account for which nothing waits.
    pub(crate) fn still(account: Account) -> Self {
        Self {
            account,
            pending: 0,
            next_nonce: account.nonce,
        }
    }
}

#[derive(Debug, Default)]
struct Published {
    accounts: HashMap<AccountIndex, PublishedAccount>,
    /// An account keeps its owner and token for good. An owner may have several for a token.
    by_owner: HashMap<Point, BTreeSet<(TokenId, AccountIndex)>>,
}

/// The accounts, for those who read. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Accounts(Arc<RwLock<Published>>);

/// Where the executor publishes accounts.
#[derive(Debug)]
pub(crate) struct AccountsPublisher(Arc<RwLock<Published>>);

const HELD: &str = "no holder of this lock panics";

/// No accounts yet.
pub(crate) fn channel() -> (AccountsPublisher, Accounts) {
    let published = Arc::new(RwLock::default());
    (AccountsPublisher(published.clone()), Accounts(published))
}

impl AccountsPublisher {
    /// These accounts are new or have changed.
    pub(crate) fn publish(&self, changed: Vec<(AccountIndex, PublishedAccount)>) {
        if changed.is_empty() {
            return;
        }
        let mut published = self.0.write().expect(HELD);
        let Published { accounts, by_owner } = &mut *published;
        for (index, found) in changed {
            let Account { owner, token, .. } = found.account;
            if accounts.insert(index, found).is_none() {
                by_owner.entry(owner).or_default().insert((token, index));
            }
        }
    }
}

impl Accounts {
    fn read(&self) -> RwLockReadGuard<'_, Published> {
        self.0.read().expect(HELD)
    }

    pub(crate) fn get(&self, index: AccountIndex) -> Option<PublishedAccount> {
        self.read().accounts.get(&index).copied()
    }

    /// The account of an owner for a token, of several the first.
    pub(crate) fn find(&self, owner: &Point, token: TokenId) -> Option<AccountIndex> {
        let published = self.read();
        let mut owned = published.by_owner.get(owner)?.iter();
        let found = owned.find(|(held, _)| *held == token)?;
        Some(found.1)
    }

    /// All accounts of an owner, by index.
    pub(crate) fn of_owner(&self, owner: &Point) -> Vec<(AccountIndex, PublishedAccount)> {
        let published = self.read();
        let indexes = published.by_owner.get(owner).into_iter();
        let mut found: Vec<_> = indexes
            .flatten()
            .filter_map(|(_, index)| Some((*index, *published.accounts.get(index)?)))
            .collect();
        found.sort_unstable_by_key(|(index, _)| *index);
        found
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{
        io,
        sync::atomic::{AtomicBool, Ordering},
    };

    use assay_circuits::quantity::Amount;

    use super::*;
    use crate::{admission::error::AdmissionError, rig::World, storage::Disk};

    fn account(owner: u32, token: u16, balance: u128) -> PublishedAccount {
        // Nothing here looks at whether the point is on the curve.
        let owner = Point {
            x: owner.into(),
            y: 1u8.into(),
        };
        let mut account = Account::new(owner, TokenId(token));
        account.balance = Amount(balance);
        PublishedAccount {
            account,
            pending: 0,
            next_nonce: 0,
        }
    }

    fn at(index: u32) -> AccountIndex {
        AccountIndex::new(index).unwrap()
    }

    #[test]
    fn an_owner_of_three_accounts_among_many_is_found_by_an_index() {
        let (publisher, accounts) = channel();
        let theirs = [70_000, 7, 99_999];
        let all = (1..=100_000).map(|index| {
            let place = theirs.iter().position(|own| *own == index);
            let found = match place.and_then(|place| u16::try_from(place).ok()) {
                Some(token) => account(0, token, index.into()),
                None => account(index, 0, 1),
            };
            (at(index), found)
        });
        publisher.publish(all.collect());
        let owner = account(0, 0, 0).account.owner;
        let found = accounts.of_owner(&owner);
        let found: Vec<_> = found
            .iter()
            .map(|(index, found)| (index.get(), found.account.token.0, found.account.balance.0))
            .collect();
        assert_eq!(found, [(7, 1, 7), (70_000, 0, 70_000), (99_999, 2, 99_999)]);
        assert_eq!(accounts.find(&owner, TokenId(2)), Some(at(99_999)));
        assert_eq!(accounts.find(&owner, TokenId(3)), None);
        assert_eq!(accounts.of_owner(&account(0, 0, 0).account.owner).len(), 3);
    }

    #[test]
    fn a_change_is_seen_and_the_first_account_of_an_owner_for_a_token_counts() {
        let (publisher, accounts) = channel();
        publisher.publish(vec![(at(3), account(1, 0, 5)), (at(4), account(1, 0, 6))]);
        publisher.publish(vec![(at(3), account(1, 0, 9))]);
        let owner = account(1, 0, 0).account.owner;
        assert_eq!(accounts.find(&owner, TokenId(0)), Some(at(3)));
        assert_eq!(accounts.get(at(3)), Some(account(1, 0, 9)));
        assert_eq!(accounts.get(at(5)), None);
        // The other is the owner's money all the same.
        let found = accounts.of_owner(&owner);
        assert_eq!(
            found,
            [(at(3), account(1, 0, 9)), (at(4), account(1, 0, 6))]
        );
    }

    #[tokio::test]
    async fn what_is_read_of_an_account_is_on_disk() {
        let world = World::new();
        let broken = Arc::new(AtomicBool::new(false));
        let switch = broken.clone();
        let disk = Disk::with_faults(move |_| match switch.load(Ordering::Acquire) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        });
        let mut rig = world.start_with(world.config(), disk).await.unwrap();
        rig.fund(&world.l1, [1, 2]).await;
        broken.store(true, Ordering::Release);
        let order = rig.order(1, 0, Some(2), 10);
        let refused = rig.admission.submit(order).await;
        assert_eq!(refused, Err(AdmissionError::StorageUnavailable));
        assert_eq!((rig.nonce(1), rig.balance(2)), (0, 1_000_000));
        rig.stop().await;
    }
}
