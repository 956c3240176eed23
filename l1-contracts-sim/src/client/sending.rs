//! Signing and sending calls.

use std::time::Duration;

use alloy::primitives::TxKind;

use super::{
    call::{RollupCall, SendOptions, SentTransaction, SignedCall},
    error::L1Error,
    rollup::RollupClient,
    types::TransactionReceipt,
};

const NONCE_CALL: &str = "eth_getTransactionCount";

impl RollupClient {
    /// The account's next nonce, counting what waits.
    ///
    /// # Errors
    /// [`L1Error::NoSigner`], or where the L1 does not answer.
    pub async fn next_nonce(&self) -> Result<u64, L1Error> {
        let account = self.account().ok_or(L1Error::NoSigner(NONCE_CALL))?;
        let count = self.wire.endpoint.pending_nonce(account.into()).await;
        count.map_err(|e| L1Error::from_rpc(NONCE_CALL, e))
    }

    /// How many of the account's transactions are mined.
    ///
    /// # Errors
    /// [`L1Error::NoSigner`], or where the L1 does not answer.
    pub async fn mined_nonce(&self) -> Result<u64, L1Error> {
        let account = self.account().ok_or(L1Error::NoSigner(NONCE_CALL))?;
        let count = self.wire.endpoint.mined_nonce(account.into()).await;
        count.map_err(|e| L1Error::from_rpc(NONCE_CALL, e))
    }

    /// Signs a call and does not send it. Unless a gas limit is given, the call is tried on the L1
    /// first, so that a refusal is [`L1Error::Reverted`] and costs nothing. Give a gas limit to
    /// sign a call that builds on one that still waits. With all options given the same is signed
    /// each time.
    ///
    /// # Errors
    /// [`L1Error::Reverted`], [`L1Error::Refused`], [`L1Error::NoSigner`], [`L1Error::Transport`].
    pub async fn sign(
        &self,
        call: &RollupCall,
        options: SendOptions,
    ) -> Result<SignedCall, L1Error> {
        let (to, value, data) = call.encode(self.contract);
        self.wire
            .sign(call.name(), TxKind::Call(to), value, data, options)
            .await
    }

    /// Sends what was signed, and returns at once.
    ///
    /// # Errors
    /// [`L1Error::Refused`], [`L1Error::Transport`].
    pub async fn send_signed(&self, signed: &SignedCall) -> Result<(), L1Error> {
        self.wire.send_signed(signed).await
    }

    /// Signs a call and sends it.
    ///
    /// # Errors
    /// As [`RollupClient::sign`] and [`RollupClient::send_signed`].
    pub async fn send(
        &self,
        call: &RollupCall,
        options: SendOptions,
    ) -> Result<SentTransaction, L1Error> {
        let signed = self.sign(call, options).await?;
        self.send_signed(&signed).await?;
        Ok(signed.sent)
    }

    /// The options with which a call takes the place of one that is stuck: the same nonce, and fees
    /// at least an eighth higher, or the L1's own where those are higher.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn raise(
        &self,
        call: &RollupCall,
        stuck: &SentTransaction,
    ) -> Result<SendOptions, L1Error> {
        let higher = |wei: u128| wei.saturating_add(wei / 8).saturating_add(1);
        let now = self.wire.fees(call.name(), SendOptions::default()).await?;
        Ok(SendOptions {
            nonce: Some(stuck.nonce),
            max_fee_wei: Some(higher(stuck.max_fee_wei).max(now.0)),
            max_priority_fee_wei: Some(higher(stuck.max_priority_fee_wei).max(now.1)),
            gas_limit: Some(stuck.gas_limit),
        })
    }

    /// Sends again in place of a transaction that is stuck.
    ///
    /// # Errors
    /// As [`RollupClient::send`]; [`L1Error::Refused`] with "nonce too low" where the
    /// transaction was mined meanwhile.
    pub async fn resend(
        &self,
        call: &RollupCall,
        stuck: &SentTransaction,
    ) -> Result<SentTransaction, L1Error> {
        let options = self.raise(call, stuck).await?;
        self.send(call, options).await
    }

    /// Sends, waits, and makes a mined failure an error.
    ///
    /// # Errors
    /// As [`RollupClient::send`] and [`RollupClient::wait`].
    pub async fn execute(
        &self,
        call: &RollupCall,
        timeout: Duration,
    ) -> Result<TransactionReceipt, L1Error> {
        let sent = self.send(call, SendOptions::default()).await?;
        self.wire.settle(call.name(), sent.hash, timeout).await
    }
}
