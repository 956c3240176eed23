//! Those who pay each other.

use assay_circuits::{
    address::Address,
    babyjubjub::Point,
    eddsa::SecretKey,
    order::{Domain, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Fee, Nonce, TokenId},
};
use rayon::prelude::*;

use crate::rollup::{Rollup, soon};

/// What each has to begin with, wei.
const FUNDS: u128 = 1_000_000_000_000_000;
/// What a transfer pays, wei.
const AMOUNT: u128 = 1_000_000;

struct Sender {
    key: SecretKey,
    owner: Point,
    account: AccountIndex,
    next: Nonce,
}

/// Senders, and the rollup for which they sign.
pub(crate) struct Senders {
    domain: Domain,
    senders: Vec<Sender>,
}

impl Senders {
    /// Makes an account for each of so many.
    pub(crate) async fn open(rollup: &Rollup, count: usize) -> Self {
        eprintln!("{count} accounts");
        let mut payer = rollup.payer().await;
        let seed = |number: usize| {
            let mut seed = [2; 32];
            seed[..8].copy_from_slice(&(number as u64).to_be_bytes());
            seed
        };
        let keys: Vec<_> = (0..count)
            .map(|number| SecretKey::from_seed(seed(number)))
            .collect();
        let owners: Vec<_> = keys.iter().map(|key| key.public_key().0).collect();
        let first: Vec<_> = owners
            .iter()
            .map(|owner| payer.sign(Payee::Owner(*owner), FUNDS))
            .collect();
        let answers = rollup
            .client
            .submit_list(&first, rollup.network())
            .await
            .unwrap();
        for answer in answers {
            assert!(answer.receipt.is_some(), "{answer:?}");
        }
        let mut senders = Vec::with_capacity(count);
        for (key, owner) in keys.into_iter().zip(owners) {
            let address = Address {
                network: rollup.network(),
                owner,
            };
            let account = soon("an account is there", async || {
                let accounts = rollup.client.accounts(&address).await.unwrap();
                accounts.first().map(|account| account.index)
            })
            .await;
            let account = AccountIndex::new(account).unwrap();
            senders.push(Sender {
                key,
                owner,
                account,
                next: 0,
            });
        }
        rollup.sealed().await;
        Self {
            domain: rollup.domain,
            senders,
        }
    }

    pub(crate) fn accounts(&self) -> Vec<AccountIndex> {
        self.senders.iter().map(|sender| sender.account).collect()
    }

    /// Transfers for each of so many connections, `count` in all, as near as they can be shared out evenly. No two
    /// connections have a sender in common, so that nonces come in their order.
    pub(crate) fn sign(&mut self, count: usize, connections: usize) -> Vec<Vec<Signed<Order>>> {
        let owners: Vec<_> = self.senders.iter().map(|sender| sender.owner).collect();
        let (size, share) = (owners.len() / connections, count.div_ceil(connections));
        let mut left = count;
        let groups = self.senders.chunks_mut(size).zip(owners.chunks(size));
        let orders = groups.take(connections).map(|(senders, owners)| {
            let mine = share.min(left);
            left -= mine;
            orders(senders, owners, mine)
        });
        let orders: Vec<Vec<_>> = orders.collect();
        let senders = &self.senders;
        let sign = |order: Order| {
            let sender = senders
                .iter()
                .find(|sender| sender.account == order.from)
                .unwrap();
            order.sign(self.domain, &sender.key)
        };
        let signed = orders
            .into_iter()
            .map(|orders| orders.into_par_iter().map(sign).collect());
        signed.collect()
    }
}

/// So many orders, by one sender after the other, each to the next.
fn orders(senders: &mut [Sender], owners: &[Point], count: usize) -> Vec<Order> {
    let order = |number: usize| {
        let place = number % senders.len();
        let sender = &mut senders[place];
        let nonce = sender.next;
        sender.next += 1;
        Order {
            from: sender.account,
            nonce,
            token: TokenId::ETHER,
            to: Payee::Owner(owners[(place + 1) % owners.len()]),
            amount: Amount(AMOUNT),
            fee: Fee::ZERO,
            expires: u32::MAX,
        }
    };
    (0..count).map(order).collect()
}
