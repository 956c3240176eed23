//! What the operator asks of a transaction beside the rules of the protocol.

use std::collections::BTreeMap;

use assay_circuits::{
    babyjubjub::Point,
    order::Order,
    quantity::{Amount, Timestamp, TokenId},
    transition::Rejection,
};

use super::error::AdmissionError;
use crate::accounts::Accounts;

/// The operator's terms.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Whom fees are paid to.
    pub(crate) operator: Point,
    /// Least fee by token; 0 where nothing is said.
    pub(crate) minimum_fees: BTreeMap<TokenId, Amount>,
    /// How much older than its block a batch's timestamp may be on the layer 1, s.
    pub(crate) max_lag_s: u32,
}

impl Terms {
    /// The least fee of a token.
    pub(crate) fn minimum_fee(&self, token: TokenId) -> Amount {
        let minimum = self.minimum_fees.get(&token);
        minimum.copied().unwrap_or(Amount::ZERO)
    }

    /// Whether fees are taken in a token: whether the operator has an account for it.
    pub(crate) fn takes_fees_in(&self, token: TokenId, accounts: &Accounts) -> bool {
        accounts.find(&self.operator, token).is_some()
    }

    /// Whether an order that comes in now keeps to the terms.
    pub(crate) fn check(
        &self,
        order: &Order,
        now: Timestamp,
        accounts: &Accounts,
    ) -> Result<(), AdmissionError> {
        if order.expires < now {
            return Err(Rejection::Expired {
                expires: order.expires,
                now,
            }
            .into());
        }
        // A batch that waits too long for its proof is sealed again with a later time: what is in
        // it must still be in time then.
        let least = now.saturating_add(self.max_lag_s);
        if order.expires < least {
            return Err(AdmissionError::ExpiresTooSoon {
                expires: order.expires,
                least,
            });
        }
        let (given, token) = (order.fee.value(), order.token);
        let minimum = self.minimum_fee(token);
        if given < minimum {
            return Err(AdmissionError::FeeTooLow {
                token,
                given,
                minimum,
            });
        }
        if given > Amount::ZERO && !self.takes_fees_in(token, accounts) {
            return Err(Rejection::FeeTokenNotAccepted(token).into());
        }
        Ok(())
    }
}
