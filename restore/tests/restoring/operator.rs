//! An operator that makes batches of operations by the native rules, and forges their proofs.

use assay_circuits::{
    address::L1Address,
    batch::{BatchInput, State},
    eddsa::SecretKey,
    forced::{ForcedOrder, ForcedPayee},
    operation::{Entry, Operation},
    order::{Domain, Order, Payee},
    quantity::{AccountIndex, Amount, BatchNumber, Fee, TokenId},
    shape::Shape,
    transition, word,
};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, PostedFeeSlot, ProofWords, Word},
    client::QueueEntry,
};
use assay_prover::groth16::verifying_key::VerifyingKey;
use assay_restore::{batches::read_posted, keys::VerifyingKeys};

use crate::forge::Forge;

pub(crate) const SHAPE: Shape = Shape::Medium;
const SETTLER: [u8; 20] = [0x5e; 20];

pub(crate) struct Operator {
    pub(crate) domain: Domain,
    pub(crate) forge: Forge,
    pub(crate) state: State,
    pub(crate) number: u64,
}

pub(crate) fn user(number: u8) -> SecretKey {
    SecretKey::from_seed([number; 32])
}

impl Operator {
    pub(crate) fn new(domain: Domain) -> Self {
        Self {
            domain,
            forge: Forge::new(1, 3),
            state: State::default(),
            number: 0,
        }
    }

    pub(crate) fn keys(&self) -> VerifyingKeys {
        VerifyingKeys::new([(SHAPE, self.key())])
    }

    pub(crate) fn key(&self) -> VerifyingKey {
        self.forge.key()
    }

    pub(crate) fn index(&self, number: u8) -> AccountIndex {
        let owner = user(number).public_key().0;
        let found = self.state.ledger().find(&owner, TokenId::ETHER);
        found.unwrap()
    }

    /// The next order of a user.
    pub(crate) fn order(&self, from: u8, to: Payee, amount: u128) -> Order {
        let from = self.index(from);
        Order {
            from,
            nonce: self.state.ledger().account(from).unwrap().nonce,
            token: TokenId::ETHER,
            to,
            amount: Amount(amount),
            fee: Fee::ZERO,
            expires: u32::MAX,
        }
    }

    pub(crate) fn transfer(&self, from: u8, to: u8, amount: u128) -> Operation {
        let order = self.order(from, Payee::Owner(user(to).public_key().0), amount);
        Operation::Transfer {
            order: order.sign(self.domain, &user(from)),
            to: self.index(to),
        }
    }

    pub(crate) fn withdrawal(&self, from: u8, amount: u128) -> Operation {
        let order = self.order(from, Payee::L1(L1Address([0xab; 20])), amount);
        Operation::Withdrawal {
            order: order.sign(self.domain, &user(from)),
        }
    }

    /// A signed order for the queue.
    pub(crate) fn forced(&self, from: u8, nonce: u32, amount: u128) -> ForcedOrder {
        let order = ForcedOrder {
            from: Some(self.index(from)),
            nonce,
            token: TokenId::ETHER,
            payee: ForcedPayee::L1(L1Address([0xcd; 20])),
            amount: Amount(amount),
            last: u16::MAX,
            r8: user(1).public_key().0,
            s: 1u8.into(),
        };
        order.sign(self.domain, &user(from))
    }

    /// Makes a batch that takes these entries, and then executes these operations.
    pub(crate) fn batch(
        &mut self,
        timestamp: u32,
        entries: &[QueueEntry],
        full: Vec<Operation>,
        transfers: Vec<Operation>,
    ) -> (BatchData, ProofWords) {
        let mut input = BatchInput {
            shape: SHAPE,
            domain: self.domain,
            number: BatchNumber(self.number + 1),
            timestamp,
            settler: L1Address(SETTLER),
            fee_slots: Vec::new(),
            full: Vec::new(),
            transfers,
        };
        // An entry's outcome depends on those before it: each is resolved on a state that has them.
        let mut scratch = self.state.clone();
        for entry in entries {
            let operation = transition::resolve(scratch.ledger(), self.domain, asked(entry));
            let alone = BatchInput {
                full: vec![operation],
                transfers: Vec::new(),
                ..input.clone()
            };
            scratch.execute(&alone).unwrap();
            input.full.push(operation);
        }
        input.full.extend(full);
        let witness = self.state.execute(&input).unwrap();
        self.number += 1;
        let inputs = witness.statement().public_inputs();
        let data = BatchData {
            batch: self.number,
            shape: SHAPE.id(),
            timestamp,
            l1_operations: u16::try_from(entries.len()).unwrap(),
            accounts: witness.accounts_after,
            settler: EthAddress(SETTLER),
            commitment: word::to_bytes(inputs.c),
            new_root: word::to_bytes(witness.new_root.0),
            fee_slots: Vec::new(),
            full_records: input.full.iter().map(record).collect(),
            tails: entries.iter().map(|entry| entry.tail).collect(),
            transfers: input
                .transfers
                .iter()
                .filter_map(Operation::transfer_record)
                .collect(),
        };
        (data, self.forge.prove(&inputs.to_array()))
    }

    /// Commits to and proves whatever is posted, true or not.
    pub(crate) fn prove_anyway(
        &self,
        data: &mut BatchData,
        old_root: Word,
        accounts_before: u32,
    ) -> ProofWords {
        let old_root = assay_circuits::quantity::StateRoot(word::from_bytes(&old_root).unwrap());
        let posted = read_posted(data).unwrap();
        let statement = posted.statement(self.domain, old_root, accounts_before);
        let inputs = statement.public_inputs();
        data.commitment = word::to_bytes(inputs.c);
        self.forge.prove(&inputs.to_array())
    }
}

fn record(operation: &Operation) -> [Word; 6] {
    operation.full_record().map(word::to_bytes)
}

fn asked(entry: &QueueEntry) -> Entry {
    let words = entry.words.map(|bytes| word::from_bytes(&bytes).unwrap());
    Entry::from_words(&words).unwrap()
}

/// An entry as the contract keeps it.
pub(crate) fn entry(index: u64, entry: Entry, due: u32) -> QueueEntry {
    QueueEntry {
        index,
        words: entry.words().map(word::to_bytes),
        tail: [9; 32],
        due,
        block_number: index,
        block_hash: [0; 32],
        transaction: [0; 32],
    }
}

/// The fee slot of a batch, as it is posted.
pub(crate) fn fee_slot(token: u16, account: u32) -> PostedFeeSlot {
    PostedFeeSlot { token, account }
}
