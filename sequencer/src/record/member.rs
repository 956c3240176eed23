//! What a batch holds, as it is told when the batch moves.

use std::collections::BTreeMap;

use assay_api::wire::RecordKind;
use assay_circuits::{
    operation::Operation,
    order::{Order, Payee, TxHash},
    quantity::AccountIndex,
};

use super::adopted::BatchContents;

/// An operation of a batch, and whom it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its place in the order of execution.
    pub place: u32,
    /// What it is.
    pub kind: RecordKind,
    /// Of the transaction, where a user's order was handed in here.
    pub hash: Option<TxHash>,
    /// Its place in the layer 1's queue, where it comes from there.
    pub queue_index: Option<u64>,
    /// Whether it had an effect: not where a deposit bounced, or a forced order was not valid.
    pub executed: bool,
    /// The account that pays, or was meant to.
    pub from: Option<AccountIndex>,
    /// The account that is credited.
    pub to: Option<AccountIndex>,
}

impl Member {
    /// What a batch holds, in the order of execution. Before it so many entries of the layer 1's queue
    /// were consumed; `hashes` are those of what was signed, by place.
    #[must_use]
    pub fn of_batch(
        queue_begin: u64,
        contents: &BatchContents,
        hashes: &BTreeMap<u32, TxHash>,
    ) -> Vec<Self> {
        let operations = (0..).zip(contents.operations());
        let member = |(place, operation): (u32, &Operation<Order>)| Self {
            place,
            kind: kind(operation),
            hash: hashes.get(&place).copied(),
            // Entries of the queue come first, in its order.
            queue_index: operation
                .is_from_l1()
                .then_some(queue_begin + u64::from(place)),
            executed: has_effect(operation),
            from: payer(operation),
            to: operation.recipient(),
        };
        operations.map(member).collect()
    }
}

/// What an operation is called.
pub(crate) fn kind(operation: &Operation<Order>) -> RecordKind {
    match operation {
        Operation::Transfer { .. } => RecordKind::Transfer,
        Operation::Withdrawal { .. } => RecordKind::Withdrawal,
        Operation::Deposit { .. } => RecordKind::Deposit,
        Operation::Forced { order, .. } => match order.signed_payee() {
            Payee::Owner(_) => RecordKind::ForcedTransfer,
            Payee::L1(_) => RecordKind::ForcedWithdrawal,
        },
    }
}

/// Whether money leaves by an order that its owner put into the layer 1's queue, if it is valid.
pub(crate) fn is_forced_withdrawal(operation: &Operation<Order>) -> bool {
    kind(operation) == RecordKind::ForcedWithdrawal
}

/// Whether an operation had an effect: not where a deposit bounced, or a forced order was not valid.
pub(crate) fn has_effect(operation: &Operation<Order>) -> bool {
    match operation {
        Operation::Deposit { to, .. } => to.is_some(),
        Operation::Forced { paid, .. } => paid.is_some(),
        Operation::Transfer { .. } | Operation::Withdrawal { .. } => true,
    }
}

/// The account that pays, or was meant to.
pub(crate) fn payer(operation: &Operation<Order>) -> Option<AccountIndex> {
    match operation {
        Operation::Forced { order, .. } => order.from,
        _ => operation.sender(),
    }
}
