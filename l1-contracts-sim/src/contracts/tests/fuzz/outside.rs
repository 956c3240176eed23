//! What stands around the rollup: receivers of ether and tokens, in their manners.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, U256};

/// What an account does when it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receiver {
    Takes,
    Refuses,
    /// Never comes to an end.
    BurnsAll,
    /// Takes it, and 400,000 gas.
    BurnsMuch,
    /// Takes it and calls the rollup, which must refuse.
    CallsAgain,
}

/// What a token does when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Honest,
    /// Keeps a hundredth of what is moved.
    Fee,
    /// Moves what it is asked for, and answers nothing.
    Silent,
    /// Calls the rollup from within, which must refuse.
    CallsAgain,
    /// Answers false to whoever takes from another; otherwise honest.
    False,
    Refuses,
    BurnsAll,
    /// Answers 1 and does nothing.
    Lies,
    /// Answers 2 and does nothing.
    Babbles,
    /// Answers nothing and does nothing.
    Mute,
    /// Has no code any more.
    Dead,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) address: Address,
    /// As it was deployed.
    pub(super) home: Manner,
    pub(super) manner: Manner,
    pub(super) balances: BTreeMap<Address, U256>,
    /// It has lied: what it says is no longer what was paid in and out.
    pub(super) lied: bool,
}

impl Token {
    pub(super) fn has(&self, account: Address) -> U256 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// What it answers when it is asked for a balance.
    pub(super) fn balance_of(&self, account: Address) -> Option<U256> {
        match self.manner {
            Manner::Lies => Some(U256::from(1)),
            Manner::Babbles => Some(U256::from(2)),
            Manner::Refuses | Manner::BurnsAll | Manner::Mute | Manner::Dead => None,
            _ => Some(self.has(account)),
        }
    }

    /// Moves an amount and says whether it must count as moved. `taken`: by another than its owner.
    pub(super) fn transfer(
        &mut self,
        from: Address,
        to: Address,
        amount: U256,
        taken: bool,
    ) -> bool {
        let fee = match self.manner {
            Manner::Refuses | Manner::BurnsAll | Manner::Dead | Manner::Babbles => return false,
            Manner::False if taken => return false,
            Manner::Lies | Manner::Mute => {
                self.lied |= !amount.is_zero();
                return true;
            }
            Manner::Fee => amount / U256::from(100),
            _ => U256::ZERO,
        };
        if self.has(from) < amount {
            return false;
        }
        *self.balances.entry(from).or_default() -= amount;
        *self.balances.entry(to).or_default() += amount - fee;
        true
    }
}

#[derive(Debug, Default)]
pub(super) struct Outside {
    pub(super) receivers: BTreeMap<Address, Receiver>,
    pub(super) tokens: Vec<Token>,
    /// Accounts that sign and have code.
    pub(super) coded: BTreeSet<Address>,
    /// Ether that the rollup paid out, since it was last looked at.
    pub(super) paid: BTreeMap<Address, U256>,
}

impl Outside {
    /// Takes ether, with 500,000 gas.
    pub(super) fn takes(&self, account: Address) -> bool {
        let receiver = self.receivers.get(&account);
        !matches!(receiver, Some(Receiver::Refuses | Receiver::BurnsAll))
    }

    pub(super) fn pay(&mut self, account: Address, amount: U256) {
        *self.paid.entry(account).or_default() += amount;
    }

    pub(super) fn token(&mut self, address: Address) -> Option<&mut Token> {
        self.tokens
            .iter_mut()
            .find(|token| token.address == address)
    }

    pub(super) fn has_code(&self, account: Address) -> bool {
        let token = self.tokens.iter().find(|token| token.address == account);
        let receiver = self.receivers.get(&account);
        token.is_some_and(|token| token.manner != Manner::Dead)
            || receiver.is_some_and(|receiver| *receiver != Receiver::Takes)
            || self.coded.contains(&account)
    }
}
