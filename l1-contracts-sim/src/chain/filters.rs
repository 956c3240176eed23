//! Filters that clients poll.

use std::collections::BTreeMap;

use alloy::{
    primitives::{B256, U256},
    rpc::types::{Filter, FilterChanges, Log},
};

use super::{block::Block, error::ChainError};

/// Filters that are kept; a client that leaves them behind loses the oldest.
const FILTERS_MAX: usize = 256;

/// What a filter tells about.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Hashes of new blocks.
    Blocks,
    /// Matching logs of new blocks.
    Logs(Box<Filter>),
}

#[derive(Debug, Default)]
pub(crate) struct Filters {
    next_id: u64,
    /// Kind, and the first block that was not told.
    open: BTreeMap<u64, (Kind, usize)>,
}

impl Filters {
    /// Opens a filter that tells of blocks from `height` on.
    pub(crate) fn open(&mut self, kind: Kind, height: usize) -> U256 {
        if self.open.len() >= FILTERS_MAX {
            self.open.pop_first();
        }
        self.next_id += 1;
        self.open.insert(self.next_id, (kind, height));
        U256::from(self.next_id)
    }

    /// Closes a filter; false where there is none.
    pub(crate) fn close(&mut self, id: U256) -> bool {
        u64::try_from(id).is_ok_and(|id| self.open.remove(&id).is_some())
    }

    /// What is new since the last time. After a reorg, what the new blocks hold from where the
    /// chain is shorter than what was told.
    pub(crate) fn changes(
        &mut self,
        id: U256,
        blocks: &[Block],
    ) -> Result<FilterChanges<B256, Log>, ChainError> {
        let found = u64::try_from(id).ok().and_then(|id| self.open.get_mut(&id));
        let (kind, next) = found.ok_or(ChainError::UnknownFilter)?;
        let new = &blocks[(*next).min(blocks.len())..];
        *next = blocks.len();
        Ok(match kind {
            Kind::Blocks => FilterChanges::Hashes(new.iter().map(|b| b.hash).collect()),
            Kind::Logs(filter) => {
                FilterChanges::Logs(new.iter().flat_map(|b| b.logs(filter)).collect())
            }
        })
    }
}
