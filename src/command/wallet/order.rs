//! `assay wallet send` and `withdraw`: what the owner signs.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{
    receipt,
    stage::Stage,
    wire::{Receipt, TransactionView},
};
use assay_circuits::{
    address::Address,
    order::{Order, Payee, Signed, TxHash},
    quantity::{AccountIndex, Amount, Fee},
};
use clap::{Args, ValueEnum};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{
    amount::AmountText,
    hand_in::{HandedIn, hand_in, wait_for},
    receipt::keep,
    refusal,
    session::Session,
    tokens::Token,
};
use crate::{
    files::wallet_key::{Turn, WalletKey},
    terminal::{outcome::Outcome, output::OutputArgs},
};

/// How often an order is signed anew because another process took its nonce.
const NONCE_ATTEMPTS: u32 = 32;
/// Between two of them.
const NONCE_PAUSE: Duration = Duration::from_millis(50);
/// How long other processes may sign with the key before this one gives up.
const TURN_PATIENCE: Duration = Duration::from_secs(120);
/// How often it is asked whether they are done.
const TURN_PAUSE: Duration = Duration::from_millis(20);

/// Options of everything that is signed.
#[derive(Debug, Args)]
pub(super) struct OrderArgs {
    /// Token: its number, name or contract [default: that of the amount's unit, else ether].
    #[arg(long, env = "ASSAY_TOKEN")]
    token: Option<String>,
    /// What the operator gets, in the same token [default: what the node suggests].
    #[arg(long, env = "ASSAY_FEE", value_name = "AMOUNT")]
    fee: Option<AmountText>,
    /// How long the operator may take to execute it, seconds.
    #[arg(
        long,
        env = "ASSAY_EXPIRES_IN_S",
        value_name = "SECONDS",
        default_value_t = 2 * 3600
    )]
    expires_in_s: u32,
    /// What to wait for.
    #[arg(long, env = "ASSAY_WAIT", default_value = "executed")]
    wait: Wait,
    /// How long to wait at most, seconds.
    #[arg(
        long,
        env = "ASSAY_WAIT_S",
        value_name = "SECONDS",
        default_value_t = 600
    )]
    wait_s: u32,
    /// Keep the operator's promise in this file, for `assay verify`.
    #[arg(long, env = "ASSAY_RECEIPT", value_name = "FILE")]
    receipt: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wait {
    /// Nothing: the node has it on disk.
    None,
    /// The soft confirmation: executed by the operator.
    Executed,
    /// The proof on the layer 1.
    Proved,
    /// The proof deep in the layer 1.
    Final,
}

#[derive(Serialize)]
struct Answer {
    hash: String,
    /// Null where it was lost on the way.
    receipt: Option<Receipt>,
    transaction: Option<TransactionView>,
}

/// Signs an order, hands it to the node, and waits as asked.
pub(super) async fn run(
    args: &OrderArgs,
    amount: &AmountText,
    to: Payee,
    session: &Session,
    key: &WalletKey,
    output: OutputArgs,
) -> Result<Outcome> {
    let text = amount;
    let (token, amount) = session.tokens.amount(text, args.token.as_deref())?;
    if let Payee::Owner(_) = to {
        refusal::check_amount(text, amount, token)?;
    }
    let timeout = Duration::from_secs(args.wait_s.into());
    let handed_in = hand_in_signed(args, token, (amount, to), session, key).await;
    let (order, hash, receipt) = handed_in.map_err(|error| refusal::in_units(error, token))?;
    if let Some(path) = &args.receipt {
        keep(session, hash, path).await;
    }
    let transaction = match args.wait.stage() {
        None => None,
        Some(stage) => {
            let waited = wait_for(session, hash, stage, timeout).await;
            Some(waited.map_err(|error| refusal::in_units(error, token))?)
        }
    };
    let answer = Answer {
        hash: hash.to_string(),
        receipt,
        transaction,
    };
    output.print(&answer, |answer| {
        let (amount, fee) = (
            token.shown(order.amount.0),
            token.shown(order.fee.value().0),
        );
        let found = answer.transaction.as_ref();
        let stage = found.map_or(Stage::Received, |found| found.stage);
        let batch = found.and_then(|found| found.batch);
        let batch = batch.map_or(String::new(), |batch| format!(" in batch {batch}"));
        format!(
            "{hash}\n{amount}, fee {fee}: {stage}{batch}\n{}",
            stage.trust()
        )
    })?;
    Ok(Outcome::Done)
}

/// Signs an order and hands it to the node, which then has it. Processes that sign with the same key
/// take turns; where the key is elsewhere as well, and the nonce is taken, it is signed anew.
async fn hand_in_signed(
    args: &OrderArgs,
    token: &Token,
    (amount, to): (u128, Payee),
    session: &Session,
    key: &WalletKey,
) -> Result<(Order, TxHash, Option<Receipt>)> {
    let timeout = Duration::from_secs(args.wait_s.into());
    let _turn = turn(key).await?;
    let mut attempt = 1;
    loop {
        let signed = sign(args, token, amount, to, session, key).await?;
        let hash = signed.hash(session.domain);
        match hand_in(session, &signed, timeout).await? {
            HandedIn::Taken(receipt) => {
                if let Some(receipt) = &receipt {
                    check_receipt(receipt, hash, session)?;
                }
                return Ok((signed.order, hash, receipt));
            }
            HandedIn::NonceIsTaken(error) if attempt == NONCE_ATTEMPTS => return Err(error.into()),
            HandedIn::NonceIsTaken(_) => {
                attempt += 1;
                sleep(NONCE_PAUSE).await;
            }
        }
    }
}

/// Waits until no other process signs with this key's file.
async fn turn(key: &WalletKey) -> Result<Turn> {
    let deadline = Instant::now() + TURN_PATIENCE;
    loop {
        if let Some(turn) = key.try_turn()? {
            return Ok(turn);
        }
        ensure!(
            Instant::now() < deadline,
            "another process has been signing with this wallet for {} s: nothing was sent",
            TURN_PATIENCE.as_secs()
        );
        sleep(TURN_PAUSE).await;
    }
}

impl Wait {
    fn stage(self) -> Option<Stage> {
        match self {
            Self::None => None,
            Self::Executed => Some(Stage::Executed),
            Self::Proved => Some(Stage::Proved),
            Self::Final => Some(Stage::Final),
        }
    }
}

async fn sign(
    args: &OrderArgs,
    token: &Token,
    amount: u128,
    to: Payee,
    session: &Session,
    key: &WalletKey,
) -> Result<Signed<Order>> {
    let own = session.accounts(&key.address()).await?;
    let account = own
        .iter()
        .find(|account| account.token == token.id.0)
        .with_context(|| {
            format!(
                "this wallet has no {} on the rollup yet: deposit some, or receive some",
                token.name
            )
        })?;
    let now_s = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")?;
    // The layer 1's clock counts in the end; that of a simulated one may be ahead.
    let l1_now_s = session.node.status().await?.l1.timestamp;
    let now_s = now_s.as_secs().max(l1_now_s);
    let expires = now_s.saturating_add(args.expires_in_s.into());
    let order = Order {
        from: AccountIndex::new(account.index).context("the node's account")?,
        nonce: account.next_nonce,
        token: token.id,
        to,
        amount: Amount(amount),
        fee: fee(args, token, to, session).await?,
        expires: u32::try_from(expires).unwrap_or(u32::MAX),
    };
    Ok(order.sign(session.domain, key.secret()))
}

async fn fee(args: &OrderArgs, token: &Token, to: Payee, session: &Session) -> Result<Fee> {
    let Some(text) = &args.fee else {
        let fees = session.node.fees().await?;
        let of_token = fees
            .iter()
            .find(|fee| fee.token == token.id.0 && fee.accepted);
        let Some(of_token) = of_token else {
            return Ok(Fee::ZERO);
        };
        let suggested = match makes_full_record(token, to, session).await? {
            true => &of_token.full_record,
            false => &of_token.suggested,
        };
        return suggested.parse().context("the node's suggested fee");
    };
    // A unit in the fee must be of the token that is sent: fees are paid in it.
    let (of_fee, value) = session.tokens.amount(text, Some(&token.id.to_string()))?;
    if of_fee.id != token.id {
        bail!("a fee is paid in the token that is sent, {}", token.name);
    }
    refusal::fee(text, value, token)
}

/// Whether an order takes a full record, which costs more: a withdrawal, or a transfer that makes an
/// account.
async fn makes_full_record(token: &Token, to: Payee, session: &Session) -> Result<bool> {
    let Payee::Owner(owner) = to else {
        return Ok(true);
    };
    let address = Address {
        network: session.network,
        owner,
    };
    let accounts = session.accounts(&address).await?;
    Ok(!accounts.iter().any(|account| account.token == token.id.0))
}

/// The node must have signed for exactly what was sent.
fn check_receipt(given: &Receipt, hash: TxHash, session: &Session) -> Result<()> {
    ensure!(
        given.hash == hash.to_string(),
        "the node's receipt is for another transaction"
    );
    let signer: Address = given.operator.parse().context("the node's receipt")?;
    ensure!(
        Some(signer) == session.operator,
        "the node's receipt is signed by another operator"
    );
    let signature = (&given.signature)
        .try_into()
        .context("the node's receipt")?;
    receipt::verify(
        &signer.owner,
        session.domain,
        hash,
        given.received_ms,
        &signature,
    )
    .context("the node's receipt has a wrong signature")
}
