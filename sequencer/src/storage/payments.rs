//! What moves an account's money, as the index of it has it.
//!
//! The index has three tables. One holds what sealed batches did to an account, a row for each account and
//! batch, and one the fees that they credited to it: they are written with the batch and go with it, and
//! follow from the log alone. The third holds
//! transactions that are in no sealed batch, by those whom they concern: the sender's while they wait and
//! when they were rejected, the recipient's as well once they are executed. It follows from the rows of
//! transactions and the last sealed batch: whatever changes one of them changes it in the same write.

use std::collections::{BTreeMap, BTreeSet};

use assay_circuits::{
    operation::Operation,
    order::{Domain, Order, TxHash},
    quantity::{AccountIndex, Amount, BatchNumber},
};
use serde::{Deserialize, Serialize};

use crate::record::{BatchContents, BatchRecord, Outcome, TransactionRecord};

/// Where a page begins: below each of these places. What comes later stands above all of them, so it moves
/// nothing that is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentsBefore {
    /// Place in the order of acknowledgement, of what is in no sealed batch.
    pub moving: u64,
    /// When, Unix ms, and place in the order of acknowledgement, of what was rejected.
    pub rejected: (u64, u64),
    /// Batch and place in it, of what is sealed.
    pub sealed: (BatchNumber, u32),
}

impl PaymentsBefore {
    /// The first page.
    pub const NEWEST: Self = Self {
        moving: u64::MAX,
        rejected: (u64::MAX, u64::MAX),
        sealed: (BatchNumber(u64::MAX), u32::MAX),
    };
}

/// Something that moves an account's money, or was meant to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payment {
    /// A transaction that was handed in here.
    Transaction(TxHash, Box<TransactionRecord>),
    /// An operation of a sealed batch that was not.
    Operation {
        /// The batch.
        batch: Box<BatchRecord>,
        /// Its place in the order of execution.
        place: u32,
        /// What it is.
        operation: Box<Operation<Order>>,
        /// Its place in the layer 1's queue, where it comes from there.
        queue_index: Option<u64>,
    },
    /// The fees that a sealed batch credited, after all that it holds.
    Fees {
        /// The batch.
        batch: Box<BatchRecord>,
        /// Base units of the account's token.
        amount: Amount,
    },
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentsPage {
    /// Newest first.
    pub payments: Vec<Payment>,
    /// Where the next page begins, if there is one.
    pub next: Option<PaymentsBefore>,
}

/// What a sealed batch did to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PaymentRow {
    /// Its place in the order of execution.
    pub(super) place: u32,
    pub(super) what: Paid,
}

/// What stands at a place of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Paid {
    /// A transaction that the node has a row of.
    Signed(TxHash),
    /// Something that nobody signed for this node, with its place in the queue where it comes from there.
    Posted(Box<Operation<Order>>, Option<u64>),
}

/// Where a transaction that is in no sealed batch stands among others of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Unsettled {
    /// It waits, or is in a batch that is not sealed: by the order of acknowledgement.
    Moving {
        /// Its place in that order.
        sequence: u64,
    },
    /// It was rejected.
    Rejected {
        /// When, Unix ms.
        at_ms: u64,
        /// Its place in the order of acknowledgement.
        sequence: u64,
    },
}

/// The hashes of what was signed of a batch, by place.
pub(super) fn hashes(contents: &BatchContents, domain: Domain) -> BTreeMap<u32, TxHash> {
    let signed = contents.signed.iter();
    let hashes = signed.map(|(place, signed)| (*place, signed.hash(domain)));
    hashes.collect()
}

/// How many entries of the layer 1's queue were consumed before a batch.
pub(super) fn queue_begin(batch: &BatchRecord) -> u64 {
    batch.queue_end.saturating_sub(batch.tails.len() as u64)
}

/// What a batch did to accounts; `hashes` are those of what was signed, by place.
pub(super) fn of_batch(
    batch: &BatchRecord,
    contents: &BatchContents,
    hashes: &BTreeMap<u32, TxHash>,
) -> BTreeMap<AccountIndex, Vec<PaymentRow>> {
    let queue_begin = queue_begin(batch);
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (place, operation) in (0..).zip(contents.operations()) {
        let (sender, recipient) = (operation.sender(), operation.recipient());
        let accounts: BTreeSet<_> = sender.into_iter().chain(recipient).collect();
        for account in accounts {
            let what = match hashes.get(&place) {
                Some(hash) => Paid::Signed(*hash),
                None => {
                    // Entries of the queue come first, in its order.
                    let from_queue = operation.is_from_l1();
                    let index = from_queue.then_some(queue_begin + u64::from(place));
                    Paid::Posted(Box::new(*operation), index)
                }
            };
            let rows = found.entry(account).or_default();
            rows.push(PaymentRow { place, what });
        }
    }
    found
}

/// Where a transaction stands in the index, when batches are sealed up to one.
pub(super) fn places(
    record: Option<&TransactionRecord>,
    sealed: BatchNumber,
) -> BTreeSet<(AccountIndex, Unsettled)> {
    let Some(record) = record else {
        return BTreeSet::new();
    };
    let (from, sequence) = (record.signed.order.from, record.sequence);
    let moving = Unsettled::Moving { sequence };
    match record.outcome {
        Outcome::Waiting => BTreeSet::from([(from, moving)]),
        Outcome::Executed { batch, to, .. } if batch > sealed => {
            let accounts = [from].into_iter().chain(to);
            accounts.map(|account| (account, moving)).collect()
        }
        Outcome::Executed { .. } => BTreeSet::new(),
        Outcome::Rejected { at_ms, .. } => {
            BTreeSet::from([(from, Unsettled::Rejected { at_ms, sequence })])
        }
    }
}
