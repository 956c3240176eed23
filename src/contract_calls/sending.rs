//! Sending to the layer 1, so that whoever pays knows at each moment what was sent.

use std::{error::Error, time::Duration};

use anyhow::Result;
use assay_api::hexadecimal::Hex;
use assay_l1::client::{
    ContractRevert, L1Error, RollupCall, RollupClient, SendOptions, SignedCall, TransactionReceipt,
};
use tokio::time::{Instant, sleep};

use crate::{
    process::{check_goes_on, unless_interrupted},
    terminal::{
        outcome::NotThereYet,
        progress::{Progress, Step, say},
    },
};

/// How often a call is signed anew because another of the same account took its nonce.
const NONCE_ATTEMPTS: u32 = 8;
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// Who is told what is sent, and that it is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Teller {
    /// Nobody.
    Nobody,
    /// Whoever reads standard error; what is waited for is shown there already.
    Lines,
    /// Whoever reads standard error, with what is waited for.
    Steps,
}

impl Teller {
    fn say(self, line: &str) {
        if self != Self::Nobody {
            say(line);
        }
    }

    /// Shows for how long something is waited for.
    fn waits(self, title: String) -> Option<Step> {
        (self == Self::Steps).then(|| Progress::new().step(title, None))
    }
}

/// Sends a call, tells its hash before anything is waited for, and waits until it is mined.
///
/// # Errors
/// [`L1Error`] where nothing of it will happen; [`NotThereYet`] where it may.
pub(crate) async fn send(
    client: &RollupClient,
    call: &RollupCall,
    timeout: Duration,
    tell: Teller,
) -> Result<TransactionReceipt> {
    let deadline = Instant::now() + timeout;
    check_goes_on().await?;
    let signed = hand_in(client, call, deadline, tell).await?;
    let hash = signed.sent.hash;
    let step = tell.waits(format!("waiting until {} is mined", call.name()));
    let waited = unless_interrupted(mined(client, &signed, deadline)).await;
    let waited = waited.map_err(Into::into);
    let receipt = waited.and_then(|mined| mined.map_err(Into::into));
    let receipt = receipt.map_err(|error: Box<dyn Error + Send + Sync>| {
        let (name, hash) = (call.name(), Hex(&hash));
        NotThereYet::because(
            format!(
                "{name} was sent in L1 transaction {hash}, and is not known to be mined; do not send it again"
            ),
            error,
        )
    })?;
    if let Some(step) = step {
        step.finish(&format!("in block {}", receipt.block_number));
    }
    if receipt.succeeded {
        return Ok(receipt);
    }
    let revert = client.revert_reason(hash).await.ok().flatten();
    let revert = revert.unwrap_or_else(|| ContractRevert::decode(&[]));
    let call = call.name();
    Err(L1Error::Reverted { call, revert }.into())
}

/// Signs a call and hands it to the layer 1; anew where its nonce was taken meanwhile.
async fn hand_in(
    client: &RollupClient,
    call: &RollupCall,
    deadline: Instant,
    tell: Teller,
) -> Result<SignedCall> {
    let mut attempt = 1;
    loop {
        let signed = client.sign(call, SendOptions::default()).await?;
        tell.say(&format!(
            "{}: L1 transaction {}",
            call.name(),
            Hex(&signed.sent.hash)
        ));
        let delivered = unless_interrupted(deliver(client, &signed, deadline)).await;
        match delivered.unwrap_or_else(|error| Err(Undelivered::Unknown(error.into()))) {
            Ok(()) => return Ok(signed),
            Err(Undelivered::Refused(error)) if takes_nonce(&error) && attempt < NONCE_ATTEMPTS => {
                tell.say(
                    "its nonce was taken by another transaction of the account: it is signed anew",
                );
                attempt += 1;
                sleep(PAUSE).await;
            }
            Err(Undelivered::Refused(error)) => return Err(error.into()),
            Err(Undelivered::Unknown(error)) => {
                let (name, hash) = (call.name(), Hex(&signed.sent.hash));
                return Err(NotThereYet::because(
                    format!(
                        "{name}, L1 transaction {hash}, may have been sent; do not send it again \
                         before you have looked for it"
                    ),
                    error,
                )
                .into());
            }
        }
    }
}

/// Why a transaction is not handed over.
enum Undelivered {
    /// The layer 1 does not take it.
    Refused(L1Error),
    /// It did not answer, or was not waited for any longer, and may have it.
    Unknown(Box<dyn Error + Send + Sync>),
}

/// Sends what was signed, again where the answer is lost: the same bytes have one effect.
async fn deliver(
    client: &RollupClient,
    signed: &SignedCall,
    deadline: Instant,
) -> Result<(), Undelivered> {
    let mut lost = None;
    loop {
        let error = match client.send_signed(signed).await {
            Ok(()) => return Ok(()),
            Err(error @ L1Error::Transport { .. }) => error,
            Err(error) if lost.is_none() => return Err(Undelivered::Refused(error)),
            // "already known", or a nonce that this very transaction has used: asked below.
            Err(error) => error,
        };
        if let Ok(Some(_)) = client.receipt(signed.sent.hash).await {
            return Ok(());
        }
        if is_known(&error) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(Undelivered::Unknown(lost.unwrap_or(error).into()));
        }
        lost.get_or_insert(error);
        sleep(PAUSE).await;
    }
}

/// Waits for the receipt; a layer 1 that does not answer is asked again.
async fn mined(
    client: &RollupClient,
    signed: &SignedCall,
    deadline: Instant,
) -> Result<TransactionReceipt, L1Error> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match client.wait(signed.sent.hash, left).await {
            Err(L1Error::Transport { .. }) if Instant::now() < deadline => sleep(PAUSE).await,
            done => return done,
        }
    }
}

/// Whether the layer 1 refuses because another transaction of the account has its nonce: it says so
/// in words alone.
fn takes_nonce(error: &L1Error) -> bool {
    // Another process may have signed the very same call.
    is_known(error)
        || says(
            error,
            &["nonce too low", "replacement transaction underpriced"],
        )
}

fn is_known(error: &L1Error) -> bool {
    says(
        error,
        &["already known", "known transaction", "already imported"],
    )
}

fn says(error: &L1Error, words: &[&str]) -> bool {
    let L1Error::Refused { message, .. } = error else {
        return false;
    };
    let message = message.to_lowercase();
    words.iter().any(|words| message.contains(words))
}
