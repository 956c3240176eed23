//! Signing and sending calls.

use std::time::Duration;

use alloy::{eips::BlockId, primitives::TxKind};

use super::{
    call::{RollupCall, SendOptions, SentTransaction, SignedCall},
    error::L1Error,
    rollup::RollupClient,
    types::{BlockInfo, TransactionReceipt},
};
use crate::batch::Word;

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

    /// How many of the account's transactions are mined in a block and those before it.
    ///
    /// # Errors
    /// [`L1Error::NoSigner`], or where the L1 does not answer or has no state of that block.
    pub async fn nonce_at(&self, block: &BlockInfo) -> Result<u64, L1Error> {
        let account = self.account().ok_or(L1Error::NoSigner(NONCE_CALL))?;
        let at = BlockId::hash_canonical(block.hash.into());
        let count = self.wire.endpoint.nonce_at(account.into(), at).await;
        count.map_err(|e| L1Error::from_rpc(NONCE_CALL, e))
    }

    /// What the L1 suggests to pay a block's maker, wei per gas.
    ///
    /// # Errors
    /// Where the L1 does not answer. One that knows no such call is taken to suggest one gwei.
    pub async fn tip(&self) -> Result<u128, L1Error> {
        self.wire.tip().await
    }

    /// Whether the L1 has a transaction: mined, or waiting for a block.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn is_known(&self, transaction: Word) -> Result<bool, L1Error> {
        const CALL: &str = "eth_getTransactionByHash";
        let found = self.wire.endpoint.transaction(transaction.into()).await;
        let found = found.map_err(|e| L1Error::from_rpc(CALL, e))?;
        Ok(found.is_some())
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
        let sender = self.account().ok_or(L1Error::NoSigner(call.name()))?;
        let (to, value, data) = call.encode(self.contract, sender);
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
