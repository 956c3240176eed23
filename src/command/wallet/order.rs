//! `assay wallet send` and `withdraw`: what the owner signs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{
    receipt,
    stage::Stage,
    wire::{Receipt, TransactionView},
};
use assay_circuits::{
    address::Address,
    float,
    order::{Order, Payee, Signed, TxHash},
    quantity::{AccountIndex, Amount, Fee},
};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{
    amount::{AmountText, in_units},
    session::{Session, Token},
};
use crate::{
    files::wallet_key::WalletKey,
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress},
};

/// Options of everything that is signed.
#[derive(Debug, Args)]
pub(super) struct OrderArgs {
    /// Token: its number, symbol or contract [default: that of the amount's unit, else ether].
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
    receipt: Receipt,
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
    let (token, amount) = session.amount(amount, args.token.as_deref())?;
    let signed = sign(args, token, amount, to, session, key).await?;
    let hash = signed.hash(session.domain);
    let receipt = session.node.submit(&signed, session.network).await?;
    check_receipt(&receipt, hash, session)?;
    let transaction = match args.wait.stage() {
        None => None,
        Some(stage) => {
            let step = Progress::new().step(format!("waiting until {hash} is {stage}"), None);
            let timeout = Duration::from_secs(args.wait_s.into());
            let found = session.node.wait_for(hash, stage, timeout).await?;
            step.finish(found.stage.name());
            Some(found)
        }
    };
    output.print(
        &Answer {
            receipt,
            transaction,
        },
        |answer| {
            let order = &signed.order;
            let amount = in_units(order.amount.0, token.decimals, &token.symbol);
            let fee = in_units(order.fee.value().0, token.decimals, &token.symbol);
            let stage = answer
                .transaction
                .as_ref()
                .map_or(Stage::Received, |found| found.stage);
            let batch = answer.transaction.as_ref().and_then(|found| found.batch);
            let batch = batch.map_or(String::new(), |batch| format!(" in batch {batch}"));
            format!(
                "{hash}\n{amount}, fee {fee}: {stage}{batch}\n{}",
                stage.trust()
            )
        },
    )?;
    Ok(Outcome::Done)
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
    if let Payee::Owner(_) = to {
        let nearest = float::AMOUNT.round_down(amount);
        ensure!(
            nearest == amount,
            "a transfer of {amount} base units cannot be encoded (10 significant digits fit); the \
             nearest amount below is {nearest}",
        );
    }
    let own = session.accounts(&key.address()).await?;
    let account = own
        .iter()
        .find(|account| account.token == token.id.0)
        .with_context(|| {
            format!(
                "this wallet has no {} on the rollup yet: deposit some, or receive some",
                token.symbol
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
        fee: fee(args, token, session).await?,
        expires: u32::try_from(expires).unwrap_or(u32::MAX),
    };
    Ok(order.sign(session.domain, key.secret()))
}

async fn fee(args: &OrderArgs, token: &Token, session: &Session) -> Result<Fee> {
    let Some(text) = &args.fee else {
        let fees = session.node.fees().await?;
        let of_token = fees
            .iter()
            .find(|fee| fee.token == token.id.0 && fee.accepted);
        let suggested = of_token.map_or("0", |fee| fee.suggested.as_str());
        return suggested.parse().context("the node's suggested fee");
    };
    // A unit in the fee must be of the token that is sent: fees are paid in it.
    let (of_fee, value) = session.amount(text, Some(&token.id.to_string()))?;
    if of_fee.id != token.id {
        bail!("a fee is paid in the token that is sent, {}", token.symbol);
    }
    Ok(Fee::from_value(value)?)
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
