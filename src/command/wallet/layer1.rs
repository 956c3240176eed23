//! `assay wallet deposit` and `claim`: what happens on the layer 1.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use assay_api::{hexadecimal::Hex, stage::Stage};
use assay_circuits::{
    address::{Address, L1Address},
    order::TxHash,
};
use assay_l1::{
    address::EthAddress,
    client::{RollupCall, TransactionReceipt},
};
use clap::Args;
use serde::Serialize;

use super::{
    amount::{AmountText, in_units},
    force::Queued,
    session::Session,
};
use crate::{
    contract_calls::{self, Deposit},
    options::l1::{L1Args, L1Wait},
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress},
};

/// How often the node is asked whether a deposit is credited.
const POLL: Duration = Duration::from_millis(200);

/// What is deposited, for whom, from where.
#[derive(Debug, Args)]
pub(super) struct DepositArgs {
    /// How much: base units, or with a unit like 1.5eth.
    amount: AmountText,
    /// Token: its number, symbol or contract [default: that of the amount's unit, else ether].
    #[arg(long, env = "ASSAY_TOKEN")]
    token: Option<String>,
    /// Whom it is for [default: this wallet].
    #[arg(long, env = "ASSAY_TO", value_name = "ADDRESS")]
    to: Option<Address>,
    /// The rollup contract; must be given on public networks, where the node's word for it is
    /// not enough.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS")]
    contract: Option<L1Address>,
    /// Who gets the deposit back if it is never taken, and what was paid too much [default: the
    /// L1 account that pays].
    #[arg(long, env = "ASSAY_REFUND_TO", value_name = "L1_ADDRESS")]
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

/// Which withdrawal, and who pays for the call.
#[derive(Debug, Args)]
pub(super) struct ClaimArgs {
    /// Hash of the withdrawal, as `assay wallet withdraw` printed it.
    hash: TxHash,
    /// Whom to pay [default: the receiver]; another only where the receiver pays for the call.
    #[arg(long, env = "ASSAY_TO", value_name = "L1_ADDRESS")]
    to: Option<L1Address>,
    /// How long to wait for the proof of its batch, seconds.
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
struct L1Answer {
    transaction: String,
    block: u64,
    gas_used: u64,
    queue_index: Option<u64>,
    fee_wei: Option<String>,
}

/// Deposits, and waits until the rollup has credited it.
pub(super) async fn deposit(
    args: &DepositArgs,
    own: Address,
    session: &Session,
    output: OutputArgs,
) -> Result<Outcome> {
    let contract = session.trusted_contract(args.contract)?;
    let to = args.to.unwrap_or(own);
    session.check_network(&to)?;
    let (token, amount) = session.amount(&args.amount, args.token.as_deref())?;
    let client = args.l1.connect(contract).await?;
    let timeout = Duration::from_secs(args.wait_s.into());
    let deposit = Deposit {
        token: token.id.0,
        token_contract: token.address.map(|address| EthAddress(address.0)),
        amount,
        owner: &to.owner,
        refund_to: args.refund_to.map(|to| EthAddress(to.0)),
    };
    let receipt = contract_calls::deposit(&client, deposit, timeout).await?;
    let queued = Queued::of(&client, &receipt).await?;
    let queue_index = queued.index;
    if !args.no_wait {
        wait_until_credited(session, queue_index, timeout).await?;
    }
    let answer = answer(&receipt, Some(&queued));
    let fee = in_units(queued.fee_wei(), 18, "ETH");
    let amount = in_units(amount, token.decimals, &token.symbol);
    output.print(&answer, |answer| {
        format!(
            "deposited {amount} for {to} in L1 transaction {}, fee {fee}",
            answer.transaction
        )
    })?;
    Ok(Outcome::Done)
}

async fn wait_until_credited(session: &Session, queue_index: u64, timeout: Duration) -> Result<()> {
    let step = Progress::new().step("waiting until the rollup has credited it", None);
    let deadline = tokio::time::Instant::now() + timeout;
    while session.node.status().await?.l1.queue_taken <= queue_index {
        ensure!(
            tokio::time::Instant::now() < deadline,
            "the deposit is on the L1 (queue entry {queue_index}), but was not credited within {} s",
            timeout.as_secs()
        );
        tokio::time::sleep(POLL).await;
    }
    step.finish("credited");
    Ok(())
}

/// Claims a withdrawal of a proved batch.
pub(super) async fn claim(
    args: &ClaimArgs,
    session: &Session,
    output: OutputArgs,
) -> Result<Outcome> {
    let timeout = Duration::from_secs(args.wait_s.into());
    let step = Progress::new().step("waiting until its batch is proved", None);
    let found = session
        .node
        .wait_for(args.hash, Stage::Proved, timeout)
        .await?;
    step.finish(found.stage.name());
    let number = found.batch.context("the node names no batch for it")?;
    let detail = session.node.batch(number).await?;
    let client = args.l1.connect(session.contract).await?;
    let (mut call, withdrawal) = contract_calls::claim(&detail, &args.hash.to_string())?;
    if let RollupCall::Claim {
        batch, which, to, ..
    } = &mut call
    {
        ensure!(
            !client.is_claimed(*batch, *which).await?,
            "this withdrawal was claimed already"
        );
        let given = args.to.map_or(*to, |to| EthAddress(to.0));
        ensure!(
            given == *to || client.account() == Some(*to),
            "only the receiver, {to}, may have it paid to another address: sign with its key, or \
             if it cannot be paid use `assay wallet redirect`"
        );
        *to = given;
    }
    let paid_to = args.to.map_or(withdrawal.to.clone(), |to| to.to_string());
    let receipt = client.execute(&call, timeout).await?;
    let token = session.token_of(withdrawal.token)?;
    let amount = in_units(withdrawal.amount.parse()?, token.decimals, &token.symbol);
    output.print(&answer(&receipt, None), |answer| {
        format!(
            "paid {amount} to {paid_to} in L1 transaction {}",
            answer.transaction
        )
    })?;
    Ok(Outcome::Done)
}

fn answer(receipt: &TransactionReceipt, queued: Option<&Queued>) -> L1Answer {
    L1Answer {
        transaction: Hex(&receipt.hash).to_string(),
        block: receipt.block_number,
        gas_used: receipt.gas_used,
        queue_index: queued.map(|queued| queued.index),
        fee_wei: queued.map(|queued| queued.fee_wei().to_string()),
    }
}

/// From where the credit is taken, and to where.
#[derive(Debug, Args)]
pub(super) struct CreditArgs {
    /// Who is paid [default: the L1 account that has the credit].
    #[arg(long, env = "ASSAY_TO", value_name = "L1_ADDRESS")]
    to: Option<L1Address>,
    /// The rollup contract; must be given on public networks, where the node's word for it is
    /// not enough.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS")]
    contract: Option<L1Address>,
    #[command(flatten)]
    wait: L1Wait,
    #[command(flatten)]
    l1: L1Args,
}

/// Takes out what was paid too much for places in the queue, and fees of batches.
pub(super) async fn credit(
    args: &CreditArgs,
    session: &Session,
    output: OutputArgs,
) -> Result<Outcome> {
    let contract = session.trusted_contract(args.contract)?;
    let client = args.l1.connect(contract).await?;
    let account = client.account().context("the L1 account that pays")?;
    let credit_wei = client.credit(account).await?;
    ensure!(
        credit_wei > 0,
        "{account} has no credit in the rollup contract"
    );
    let to = args.to.map_or(account, |to| EthAddress(to.0));
    let timeout = args.wait.timeout();
    let call = RollupCall::WithdrawCredit { to };
    let receipt = client.execute(&call, timeout).await?;
    let amount = in_units(credit_wei, 18, "ETH");
    output.print(&answer(&receipt, None), |answer| {
        format!(
            "paid {amount} to {to} in L1 transaction {}",
            answer.transaction
        )
    })?;
    Ok(Outcome::Done)
}
