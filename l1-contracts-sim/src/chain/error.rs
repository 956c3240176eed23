//! Why the simulated chain refuses, in the words and codes that real nodes use.

use alloy::{
    primitives::{B256, Bytes, U256},
    sol_types::{Panic, Revert, SolError as _},
};

/// A refusal of the simulated chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The nonce was used already.
    #[error("nonce too low: next nonce {next}, tx nonce {given}")]
    NonceTooLow {
        /// The account's next nonce.
        next: u64,
        /// The transaction's.
        given: u64,
    },
    /// A transaction of that nonce waits, and this one does not pay a tenth more.
    #[error("replacement transaction underpriced")]
    ReplacementUnderpriced,
    /// The same transaction waits already, or is mined.
    #[error("already known")]
    AlreadyKnown,
    /// The account cannot pay for value and gas.
    #[error("insufficient funds for gas * price + value: balance {have}, tx cost {want}")]
    InsufficientFunds {
        /// Wei.
        have: U256,
        /// Wei.
        want: U256,
    },
    /// No more transactions fit into the pool, or of this account.
    #[error("txpool is full")]
    PoolFull,
    /// For another chain.
    #[error("invalid chain id: {given:?}, this is chain {expected}")]
    WrongChain {
        /// The transaction's.
        given: Option<u64>,
        /// This chain's.
        expected: u64,
    },
    /// Blob transactions are not simulated.
    #[error("transaction type {0} not supported")]
    TransactionType(u8),
    /// Bytes that are no signed transaction, or a request that makes none.
    #[error("invalid transaction: {0}")]
    Transaction(String),
    /// The EVM refuses the transaction before it runs.
    #[error("{0}")]
    Invalid(String),
    /// The call reverted.
    #[error("execution reverted{}", reason(.0))]
    Reverted(Bytes),
    /// The call ran into an exceptional halt.
    #[error("{0}")]
    Halted(String),
    /// There is no such block.
    #[error("header not found")]
    UnknownBlock,
    /// The state of that block is pruned.
    #[error("missing trie node: the state of block {0} is pruned")]
    Pruned(u64),
    /// That block is pruned, or one with transactions from there on.
    #[error("pruned history unavailable: block {0} is not kept any more")]
    PrunedBlock(u64),
    /// No key for this account.
    #[error("unknown account: {0} is not unlocked")]
    UnknownAccount(String),
    /// A reorg may not go so deep.
    #[error("cannot undo {asked} blocks, at most {possible}")]
    TooDeep {
        /// Blocks asked for.
        asked: u64,
        /// Blocks that can be undone.
        possible: u64,
    },
    /// Time only moves forward.
    #[error("timestamp {given} is before the latest block's, {latest}")]
    Timestamp {
        /// Unix seconds.
        given: u64,
        /// Unix seconds.
        latest: u64,
    },
    /// There is no such filter.
    #[error("filter not found")]
    UnknownFilter,
    /// Too many filters, blocks, or the like, in one request.
    #[error("{what}: at most {limit}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// A parameter that makes no sense.
    #[error("invalid params: {0}")]
    Params(String),
    /// The transaction was refused while its block was made, and is dropped.
    #[error("transaction {0} was dropped")]
    Dropped(B256),
}

impl ChainError {
    /// The code of JSON-RPC that goes with it.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::Reverted(_) => 3,
            Self::Params(_) => -32602,
            // As geth has it for EIP-4444.
            Self::PrunedBlock(_) => 4444,
            _ => -32000,
        }
    }

    /// The revert data, where it is a revert.
    #[must_use]
    pub fn data(&self) -> Option<&[u8]> {
        match self {
            Self::Reverted(data) => Some(data),
            _ => None,
        }
    }
}

/// `Error(string)` and `Panic(uint256)` in words; errors of a contract's own say nothing here.
fn reason(data: &Bytes) -> String {
    if let Ok(revert) = Revert::abi_decode(data) {
        return format!(": {}", revert.reason());
    }
    Panic::abi_decode(data).map_or_else(|_| String::new(), |panic| format!(": {panic}"))
}
