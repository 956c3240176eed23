//! What a batch is on the layer 1: the data that is committed, the header that is proved.
//!
//! Encodings follow `docs/spec/statement.md` and `docs/spec/contracts.md`.

use alloy::{
    primitives::{U256, keccak256},
    sol_types::{SolCall as _, SolValue as _},
};
use sha2::{Digest as _, Sha256};

use crate::{address::L1Address, contracts::Assay};

/// 32 bytes, big-endian where they are a number.
pub type Word = [u8; 32];

/// Bytes of a transfer record: `from u24 | to u24 | amount float40 | fee float16`.
pub const TRANSFER_BYTES: usize = 13;

/// Words of a full record.
pub const FULL_RECORD_WORDS: usize = 6;

/// A slot of the operator's fees: the token it collects and the account it credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeeSlot {
    /// Token number.
    pub token: u16,
    /// Account index, below 2^24; 0 where the slot is not used.
    pub account: u32,
}

/// What `commit` posts. Only the used records are carried; the contract pads with zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitData {
    /// Number of the batch, the first is 1.
    pub batch: u64,
    /// Shape id.
    pub shape: u8,
    /// Unix time, seconds.
    pub timestamp: u32,
    /// How many of the full records, from the first on, are of the L1 queue.
    pub l1_operations: u16,
    /// C, the chain hash of the statement's vector.
    pub commitment: Word,
    /// The state root after the batch.
    pub new_root: Word,
    /// Used fee slots, at most F.
    pub fee_slots: Vec<FeeSlot>,
    /// Used full records, at most X.
    pub full_records: Vec<[Word; FULL_RECORD_WORDS]>,
    /// Used transfer records, at most N.
    pub transfers: Vec<[u8; TRANSFER_BYTES]>,
}

/// The header of a committed batch: what `prove` must repeat. The contract keeps
/// `keccak256(parent's hash | the eight fields)` of each batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchHeader {
    /// C.
    pub commitment: Word,
    /// z, SHA-256 over C and the vector, mod r.
    pub challenge: Word,
    /// y, the vector's polynomial at z.
    pub evaluation: Word,
    /// The state root after the batch.
    pub new_root: Word,
    /// keccak256 of the packed withdrawals, 0 where there are none.
    pub withdrawals_hash: Word,
    /// How many entries of the L1 queue are consumed after the batch.
    pub queue_end: u64,
    /// Unix time, seconds.
    pub timestamp: u32,
    /// Shape id.
    pub shape: u8,
}

/// A Groth16 proof in the pairing precompile's order:
/// `A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofWords(pub [Word; 8]);

/// A Groth16 verifying key for the three public inputs `C, z, y`. Points of G2 are
/// `x1, x0, y1, y0`, the order of the pairing precompile (EIP-197).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKeyWords {
    /// G1: x, y.
    pub alpha: [Word; 2],
    /// G2.
    pub beta: [Word; 4],
    /// G2.
    pub gamma: [Word; 4],
    /// G2.
    pub delta: [Word; 4],
    /// G1: the constant's point, then those of C, z and y.
    pub ic: [[Word; 2]; 4],
}

/// How many records a shape has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeSize {
    /// Shape id.
    pub id: u8,
    /// N, transfer records.
    pub transfers: u16,
    /// X, full records, at most 256.
    pub full_records: u16,
    /// F, fee slots.
    pub fee_slots: u8,
}

/// One withdrawal of a batch, in the order of the batch's full records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdrawal {
    /// Token number, 0 is ether.
    pub token: u16,
    /// Base units.
    pub amount: u128,
    /// Who is paid.
    pub to: L1Address,
}

/// BN254's group order r; the least significant limb comes first.
const R: U256 = U256::from_limbs([
    0x43e1_f593_f000_0001,
    0x2833_e848_79b9_7091,
    0xb850_45b6_8181_585d,
    0x3064_4e72_e131_a029,
]);

/// Bytes of transfer data in one word of the vector.
const WORD_DATA_BYTES: usize = 31;

/// Code of a withdrawal in a full record.
const WITHDRAWAL: u8 = 2;
/// Code of a deposit in a full record.
const DEPOSIT: u8 = 3;

/// Why data cannot be a batch of a shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// More records than the shape has room for.
    #[error("{count} {what} do not fit into shape {shape}, which has room for {room}")]
    TooMany {
        /// Which records.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there is room for.
        room: usize,
        /// Shape id.
        shape: u8,
    },
    /// The data is for another shape.
    #[error("the batch is of shape {given}, not of shape {expected}")]
    Shape {
        /// The data's.
        given: u8,
        /// What was asked for.
        expected: u8,
    },
    /// Calldata that is not a `commit`.
    #[error("the calldata is not a commit: {0}")]
    Calldata(String),
}

impl BatchHeader {
    /// The header of batch 0.
    #[must_use]
    pub fn genesis(root: Word) -> Self {
        Self {
            new_root: root,
            ..Self::default()
        }
    }

    /// The hash that the contract keeps: keccak256 of the parent's hash and the header. The
    /// parent's of batch 0 is zero.
    #[must_use]
    pub fn hash(&self, parent: Word) -> Word {
        let header = Assay::BatchHeader::from(*self).abi_encode();
        keccak256([&parent[..], &header].concat()).0
    }
}

impl CommitData {
    /// The statement's vector for this data.
    ///
    /// # Errors
    /// [`BatchError::Shape`], [`BatchError::TooMany`].
    pub fn vector(
        &self,
        size: ShapeSize,
        old_root: Word,
        domain: Word,
    ) -> Result<Vec<Word>, BatchError> {
        self.check(size)?;
        let mut vector = vec![
            old_root,
            self.new_root,
            domain,
            word(self.shape.into()),
            word(self.batch.into()),
            word(self.timestamp.into()),
            word(self.l1_operations.into()),
        ];
        let fee_slots = self
            .fee_slots
            .iter()
            .copied()
            .chain(std::iter::repeat(FeeSlot::default()));
        for slot in fee_slots.take(size.fee_slots.into()) {
            vector.extend([word(slot.token.into()), word(slot.account.into())]);
        }
        let records = self
            .full_records
            .iter()
            .copied()
            .chain(std::iter::repeat(Default::default()));
        vector.extend(records.take(size.full_records.into()).flatten());
        let mut bytes = self.transfers.concat();
        bytes.resize(
            (TRANSFER_BYTES * usize::from(size.transfers)).next_multiple_of(WORD_DATA_BYTES),
            0,
        );
        for chunk in bytes.chunks(WORD_DATA_BYTES) {
            let mut word = [0; 32];
            word[1..].copy_from_slice(chunk);
            vector.push(word);
        }
        Ok(vector)
    }

    /// The header that the contract makes of this data: `queue_begin` entries of the queue are
    /// consumed by the batches before.
    ///
    /// # Errors
    /// As [`CommitData::vector`].
    pub fn header(
        &self,
        size: ShapeSize,
        old_root: Word,
        domain: Word,
        queue_begin: u64,
    ) -> Result<BatchHeader, BatchError> {
        let vector = self.vector(size, old_root, domain)?;
        let mut hash = Sha256::new_with_prefix("assay/z");
        hash.update(self.commitment);
        vector.iter().for_each(|word| hash.update(word));
        let digest: Word = hash.finalize().into();
        let z = U256::from_be_bytes(digest) % R;
        let step = |y: U256, word: &Word| y.mul_mod(z, R).add_mod(U256::from_be_bytes(*word), R);
        let y = vector.iter().rev().fold(U256::ZERO, step);
        let withdrawals = self.withdrawals();
        Ok(BatchHeader {
            commitment: self.commitment,
            challenge: z.to_be_bytes(),
            evaluation: y.to_be_bytes(),
            new_root: self.new_root,
            withdrawals_hash: match withdrawals.is_empty() {
                true => Word::default(),
                false => keccak256(pack_withdrawals(&withdrawals)).0,
            },
            queue_end: queue_begin + u64::from(self.l1_operations),
            timestamp: self.timestamp,
            shape: self.shape,
        })
    }

    /// The withdrawals of the batch, in the order in which `claim` counts them.
    #[must_use]
    pub fn withdrawals(&self) -> Vec<Withdrawal> {
        let records = self.full_records.iter().skip(self.l1_operations.into());
        let withdrawals = records.filter(|record| record[0][1] >> 4 == WITHDRAWAL);
        withdrawals
            .map(|[head, to, ..]| {
                let mut amount = [0; 16];
                amount.copy_from_slice(&head[14..30]);
                let mut address = [0; 20];
                address.copy_from_slice(&to[12..]);
                Withdrawal {
                    token: u16::from_be_bytes([head[8], head[9]]),
                    amount: u128::from_be_bytes(amount),
                    to: L1Address(address),
                }
            })
            .collect()
    }

    /// The calldata of `commit`.
    #[must_use]
    pub fn to_calldata(&self) -> Vec<u8> {
        let fee_slot =
            |slot: &FeeSlot| (u64::from(slot.token) << 24 | u64::from(slot.account)).to_be_bytes();
        let fee_slots: Vec<u8> = self
            .fee_slots
            .iter()
            .flat_map(|s| fee_slot(s)[3..].to_vec())
            .collect();
        let data = Assay::CommitData {
            batch: self.batch,
            shapeId: self.shape,
            timestamp: self.timestamp,
            l1Operations: self.l1_operations,
            commitment: self.commitment.into(),
            newRoot: self.new_root.into(),
            feeSlots: fee_slots.into(),
            fullRecords: self
                .full_records
                .iter()
                .map(|record| record.map(U256::from_be_bytes))
                .collect(),
            transfers: self.transfers.concat().into(),
        };
        Assay::commitCall { data }.abi_encode()
    }

    fn check(&self, size: ShapeSize) -> Result<(), BatchError> {
        if self.shape != size.id {
            return Err(BatchError::Shape {
                given: self.shape,
                expected: size.id,
            });
        }
        let sections = [
            (
                "fee slots",
                self.fee_slots.len(),
                usize::from(size.fee_slots),
            ),
            (
                "full records",
                self.full_records.len(),
                usize::from(size.full_records),
            ),
            (
                "transfer records",
                self.transfers.len(),
                usize::from(size.transfers),
            ),
        ];
        match sections.into_iter().find(|(_, count, room)| count > room) {
            Some((what, count, room)) => Err(BatchError::TooMany {
                what,
                count,
                room,
                shape: size.id,
            }),
            None => Ok(()),
        }
    }
}

/// The calldata of `commit` back into its data.
///
/// # Errors
/// [`BatchError::Calldata`].
pub fn decode_commit(calldata: &[u8]) -> Result<CommitData, BatchError> {
    let wrong = |reason: &str| BatchError::Calldata(reason.to_owned());
    let data = Assay::commitCall::abi_decode(calldata)
        .map_err(|e| wrong(&e.to_string()))?
        .data;
    let (slots, []) = data.feeSlots.as_chunks::<5>() else {
        return Err(wrong("fee slots are cut off"));
    };
    let (transfers, []) = data.transfers.as_chunks::<TRANSFER_BYTES>() else {
        return Err(wrong("transfer records are cut off"));
    };
    let fee_slot = |slot: &[u8; 5]| FeeSlot {
        token: u16::from_be_bytes([slot[0], slot[1]]),
        account: u32::from_be_bytes([0, slot[2], slot[3], slot[4]]),
    };
    Ok(CommitData {
        batch: data.batch,
        shape: data.shapeId,
        timestamp: data.timestamp,
        l1_operations: data.l1Operations,
        commitment: data.commitment.0,
        new_root: data.newRoot.0,
        fee_slots: slots.iter().map(fee_slot).collect(),
        full_records: data
            .fullRecords
            .iter()
            .map(|record| record.map(|word| word.to_be_bytes()))
            .collect(),
        transfers: transfers.to_vec(),
    })
}

/// Withdrawals as `claim` takes them: token u16 | amount u128 | address.
pub(crate) fn pack_withdrawals(withdrawals: &[Withdrawal]) -> Vec<u8> {
    let pack =
        |w: &Withdrawal| [&w.token.to_be_bytes()[..], &w.amount.to_be_bytes(), &w.to.0].concat();
    withdrawals.iter().flat_map(pack).collect()
}

/// The next link of the queue's hash chain, 224 bits.
pub(crate) fn queue_link(hash: U256, token: u16, amount: u128, owner: &[Word; 2]) -> U256 {
    let head: U256 =
        U256::from(DEPOSIT) << 244 | U256::from(token) << 176 | U256::from(amount) << 16;
    let preimage: Vec<u8> = [
        hash.to_be_bytes::<32>(),
        head.to_be_bytes::<32>(),
        owner[0],
        owner[1],
    ]
    .concat();
    U256::from_be_bytes(keccak256(preimage).0) >> 32
}

impl From<BatchHeader> for Assay::BatchHeader {
    fn from(header: BatchHeader) -> Self {
        Self {
            commitment: header.commitment.into(),
            challenge: header.challenge.into(),
            evaluation: header.evaluation.into(),
            newRoot: header.new_root.into(),
            withdrawalsHash: header.withdrawals_hash.into(),
            queueEnd: header.queue_end,
            timestamp: header.timestamp,
            shapeId: header.shape,
        }
    }
}

fn word(value: u128) -> Word {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&value.to_be_bytes());
    word
}
