//! `assay wallet cancel` and `speed-up`: another order with the nonce of one that waits, for a fee with
//! which the node takes it in that one's place.

use std::time::Duration;

use anyhow::{Result, anyhow};
use assay_api::wallet::{self, Replacement, Sent, WalletError};
use assay_circuits::{address::L1Address, order::TxHash};
use clap::Args;
use serde::Serialize;

use super::{amount::AmountText, order, refusal, session::Session};
use crate::{
    files::wallet_key::WalletKey,
    options::address::on_layer1,
    terminal::{outcome::Outcome, output::OutputArgs},
};

/// How long an answer that was lost is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Options of both.
#[derive(Debug, Args)]
pub(super) struct ReplaceArgs {
    /// The hash of the transaction that waits.
    hash: TxHash,
    /// What the operator gets [default: the least for which the other gives way, a tenth more].
    #[arg(long, env = "ASSAY_FEE", value_name = "AMOUNT")]
    fee: Option<AmountText>,
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
}

/// What is to become of the one that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// It is not to be executed: its nonce goes to a payment of one base unit to oneself.
    Cancel,
    /// It is to be executed for a higher fee.
    SpeedUp,
}

#[derive(Serialize)]
struct Answer {
    hash: String,
    replaces: String,
    fee: String,
}

/// Signs the other order and hands it in.
pub(super) async fn replace(
    args: &ReplaceArgs,
    aim: Aim,
    session: &Session,
    key: &WalletKey,
    output: OutputArgs,
) -> Result<Outcome> {
    session.check_contract(args.contract)?;
    let wallet = session.wallet(key);
    let waiting = wallet.waiting(args.hash).await;
    let waiting = waiting.map_err(|error| match error {
        WalletError::Node(error) => error.into(),
        other @ WalletError::OtherKey(_) => anyhow!("{other}: give its own with --key"),
        other => other.into(),
    })?;
    let token = session.tokens.of(waiting.token.0)?;
    let replacement = Replacement {
        fee: order::fee(args.fee.as_ref(), token, session)?,
        expires_in_s: args.expires_in_s,
    };
    let sent = match aim {
        Aim::Cancel => wallet.cancel(args.hash, replacement, PATIENCE).await,
        Aim::SpeedUp => wallet.replace(args.hash, replacement, PATIENCE).await,
    };
    let Sent { order, hash, .. } = sent.map_err(|error| refusal::of_order(error, token))?;
    let fee = order.fee.value().0;
    let answer = Answer {
        hash: hash.to_string(),
        replaces: args.hash.to_string(),
        fee: fee.to_string(),
    };
    output.print_done(&answer, |_| {
        let fee = token.shown(fee);
        match aim {
            Aim::Cancel => format!(
                "{hash}\nit takes the place of {} for a fee of {fee}: a payment of one base unit to yourself",
                args.hash
            ),
            Aim::SpeedUp => format!(
                "{hash}\nit takes the place of {}, the same for a fee of {fee}",
                args.hash
            ),
        }
    })?;
    Ok(Outcome::Done)
}
