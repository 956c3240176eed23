//! `assay wallet history`: what moves the wallet's money, by the node's own list.

use std::{cmp::Reverse, collections::VecDeque};

use anyhow::Result;
use assay_api::wire::{PaymentDirection, PaymentKind, PaymentView};
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
        let next = heads.min_by_key(|list| Reverse(list.front().map(standing)));
        let Some(entry) = next.and_then(VecDeque::pop_front) else {
            break;
        };
        entries.push(entry);
    }
    entries
}

/// Where a payment stands among those of other accounts, the latest highest, as the node orders those of one:
/// what is in no sealed batch stands above all that is. Batches stand as they were sealed and what one holds as
/// it was executed, since of a deposit no other time is known; what was rejected stands among them by its time.
fn standing(entry: &Entry) -> (u64, u64, u64) {
    let payment = &entry.payment;
    let times = &payment.times_ms;
    match times.sealed.or(times.rejected) {
        Some(at_ms) => {
            let place = payment.position.map_or(u64::MAX, u64::from);
            (at_ms, payment.batch.unwrap_or(u64::MAX), place)
        }
        None => (
            u64::MAX,
            times.received.or(times.executed).unwrap_or(u64::MAX),
            0,
        ),
    }
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

    /// A payment in a batch at a place; of a deposit it is not known when it was received.
    fn sealed(account: u32, hash: &str, place: (u64, u32), received: Option<u64>) -> Entry {
        let (batch, position) = place;
        let sealed = batch * 100;
        let times = json!({ "received": received, "executed": sealed - 1, "sealed": sealed });
        entry(
            account,
            hash,
            json!({ "batch": batch, "position": position, "times_ms": times }),
        )
    }

    fn entry(account: u32, hash: &str, differs: serde_json::Value) -> Entry {
        let mut payment = json!({
            "hash": hash, "queue_index": null, "kind": "transfer", "direction": "outgoing",
            "counterparty": null, "counterparty_account": null, "token": 0, "amount": "1",
            "fee": "0", "batch": null, "position": null, "stage": "sealed",
            "rejection": null, "dropped": null
        });
        for (field, value) in differs.as_object().unwrap() {
            payment[field] = value.clone();
        }
        let payment = serde_json::from_value(payment).unwrap();
        Entry { account, payment }
    }

    fn order(lists: &[VecDeque<Entry>], limit: usize) -> String {
        let merged = merged(lists.iter().map(copy_of).collect(), limit);
        let hashes = merged.into_iter().map(|entry| entry.payment.hash.unwrap());
        hashes.collect()
    }

    #[test]
    fn the_latest_of_all_accounts_come_first_in_the_order_of_execution() {
        let moving = |account, hash, received: u64| {
            entry(
                account,
                hash,
                json!({ "times_ms": { "received": received } }),
            )
        };
        let rejected = json!({ "times_ms": { "received": 1, "rejected": 250 } });
        let first = VecDeque::from([
            moving(1, "a", 500),
            // In a batch with a deposit before it, and received before that batch was closed.
            sealed(1, "d", (3, 1), Some(220)),
            entry(1, "f", rejected),
            sealed(1, "h", (1, 0), Some(20)),
        ]);
        let second = VecDeque::from([
            moving(2, "b", 400),
            sealed(2, "c", (3, 2), Some(210)),
            sealed(2, "e", (3, 0), None),
            sealed(2, "g", (2, 0), None),
        ]);
        assert_eq!(order(&[first, second], 10), "abcdefgh");
    }

    #[test]
    fn no_list_is_put_in_another_order_and_a_limit_is_kept() {
        // A clock that was set back: the latest has the earliest time.
        let first = VecDeque::from([sealed(1, "a", (2, 0), None), sealed(1, "b", (5, 0), None)]);
        let second = VecDeque::from([sealed(2, "c", (4, 0), None), sealed(2, "d", (3, 0), None)]);
        let lists = [first, second];
        assert_eq!(order(&lists, 10), "cdab");
        assert_eq!(order(&lists, 2), "cd");
    }

    fn copy_of(list: &VecDeque<Entry>) -> VecDeque<Entry> {
        let copy = |entry: &Entry| Entry {
            account: entry.account,
            payment: entry.payment.clone(),
        };
        list.iter().map(copy).collect()
    }
}
