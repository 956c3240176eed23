//! What a batch is on the layer 1: the data that is posted, the header that is kept, the claims.
//!
//! Encodings follow `docs/spec/statement.md` and `docs/spec/contracts.md`.

use std::error::Error;

use crate::{address::EthAddress, contracts::Assay};
use alloy::{
    primitives::{U256, keccak256},
    sol_types::{SolCall as _, SolValue as _},
};

/// 32 bytes, big-endian where they are a number.
pub type Word = [u8; 32];

/// Bytes of a transfer record: `from u24 | to u24 | amount float40 | fee float16`.
pub const TRANSFER_BYTES: usize = 13;

/// Words of a full record.
pub const FULL_RECORD_WORDS: usize = 6;

/// A slot of the operator's fees as it is posted: the token it collects and the account it
/// credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostedFeeSlot {
    /// Token number; those of a batch ascend.
    pub token: u16,
    /// Account index, below 2^24 and not 0.
    pub account: u32,
}

/// What is posted of a batch. Only the used records are carried; the contract pads with zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchData {
    /// Number of the batch, the first is 1.
    pub batch: u64,
    /// Shape id.
    pub shape: u8,
    /// Unix time, seconds.
    pub timestamp: u32,
    /// How many of the full records, from the first on, are of the L1 queue.
    pub l1_operations: u16,
    /// Accounts given out after the batch, the reserved one included.
    pub accounts: u32,
    /// Who gets the fees of the queue's entries.
    pub settler: EthAddress,
    /// C, the chain hash of the statement's vector.
    pub commitment: Word,
    /// The state root after the batch.
    pub new_root: Word,
    /// Used fee slots, at most F.
    pub fee_slots: Vec<PostedFeeSlot>,
    /// Used full records, at most X.
    pub full_records: Vec<[Word; FULL_RECORD_WORDS]>,
    /// The last word of each L1 operation's entry in the queue, see [`Tail`].
    pub tails: Vec<Word>,
    /// Used transfer records, at most N.
    pub transfers: Vec<[u8; TRANSFER_BYTES]>,
}

/// The header of a proved batch. The contract keeps `keccak256(parent's hash | the seven
/// fields)` of each batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchHeader {
    /// C.
    pub commitment: Word,
    /// The state root after the batch.
    pub new_root: Word,
    /// keccak256 of the packed claims, 0 where there are none.
    pub claims_hash: Word,
    /// How many entries of the L1 queue are taken after the batch.
    pub queue_end: u64,
    /// Unix time, seconds.
    pub timestamp: u32,
    /// Accounts given out after the batch, the reserved one included.
    pub accounts: u32,
    /// Shape id.
    pub shape: u8,
}

/// The last word of an entry of the L1 queue: where its refund goes, and what it paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tail {
    /// Gets the entry's money back when it is not taken before a freeze, or bounces.
    pub refund_to: EthAddress,
    /// Paid to the settler of the batch that takes the entry; below 2^48.
    pub base_gwei: u64,
    /// Burned when the entry is taken; below 2^48.
    pub surcharge_gwei: u64,
}

/// A Groth16 proof in the pairing precompile's order:
/// `A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofWords(pub [Word; 8]);

/// A Groth16 verifying key. Points of G2 are `x1, x0, y1, y0`, the order of the pairing
/// precompile (EIP-197).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKeyWords {
    /// G1: x, y.
    pub alpha: [Word; 2],
    /// G2.
    pub beta: [Word; 4],
    /// G2.
    pub gamma: [Word; 4],
    /// G2.
    pub delta: [Word; 4],
    /// G1: the constant's point, then those of the inputs: C, z and y of a batch; root, domain,
    /// message and destination of an escape.
    pub ic: Vec<[Word; 2]>,
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

/// One claim that a batch makes on the contract, in the order of the batch's full records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Token number, 0 is ether.
    pub token: u16,
    /// Base units.
    pub amount: u128,
    /// Who is paid.
    pub receiver: EthAddress,
    /// The account it comes from, whose owner may redirect it; 0 for a deposit that bounced.
    pub from: u32,
}

/// Kinds of full records that can make a claim.
const WITHDRAWAL: u8 = 2;
const DEPOSIT: u8 = 3;
const FORCED_WITHDRAWAL: u8 = 5;

/// Why calldata is no batch.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It does not call `submit`.
    #[error("the calldata submits no batches: {0}")]
    Call(#[source] Box<dyn Error + Send + Sync>),
    /// A section ends within a record.
    #[error("the calldata submits no batches: {section} are cut off")]
    Section {
        /// Which section.
        section: &'static str,
    },
    /// It is not the one encoding that the contract takes.
    #[error("the calldata submits no batches: it is not in the canonical encoding")]
    NotCanonical,
}

impl BatchHeader {
    /// The header of batch 0.
    #[must_use]
    pub fn genesis(root: Word) -> Self {
        Self {
            new_root: root,
            accounts: 1,
            ..Self::default()
        }
    }

    /// The hash that the contract keeps. The parent's of batch 0 is zero.
    #[must_use]
    pub fn hash(&self, parent: Word) -> Word {
        let header = Assay::BatchHeader::from(*self).abi_encode();
        keccak256([&parent[..], &header].concat()).0
    }
}

impl Tail {
    /// The word.
    #[must_use]
    pub fn to_word(&self) -> Word {
        let mut word = [0; 32];
        word[..20].copy_from_slice(&self.refund_to.0);
        word[20..26].copy_from_slice(&self.base_gwei.to_be_bytes()[2..]);
        word[26..].copy_from_slice(&self.surcharge_gwei.to_be_bytes()[2..]);
        word
    }

    /// Back from the word.
    #[must_use]
    pub fn from_word(word: &Word) -> Self {
        let [refund @ .., b0, b1, b2, b3, b4, b5, s0, s1, s2, s3, s4, s5] = *word;
        Self {
            refund_to: EthAddress(refund),
            base_gwei: u64::from_be_bytes([0, 0, b0, b1, b2, b3, b4, b5]),
            surcharge_gwei: u64::from_be_bytes([0, 0, s0, s1, s2, s3, s4, s5]),
        }
    }
}

impl ProofWords {
    /// As `submit` and `escape` take it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.concat()
    }
}

impl VerifyingKeyWords {
    /// The words in the contract's order: alpha, beta, gamma, delta, ic.
    #[must_use]
    pub fn words(&self) -> Vec<Word> {
        let points = [&self.alpha[..], &self.beta, &self.gamma, &self.delta];
        [&points.concat()[..], self.ic.as_flattened()].concat()
    }
}

impl BatchData {
    /// The header that the contract makes of it: `queue_begin` entries of the queue are taken by
    /// the batches before.
    #[must_use]
    pub fn header(&self, queue_begin: u64) -> BatchHeader {
        BatchHeader {
            commitment: self.commitment,
            new_root: self.new_root,
            claims_hash: claims_hash(&self.claims()),
            queue_end: queue_begin + u64::from(self.l1_operations),
            timestamp: self.timestamp,
            accounts: self.accounts,
            shape: self.shape,
        }
    }

    /// About how many bytes of calldata it takes with its proof.
    #[must_use]
    pub fn posted_bytes(&self) -> usize {
        // Fields, offsets, lengths and the proof.
        const FIXED_BYTES: usize = 32 * 32;
        FIXED_BYTES
            + 5 * self.fee_slots.len()
            + 32 * FULL_RECORD_WORDS * self.full_records.len()
            + 32 * self.tails.len()
            + TRANSFER_BYTES * self.transfers.len()
    }

    /// The claims it makes, in the order in which `claim` counts them: withdrawals, forced
    /// withdrawals that were executed and pay something, deposits that bounced.
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        let claim = |(index, record): (usize, &[Word; FULL_RECORD_WORDS])| {
            let [
                _,
                kind_and_status,
                f0,
                f1,
                f2,
                _,
                _,
                _,
                t0,
                t1,
                _,
                _,
                _,
                _,
                amount @ ..,
                _,
                _,
            ] = record[0];
            let (receiver, amount) = match (kind_and_status >> 4, kind_and_status & 0x0f) {
                (WITHDRAWAL, _) => (address(&record[1]), u128::from_be_bytes(amount)),
                (FORCED_WITHDRAWAL, 0) => (address(&record[1]), low_u128(&record[2])),
                (DEPOSIT, 1) => {
                    let refund_to = Tail::from_word(self.tails.get(index)?).refund_to;
                    (refund_to, u128::from_be_bytes(amount))
                }
                _ => return None,
            };
            let nothing = kind_and_status >> 4 == FORCED_WITHDRAWAL && amount == 0;
            (!nothing).then_some(Claim {
                token: u16::from_be_bytes([t0, t1]),
                amount,
                receiver,
                from: u32::from_be_bytes([0, f0, f1, f2]),
            })
        };
        let records = self.full_records.iter().enumerate();
        records.filter_map(claim).collect()
    }
}

fn address(word: &Word) -> EthAddress {
    let [_, _, _, _, _, _, _, _, _, _, _, _, address @ ..] = *word;
    EthAddress(address)
}

fn low_u128(word: &Word) -> u128 {
    let [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, low @ ..] = *word;
    u128::from_be_bytes(low)
}

/// The calldata of `submit` for batches, each with its proof.
#[must_use]
pub fn submit_calldata(batches: &[(BatchData, ProofWords)]) -> Vec<u8> {
    Assay::submitCall {
        batches: batches.iter().map(|(data, _)| data.into()).collect(),
        proofs: batches
            .iter()
            .map(|(_, proof)| proof.to_bytes().into())
            .collect(),
    }
    .abi_encode()
}

/// The calldata of `submit` back into its batches and proofs.
///
/// # Errors
/// [`DecodeError`].
pub fn decode_submit(calldata: &[u8]) -> Result<Vec<(BatchData, ProofWords)>, DecodeError> {
    let call =
        Assay::submitCall::abi_decode(calldata).map_err(|error| DecodeError::Call(error.into()))?;
    if call.abi_encode() != calldata || call.batches.len() != call.proofs.len() {
        return Err(DecodeError::NotCanonical);
    }
    let pairs = call.batches.into_iter().zip(call.proofs);
    pairs
        .map(|(data, proof)| {
            let (words, rest) = proof.as_chunks::<32>();
            let words: Option<[Word; 8]> = words.try_into().ok().filter(|_| rest.is_empty());
            let proof = words.ok_or(DecodeError::Section { section: "proofs" })?;
            Ok((decode_batch(data)?, ProofWords(proof)))
        })
        .collect()
}

fn decode_batch(data: Assay::BatchData) -> Result<BatchData, DecodeError> {
    let cut_off = |section| DecodeError::Section { section };
    let (slots, []) = data.feeSlots.as_chunks::<5>() else {
        return Err(cut_off("fee slots"));
    };
    let (transfers, []) = data.transfers.as_chunks::<TRANSFER_BYTES>() else {
        return Err(cut_off("transfer records"));
    };
    let fee_slot = |slot: &[u8; 5]| PostedFeeSlot {
        token: u16::from_be_bytes([slot[0], slot[1]]),
        account: u32::from_be_bytes([0, slot[2], slot[3], slot[4]]),
    };
    let record = |record: &[U256; FULL_RECORD_WORDS]| record.map(|word| word.to_be_bytes());
    Ok(BatchData {
        batch: data.batch,
        shape: data.shapeId,
        timestamp: data.timestamp,
        l1_operations: data.l1Operations,
        accounts: data.accounts,
        settler: data.settler.into(),
        commitment: data.commitment.0,
        new_root: data.newRoot.0,
        fee_slots: slots.iter().map(fee_slot).collect(),
        full_records: data.fullRecords.iter().map(record).collect(),
        tails: data.tails.iter().map(|tail| tail.to_be_bytes()).collect(),
        transfers: transfers.to_vec(),
    })
}

/// What a header says of a batch's claims: keccak256 of the packed list, 0 where it is empty.
#[must_use]
pub fn claims_hash(claims: &[Claim]) -> Word {
    match claims {
        [] => Word::default(),
        _ => keccak256(pack_claims(claims)).0,
    }
}

/// Claims as `claim` takes them: token u16 | amount u128 | receiver | from u24.
pub(crate) fn pack_claims(claims: &[Claim]) -> Vec<u8> {
    let pack = |c: &Claim| {
        let [_, from @ ..] = c.from.to_be_bytes();
        let (token, amount) = (c.token.to_be_bytes(), c.amount.to_be_bytes());
        [&token[..], &amount, &c.receiver.0, &from].concat()
    };
    claims.iter().flat_map(pack).collect()
}

/// The next link of the queue's hash chain: 224 bits, in the low end of the word. `words` are
/// those of the entry, with zeros where the prover may choose.
#[must_use]
pub fn next_link(link: &Word, words: &[Word; FULL_RECORD_WORDS], tail: &Word) -> Word {
    let hash = keccak256([&link[..], words.as_flattened(), tail].concat());
    let mut next = [0; 32];
    next[4..].copy_from_slice(&hash[..28]);
    next
}

impl From<&BatchData> for Assay::BatchData {
    fn from(data: &BatchData) -> Self {
        let fee_slot = |slot: &PostedFeeSlot| {
            (u64::from(slot.token) << 24 | u64::from(slot.account)).to_be_bytes()
        };
        let fee_slots: Vec<u8> = data
            .fee_slots
            .iter()
            .flat_map(|s| fee_slot(s)[3..].to_vec())
            .collect();
        let record = |record: &[Word; FULL_RECORD_WORDS]| record.map(U256::from_be_bytes);
        let tail = |tail: &Word| U256::from_be_bytes(*tail);
        Self {
            batch: data.batch,
            shapeId: data.shape,
            timestamp: data.timestamp,
            l1Operations: data.l1_operations,
            accounts: data.accounts,
            settler: data.settler.into(),
            commitment: data.commitment.into(),
            newRoot: data.new_root.into(),
            feeSlots: fee_slots.into(),
            fullRecords: data.full_records.iter().map(record).collect(),
            tails: data.tails.iter().map(tail).collect(),
            transfers: data.transfers.concat().into(),
        }
    }
}

impl From<BatchHeader> for Assay::BatchHeader {
    fn from(header: BatchHeader) -> Self {
        Self {
            commitment: header.commitment.into(),
            newRoot: header.new_root.into(),
            claimsHash: header.claims_hash.into(),
            queueEnd: header.queue_end,
            timestamp: header.timestamp,
            accounts: header.accounts,
            shapeId: header.shape,
        }
    }
}
