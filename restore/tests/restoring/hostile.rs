//! Each check names the batch and the reason. Proofs are forged where what is tried needs a valid
//! one.

use assay_circuits::{
    address::L1Address,
    batch::ExecutionError,
    operation::{Deposit, Entry},
    order::Domain,
    quantity::{Amount, TokenId},
    shape::Shape,
    transition::Rejection,
};
use assay_l1::{
    batch::{BatchData, ProofWords, next_link},
    client::QueueEntry,
};
use assay_restore::{
    batches::{Batches, Tip},
    fault::{BatchFault, Fault},
    keys::VerifyingKeys,
    queue::{Queue, QueueError},
};

use crate::operator::{Operator, entry, fee_slot, user};

type Posted = (BatchData, ProofWords);

/// The batch that is changed, the third.
const AT: usize = 2;
const DUE: u32 = 1_000;

struct History {
    operator: Operator,
    batches: Vec<Posted>,
    entries: Vec<QueueEntry>,
}

fn queue(entries: &[QueueEntry]) -> Result<Queue, QueueError> {
    let link = entries.iter().fold([0; 32], |link, entry| {
        next_link(&link, &entry.words, &entry.tail)
    });
    Queue::new(entries.to_vec(), entries.len() as u64, &link)
}

/// Two deposits, transfers, then a batch with a valid and an invalid forced order and a
/// withdrawal, and one more.
fn history() -> History {
    let domain = Domain::new(31337, L1Address([7; 20]));
    let mut operator = Operator::new(domain);
    let deposit = |number: u8| {
        Entry::Deposit(Deposit {
            token: TokenId::ETHER,
            amount: Amount(1_000),
            owner: user(number).public_key().0,
        })
    };
    let mut entries = vec![entry(0, deposit(1), DUE), entry(1, deposit(2), DUE)];
    let mut batches = vec![operator.batch(10, &entries, Vec::new(), Vec::new())];
    let pay = operator.transfer(1, 2, 5);
    batches.push(operator.batch(11, &[], Vec::new(), vec![pay]));
    let valid = operator.forced(2, 3, 40);
    let mut forged = operator.forced(1, 1, 40);
    forged.nonce = 2;
    entries.push(entry(2, Entry::Forced(valid), DUE));
    entries.push(entry(3, Entry::Forced(forged), DUE));
    let taken = entries[2..].to_vec();
    let withdrawal = operator.withdrawal(1, 30);
    batches.push(operator.batch(12, &taken, vec![withdrawal], Vec::new()));
    let pay = operator.transfer(1, 2, 5);
    batches.push(operator.batch(13, &[], Vec::new(), vec![pay]));
    History {
        operator,
        batches,
        entries,
    }
}

impl History {
    fn check(&self, batches: &[Posted]) -> Result<Batches, BatchFault> {
        let mut checked = Batches::genesis(self.operator.domain, self.operator.keys());
        checked.take(batches, &queue(&self.entries).unwrap())?;
        Ok(checked)
    }

    /// What is said of a history whose third batch is changed.
    fn fault(&self, change: impl FnOnce(&mut Posted)) -> Fault {
        let mut batches = self.batches.clone();
        change(&mut batches[AT]);
        let fault = self.check(&batches).err().unwrap();
        assert_eq!(fault.batch, AT as u64 + 1, "{fault}");
        assert!(fault.to_string().starts_with("batch 3: "), "{fault}");
        *fault.fault
    }

    /// As [`History::fault`], with a commitment to the change and a valid proof of it.
    fn proved_fault(&self, change: impl FnOnce(&mut BatchData)) -> Fault {
        let before = &self.batches[AT - 1].0;
        let (root, accounts) = (before.new_root, before.accounts);
        self.fault(|(data, proof)| {
            change(data);
            *proof = self.operator.prove_anyway(data, root, accounts);
        })
    }
}

#[test]
fn an_honest_history_is_taken_in_pieces_of_any_size() {
    let history = history();
    let whole = history.check(&history.batches).unwrap();
    assert_eq!(whole.state().root(), history.operator.state.root());
    assert_eq!(whole.tip().number, 4);
    assert_eq!(whole.tip().header.queue_end, 4);
    let queue = queue(&history.entries).unwrap();
    let mut pieces = Batches::genesis(history.operator.domain, history.operator.keys());
    for batch in &history.batches {
        pieces.take(std::slice::from_ref(batch), &queue).unwrap();
    }
    assert_eq!(pieces.tip(), whole.tip());
    let (_, headers, claims) = whole.into_parts();
    let hash = headers
        .iter()
        .fold(Tip::genesis().hash, |hash, header| header.hash(hash));
    assert_eq!(hash, pieces.tip().hash);
    let amounts =
        |at: usize| -> Vec<u128> { claims[at].claims.iter().map(|claim| claim.amount).collect() };
    assert_eq!(
        (claims.len(), claims[0].batch, amounts(0)),
        (1, 3, vec![40, 30])
    );
}

#[test]
fn what_stands_outside_the_records_is_checked() {
    let history = history();
    let fault = history.fault(|(data, _)| data.batch = 4);
    assert!(matches!(fault, Fault::Number { found: 4 }));
    let fault = history.fault(|(data, _)| data.timestamp = 10);
    assert!(matches!(
        fault,
        Fault::Timestamp {
            found: 10,
            before: 11
        }
    ));
    let fault = history.fault(|(data, _)| data.shape = 9);
    assert!(matches!(fault, Fault::Shape(9)));
    let fault = history.fault(|(data, _)| data.shape = Shape::Large.id());
    assert!(matches!(
        fault,
        Fault::NoKey(Shape::Large) | Fault::Commitment
    ));
    let fault = history.fault(|(data, _)| data.l1_operations = 1);
    assert!(matches!(
        fault,
        Fault::OperationCount {
            said: 1,
            found: 2,
            tails: 2
        }
    ));
    let fault = history.fault(|(data, _)| data.tails.truncate(1));
    assert!(matches!(fault, Fault::OperationCount { tails: 1, .. }));
    let fault = history.fault(|(data, _)| data.new_root = [0xff; 32]);
    assert!(matches!(fault, Fault::Word(_)));
    let fault = history.fault(|(data, _)| data.fee_slots = vec![fee_slot(0, 0)]);
    assert!(matches!(fault, Fault::FeeSlot(_)));
}

#[test]
fn records_are_checked() {
    let history = history();
    let fault = history.fault(|(data, _)| data.full_records[2][3][31] = 1);
    assert!(matches!(fault, Fault::Posted(_)));
    let fault = history.fault(|(data, _)| data.full_records[2][1] = [0xff; 32]);
    assert!(matches!(fault, Fault::Word(_)));
    let fault = history.fault(|(data, _)| data.transfers = vec![[1; 13]; 57]);
    assert!(matches!(fault, Fault::Posted(_)));
}

#[test]
fn entries_are_those_of_the_queue() {
    let history = history();
    // The nonce of the second, the tail of the first, and both in the other order.
    let fault = history.fault(|(data, _)| data.full_records[1][0][13] ^= 1);
    assert!(matches!(
        fault,
        Fault::Entry {
            record: 1,
            entry: 3
        }
    ));
    let fault = history.fault(|(data, _)| data.tails[0][0] ^= 1);
    assert!(matches!(
        fault,
        Fault::Entry {
            record: 0,
            entry: 2
        }
    ));
    let fault = history.fault(|(data, _)| data.full_records.swap(0, 1));
    assert!(matches!(
        fault,
        Fault::Entry {
            record: 0,
            entry: 2
        }
    ));
    let fault = history.fault(|(data, _)| {
        data.full_records.remove(1);
        data.tails.remove(1);
        data.l1_operations = 1;
        data.timestamp = DUE;
    });
    assert!(matches!(fault, Fault::EntryLeft { entry: 3, due: DUE }));
    let mut short = history;
    short.entries.truncate(3);
    let fault = short.fault(|_| {});
    assert!(matches!(
        fault,
        Fault::Entry {
            record: 1,
            entry: 3
        }
    ));
}

#[test]
fn what_is_posted_is_what_is_proved() {
    let history = history();
    let fault = history.fault(|(data, _)| data.commitment[31] ^= 1);
    assert!(matches!(fault, Fault::Commitment));
    let fault = history.fault(|(data, _)| data.settler.0[0] ^= 1);
    assert!(matches!(fault, Fault::Commitment));
    let other = history.batches[0].1;
    let fault = history.fault(|(_, proof)| *proof = other);
    assert!(matches!(fault, Fault::Proof(_)));
    let fault = history.fault(|(_, proof)| proof.0[0][31] ^= 1);
    assert!(matches!(fault, Fault::NoProof(_)));
}

#[test]
fn a_proof_of_something_false_is_not_believed() {
    let history = history();
    let fault = history.proved_fault(|data| data.new_root[31] ^= 1);
    assert!(matches!(fault, Fault::Root { .. }));
    let fault = history.proved_fault(|data| data.accounts += 1);
    assert!(matches!(
        fault,
        Fault::Accounts {
            expected: 4,
            found: 3
        }
    ));
    // The valid forced order as one that does nothing.
    let fault = history.proved_fault(|data| {
        data.full_records[0][0][1] |= 1;
        data.full_records[0][2] = [0; 32];
    });
    let Fault::Replay(ExecutionError::Rejected { rejection, .. }) = fault else {
        panic!("{fault}");
    };
    assert!(matches!(rejection, Rejection::WrongOutcome { .. }));
    let fault = history.proved_fault(|data| data.fee_slots = vec![fee_slot(1, 1); 2]);
    let not_ascending = ExecutionError::FeeSlotsNotAscending(1);
    assert!(matches!(fault, Fault::Replay(error) if error == not_ascending));
}

#[test]
fn the_first_of_several_faults_is_named() {
    let history = history();
    let mut batches = history.batches.clone();
    batches[1].0.commitment[31] ^= 1;
    batches[2].0.batch = 9;
    batches[3].0.shape = 9;
    assert_eq!(history.check(&batches).err().unwrap().batch, 2);
    let no_keys = VerifyingKeys::default();
    let mut checked = Batches::genesis(history.operator.domain, no_keys);
    let fault = checked.take(&history.batches, &queue(&history.entries).unwrap());
    let fault = fault.unwrap_err();
    assert!(fault.batch == 1 && matches!(*fault.fault, Fault::NoKey(_)));
}

#[test]
fn the_queue_is_the_contract_s() {
    let entries = history().entries;
    let link = queue(&entries).unwrap().link_before(4);
    let made = |entries: &[QueueEntry], length| Queue::new(entries.to_vec(), length, &link).err();
    assert_eq!(made(&entries, 4), None);
    assert_eq!(
        made(&entries[1..], 4),
        Some(QueueError::Missing { expected: 0 })
    );
    let short = QueueError::Length {
        expected: 4,
        found: 3,
    };
    assert_eq!(made(&entries[..3], 4), Some(short));
    let mut other = entries.clone();
    other[2].tail[5] ^= 1;
    assert_eq!(made(&other, 4), Some(QueueError::Link));
}
