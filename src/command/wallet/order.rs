//! `assay wallet send` and `withdraw`: what the owner signs.

use std::{error::Error, path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use assay_api::{
    client::ClientError,
    reference::{self, CHARACTERS_MAX, is_reference},
    stage::Stage,
    wallet::{self, Payment, Sent},
    wire::{Receipt, Reference, TransactionView},
};
use assay_circuits::{
    address::L1Address,
    order::{Payee, TxHash},
    quantity::{Amount, Fee},
};
use clap::{Args, ValueEnum};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{amount::AmountText, receipt::keep, refusal, session::Session, tokens::Token};
use crate::{
    files::wallet_key::{Turn, WalletKey},
    options::address::on_layer1,
    process::unless_interrupted,
    terminal::{
        note::note,
        outcome::{NotThereYet, Outcome},
        output::OutputArgs,
        progress::{Progress, say},
    },
};

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
    /// What the node may suggest at most, in the same token: what is above is not signed [default: as much
    /// as is paid].
    #[arg(
        long,
        env = "ASSAY_MAX_FEE",
        value_name = "AMOUNT",
        conflicts_with = "fee"
    )]
    max_fee: Option<AmountText>,
    /// The rollup contract that is meant: nothing is signed where the node serves another [default: the
    /// node is believed].
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    contract: Option<L1Address>,
    /// How long the operator may take to execute it, seconds.
    #[arg(
        long,
        env = "ASSAY_EXPIRES_IN_S",
        value_name = "SECONDS",
        default_value_t = wallet::EXPIRES_IN_S
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
    /// Say for what it is paid: at most 140 characters, which the operator keeps and shows to both sides.
    #[arg(long, env = "ASSAY_REFERENCE", value_name = "TEXT", value_parser = reference_text)]
    reference: Option<String>,
}

/// Reads a text that can be a reference.
fn reference_text(text: &str) -> Result<String, String> {
    if is_reference(text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "a reference is 1 to {CHARACTERS_MAX} characters, without any that are not seen"
    ))
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
    session.check_contract(args.contract)?;
    let text = amount;
    let (token, amount) = session.tokens.amount(text, args.token.as_deref())?;
    if let Payee::Owner(_) = to {
        refusal::check_amount(text, amount, token)?;
    }
    let timeout = Duration::from_secs(args.wait_s.into());
    let sent = hand_in_signed(args, token, (amount, to), session, key).await?;
    let Sent {
        order,
        hash,
        receipt,
    } = sent;
    if let Some(text) = &args.reference {
        refer(session, key, hash, text).await;
    }
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
    output.print_done(&answer, |answer| {
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

/// Puts a text beside what was handed in, which stays so when this fails: then the user reads why.
async fn refer(session: &Session, key: &WalletKey, hash: TxHash, text: &str) {
    let signature = reference::sign(key.secret(), session.domain, hash, text);
    let reference = Reference {
        text: text.to_owned(),
        signature: (&signature).into(),
    };
    if let Err(error) = session.node.refer(hash, &reference).await {
        note(format_args!(
            "{hash} was handed in without its reference: {error}"
        ));
    }
}

/// Signs an order and hands it to the node, which then has it. Processes that sign with the same key
/// take turns; where the key is elsewhere as well, and the nonce is taken, it is signed anew.
async fn hand_in_signed(
    args: &OrderArgs,
    token: &Token,
    (amount, to): (u128, Payee),
    session: &Session,
    key: &WalletKey,
) -> Result<Sent> {
    let max_fee = args.max_fee.as_ref();
    let max_fee = max_fee.map(|text| session.tokens.fee(text, token).map(Amount));
    let max_fee = max_fee.transpose()?;
    let payment = Payment {
        to,
        token: token.id,
        amount: Amount(amount),
        fee: fee(args.fee.as_ref(), token, session)?,
        max_fee: Some(max_fee.unwrap_or(Amount(amount))),
        expires_in_s: args.expires_in_s,
    };
    let timeout = Duration::from_secs(args.wait_s.into());
    let _turn = turn(key).await?;
    let wallet = session.wallet(key);
    let sent = unless_interrupted(wallet.pay(&payment, timeout)).await;
    let sent = sent.map_err(|interrupted| {
        let what = "whether the node has the transaction is not known; do not send it again before you \
                    have looked for it: `assay wallet history` shows it where it was executed";
        NotThereYet::because(what, interrupted)
    })?;
    sent.map_err(|error| refusal::of_order(error, token))
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

/// The fee that was asked for; `None` where nothing was.
pub(super) fn fee(
    asked: Option<&AmountText>,
    token: &Token,
    session: &Session,
) -> Result<Option<Fee>> {
    let Some(text) = asked else {
        return Ok(None);
    };
    refusal::fee(text, session.tokens.fee(text, token)?, token).map(Some)
}

/// Waits until a transaction that the node has taken has come to a stage.
///
/// # Errors
/// [`ClientError::Rejected`] where it will not, [`NotThereYet`] where it has not.
async fn wait_for(
    session: &Session,
    hash: TxHash,
    stage: Stage,
    timeout: Duration,
) -> Result<TransactionView> {
    // On a line of its own: that which moves has to fit a narrow terminal.
    say(&format!("handed in as {hash}"));
    let step = Progress::new().step(format!("waiting until it is {stage}"), None);
    let unknown = |cause: Box<dyn Error + Send + Sync>| {
        let what = format!(
            "the node has taken {hash}, and it is not {stage} yet; do not send it again, it goes on \
             without this command: `assay wallet history` shows it from when it is executed"
        );
        NotThereYet::because(what, cause)
    };
    let waited = unless_interrupted(session.node.wait_for(hash, stage, timeout)).await;
    match waited.map_err(|interrupted| unknown(interrupted.into()))? {
        Ok(found) => {
            step.finish(found.stage.name());
            Ok(found)
        }
        Err(error @ ClientError::Rejected(_)) => Err(error.into()),
        Err(error) => Err(unknown(error.into()).into()),
    }
}
