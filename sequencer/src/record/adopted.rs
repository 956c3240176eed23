//! What batches hold, whoever made them, and those that the node found on the layer 1.

use std::collections::BTreeMap;

use assay_circuits::{
    address::L1Address,
    batch::BatchInput,
    operation::Operation,
    order::{Order, Signed, TxHash},
    posted::{PostedBatch, TransferRecord},
    quantity::{Amount, BatchNumber, StateRoot, Timestamp, TokenId},
    shape::Shape,
    transition::FeeSlot,
};
use assay_l1::batch::Word;
use serde::{Deserialize, Serialize};

/// A batch that another operator made, as the layer 1 has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptedBatch {
    /// Its number.
    pub number: BatchNumber,
    /// Its shape.
    pub shape: Shape,
    /// Unix seconds.
    pub timestamp: Timestamp,
    /// Who is paid on the layer 1 for its entries of the queue.
    pub settler: L1Address,
    /// Root before it.
    pub old_root: StateRoot,
    /// Root after it.
    pub new_root: StateRoot,
    /// Leaves that are given out after it.
    pub accounts: u32,
    /// Entries of the layer 1 queue consumed after it.
    pub queue_end: u64,
    /// The tails of its entries of the layer 1's queue, in their order.
    pub tails: Vec<Word>,
    /// What it holds.
    pub contents: BatchContents,
    /// Its proof, 256 bytes.
    pub proof: Vec<u8>,
    /// The transaction that brought it.
    pub transaction: Word,
    /// When the node took it up, Unix ms.
    pub adopted_ms: u64,
    /// Transactions of this node that cannot be executed any more because of it.
    pub overtaken: Vec<TxHash>,
}

impl AdoptedBatch {
    /// It, as it was posted.
    #[must_use]
    pub fn posted(&self) -> PostedBatch {
        PostedBatch {
            shape: self.shape,
            number: self.number,
            timestamp: self.timestamp,
            settler: self.settler,
            new_root: self.new_root,
            accounts: self.accounts,
            fee_slots: self.contents.fee_slots.clone(),
            full: self.contents.full.clone(),
            transfers: self.contents.transfer_records(),
        }
    }
}

/// What a batch holds, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchContents {
    /// Where fees went.
    pub fee_slots: Vec<FeeSlot>,
    /// Leaves that were given out before it.
    pub accounts_before: u32,
    /// Its full records, those of the layer 1's queue first.
    pub full: Vec<Operation<Order>>,
    /// Its transfer records, which were executed after the full ones.
    pub transfers: Vec<Operation<Order>>,
    /// What users signed and this node knows of it, by place in the order of execution.
    pub signed: BTreeMap<u32, Signed<Order>>,
}

impl BatchContents {
    /// What a batch holds that was closed here, before which so many leaves were given out.
    #[must_use]
    pub fn of(closed: &BatchInput, accounts_before: u32) -> Self {
        let posted = |operations: &[Operation]| operations.iter().map(Operation::posted).collect();
        let all = closed.full.iter().chain(&closed.transfers);
        let signed = (0..).zip(all).filter_map(|(place, operation)| {
            let signed = operation.signed();
            signed.map(|signed| (place, *signed))
        });
        Self {
            fee_slots: closed.fee_slots.clone(),
            accounts_before,
            full: posted(&closed.full),
            transfers: posted(&closed.transfers),
            signed: signed.collect(),
        }
    }

    /// Its operations in their order of execution.
    pub fn operations(&self) -> impl Iterator<Item = &Operation<Order>> {
        self.full.iter().chain(&self.transfers)
    }

    /// The fees that it credits in a token, base units.
    #[must_use]
    pub fn fees_in(&self, token: TokenId) -> Amount {
        let orders = self.operations().filter_map(Operation::order);
        let fees = orders.filter(|order| order.token == token);
        let sum = fees.fold(0u128, |sum, order| sum.saturating_add(order.fee.value().0));
        Amount(sum)
    }

    /// Its transfers as they are posted.
    #[must_use]
    pub fn transfer_records(&self) -> Vec<TransferRecord> {
        let record = |operation: &Operation<Order>| {
            let order = operation.order()?;
            Some(TransferRecord {
                from: order.from,
                to: operation.recipient()?,
                amount: order.amount,
                fee: order.fee,
            })
        };
        self.transfers.iter().filter_map(record).collect()
    }
}
