//! `assay wallet claim` and `credit`: what the rollup contract pays out.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use assay_api::hexadecimal::Hex;
use assay_circuits::{address::L1Address, order::TxHash};
use assay_l1::{
    address::EthAddress,
    client::{RollupCall, TransactionReceipt},
};
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;

use super::{claim_all::claim_all, session::Session};
use crate::{
    contract_calls::{self, Teller, send},
    files::wallet_key::WalletKey,
    options::{
        address::on_layer1,
        l1::{L1Args, L1Wait},
    },
    terminal::{outcome::Outcome, output::OutputArgs, units::in_units},
};

/// Which withdrawal, and who pays for the call.
#[derive(Debug, Args)]
pub(super) struct ClaimArgs {
    /// Hash of the withdrawal, as `assay wallet withdraw` printed it.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    hash: Option<TxHash>,
    /// Claim every withdrawal of this wallet that is proved and that nobody has claimed, each to its
    /// receiver.
    #[arg(long, env = "ASSAY_ALL", value_parser = BoolishValueParser::new())]
    all: bool,
    /// Whom to pay [default: the receiver]; another only where the receiver pays for the call.
    #[arg(conflicts_with = "all", long, env = "ASSAY_TO", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    to: Option<L1Address>,
    /// The rollup contract that is meant: nothing is sent where the node serves another [default: the node
    /// is believed].
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    contract: Option<L1Address>,
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
}

/// Claims a withdrawal of a proved batch.
pub(super) async fn claim(
    args: &ClaimArgs,
    session: &Session,
    key: &WalletKey,
    output: OutputArgs,
) -> Result<Outcome> {
    session.check_contract(args.contract)?;
    let timeout = Duration::from_secs(args.wait_s.into());
    let Some(hash) = args.hash else {
        return claim_all(session, key, (&args.l1, timeout), output).await;
    };
    session.check_is_withdrawal(hash).await?;
    if let Some(to) = args.to {
        session.check_receiver(to)?;
    }
    // Before anything is waited for: what is wrong with it is told at once.
    let client = session.connect(&args.l1, session.contract).await?;
    let number = session.proved_in(hash, timeout).await?;
    let detail = session.node.batch(number).await?;
    let (mut call, withdrawal) = contract_calls::claim(&detail, &hash.to_string())?;
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
    let receipt = send(&client, &call, timeout, Teller::Steps).await?;
    let token = session.tokens.of(withdrawal.token)?;
    let amount = token.shown_text(&withdrawal.amount)?;
    output.print_done(&answer(&receipt), |answer| {
        format!(
            "paid {amount} to {paid_to} in L1 transaction {}",
            answer.transaction
        )
    })?;
    Ok(Outcome::Done)
}

fn answer(receipt: &TransactionReceipt) -> L1Answer {
    L1Answer {
        transaction: Hex(&receipt.hash).to_string(),
        block: receipt.block_number,
        gas_used: receipt.gas_used,
    }
}

/// From where the credit is taken, and to where.
#[derive(Debug, Args)]
pub(super) struct CreditArgs {
    /// Who is paid [default: the L1 account that has the credit].
    #[arg(long, env = "ASSAY_TO", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    to: Option<L1Address>,
    /// The rollup contract; must be given on public networks, where the node's word for it is
    /// not enough.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS", value_parser = on_layer1)]
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
    if let Some(to) = args.to {
        session.check_receiver(to)?;
    }
    let client = session.connect(&args.l1, contract).await?;
    let account = client.account().context("the L1 account that pays")?;
    let credit_wei = client.credit(account).await?;
    ensure!(
        credit_wei > 0,
        "{account} has no credit in the rollup contract"
    );
    let to = args.to.map_or(account, |to| EthAddress(to.0));
    let timeout = args.wait.timeout();
    let call = RollupCall::WithdrawCredit { to };
    let receipt = send(&client, &call, timeout, Teller::Steps).await?;
    let amount = in_units(credit_wei, 18, "ETH");
    output.print_done(&answer(&receipt), |answer| {
        format!(
            "paid {amount} to {to} in L1 transaction {}",
            answer.transaction
        )
    })?;
    Ok(Outcome::Done)
}
