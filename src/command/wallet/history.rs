//! `assay wallet history`: what moves the wallet's money, by the node's own list.

use std::{cmp::Reverse, collections::VecDeque};

use anyhow::Result;
use assay_api::wire::{PaymentDirection, PaymentKind, PaymentTimes, PaymentView};
use clap::Args;
use serde::Serialize;

use super::session::Session;
use crate::{
    files::wallet_key::WalletKey,
    terminal::{outcome::Outcome, output::OutputArgs, table::Table},
};

/// Payments asked for at once: the most that a node gives.
const PAGE: u32 = 100;

/// Options of `assay wallet history`.
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// How many payments to show at most, the latest of all.
    #[arg(
        long,
        env = "ASSAY_LIMIT",
        value_name = "NUMBER",
        default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    limit: u32,
}

/// A payment of one of the wallet's accounts.
#[derive(Serialize)]
pub(super) struct Entry {
    account: u32,
    #[serde(flatten)]
    pub(super) payment: PaymentView,
}

impl HistoryArgs {
    /// Prints the latest payments of all accounts of the wallet, the latest first.
    pub(super) async fn run(
        &self,
        session: &Session,
        key: &WalletKey,
        output: OutputArgs,
    ) -> Result<Outcome> {
        let mut lists = Vec::new();
        for account in session.accounts(&key.address()).await? {
            lists.push(latest(session, account.index, self.limit).await?);
        }
        let entries = merged(lists, self.limit as usize);
        let text = table(session, &entries)?;
        output.print(&entries, |_| text)?;
        Ok(Outcome::Done)
    }
}

/// The latest payments of one account, the latest first.
pub(super) async fn latest(session: &Session, account: u32, limit: u32) -> Result<VecDeque<Entry>> {
    let mut found = VecDeque::new();
    let (mut left, mut before) = (limit, None::<String>);
    while left > 0 {
        let asked = Some(left.min(PAGE));
        let page = session
            .node
            .payments(account.try_into()?, asked, before.as_deref());
        let page = page.await?;
        left = left.saturating_sub(u32::try_from(page.payments.len()).unwrap_or(u32::MAX));
        found.extend(
            page.payments
                .into_iter()
                .map(|payment| Entry { account, payment }),
        );
        before = page.next_before;
        if before.is_none() {
            break;
        }
    }
    Ok(found)
}

/// One list of many. The order of each is kept, whatever its times say.
fn merged(mut lists: Vec<VecDeque<Entry>>, limit: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    while entries.len() < limit {
        let heads = lists.iter_mut().filter(|list| !list.is_empty());
        let next = heads.min_by_key(|list| Reverse(list.front().map(begin)));
        let Some(entry) = next.and_then(VecDeque::pop_front) else {
            break;
        };
        entries.push(entry);
    }
    entries
}

/// When a payment began as far as the node knows, Unix ms.
fn begin(entry: &Entry) -> u64 {
    let PaymentTimes {
        received, executed, ..
    } = entry.payment.times_ms;
    received.or(executed).unwrap_or_default()
}

fn table(session: &Session, entries: &[Entry]) -> Result<String> {
    if entries.is_empty() {
        return Ok("Nothing has come in or gone out yet.".to_owned());
    }
    let mut table = Table::new([
        "stage", "what", "", "amount", "fee", "whom", "batch", "hash", "why",
    ]);
    for Entry { payment, .. } in entries {
        let token = session.tokens.of(payment.token)?;
        let rejection = payment.rejection.as_ref().map(|why| &why.message);
        let why = rejection.or(payment.dropped.as_ref().map(|why| &why.message));
        table.row([
            payment.stage.to_string(),
            what(payment.kind).to_owned(),
            way(payment.direction).to_owned(),
            token.shown_text(&payment.amount)?,
            token.shown_text(&payment.fee)?,
            payment.counterparty.clone().unwrap_or_default(),
            payment
                .batch
                .map_or("-".to_owned(), |batch| batch.to_string()),
            payment.hash.clone().unwrap_or_default(),
            why.cloned().unwrap_or_default(),
        ]);
    }
    Ok(table.render())
}

fn what(kind: PaymentKind) -> &'static str {
    match kind {
        PaymentKind::Deposit => "deposit",
        PaymentKind::Transfer => "transfer",
        PaymentKind::Withdrawal => "withdrawal",
        PaymentKind::ForcedTransfer => "forced transfer",
        PaymentKind::ForcedWithdrawal => "forced withdrawal",
        PaymentKind::Fees => "fees",
    }
}

fn way(direction: PaymentDirection) -> &'static str {
    match direction {
        PaymentDirection::Incoming => "in",
        PaymentDirection::Outgoing => "out",
        PaymentDirection::Internal => "to itself",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(account: u32, received: Option<u64>, executed: u64, hash: &str) -> Entry {
        let payment = json!({
            "hash": hash, "queue_index": null, "kind": "transfer", "direction": "outgoing",
            "counterparty": null, "counterparty_account": null, "token": 0, "amount": "1",
            "fee": "0", "batch": 1, "position": 0, "stage": "sealed",
            "times_ms": {"received": received, "executed": executed, "sealed": null,
                         "proved": null, "final": null, "rejected": null},
            "rejection": null, "dropped": null
        });
        let payment = serde_json::from_value(payment).unwrap();
        Entry { account, payment }
    }

    #[test]
    fn the_latest_of_all_accounts_come_first_and_no_list_is_put_in_another_order() {
        let first = VecDeque::from([
            entry(1, Some(50), 51, "a"),
            // Adopted from another operator's batch, so its time is later than that of what follows it.
            entry(1, None, 90, "b"),
            entry(1, Some(20), 21, "c"),
        ]);
        let second = VecDeque::from([entry(2, Some(60), 61, "d"), entry(2, Some(40), 41, "e")]);
        let order = |limit| {
            let merged = merged(vec![copy_of(&first), copy_of(&second)], limit);
            let hashes = merged.into_iter().map(|entry| entry.payment.hash.unwrap());
            hashes.collect::<String>()
        };
        assert_eq!(order(10), "dabec");
        assert_eq!(order(2), "da");
    }

    fn copy_of(list: &VecDeque<Entry>) -> VecDeque<Entry> {
        let copy = |entry: &Entry| Entry {
            account: entry.account,
            payment: entry.payment.clone(),
        };
        list.iter().map(copy).collect()
    }
}
