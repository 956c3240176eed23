//! How far the node has come: its batches, and its look at the layer 1.

/// Numbers of the last batch at each stage; 0 before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Heights {
    /// The batch that is open, or was last.
    pub(crate) executed: u64,
    /// Executed in its final order.
    pub(crate) sealed: u64,
    /// Data on the layer 1.
    pub(crate) committed: u64,
    /// Proof on the layer 1.
    pub(crate) proved: u64,
    /// Proof deep in the layer 1.
    pub(crate) r#final: u64,
}

/// The layer 1 as the node sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct L1State {
    /// Latest block.
    pub(crate) block: u64,
    /// Its time, Unix seconds.
    pub(crate) timestamp: u64,
    /// When the layer 1 last answered, Unix ms; 0 before the first time.
    pub(crate) seen_ms: u64,
    /// Entries in the contract's queue.
    pub(crate) queue_length: u64,
    /// Of them, credited on the rollup.
    pub(crate) queue_credited: u64,
}
