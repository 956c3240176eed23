//! Somebody else who makes batches: from what the contract took, and from nothing else.

use assay_circuits::{
    address::L1Address,
    batch::{BatchInput, State},
    operation::{Entry, Operation},
    order::{Order, Payee, Signed},
    quantity::BatchNumber,
    shape::Shape,
    transition, word,
};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, ProofWords, Word},
    client::QueueEntry,
};
use assay_restore::batches::read_posted;

use super::prove;
use crate::l1::memory::{MemoryL1, domain};

/// Who is paid for the entries of the queue in a stranger's batches.
const SETTLER: [u8; 20] = [0x5e; 20];

/// A stranger who knows the state after the contract's last batch.
pub(crate) struct Stranger<'a> {
    l1: &'a MemoryL1,
    state: State,
    number: u64,
    entries: Vec<QueueEntry>,
}

impl<'a> Stranger<'a> {
    /// Rebuilds the state from what the contract took.
    pub(crate) fn of(l1: &'a MemoryL1) -> Self {
        let mut state = State::default();
        let taken = l1.taken();
        let mut entries = l1.entries();
        for (data, _) in &taken {
            state.replay(domain(), &read_posted(data).unwrap()).unwrap();
            entries.drain(..usize::from(data.l1_operations));
        }
        Self {
            l1,
            state,
            number: taken.len() as u64,
            entries,
        }
    }

    /// The operation that an order is on this state.
    fn operation(&self, order: &Signed<Order>) -> Operation {
        let Payee::Owner(owner) = order.order.to else {
            return Operation::Withdrawal { order: *order };
        };
        let ledger = self.state.ledger();
        let to = ledger.find(&owner, order.order.token);
        let to = to.unwrap_or_else(|| ledger.next_free().unwrap());
        Operation::Transfer { order: *order, to }
    }

    /// Brings a batch that takes so many entries of the queue and these orders.
    pub(crate) fn submit(&mut self, entries: usize, orders: &[Signed<Order>]) {
        let batch = self.batch(entries, orders);
        self.l1.submit_as_stranger(vec![batch]).unwrap();
    }

    /// A batch that takes so many entries of the queue and these orders, in full records where they
    /// withdraw.
    pub(crate) fn batch(
        &mut self,
        entries: usize,
        orders: &[Signed<Order>],
    ) -> (BatchData, ProofWords) {
        let taken: Vec<_> = self.entries.drain(..entries).collect();
        let mut input = BatchInput {
            shape: Shape::Tiny,
            domain: domain(),
            number: BatchNumber(self.number + 1),
            timestamp: u32::try_from(self.l1.time()).unwrap(),
            settler: L1Address(SETTLER),
            fee_slots: Vec::new(),
            full: Vec::new(),
            transfers: Vec::new(),
        };
        // An entry's outcome depends on those before it.
        let mut scratch = self.state.clone();
        for entry in &taken {
            let words = entry.words.map(|word| word::from_bytes(&word).unwrap());
            let entry = Entry::from_words(&words).unwrap();
            let operation = transition::resolve(scratch.ledger(), domain(), entry);
            let alone = BatchInput {
                full: vec![operation],
                ..input.clone()
            };
            scratch.execute(&alone).unwrap();
            input.full.push(operation);
        }
        for order in orders {
            let operation = self.operation(order);
            match operation {
                Operation::Withdrawal { .. } => input.full.push(operation),
                _ => input.transfers.push(operation),
            }
        }
        let witness = self.state.execute(&input).unwrap();
        self.number += 1;
        let inputs = witness.statement().public_inputs();
        let record = |operation: &Operation| operation.full_record().map(word::to_bytes);
        let data = BatchData {
            batch: self.number,
            shape: input.shape.id(),
            timestamp: input.timestamp,
            l1_operations: u16::try_from(entries).unwrap(),
            accounts: witness.accounts_after,
            settler: EthAddress(SETTLER),
            commitment: word::to_bytes(inputs.c),
            new_root: word::to_bytes(witness.new_root.0),
            fee_slots: Vec::new(),
            full_records: input.full.iter().map(record).collect(),
            tails: taken.iter().map(|entry| entry.tail).collect::<Vec<Word>>(),
            transfers: input
                .transfers
                .iter()
                .filter_map(Operation::transfer_record)
                .collect(),
        };
        let proof = prove(inputs.to_array());
        (data, ProofWords(proof.to_words()))
    }
}
