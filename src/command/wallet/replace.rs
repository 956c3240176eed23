//! `assay wallet cancel` and `speed-up`: another order with the nonce of one that waits, for a fee with
//! which the node takes it in that one's place.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{
    stage::Stage,
    wallet::{HandedIn, WalletError},
};
use assay_circuits::{
    float::FEE,
    order::{Order, Payee, TxHash},
    quantity::{Amount, Fee},
};
use assay_restore::promise::replace_fee;
use clap::Args;
use serde::Serialize;

use super::{amount::AmountText, refusal, session::Session, tokens::Token};
use crate::{
    files::wallet_key::WalletKey,
    terminal::{
        outcome::{NotThereYet, Outcome},
        output::OutputArgs,
    },
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
    /// How long the operator may take to execute it, seconds.
    #[arg(
        long,
        env = "ASSAY_EXPIRES_IN_S",
        value_name = "SECONDS",
        default_value_t = 2 * 3600
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
    let waiting = waiting(args.hash, session, key).await?;
    let token = session.tokens.of(waiting.token.0)?;
    let (to, amount) = match aim {
        Aim::Cancel => (Payee::Owner(key.address().owner), Amount(1)),
        Aim::SpeedUp => (waiting.to, waiting.amount),
    };
    let order = Order {
        to,
        amount,
        fee: fee(args, &waiting, session, token)?,
        expires: expires(args, session).await?,
        ..waiting
    };
    let signed = order.sign(session.domain, key.secret());
    let hash = signed.hash(session.domain);
    let handed_in = session.wallet(key).hand_in(&signed, PATIENCE).await;
    let handed_in = handed_in.map_err(|error| match error {
        WalletError::Node(error) => refusal::in_units(error.into(), token),
        WalletError::Unknown { hash, source } => {
            NotThereYet::because(WalletError::unknown(hash), source).into()
        }
        other => other.into(),
    })?;
    if let HandedIn::NonceIsTaken(error) = handed_in {
        let why = anyhow::Error::from(error);
        return Err(why.context(format!("{} does not give way", args.hash)));
    }
    let fee = order.fee.value().0;
    let answer = Answer {
        hash: hash.to_string(),
        replaces: args.hash.to_string(),
        fee: fee.to_string(),
    };
    output.print(&answer, |_| {
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

/// The order that waits, which must be this wallet's.
async fn waiting(hash: TxHash, session: &Session, key: &WalletKey) -> Result<Order> {
    let found = session.node.transaction(hash).await?;
    let signed = found.operation.to_signed(session.network)?;
    ensure!(
        signed.hash(session.domain) == hash,
        "the node shows another transaction than {hash}"
    );
    ensure!(
        signed.verify(session.domain, &key.address().owner).is_ok(),
        "{hash} was not signed with this wallet's key: give its own with --key"
    );
    match found.stage {
        Stage::Received => Ok(signed.order),
        Stage::Rejected => bail!("{hash} was rejected, and nothing of it will happen"),
        stage => bail!("{hash} is {stage}: what is executed cannot be taken back"),
    }
}

fn fee(args: &ReplaceArgs, waiting: &Order, session: &Session, token: &Token) -> Result<Fee> {
    if let Some(text) = &args.fee {
        return refusal::fee(text, session.tokens.fee(text, token)?, token);
    }
    least_fee(waiting.fee).context("there is no higher fee than that of the one that waits")
}

/// The least fee for which the node lets another take the place of one with this fee.
fn least_fee(replaced: Fee) -> Option<Fee> {
    let least = replace_fee(replaced).0;
    Fee::from_value(refusal::nearest_above(FEE, least)?).ok()
}

async fn expires(args: &ReplaceArgs, session: &Session) -> Result<u32> {
    let now_s = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")?;
    // The layer 1's clock counts in the end; that of a simulated one may be ahead.
    let l1_now_s = session.node.status().await?.l1.timestamp;
    let now_s = now_s.as_secs().max(l1_now_s);
    let expires = now_s.saturating_add(args.expires_in_s.into());
    Ok(u32::try_from(expires).unwrap_or(u32::MAX))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_least_fee_is_a_tenth_more_and_something_more_than_nothing() {
        for (replaced, least) in [(0, 1), (1, 2), (10, 11), (2_000, 2_200), (2_047, 2_260)] {
            let replaced = Fee::from_value(replaced).unwrap();
            assert_eq!(least_fee(replaced).unwrap().value(), Amount(least));
        }
    }

    proptest! {
        #[test]
        fn no_fee_that_is_enough_is_lower(code in 0u16..30 << 11) {
            let Ok(replaced) = Fee::from_code(code) else {
                return Ok(());
            };
            let fee = replaced.value().0;
            let enough = fee + fee.div_ceil(10).max(1);
            let found = least_fee(replaced).unwrap().value().0;
            prop_assert!(found >= enough);
            if found > enough {
                prop_assert!(FEE.round_down(found - 1) < enough);
            }
        }
    }
}
