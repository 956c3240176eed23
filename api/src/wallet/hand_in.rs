//! Handing a signed order to the node, so that it is taken once, whatever is lost on the way.

use std::time::Duration;

use assay_circuits::{
    address::{Address, Network},
    order::{Domain, Order, Signed, TxHash},
};
use tokio::time::{Instant, sleep};

use super::error::WalletError;
use crate::{
    client::{ClientError, NodeClient},
    receipt,
    wire::Receipt,
};

/// Between two attempts to reach the node.
const PAUSE: Duration = Duration::from_millis(250);

/// What became of handing in.
#[derive(Debug)]
pub enum HandedIn {
    /// The node has it: with its receipt, checked, unless that was lost.
    Taken(Option<Receipt>),
    /// The node has another with its nonce, and will never take this one.
    NonceIsTaken(ClientError),
}

/// A node that takes the orders of one rollup.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) node: NodeClient,
    pub(super) network: Network,
    /// What signatures are bound to.
    pub(super) domain: Domain,
    /// Whose receipts count.
    pub(super) operator: Option<Address>,
}

impl Desk {
    /// Hands an order in, again where the answer is lost.
    pub(super) async fn hand_in(
        &self,
        signed: &Signed<Order>,
        patience: Duration,
    ) -> Result<HandedIn, WalletError> {
        let hash = signed.hash(self.domain);
        let deadline = Instant::now() + patience;
        let mut may_be_there = false;
        loop {
            let error = match self.node.submit(signed, self.network).await {
                Ok(receipt) => {
                    receipt::check(&receipt, self.operator, self.domain, hash)
                        .map_err(|source| WalletError::Receipt { hash, source })?;
                    return Ok(HandedIn::Taken(Some(receipt)));
                }
                Err(error) => error,
            };
            if error.is_unanswered() || error.code() == Some("timed_out") {
                may_be_there |= !error.is_unsent();
                if !may_be_there {
                    return Err(error.into());
                }
                if Instant::now() >= deadline {
                    let source = error;
                    return Err(WalletError::Unknown { hash, source });
                }
                sleep(PAUSE).await;
                if self.node.transaction(hash).await.is_ok() {
                    return Ok(HandedIn::Taken(None));
                }
                continue;
            }
            // The node does not know it itself, or what came is not the node's, but of something before it.
            may_be_there |=
                matches!(error, ClientError::Answer { .. }) || error.code() == Some("internal");
            if may_be_there && self.has(hash, deadline).await? {
                return Ok(HandedIn::Taken(None));
            }
            return match error.code() {
                // `duplicate`: another process of the same owner signed the very same.
                Some("wrong_nonce" | "nonce_taken" | "duplicate") => {
                    Ok(HandedIn::NonceIsTaken(error))
                }
                _ => Err(error.into()),
            };
        }
    }

    /// Whether the node has a transaction.
    async fn has(&self, hash: TxHash, deadline: Instant) -> Result<bool, WalletError> {
        loop {
            match self.node.transaction(hash).await {
                Ok(_) => return Ok(true),
                Err(error) if error.code() == Some("unknown_transaction") => return Ok(false),
                Err(source) if Instant::now() >= deadline => {
                    return Err(WalletError::Unknown { hash, source });
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}
