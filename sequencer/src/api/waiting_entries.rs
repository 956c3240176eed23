//! Entries of the layer 1's queue that are in no batch yet.

use assay_api::{
    hexadecimal::Hex,
    wire::{RecordKind, WaitingEntries, WaitingEntryView},
};
use assay_circuits::{operation::Entry, order::Payee, quantity::AccountIndex};
use assay_l1::{batch::Tail, client::QueueEntry};
use axum::{Json, extract::State};

use super::batches::BatchCalls;
use crate::l1::contract;

/// Deposits and forced orders that are on the layer 1 and in no batch yet.
///
/// In the order in which they will be taken, at most 256. Those that are not `confirmed` may still be
/// reorganised away.
#[utoipa::path(get, path = "/v1/queue", tag = "batches", operation_id = "listWaitingEntries",
    responses((status = 200, body = WaitingEntries)))]
pub(super) async fn list(State(calls): State<BatchCalls>) -> Json<WaitingEntries> {
    let waiting = calls.waiting.now();
    let taken = calls.standing.executed().queue_taken;
    // Since they were read some may have been taken.
    let entries = waiting.entries.iter().filter(|entry| entry.index >= taken);
    Json(WaitingEntries {
        block: waiting.block,
        entries: entries
            .filter_map(|entry| calls.waiting_entry(entry))
            .collect(),
    })
}

impl BatchCalls {
    /// None for what the contract would not have let in.
    fn waiting_entry(&self, found: &QueueEntry) -> Option<WaitingEntryView> {
        let (kind, token, amount, to) = match contract::entry(found).ok()? {
            Entry::Deposit(deposit) => {
                let to = Payee::Owner(deposit.owner);
                (
                    RecordKind::Deposit,
                    deposit.token,
                    deposit.amount,
                    (to, None, None),
                )
            }
            Entry::Forced(order) => {
                let payee = order.signed_payee();
                let kind = match payee {
                    Payee::Owner(_) => RecordKind::ForcedTransfer,
                    Payee::L1(_) => RecordKind::ForcedWithdrawal,
                };
                (
                    kind,
                    order.token,
                    order.amount,
                    (payee, order.to(), order.from),
                )
            }
        };
        let (to, to_account, from) = to;
        Some(WaitingEntryView {
            queue_index: found.index,
            kind,
            from: from.map(AccountIndex::get),
            to: self.payee(to),
            to_account: to_account.map(AccountIndex::get),
            token: token.0,
            amount: amount.to_string(),
            refund_to: Tail::from_word(&found.tail).refund_to.to_string(),
            due: found.due,
            block: found.block_number,
            confirmed: found.index < self.standing.look().queue_confirmed,
            l1_transaction: Hex(&found.transaction).to_string(),
        })
    }
}
