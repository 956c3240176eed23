//! What a batch is on the layer 1: the data that is committed, the header that is proved.
//!
//! Encodings follow `docs/spec/statement.md` and `docs/spec/contracts.md`.

use std::error::Error;

use crate::{address::EthAddress, contracts::Assay};
use alloy::{
    primitives::{U256, keccak256},
    sol_types::SolCall as _,
};

/// 32 bytes, big-endian where they are a number.
pub type Word = [u8; 32];

/// Bytes of a transfer record: `from u24 | to u24 | amount float40 | fee float16`.
pub const TRANSFER_BYTES: usize = 13;

/// Words of a full record.
pub const FULL_RECORD_WORDS: usize = 6;

/// A slot of the operator's fees as `commit` posts it: the token it collects and the account it
/// credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CommittedFeeSlot {
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
    pub fee_slots: Vec<CommittedFeeSlot>,
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
    pub to: EthAddress,
}

/// Code of a deposit in a full record.
const DEPOSIT: u8 = 3;

/// Why calldata is no batch.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It does not call `commit`.
    #[error("the calldata is not a commit: {0}")]
    Call(#[source] Box<dyn Error + Send + Sync>),
    /// A section ends within a record.
    #[error("the calldata is not a commit: {section} are cut off")]
    Section {
        /// Which section.
        section: &'static str,
    },
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
}

impl CommitData {
    /// The calldata of `commit`.
    #[must_use]
    pub fn to_calldata(&self) -> Vec<u8> {
        let fee_slot = |slot: &CommittedFeeSlot| {
            (u64::from(slot.token) << 24 | u64::from(slot.account)).to_be_bytes()
        };
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
}

/// The calldata of `commit` back into its data.
///
/// # Errors
/// [`DecodeError`].
pub fn decode_commit(calldata: &[u8]) -> Result<CommitData, DecodeError> {
    let cut_off = |section| DecodeError::Section { section };
    let data = Assay::commitCall::abi_decode(calldata)
        .map_err(|error| DecodeError::Call(error.into()))?
        .data;
    let (slots, []) = data.feeSlots.as_chunks::<5>() else {
        return Err(cut_off("fee slots"));
    };
    let (transfers, []) = data.transfers.as_chunks::<TRANSFER_BYTES>() else {
        return Err(cut_off("transfer records"));
    };
    let fee_slot = |slot: &[u8; 5]| CommittedFeeSlot {
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

/// What a header says of a batch's withdrawals: keccak256 of the packed list, 0 where it is empty.
#[must_use]
pub fn withdrawals_hash(withdrawals: &[Withdrawal]) -> Word {
    match withdrawals {
        [] => Word::default(),
        _ => keccak256(pack_withdrawals(withdrawals)).0,
    }
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
