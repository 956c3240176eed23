//! How a layer 1 is reached.

use std::time::Duration;

use super::url::L1Url;

/// A layer 1's JSON-RPC, and the patience with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct L1Endpoint {
    /// Where.
    pub url: L1Url,
    /// A call that takes longer has failed, ms.
    pub timeout_ms: u64,
    /// Blocks whose events are asked for in the first request; how many are given shows then.
    pub log_blocks: u64,
}

impl L1Endpoint {
    /// The default of `timeout_ms`.
    pub const TIMEOUT_MS: u64 = 10_000;
    /// The default of `log_blocks`: most of a small chain, and soon less of a large one.
    pub const LOG_BLOCKS: u64 = 50_000;

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.max(1))
    }
}

impl<U: Into<L1Url>> From<U> for L1Endpoint {
    fn from(url: U) -> Self {
        Self {
            url: url.into(),
            timeout_ms: Self::TIMEOUT_MS,
            log_blocks: Self::LOG_BLOCKS,
        }
    }
}
