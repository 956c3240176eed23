//! What the worlds of tests have besides.
#![allow(clippy::unwrap_used)]

use super::*;

impl World {
    /// A signed transfer to somebody who has no account.
    pub(crate) fn transfer_to_new(&mut self, from: usize, amount: u128) -> Operation {
        let newcomer = SecretKey::from_seed(self.rng.random()).public_key().0;
        let order = self.order(from, Payee::Owner(newcomer), amount);
        let to = self.state.ledger().next_free().unwrap();
        Operation::Transfer {
            order: order.sign(self.domain, self.key(from)),
            to,
        }
    }

    /// A deposit to a user's account.
    pub(crate) fn deposit(&self, to: usize, amount: u128) -> Operation {
        let owner = self.owner(to);
        let deposit = Deposit {
            token: TokenId::ETHER,
            amount: Amount(amount),
            owner,
        };
        Operation::Deposit {
            deposit,
            to: Some(self.index(to)),
        }
    }
}
