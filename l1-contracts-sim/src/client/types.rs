//! What the L1 tells about the rollup.

use crate::{
    address::EthAddress,
    batch::{ShapeSize, Word},
};

/// What the constructor fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupInfo {
    /// Who commits.
    pub operator: EthAddress,
    /// Who may propose verifiers of new shapes.
    pub governor: EthAddress,
    /// The statement's domain.
    pub domain: Word,
    /// The root before batch 1.
    pub genesis_root: Word,
    /// After so many seconds without a proved batch anyone may commit.
    pub operator_idle_s: u32,
    /// After so many seconds without progress anyone may revert what is not proved.
    pub prove_deadline_s: u32,
    /// Delay of a new verifier.
    pub verifier_delay_s: u32,
}

/// Where the rollup stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollupStatus {
    /// The block after which this holds.
    pub block_number: u64,
    /// Number of the last committed batch, 0 before the first.
    pub last_committed: u64,
    /// Number of the last proved batch.
    pub last_proved: u64,
    /// The root after `last_committed`.
    pub committed_root: Word,
    /// The root after `last_proved`.
    pub proved_root: Word,
    /// The timestamp of `last_committed`: the next batch's must not be earlier.
    pub last_timestamp: u32,
    /// Unix time of the last proof (or of deployment).
    pub last_proved_at: u32,
    /// Since when committed batches wait for a proof; meaningless while none wait.
    pub pending_since: u32,
    /// Queue entries consumed by committed batches.
    pub queue_committed: u64,
    /// Queue entries in all.
    pub queue_length: u64,
    /// Registered ERC-20s.
    pub tokens: u16,
}

/// A shape that the contract knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeInfo {
    /// Its size.
    pub size: ShapeSize,
    /// Its verifier contract.
    pub verifier: EthAddress,
}

/// A registered token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its number on the rollup; 0 is ether.
    pub number: u16,
    /// Its contract, zero for ether.
    pub address: EthAddress,
    /// What the token calls itself, where it answers with printable text of at most 32 bytes.
    pub symbol: Option<String>,
    /// Decimal places, where the token answers.
    pub decimals: Option<u8>,
}

/// A block of the layer 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockInfo {
    /// Height.
    pub number: u64,
    /// Hash.
    pub hash: Word,
    /// Hash of the block before.
    pub parent_hash: Word,
    /// Unix time, seconds.
    pub timestamp: u64,
    /// Wei per gas.
    pub base_fee_wei: u128,
}

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionReceipt {
    /// Hash.
    pub hash: Word,
    /// Its block.
    pub block_number: u64,
    /// The hash of its block; compare it later to see whether a reorg removed it.
    pub block_hash: Word,
    /// Gas used.
    pub gas_used: u64,
    /// Wei per gas that was paid.
    pub gas_price_wei: u128,
    /// Whether it took effect.
    pub succeeded: bool,
    /// The contract that it created.
    pub created: Option<EthAddress>,
}

/// An entry of the L1 queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Its place in the queue, the first is 0.
    pub index: u64,
    /// Token number.
    pub token: u16,
    /// Base units.
    pub amount: u128,
    /// The owner's point.
    pub owner: [Word; 2],
    /// The block that holds it.
    pub block_number: u64,
    /// That block's hash.
    pub block_hash: Word,
    /// The transaction.
    pub transaction: Word,
}
