//! `assay wallet claim --all`: the withdrawals of the wallet that nobody has collected yet.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Result;
use assay_api::{
    hexadecimal::Hex,
    stage::Stage,
    wire::{ClaimView, PaymentKind, PaymentView},
};
use assay_l1::client::{RollupCall, RollupClient};
use serde::Serialize;

use super::{history, session::Session};
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
    let mut own = BTreeSet::new();
    let mut batches = BTreeSet::new();
    for account in session.accounts(&key.address()).await? {
        own.insert(account.index);
        let payments = history::latest(session, account.index, u32::MAX).await?;
        let proved = payments.iter().map(|entry| &entry.payment);
        batches.extend(
            proved
                .filter(|payment| may_be_claimed(payment))
                .filter_map(|payment| payment.batch),
        );
    }
    let mut open = Vec::new();
    for number in batches {
        let detail = session.node.batch(number).await?;
        for claim in &detail.claims {
            if own.contains(&claim.from) && !client.is_claimed(number, claim.which).await? {
                let call = contract_calls::claim_of(&detail, claim)?;
                open.push((number, claim.clone(), call));
            }
        }
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
    output.print(&collected, |_| text)?;
    Ok(outcome)
}

/// Whether the layer 1 may owe something for it.
fn may_be_claimed(payment: &PaymentView) -> bool {
    let leaves = matches!(
        payment.kind,
        PaymentKind::Withdrawal | PaymentKind::ForcedWithdrawal
    );
    leaves && matches!(payment.stage, Stage::Proved | Stage::Final)
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
