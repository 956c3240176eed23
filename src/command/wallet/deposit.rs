//! `assay wallet deposit`: money of the layer 1 into the rollup.

use std::time::Duration;

use anyhow::{Error, Result, anyhow, ensure};
use assay_api::{hexadecimal::Hex, wire::QueueEntryView};
use assay_circuits::address::{Address, L1Address};
use assay_l1::{
    address::EthAddress,
    client::{RollupClient, TransactionReceipt},
};
use clap::Args;
use serde::Serialize;

use super::{amount::AmountText, book, queued::Queued, session::Session, tokens::Token};
use crate::{
    contract_calls::{self, Deposit, Teller, TokensMissing},
    options::{address::on_layer1, l1::L1Args},
    terminal::{outcome::Outcome, output::OutputArgs, units::in_units},
};

/// What is deposited, for whom, from where.
#[derive(Debug, Args)]
pub(super) struct DepositArgs {
    /// How much: base units, or with a unit like 1.5eth.
    amount: AmountText,
    /// Token: its number, name or contract [default: that of the amount's unit, else ether].
    #[arg(long, env = "ASSAY_TOKEN")]
    token: Option<String>,
    /// Whom it is for: an address of the rollup, or a name of the address book [default: this wallet].
    #[arg(long, env = "ASSAY_TO", value_name = "ADDRESS", value_parser = book::recipient)]
    to: Option<book::Recipient>,
    #[command(flatten)]
    book: book::BookPlace,
    /// The rollup contract; must be given on public networks, where the node's word for it is
    /// not enough.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    contract: Option<L1Address>,
    /// Who gets the deposit back if it is never taken, and what was paid too much [default: the
    /// L1 account that pays].
    #[arg(long, env = "ASSAY_REFUND_TO", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    refund_to: Option<L1Address>,
    /// Do not wait until the deposit is credited.
    #[arg(long, env = "ASSAY_NO_WAIT", value_parser = clap::builder::BoolishValueParser::new())]
    no_wait: bool,
    /// How long to wait at most, seconds.
    #[arg(
        long,
        env = "ASSAY_WAIT_S",
        value_name = "SECONDS",
        default_value_t = 600
    )]
    wait_s: u32,
    #[command(flatten)]
    l1: L1Args,
}

#[derive(Serialize)]
struct Answer {
    transaction: String,
    block: u64,
    gas_used: u64,
    queue_index: u64,
    fee_wei: String,
    /// Base units that arrived: of a token that takes a part of each transfer fewer than were sent.
    amount: String,
    /// What the node says of it, where it was waited for.
    taken: Option<QueueEntryView>,
}

/// Deposits, and waits until the rollup has credited it.
pub(super) async fn deposit(
    args: &DepositArgs,
    own: Address,
    session: &Session,
    output: OutputArgs,
) -> Result<Outcome> {
    let contract = session.trusted_contract(args.contract)?;
    let to = match &args.to {
        Some(to) => to.address(&args.book)?,
        None => own,
    };
    session.check_network(&to)?;
    if let Some(refund_to) = args.refund_to {
        session.check_receiver(refund_to)?;
    }
    let (token, amount) = session.tokens.amount(&args.amount, args.token.as_deref())?;
    let client = session.connect(&args.l1, contract).await?;
    check_token(&client, token).await?;
    let timeout = Duration::from_secs(args.wait_s.into());
    let deposit = Deposit {
        token: token.id.0,
        token_contract: token.address.map(|address| EthAddress(address.0)),
        amount,
        owner: &to.owner,
        refund_to: args.refund_to.map(|to| EthAddress(to.0)),
    };
    let sent = contract_calls::deposit(&client, deposit, timeout, Teller::Steps).await;
    let receipt = sent.map_err(|error| in_token_units(error, token))?;
    let mut queued = Queued::of(&client, &receipt).await?;
    let taken = if args.no_wait {
        None
    } else {
        Some(queued.until_taken(session, &client, timeout).await?)
    };
    let answer = answer(&receipt, &queued, taken)?;
    let credited = answer
        .taken
        .as_ref()
        .is_none_or(|taken| taken.operation.executed);
    let arrived = token.shown(queued.arrived()?);
    output.print_done(&answer, |answer| text(answer, &arrived, &to))?;
    Ok(if credited {
        Outcome::Done
    } else {
        Outcome::Invalid
    })
}

/// What is missing, in units of the token.
fn in_token_units(error: Error, token: &Token) -> Error {
    match error.downcast_ref() {
        Some(TokensMissing {
            payer, has, amount, ..
        }) => anyhow!(
            "the L1 account {payer} has {}, and {} are to be deposited: nothing was sent",
            token.shown(*has),
            token.shown(*amount)
        ),
        None => error,
    }
}

/// The layer 1, not the node, says which contract a token is.
async fn check_token(client: &RollupClient, token: &Token) -> Result<()> {
    let Some(address) = token.address else {
        return Ok(());
    };
    let registered = client.token_contract(token.id.0).await?;
    ensure!(
        registered == Some(EthAddress(address.0)),
        "the node says that {} is {address}, and the rollup contract does not: nothing was sent",
        token.name
    );
    Ok(())
}

fn answer(
    receipt: &TransactionReceipt,
    queued: &Queued,
    taken: Option<QueueEntryView>,
) -> Result<Answer> {
    Ok(Answer {
        transaction: Hex(&receipt.hash).to_string(),
        block: receipt.block_number,
        gas_used: receipt.gas_used,
        queue_index: queued.index,
        fee_wei: queued.fee_wei().to_string(),
        amount: queued.arrived()?.to_string(),
        taken,
    })
}

fn text(answer: &Answer, arrived: &str, to: &Address) -> String {
    let fee = in_units(answer.fee_wei.parse().unwrap_or(0), 18, "ETH");
    let (transaction, index) = (&answer.transaction, answer.queue_index);
    let sent = format!("deposited {arrived} for {to} in L1 transaction {transaction}, fee {fee}");
    match &answer.taken {
        None => format!("{sent}; it is entry {index} of the queue, and not credited yet"),
        Some(taken) => match taken.operation.to_account {
            Some(account) => format!("{sent}; credited to account {account}"),
            None => format!(
                "{sent}; it came back, because the rollup has no room for another account: claim it \
                 from batch {} when that is proved",
                taken.batch
            ),
        },
    }
}
