//! What the operator asks of a transaction beside the rules of the protocol.

use std::{collections::BTreeMap, sync::Arc};

use assay_circuits::{
    address::L1Address,
    babyjubjub::Point,
    order::{Order, Payee},
    quantity::{Amount, Timestamp, TokenId},
    transition::Rejection,
};
use assay_l1::client::TokenInfo;

use super::{costs::Record, error::AdmissionError};
use crate::{
    accounts::Accounts,
    prices::{Level, Prices},
};

/// The operator's terms.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Whom fees are paid to.
    pub(crate) operator: Point,
    /// The rollup contract.
    pub(crate) contract: L1Address,
    /// Least fee of a transfer record by token; 0 where nothing is said.
    pub(crate) minimum_fees: BTreeMap<TokenId, Amount>,
    /// By how much these are raised now.
    pub(crate) prices: Prices,
    /// How much older than its block a batch's timestamp may be on the layer 1, s.
    pub(crate) max_lag_s: u32,
    /// How long a transaction may live from its arrival on, s.
    pub(crate) life_max_s: u32,
}

/// What the terms are held against.
#[derive(Debug)]
pub(crate) struct Circumstances<'a> {
    /// What time it is.
    pub(crate) now: Timestamp,
    /// After all executed transactions.
    pub(crate) accounts: &'a Accounts,
    /// Ether and the registered tokens.
    pub(crate) tokens: Arc<[TokenInfo]>,
}

impl Terms {
    /// The least fee of a record in a token at a level: nothing while the operator has no account in
    /// which it could be paid.
    pub(crate) fn minimum_fee(
        &self,
        token: TokenId,
        record: Record,
        (accounts, level): (&Accounts, Level),
    ) -> Amount {
        if !self.takes_fees_in(token, accounts) {
            return Amount::ZERO;
        }
        record.least_fee(level.of(self.asked(token)))
    }

    /// What an order's fee is worth, in thousandths of the least for a transfer in its token.
    pub(crate) fn worth(&self, order: &Order) -> u64 {
        let asked = self.asked(order.token).0;
        let thousandths = order.fee.value().0.saturating_mul(1_000);
        let worth = thousandths.checked_div(asked).unwrap_or(0);
        u64::try_from(worth).unwrap_or(u64::MAX)
    }

    /// Whether fees are taken in a token: whether the operator has an account for it.
    pub(crate) fn takes_fees_in(&self, token: TokenId, accounts: &Accounts) -> bool {
        accounts.find(&self.operator, token).is_some()
    }

    /// The tokens in which the operator asks for fees.
    pub(crate) fn asked_tokens(&self) -> impl Iterator<Item = TokenId> + '_ {
        let asked = self.minimum_fees.iter().filter(|(_, least)| least.0 > 0);
        asked.map(|(token, _)| *token)
    }

    /// Whether an order that comes in now keeps to the terms.
    pub(crate) fn check(
        &self,
        order: &Order,
        circumstances: &Circumstances<'_>,
    ) -> Result<(), AdmissionError> {
        self.check_life(order, circumstances.now)?;
        if order.amount == Amount::ZERO {
            return Err(AdmissionError::ZeroAmount);
        }
        self.check_receiver(order, &circumstances.tokens)?;
        self.check_fee(order, circumstances.accounts)
    }

    fn check_life(&self, order: &Order, now: Timestamp) -> Result<(), AdmissionError> {
        let expires = order.expires;
        if expires < now {
            return Err(Rejection::Expired { expires, now }.into());
        }
        // A batch that waits too long for its proof is sealed again with a later time: what is in
        // it must still be in time then.
        let least = now.saturating_add(self.max_lag_s);
        if expires < least {
            return Err(AdmissionError::ExpiresTooSoon { expires, least });
        }
        let most = least.saturating_add(self.life_max_s);
        if expires > most {
            return Err(AdmissionError::ExpiresTooLate { expires, most });
        }
        Ok(())
    }

    /// What is withdrawn to one of these is gone: nobody can send from there.
    fn check_receiver(&self, order: &Order, tokens: &[TokenInfo]) -> Result<(), AdmissionError> {
        let Payee::L1(receiver) = order.to else {
            return Ok(());
        };
        let is = if receiver.0 == [0; 20] {
            "the zero address"
        } else if receiver == self.contract {
            "the rollup contract"
        } else if tokens.iter().any(|token| token.address.0 == receiver.0) {
            "a token's contract"
        } else {
            return Ok(());
        };
        Err(AdmissionError::RefusedReceiver { receiver, is })
    }

    fn check_fee(&self, order: &Order, accounts: &Accounts) -> Result<(), AdmissionError> {
        let (given, token) = (order.fee.value(), order.token);
        if given > Amount::ZERO && !self.takes_fees_in(token, accounts) {
            return Err(Rejection::FeeTokenNotAccepted(token).into());
        }
        let record = Record::of(order, accounts);
        let least = |level| self.minimum_fee(token, record, (accounts, level));
        if given >= least(self.prices.honoured()) {
            return Ok(());
        }
        // What is asked now will be honoured when it comes.
        Err(AdmissionError::FeeTooLow {
            token,
            given,
            minimum: least(self.prices.quoted()),
        })
    }

    fn asked(&self, token: TokenId) -> Amount {
        let asked = self.minimum_fees.get(&token);
        asked.copied().unwrap_or(Amount::ZERO)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_l1::address::EthAddress;

    use super::*;
    use crate::{clock::Clock, prices::Basis, rig::owner};

    #[test]
    fn what_is_withdrawn_to_a_tokens_contract_would_be_gone() {
        let terms = Terms {
            operator: owner(0),
            contract: L1Address([7; 20]),
            minimum_fees: BTreeMap::new(),
            prices: Prices::new(Basis::default(), Clock::default()),
            max_lag_s: 0,
            life_max_s: 0,
        };
        let token = TokenInfo {
            number: 1,
            address: EthAddress([1; 20]),
            symbol: None,
            decimals: None,
        };
        let tokens = [TokenInfo::ether(), token];
        for (receiver, is_taken) in [
            ([0; 20], false),
            ([7; 20], false),
            ([1; 20], false),
            ([2; 20], true),
        ] {
            let order = Order {
                from: assay_circuits::quantity::AccountIndex::FIRST,
                nonce: 0,
                token: TokenId::ETHER,
                to: Payee::L1(L1Address(receiver)),
                amount: Amount(1),
                fee: assay_circuits::quantity::Fee::ZERO,
                expires: 0,
            };
            assert_eq!(terms.check_receiver(&order, &tokens).is_ok(), is_taken);
        }
    }
}
