//! The rules of the rollup contract (`docs/spec/contracts.md`), without the proofs.

use assay_circuits::{batch::State, shape::Shape, word};
use assay_l1::{
    batch::{BatchHeader, ShapeSize, Word},
    client::{ContractRevert, L1Error, QueueEntry, RollupCall, RollupEvent},
};

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
                let shape = Shape::from_id(data.shape).unwrap();
                let old_root = self.root(self.batches.len());
                let domain = word::to_bytes(domain().0);
                let header = data
                    .header(size(shape), old_root, domain, begin as u64)
                    .unwrap();
                self.batches.push(header);
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
