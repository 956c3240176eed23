//! `assay wallet faucet`: test money of a devnet.

use std::time::Duration;

use anyhow::{Result, ensure};
use assay_api::{
    client::ClientError,
    wire::{FaucetGrant, FaucetRequest, QueueEntryView},
};
use assay_circuits::address::Address;
use clap::Args;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{amount::AmountText, session::Session};
use crate::{
    process::{check_goes_on, unless_interrupted},
    terminal::{
        outcome::{NotThereYet, Outcome},
        output::OutputArgs,
        progress::Progress,
    },
};

/// How often the node is asked whether the deposit is credited.
const POLL: Duration = Duration::from_millis(200);

/// How much of what.
#[derive(Debug, Args)]
pub(super) struct FaucetArgs {
    /// How much: base units, or with a unit like 1.5eth [default: an ether, or 100 of the token].
    amount: Option<AmountText>,
    /// Token: its number, name or contract [default: that of the amount's unit, else ether].
    #[arg(long, env = "ASSAY_TOKEN")]
    token: Option<String>,
    /// How long to wait for the credit at most, seconds.
    #[arg(
        long,
        env = "ASSAY_WAIT_S",
        value_name = "SECONDS",
        default_value_t = 600
    )]
    wait_s: u32,
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    grant: FaucetGrant,
    /// What the node says of the deposit.
    taken: QueueEntryView,
}

/// Asks for test money, and waits until it is credited.
pub(super) async fn faucet(
    args: &FaucetArgs,
    own: Address,
    session: &Session,
    output: OutputArgs,
) -> Result<Outcome> {
    let (token, amount) = match &args.amount {
        Some(amount) => {
            let (token, amount) = session.tokens.amount(amount, args.token.as_deref())?;
            (token, Some(amount.to_string()))
        }
        None => {
            let named = args.token.as_deref().map(|name| session.tokens.named(name));
            (named.unwrap_or_else(|| session.tokens.of(0))?, None)
        }
    };
    let request = FaucetRequest {
        address: own.to_string(),
        token: token.id.0,
        amount,
    };
    check_goes_on().await?;
    let asked = session.node.faucet(&request).await;
    let is_none = asked.as_ref().err().and_then(|error| error.code()) == Some("unknown_path");
    ensure!(
        !is_none,
        "the node at {} gives no test money: only that of `assay devnet` does",
        session.url
    );
    let grant = asked?;
    let taken = credited(&grant, session, Duration::from_secs(args.wait_s.into())).await?;
    let shown = token.shown(grant.amount.parse().unwrap_or_default());
    let answer = Answer { grant, taken };
    output.print_done(&answer, |answer| match answer.taken.operation.to_account {
        Some(account) => format!("got {shown}, credited to account {account}"),
        None => format!("{shown} came back: the rollup has no room for another account"),
    })?;
    Ok(match answer.taken.operation.executed {
        true => Outcome::Done,
        false => Outcome::Invalid,
    })
}

async fn credited(
    grant: &FaucetGrant,
    session: &Session,
    timeout: Duration,
) -> Result<QueueEntryView> {
    let step = Progress::new().step("the deposit is credited", None);
    let index = grant.queue_index.unwrap_or_default();
    let waited = unless_interrupted(taken(index, session, timeout)).await;
    let waited = waited.map_err(anyhow::Error::from);
    let entry = waited.and_then(|taken| taken.map_err(Into::into));
    let entry = entry.map_err(|error| {
        let what = format!(
            "the test money is entry {index} of the queue, and not credited yet; it goes on without this \
             command"
        );
        NotThereYet::because(what, error)
    })?;
    step.finish(&format!("in batch {}", entry.batch));
    Ok(entry)
}

/// What the node shows of an entry once it is in a batch.
async fn taken(
    index: u64,
    session: &Session,
    timeout: Duration,
) -> Result<QueueEntryView, ClientError> {
    let deadline = Instant::now() + timeout;
    loop {
        match session.node.queue_entry(index).await {
            Err(error) if error.code() == Some("unknown_entry") && Instant::now() < deadline => {
                sleep(POLL).await;
            }
            found => return found,
        }
    }
}
