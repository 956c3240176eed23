//! `assay wallet balance` and `history`.

use anyhow::Result;
use assay_api::{
    stage::Stage,
    wire::{AccountView, BatchOperation, RecordKind},
};
use serde::Serialize;

use super::session::Session;
use crate::{
    files::wallet_key::WalletKey,
    terminal::{outcome::Outcome, output::OutputArgs, table::Table},
};

/// Batches asked for at once.
const PAGE: u32 = 100;

/// Prints every account of the wallet.
pub(super) async fn balance(
    session: &Session,
    key: &WalletKey,
    output: OutputArgs,
) -> Result<Outcome> {
    let accounts = session.accounts(&key.address()).await?;
    let mut table = Table::new(["token", "balance", "proved", "account", "nonce", "waiting"]);
    for account in &accounts {
        let token = session.tokens.of(account.token)?;
        let shown = |base_units: &str| token.shown_text(base_units);
        table.row([
            token.label(),
            shown(&account.balance)?,
            account
                .proved_balance
                .as_deref()
                .map_or(Ok("-".to_owned()), shown)?,
            account.index.to_string(),
            account.nonce.to_string(),
            account.pending.to_string(),
        ]);
    }
    output.print(&accounts, |accounts: &Vec<AccountView>| {
        if accounts.is_empty() {
            "This wallet has no account yet; `assay wallet deposit` makes one.".to_owned()
        } else {
            table.render()
        }
    })?;
    Ok(Outcome::Done)
}

/// One operation of the wallet.
#[derive(Serialize)]
struct Entry {
    batch: u64,
    stage: Stage,
    /// `in`, `out`, or `self`.
    direction: &'static str,
    #[serde(flatten)]
    operation: BatchOperation,
}

/// Prints what the latest `batches` batches hold of this wallet, latest first.
pub(super) async fn history(
    session: &Session,
    key: &WalletKey,
    batches: u32,
    output: OutputArgs,
) -> Result<Outcome> {
    let own = session.accounts(&key.address()).await?;
    let is_own = |account: Option<u32>| own.iter().any(|own| Some(own.index) == account);
    let mut entries = Vec::new();
    let (mut left, mut before) = (batches, None);
    while left > 0 {
        let page = session.node.batches(Some(left.min(PAGE)), before).await?;
        for batch in &page.batches {
            let mut detail = session.node.batch(batch.number).await?;
            detail.contents.reverse();
            for operation in detail.contents {
                let direction = match (is_own(operation.from), is_own(operation.to_account)) {
                    (false, false) => continue,
                    (false, true) => "in",
                    (true, false) => "out",
                    (true, true) => "self",
                };
                entries.push(Entry {
                    batch: batch.number,
                    stage: batch.stage,
                    direction,
                    operation,
                });
            }
        }
        left = left.saturating_sub(u32::try_from(page.batches.len()).unwrap_or(u32::MAX));
        before = page.next_before;
        if before.is_none() {
            break;
        }
    }
    let text = history_table(session, &entries)?;
    output.print(&entries, |_| text)?;
    Ok(Outcome::Done)
}

fn history_table(session: &Session, entries: &[Entry]) -> Result<String> {
    let mut table = Table::new(["batch", "stage", "what", "", "amount", "fee", "to", "hash"]);
    for entry in entries {
        let operation = &entry.operation;
        let token = session.tokens.of(operation.token)?;
        let what = match operation.kind {
            RecordKind::Deposit => "deposit",
            RecordKind::Transfer => "transfer",
            RecordKind::Withdrawal => "withdrawal",
            RecordKind::ForcedTransfer => "forced transfer",
            RecordKind::ForcedWithdrawal => "forced withdrawal",
        };
        let what = if operation.executed {
            what.to_owned()
        } else {
            format!("{what} (no effect)")
        };
        table.row([
            entry.batch.to_string(),
            entry.stage.to_string(),
            what,
            entry.direction.to_owned(),
            token.shown_text(&operation.amount)?,
            token.shown_text(&operation.fee)?,
            operation.to.clone(),
            operation.hash.clone().unwrap_or_default(),
        ]);
    }
    Ok(table.render())
}
