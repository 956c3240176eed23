//! What the node has seen of the layer 1, so that it neither forgets it nor looks for it again.

use assay_l1::{batch::Word, client::BlockInfo};
use serde::{Deserialize, Serialize};

/// A block, by which a later look knows whether the layer 1 is still the one that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockMark {
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: Word,
}

impl From<&BlockInfo> for BlockMark {
    fn from(block: &BlockInfo) -> Self {
        Self {
            number: block.number,
            hash: block.hash,
        }
    }
}

/// The blocks that vouch for how far batches have come: while one is where it was, nothing that was
/// seen after it goes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouchers {
    /// After it the last proved batch was proved.
    pub proved: Option<BlockMark>,
    /// After it the last final batch was proved.
    pub r#final: Option<BlockMark>,
}

/// Where entries of the queue are looked for: from this one on they stand in this block or later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueCursor {
    /// Place in the queue.
    pub index: u64,
    /// Block.
    pub block: u64,
}
