//! `assay wallet claim --all`: the withdrawals of the wallet that nobody has collected yet.

use std::time::Duration;

use anyhow::{Context as _, Result};
use assay_api::{
    hexadecimal::Hex,
    wire::{ClaimView, Claimant, ProvedClaim},
};
use assay_circuits::quantity::AccountIndex;
use assay_l1::client::{RollupCall, RollupClient};
use serde::Serialize;

use super::session::Session;
use crate::{
    contract_calls::{self, Teller, send},
    files::wallet_key::WalletKey,
    options::l1::L1Args,
    terminal::{
        outcome::{Outcome, may_happen_yet, sentence},
        output::OutputArgs,
        progress::Progress,
        table::Table,
    },
};

/// Claims that are asked for together: each is a question of the node's to the layer 1.
const PAGE: u32 = 50;

/// A withdrawal, and what became of it now.
#[derive(Serialize)]
struct Collected {
    batch: u64,
    #[serde(flatten)]
    claim: ClaimView,
    /// The transaction on the layer 1 that paid it.
    transaction: Option<String>,
    /// Why it was not paid.
    error: Option<String>,
}

/// Claims all that is proved and not paid yet. What fails holds nothing else up.
pub(super) async fn claim_all(
    session: &Session,
    key: &WalletKey,
    (l1, timeout): (&L1Args, Duration),
    output: OutputArgs,
) -> Result<Outcome> {
    let client = session.connect(l1, session.contract).await?;
    let step = Progress::new().step("looking for withdrawals that nobody has claimed", None);
    let mut open = Vec::new();
    for account in session.accounts(&key.address()).await? {
        open.extend(unpaid(session, &client, account.index).await?);
    }
    step.finish(&format!("{} found", open.len()));
    let mut collected = Vec::new();
    let mut outcome = Outcome::Done;
    for (batch, claim, call) in open {
        let paid = pay(&client, &call, timeout).await;
        let (transaction, error) = match paid {
            Ok(hash) => (Some(hash), None),
            Err(error) => {
                outcome = match outcome {
                    Outcome::NotThereYet => outcome,
                    _ if may_happen_yet(&error) => Outcome::NotThereYet,
                    _ => Outcome::Invalid,
                };
                (None, Some(sentence(&error)))
            }
        };
        collected.push(Collected {
            batch,
            claim,
            transaction,
            error,
        });
    }
    let text = table(session, &collected)?;
    output.print_done(&collected, |_| text)?;
    Ok(outcome)
}

/// Batch, claim and call of each that the contract has not paid of what an account paid out. Those of which the
/// node does not say that they were paid are asked for on the layer 1.
async fn unpaid(
    session: &Session,
    client: &RollupClient,
    account: u32,
) -> Result<Vec<(u64, ClaimView, RollupCall)>> {
    let claimant = Claimant::From(AccountIndex::new(account)?);
    let (mut open, mut before) = (Vec::new(), None);
    loop {
        let page = session.node.claims(claimant, Some(PAGE), before.as_deref());
        let page = page.await?;
        for ProvedClaim {
            batch,
            claim,
            claimed,
        } in page.claims
        {
            if claimed == Some(true) || client.is_claimed(batch, claim.which).await? {
                continue;
            }
            let found = page.batches.iter().find(|found| found.number == batch);
            let found = found.with_context(|| format!("the node does not show batch {batch}"))?;
            let of_batch = (batch, &found.header, &found.claims[..]);
            let call = contract_calls::claim_of(of_batch, &claim)?;
            open.push((batch, claim, call));
        }
        match page.next_before {
            Some(next) => before = Some(next),
            None => return Ok(open),
        }
    }
}

async fn pay(client: &RollupClient, call: &RollupCall, timeout: Duration) -> Result<String> {
    let receipt = send(client, call, timeout, Teller::Steps).await?;
    Ok(Hex(&receipt.hash).to_string())
}

fn table(session: &Session, collected: &[Collected]) -> Result<String> {
    if collected.is_empty() {
        return Ok("There is nothing to claim.".to_owned());
    }
    let mut table = Table::new(["amount", "to", "batch", "L1 transaction"]);
    for one in collected {
        let token = session.tokens.of(one.claim.token)?;
        let transaction = one.transaction.clone();
        let error = one.error.clone().unwrap_or_default();
        table.row([
            token.shown_text(&one.claim.amount)?,
            one.claim.to.clone(),
            one.batch.to_string(),
            transaction.unwrap_or_else(|| format!("not paid: {error}")),
        ]);
    }
    Ok(table.render())
}
