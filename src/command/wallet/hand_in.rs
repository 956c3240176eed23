//! Handing a signed order to the node, so that it is taken once, whatever is lost on the way.

use std::time::Duration;

use anyhow::Result;
use assay_api::{
    client::ClientError,
    stage::Stage,
    wire::{Receipt, TransactionView},
};
use assay_circuits::order::{Order, Signed, TxHash};
use tokio::time::{Instant, sleep};

use super::session::Session;
use crate::terminal::{outcome::NotThereYet, progress::Progress};

/// Between two attempts to reach the node.
const PAUSE: Duration = Duration::from_millis(250);

/// What became of handing in.
pub(super) enum HandedIn {
    /// The node has it: with the receipt, unless that was lost.
    Taken(Option<Receipt>),
    /// The node has another with its nonce, and will never take this one.
    NonceIsTaken(ClientError),
}

/// Hands an order in. Where the answer is lost the same order is handed in again, which has one
/// effect however often it arrives.
///
/// # Errors
/// [`ClientError`] where the node does not have it and will not; [`NotThereYet`] where it may.
pub(super) async fn hand_in(
    session: &Session,
    signed: &Signed<Order>,
    timeout: Duration,
) -> Result<HandedIn> {
    let hash = signed.hash(session.domain);
    let deadline = Instant::now() + timeout;
    let mut may_be_there = false;
    loop {
        let error = match session.node.submit(signed, session.network).await {
            Ok(receipt) => return Ok(HandedIn::Taken(Some(receipt))),
            Err(error) => error,
        };
        if error.is_unanswered() {
            may_be_there |= !error.is_unsent();
            if !may_be_there {
                return Err(error.into());
            }
            if Instant::now() >= deadline {
                return Err(unknown(hash, error));
            }
            sleep(PAUSE).await;
            if session.node.transaction(hash).await.is_ok() {
                return Ok(HandedIn::Taken(None));
            }
            continue;
        }
        if may_be_there && is_there(session, hash, deadline).await? {
            return Ok(HandedIn::Taken(None));
        }
        return match error.code() {
            // `duplicate`: another process of the same owner signed the very same.
            Some("wrong_nonce" | "nonce_taken" | "duplicate") => Ok(HandedIn::NonceIsTaken(error)),
            _ => Err(error.into()),
        };
    }
}

/// Whether the node has a transaction.
async fn is_there(session: &Session, hash: TxHash, deadline: Instant) -> Result<bool> {
    loop {
        match session.node.transaction(hash).await {
            Ok(_) => return Ok(true),
            Err(error) if error.code() == Some("unknown_transaction") => return Ok(false),
            Err(error) if Instant::now() >= deadline => return Err(unknown(hash, error)),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

fn unknown(hash: TxHash, error: ClientError) -> anyhow::Error {
    let what = format!(
        "whether the node has transaction {hash} is not known; do not send it again before you have \
         looked for it"
    );
    NotThereYet::because(what, error).into()
}

/// Waits until a transaction that the node has taken has come to a stage.
///
/// # Errors
/// [`ClientError::Rejected`] where it will not, [`NotThereYet`] where it has not.
pub(super) async fn wait_for(
    session: &Session,
    hash: TxHash,
    stage: Stage,
    timeout: Duration,
) -> Result<TransactionView> {
    let step = Progress::new().step(format!("waiting until {hash} is {stage}"), None);
    match session.node.wait_for(hash, stage, timeout).await {
        Ok(found) => {
            step.finish(found.stage.name());
            Ok(found)
        }
        Err(error @ ClientError::Rejected(_)) => Err(error.into()),
        Err(error) => {
            let what = "the node has taken it, and it is not there yet; do not send it again";
            Err(NotThereYet::because(what, error).into())
        }
    }
}
