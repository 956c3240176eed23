//! Orders in the place of others that wait: with the same nonce, for a fee with which the node takes them.

use std::time::Duration;

use assay_circuits::{
    order::{Order, Payee, TxHash},
    quantity::{Amount, Fee},
};

use super::{Answer, HandedIn, Replacement, Sent, Wallet, error::WalletError};
use crate::stage::Stage;

impl Wallet<'_> {
    /// Gives the nonce of an order that waits to a payment of one base unit to this key itself, so that the
    /// order is never executed.
    ///
    /// # Errors
    /// As [`Wallet::waiting`]; [`WalletError::Kept`] where the fee is too low or the order had its turn meanwhile;
    /// after [`WalletError::Unknown`] look for both hashes.
    pub fn cancel(
        &self,
        hash: TxHash,
        replacement: Replacement,
        patience: Duration,
    ) -> Answer<'_, Sent> {
        let to_itself = move |order| Order {
            to: Payee::Owner(self.address.owner),
            amount: Amount(1),
            ..order
        };
        Box::pin(self.put_in_place(hash, to_itself, replacement, patience))
    }

    /// Signs an order that waits again, for a higher fee and with a new expiry, in its own place.
    ///
    /// # Errors
    /// As [`Wallet::cancel`].
    pub fn replace(
        &self,
        hash: TxHash,
        replacement: Replacement,
        patience: Duration,
    ) -> Answer<'_, Sent> {
        Box::pin(self.put_in_place(hash, |order| order, replacement, patience))
    }

    /// The order of this key that waits under a hash.
    ///
    /// # Errors
    /// [`WalletError::OtherTransaction`], [`WalletError::OtherKey`], [`WalletError::Rejected`],
    /// [`WalletError::Executed`], or what the node says.
    pub fn waiting(&self, hash: TxHash) -> Answer<'_, Order> {
        Box::pin(async move {
            let found = self.desk.node.transaction(hash).await?;
            let signed = found.operation.to_signed(self.desk.network);
            let signed = signed.map_err(|error| WalletError::unreadable("transaction", error))?;
            if signed.hash(self.desk.domain) != hash {
                return Err(WalletError::OtherTransaction(hash));
            }
            if signed
                .verify(self.desk.domain, &self.address.owner)
                .is_err()
            {
                return Err(WalletError::OtherKey(hash));
            }
            match found.stage {
                Stage::Received => Ok(signed.order),
                Stage::Rejected => Err(WalletError::Rejected(hash)),
                stage => Err(WalletError::Executed { hash, stage }),
            }
        })
    }

    async fn put_in_place(
        &self,
        hash: TxHash,
        change: impl Fn(Order) -> Order + Send,
        replacement: Replacement,
        patience: Duration,
    ) -> Result<Sent, WalletError> {
        let _turn = self.turn.lock().await;
        let waiting = self.waiting(hash).await?;
        let least = Fee::round_up(waiting.fee.to_replace().0);
        let fee = replacement.fee.or(least);
        let order = Order {
            fee: fee.ok_or(WalletError::NoHigherFee(hash))?,
            expires: self.expires(replacement.expires_in_s).await?,
            ..change(waiting)
        };
        let signed = order.sign(self.desk.domain, self.key);
        match self.hand_in(&signed, patience).await? {
            HandedIn::Taken(receipt) => Ok(Sent {
                order,
                hash: signed.hash(self.desk.domain),
                receipt,
            }),
            HandedIn::NonceIsTaken(source) => Err(WalletError::Kept { hash, source }),
        }
    }
}
