//! The rules of the rollup contract (`docs/spec/contracts.md`), as far as a node can break them.

use ark_bn254::Fr;
use ark_ff::PrimeField as _;
use assay_circuits::{batch::State, shape::Shape, word};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, BatchHeader, ProofWords, ShapeSize, Word},
    client::{Announced, ContractRevert, L1Error, QueueEntry, RollupCall, RollupEvent},
};
use assay_prover::groth16::{proof::Proof, verify::verify, verifying_key::VerifyingKey};
use sha2::{Digest as _, Sha256};
use sha3::Keccak256;

use super::{GENESIS_S, MAX_LAG_S, domain};

/// An entry must be taken so long after it was queued, s.
pub(crate) const QUEUE_DELAY_S: u64 = 3 * 24 * 3600;
/// At least so long lies between the times of two entries, s.
const QUEUE_GAP_S: u32 = 60;

#[derive(Debug, Clone, Default)]
pub(super) struct Contract {
    /// Those that are proved, and the hash of each with all before it.
    pub(super) batches: Vec<(BatchHeader, Word)>,
    pub(super) queue: Vec<QueueEntry>,
    pub(super) frozen: bool,
    pub(super) announced: Announced,
}

fn reverted(name: &str) -> L1Error {
    let (name, sentence) = (name.to_owned(), "the test contract refuses".to_owned());
    L1Error::Reverted {
        call: "submit",
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

fn number(value: u64) -> Word {
    word::to_bytes(Fr::from(value))
}

/// The public inputs of what is posted, from the text of `docs/spec/statement.md`. An oracle, as the
/// functions below: it shares no code with the node, whose proofs are of other inputs where the two
/// differ.
fn public_inputs(data: &BatchData, old_root: Word, accounts_before: u32) -> [Fr; 3] {
    let shape = Shape::from_id(data.shape).unwrap();
    assert!(data.fee_slots.len() <= shape.fee_slots());
    assert!(data.full_records.len() <= shape.full_records());
    assert!(data.transfers.len() <= shape.transfers());
    let mut settler = [0; 32];
    settler[12..].copy_from_slice(&data.settler.0);
    let mut vector = vec![
        old_root,
        data.new_root,
        word::to_bytes(domain().0),
        number(data.shape.into()),
        number(data.batch),
        number(data.timestamp.into()),
        number(data.l1_operations.into()),
        settler,
        number(accounts_before.into()),
        number(data.accounts.into()),
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
    [Fr::from_be_bytes_mod_order(&data.commitment), z, y]
}

/// Keccak-256 of `token | amount | receiver | account` of each claim, cut out of the records; 0
/// where there is none.
fn claims_hash(data: &BatchData) -> Word {
    let mut packed = Vec::new();
    for (at, [head, first, second, ..]) in data.full_records.iter().enumerate() {
        let (kind, status) = (head[1] >> 4, head[1] & 15);
        let (token, amount, from) = (&head[8..10], &head[14..30], &head[2..5]);
        match (kind, status) {
            (2, 0) => packed.extend([token, amount, &first[12..], from].concat()),
            (5, 0) if *second != [0; 32] => {
                packed.extend([token, &second[16..], &first[12..], from].concat());
            }
            (3, 1) => packed.extend([token, amount, &data.tails[at][..20], &[0; 3]].concat()),
            _ => {}
        }
    }
    match packed.is_empty() {
        true => Word::default(),
        false => Keccak256::digest(packed).into(),
    }
}

/// Keccak-256 of the hash before and of the header's fields, a word each.
fn chain(before: Word, header: &BatchHeader) -> Word {
    let fields = [
        before,
        header.commitment,
        header.new_root,
        header.claims_hash,
        number(header.queue_end),
        number(header.timestamp.into()),
        number(header.accounts.into()),
        number(header.shape.into()),
    ];
    Keccak256::digest(fields.as_flattened()).into()
}

/// A record as its entry in the queue has it: without what the operator puts in.
fn masked(record: &[Word; 6]) -> [Word; 6] {
    let mut entry = *record;
    entry[0][1] &= 0xf0;
    match record[0][1] >> 4 {
        3 => entry[0][5..8].fill(0),
        5 => entry[2] = Word::default(),
        _ => {}
    }
    entry
}

/// The header of batch 0, and its hash.
fn genesis() -> (BatchHeader, Word) {
    let genesis = BatchHeader {
        new_root: word::to_bytes(State::default().root().0),
        accounts: 1,
        ..BatchHeader::default()
    };
    (genesis, chain(Word::default(), &genesis))
}

impl Contract {
    /// The header of the last batch, and its hash.
    pub(super) fn last(&self) -> (BatchHeader, Word) {
        self.batches.last().copied().unwrap_or_else(genesis)
    }

    /// The hash of a batch; 0 where there is none.
    pub(super) fn hash(&self, number: usize) -> Word {
        let Some(at) = number.checked_sub(1) else {
            return genesis().1;
        };
        self.batches.get(at).map_or([0; 32], |batch| batch.1)
    }

    /// Puts an entry at the queue's end.
    pub(super) fn enqueue(&mut self, words: [Word; 6], refund_to: EthAddress, time: u64) {
        let mut tail = [0; 32];
        tail[..20].copy_from_slice(&refund_to.0);
        let due = u32::try_from(time + QUEUE_DELAY_S).unwrap();
        let previous = self.queue.last().map_or(0, |last| last.due + QUEUE_GAP_S);
        self.queue.push(QueueEntry {
            index: self.queue.len() as u64,
            words,
            tail,
            due: due.max(previous),
            block_number: 0,
            block_hash: [0; 32],
            transaction: [2; 32],
        });
    }

    /// The rules for a call in a block of this time.
    pub(super) fn apply(
        &mut self,
        call: &RollupCall,
        time: u64,
        key: &VerifyingKey,
    ) -> Result<Vec<RollupEvent>, L1Error> {
        let batches = match call {
            RollupCall::Submit(batches) => batches,
            RollupCall::Nothing => return Ok(Vec::new()),
            _ => return Err(reverted("NotOfATest")),
        };
        if !batches
            .iter()
            .all(|(data, _)| data.shape == batches[0].0.shape)
        {
            return Err(reverted("MixedShapes"));
        }
        let mut events = Vec::new();
        for (data, proof) in batches {
            self.submit(data, proof, time, key)?;
            events.push(RollupEvent::Submitted {
                batch: data.batch,
                new_root: data.new_root,
                settler: data.settler,
            });
        }
        Ok(events)
    }

    fn submit(
        &mut self,
        data: &BatchData,
        proof: &ProofWords,
        time: u64,
        key: &VerifyingKey,
    ) -> Result<(), L1Error> {
        let (last, before) = self.last();
        if self.frozen {
            return Err(reverted("IsFrozen"));
        }
        if data.batch != self.batches.len() as u64 + 1 {
            return Err(reverted("WrongBatchNumber"));
        }
        let timestamp = u64::from(data.timestamp);
        if data.timestamp < last.timestamp || timestamp > time || timestamp + MAX_LAG_S < time {
            return Err(reverted("WrongTimestamp"));
        }
        let slots = data.fee_slots.iter();
        let ascend = slots.clone().zip(slots.clone().skip(1));
        if !ascend.into_iter().all(|(a, b)| a.token < b.token)
            || data.fee_slots.iter().any(|slot| slot.account == 0)
        {
            return Err(reverted("InvalidFeeSlot"));
        }
        self.check_queue(data, &last)?;
        let inputs = public_inputs(data, last.new_root, last.accounts);
        let proof = Proof::from_bytes(proof.0.as_flattened()).unwrap();
        verify(key, &inputs, &proof).map_err(|_| reverted("ProofRejected"))?;
        let header = BatchHeader {
            commitment: data.commitment,
            new_root: data.new_root,
            claims_hash: claims_hash(data),
            queue_end: last.queue_end + u64::from(data.l1_operations),
            timestamp: data.timestamp,
            accounts: data.accounts,
            shape: data.shape,
        };
        self.batches.push((header, chain(before, &header)));
        Ok(())
    }

    /// The batch takes the next entries, in their order, and all that are due or as many as fit.
    fn check_queue(&self, data: &BatchData, last: &BatchHeader) -> Result<(), L1Error> {
        let begin = usize::try_from(last.queue_end).unwrap();
        let count = usize::from(data.l1_operations);
        if data.tails.len() != count {
            return Err(reverted("WrongTails"));
        }
        for (at, record) in data.full_records.iter().enumerate() {
            if (record[0][1] >> 4 >= 3) != (at < count) {
                return Err(reverted("InvalidRecord"));
            }
            let entry = self.queue.get(begin + at);
            let same =
                |entry: &QueueEntry| entry.words == masked(record) && entry.tail == data.tails[at];
            if at < count && !entry.is_some_and(same) {
                return Err(reverted("QueueMismatch"));
            }
        }
        let full = count == Shape::from_id(data.shape).unwrap().full_records();
        match self.queue.get(begin + count) {
            Some(next) if !full && next.due <= data.timestamp => Err(reverted("DueEntryLeft")),
            _ => Ok(()),
        }
    }
}

/// The words of a deposit.
pub(super) fn deposit_words(owner: [Word; 2], token: u16, amount: u128) -> [Word; 6] {
    let mut head = [0; 32];
    head[1] = 3 << 4;
    head[8..10].copy_from_slice(&token.to_be_bytes());
    head[14..30].copy_from_slice(&amount.to_be_bytes());
    let none = [0; 32];
    [head, owner[0], owner[1], none, none, none]
}

/// Deployment is of the time of the first block.
pub(super) const DEPLOYED_S: u32 = GENESIS_S as u32;
