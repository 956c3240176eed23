//! The rules of the rollup contract (`docs/spec/contracts.md`), without the proofs.

use ark_bn254::Fr;
use ark_ff::PrimeField as _;
use assay_circuits::{batch::State, shape::Shape, word};
use assay_l1::{
    batch::{BatchHeader, CommitData, ShapeSize, Word},
    client::{ContractRevert, L1Error, QueueEntry, RollupCall, RollupEvent},
};
use sha2::{Digest as _, Sha256};
use sha3::Keccak256;

use super::domain;

#[derive(Debug, Clone, Default)]
pub(super) struct Contract {
    pub(super) batches: Vec<BatchHeader>,
    pub(super) proved: usize,
    pub(super) queue: Vec<QueueEntry>,
}

fn reverted(call: &'static str, name: &str) -> L1Error {
    let (name, sentence) = (name.to_owned(), "the test contract refuses".to_owned());
    L1Error::Reverted {
        call,
        revert: ContractRevert {
            name,
            sentence,
            data: Vec::new(),
        },
    }
}

pub(super) fn size(shape: Shape) -> ShapeSize {
    ShapeSize {
        id: shape.id(),
        transfers: u16::try_from(shape.transfers()).unwrap(),
        full_records: u16::try_from(shape.full_records()).unwrap(),
        fee_slots: u8::try_from(shape.fee_slots()).unwrap(),
    }
}

/// The header of what is posted, from the text of `docs/spec/statement.md` and
/// `docs/spec/contracts.md`. An oracle: it shares no code with the node, whose headers must equal
/// these.
fn header(data: &CommitData, old_root: Word, queue_begin: u64) -> BatchHeader {
    let shape = Shape::from_id(data.shape).unwrap();
    assert!(data.fee_slots.len() <= shape.fee_slots());
    assert!(data.full_records.len() <= shape.full_records());
    assert!(data.transfers.len() <= shape.transfers());
    let number = |value: u64| word::to_bytes(Fr::from(value));
    let mut vector = vec![
        old_root,
        data.new_root,
        word::to_bytes(domain().0),
        number(data.shape.into()),
        number(data.batch),
        number(data.timestamp.into()),
        number(data.l1_operations.into()),
    ];
    for place in 0..shape.fee_slots() {
        let slot = data.fee_slots.get(place).copied().unwrap_or_default();
        vector.extend([number(slot.token.into()), number(slot.account.into())]);
    }
    for place in 0..shape.full_records() {
        vector.extend(data.full_records.get(place).copied().unwrap_or_default());
    }
    let mut stream = data.transfers.concat();
    stream.resize((13 * shape.transfers()).next_multiple_of(31), 0);
    for chunk in stream.chunks(31) {
        let mut word = [0; 32];
        word[1..].copy_from_slice(chunk);
        vector.push(word);
    }
    let posted = [data.commitment.as_slice(), vector.as_flattened()].concat();
    let hash = Sha256::new_with_prefix("assay/z").chain_update(posted);
    let z = Fr::from_be_bytes_mod_order(&hash.finalize());
    let step = |y: Fr, word: &Word| y * z + Fr::from_be_bytes_mod_order(word);
    let y = vector.iter().rev().fold(Fr::from(0u64), step);
    BatchHeader {
        commitment: data.commitment,
        challenge: word::to_bytes(z),
        evaluation: word::to_bytes(y),
        new_root: data.new_root,
        withdrawals_hash: withdrawals_hash(data),
        queue_end: queue_begin + u64::from(data.l1_operations),
        timestamp: data.timestamp,
        shape: data.shape,
    }
}

/// Keccak-256 of `token | amount | receiver` of each withdrawal, cut out of the records; 0 where
/// there is none. Of the oracle as well.
fn withdrawals_hash(data: &CommitData) -> Word {
    let records = data.full_records.iter().skip(data.l1_operations.into());
    let withdrawals = records.filter(|record| record[0][1] >> 4 == 2);
    let packed: Vec<u8> = withdrawals
        .flat_map(|[head, to, ..]| [&head[8..10], &head[14..30], &to[12..]].concat())
        .collect();
    match packed.is_empty() {
        true => Word::default(),
        false => Keccak256::digest(packed).into(),
    }
}

impl Contract {
    pub(super) fn root(&self, batches: usize) -> Word {
        let genesis = word::to_bytes(State::default().root().0);
        batches
            .checked_sub(1)
            .map_or(genesis, |last| self.batches[last].new_root)
    }

    pub(super) fn queue_end(&self) -> usize {
        self.batches
            .last()
            .map_or(0, |last| usize::try_from(last.queue_end).unwrap())
    }

    /// The rules of `docs/spec/contracts.md`; the proof itself is not looked at.
    pub(super) fn apply(&mut self, call: &RollupCall, time: u64) -> Result<RollupEvent, L1Error> {
        match call {
            RollupCall::Commit(data) => {
                if data.batch != self.batches.len() as u64 + 1 {
                    return Err(reverted("commit", "WrongBatch"));
                }
                let last_time = self.batches.last().map_or(0, |last| last.timestamp);
                if data.timestamp < last_time || u64::from(data.timestamp) > time {
                    return Err(reverted("commit", "WrongTimestamp"));
                }
                let begin = self.queue_end();
                for (at, record) in data.full_records.iter().enumerate() {
                    let is_deposit = record[0][1] >> 4 == 3;
                    if is_deposit != (at < usize::from(data.l1_operations)) {
                        return Err(reverted("commit", "WrongOrder"));
                    }
                    let entry = self.queue.get(begin + at);
                    let same = |entry: &QueueEntry| entry.owner == [record[1], record[2]];
                    if is_deposit && !entry.is_some_and(same) {
                        return Err(reverted("commit", "NotTheQueue"));
                    }
                }
                let old_root = self.root(self.batches.len());
                self.batches.push(header(data, old_root, begin as u64));
                Ok(RollupEvent::Committed {
                    batch: data.batch,
                    new_root: data.new_root,
                    commitment: data.commitment,
                })
            }
            RollupCall::Prove(proofs) => {
                let first = self.proved as u64 + 1;
                for (header, _) in proofs {
                    if self.batches.get(self.proved) != Some(header) {
                        return Err(reverted("prove", "WrongHeader"));
                    }
                    self.proved += 1;
                }
                let root = self.root(self.proved);
                Ok(RollupEvent::Proved {
                    first_batch: first,
                    last_batch: self.proved as u64,
                    root,
                })
            }
            _ => Err(reverted("call", "NotOfATest")),
        }
    }
}
