//! What is held, and paying out.

use alloy::primitives::{Address, U256};

use super::{Assay, AssayEvents, Model, Outside};

impl Model {
    pub(super) fn token_address(&self, token: u16) -> Option<Address> {
        let index = usize::from(token).checked_sub(1)?;
        self.tokens.get(index).copied()
    }

    pub(super) fn is_token(&self, token: u16) -> bool {
        token == 0 || self.token_address(token).is_some()
    }

    /// What hinders a payment.
    pub(super) fn hindrance(
        &self,
        token: u16,
        to: Address,
        amount: u128,
        outside: &mut Outside,
    ) -> Option<&'static str> {
        let held = self.held.get(usize::from(token)).copied();
        if held.unwrap_or(0) < amount {
            return Some("Panic");
        }
        if token == 0 {
            let refused = to == self.rollup || !outside.takes(to);
            return refused.then_some("EtherRefused");
        }
        let address = self.token_address(token);
        let found = address.and_then(|address| outside.token(address));
        let moved = found.is_some_and(|token| {
            let amount = U256::from(amount);
            token.clone().transfer(self.rollup, to, amount, false)
        });
        (!moved || to == self.rollup).then_some("TokenCallFailed")
    }

    /// Pays what nothing hinders.
    pub(super) fn pay(&mut self, token: u16, to: Address, amount: u128, outside: &mut Outside) {
        self.held[usize::from(token)] -= amount;
        let amount = U256::from(amount);
        match self.token_address(token) {
            None => outside.pay(to, amount),
            Some(address) => {
                let token = outside.token(address).unwrap();
                token.transfer(self.rollup, to, amount, false);
            }
        }
    }

    /// Owes ether; nothing is no credit.
    pub(super) fn credit(&mut self, to: Address, amount: U256) -> Vec<AssayEvents> {
        if amount.is_zero() {
            return Vec::new();
        }
        *self.credits.entry(to).or_default() += amount;
        vec![AssayEvents::Credited(Assay::Credited { to, amount })]
    }
}
