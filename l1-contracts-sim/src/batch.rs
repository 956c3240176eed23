//! What a batch is on the layer 1: the data that is committed, the header that is proved.
//!
//! Encodings follow `docs/spec/statement.md` and `docs/spec/contracts.md`.

use crate::address::L1Address;

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
