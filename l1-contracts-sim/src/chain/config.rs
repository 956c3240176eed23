//! What a chain starts from.

use alloy::primitives::{Address, keccak256};

use crate::address::EthAddress;

/// When blocks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mining {
    /// At once for each transaction.
    Automatic,
    /// Every so many milliseconds, empty or not, while [`crate::rpc::serve`] runs.
    Interval {
        /// Milliseconds, at least 1.
        ms: u64,
    },
    /// On request only.
    Manual,
}

/// What tells the time of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The system's clock.
    System,
    /// Stands still at this Unix time in seconds, until it is moved.
    Fixed(u64),
}

/// What a chain starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainConfig {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// When blocks are made.
    pub mining: Mining,
    /// What tells the time.
    pub clock: Clock,
    /// Gas of a block.
    pub gas_limit: u64,
    /// Wei per gas of block 0.
    pub base_fee_wei: u64,
    /// What each of [`super::dev_accounts`] has.
    pub balance_wei: u128,
    /// Makes all blocks and gets their tips.
    pub maker: EthAddress,
    /// Blocks of which one request gets the logs; public endpoints refuse more.
    pub log_range_blocks: u64,
    /// `safe` is so many blocks behind the latest.
    pub safe_blocks: u64,
    /// `finalized` is so many blocks behind the latest.
    pub finalized_blocks: u64,
    /// So many blocks are kept, at least 256. Older ones are kept where they have transactions.
    pub history_blocks: u64,
    /// Where the blocks need more memory than this, the oldest are forgotten with their
    /// transactions.
    pub history_bytes: usize,
}

impl Default for ChainConfig {
    fn default() -> Self {
        Self {
            chain_id: 31337,
            mining: Mining::Automatic,
            clock: Clock::System,
            gas_limit: 60_000_000,
            base_fee_wei: 1_000_000_000,
            balance_wei: 10_000 * 10_u128.pow(18),
            maker: Address::from_word(keccak256("assay block maker")).into(),
            log_range_blocks: u64::MAX,
            safe_blocks: 32,
            finalized_blocks: 64,
            history_blocks: 1 << 16,
            history_bytes: 1 << 30,
        }
    }
}
