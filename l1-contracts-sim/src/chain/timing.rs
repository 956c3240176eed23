//! The chain's clock, and what else was said about the blocks to come.

use serde::{Deserialize, Serialize};

/// What was said about the blocks to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Timing {
    /// How far the chain's clock is ahead of the other one, seconds.
    pub(crate) offset_s: i64,
    /// Unix time of the next block.
    pub(crate) next_timestamp: Option<u64>,
    /// Wei per gas in the next block.
    pub(crate) next_base_fee: Option<u64>,
}
