//! Filters that clients poll.

use std::collections::BTreeMap;

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{B256, U256},
    rpc::types::{Filter, FilterBlockOption, FilterChanges, Log},
};

use super::{
    block::Block,
    error::ChainError,
    journal::{Event, Journal},
};

/// Filters that are kept; a client that leaves them behind loses the oldest.
const FILTERS_MAX: usize = 256;

/// What a filter tells about.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Hashes of new blocks.
    Blocks,
    /// Matching logs of new blocks, and of removed ones.
    Logs(Box<Filter>),
    /// Hashes of transactions that wait.
    Waiting,
}

#[derive(Debug, Default)]
pub(crate) struct Filters {
    next_id: u64,
    /// Kind, and the first event that was not told.
    open: BTreeMap<u64, (Kind, u64)>,
}

impl Filters {
    /// Opens a filter that tells of what happens from now on.
    pub(crate) fn open(&mut self, kind: Kind, journal: &Journal) -> U256 {
        if self.open.len() >= FILTERS_MAX {
            self.open.pop_first();
        }
        self.next_id += 1;
        self.open.insert(self.next_id, (kind, journal.end()));
        U256::from(self.next_id)
    }

    /// Closes a filter; false where there is none.
    pub(crate) fn close(&mut self, id: U256) -> bool {
        u64::try_from(id).is_ok_and(|id| self.open.remove(&id).is_some())
    }

    /// What a filter tells about.
    pub(crate) fn kind(&self, id: U256) -> Result<&Kind, ChainError> {
        let found = u64::try_from(id).ok().and_then(|id| self.open.get(&id));
        found.map(|(kind, _)| kind).ok_or(ChainError::UnknownFilter)
    }

    /// What is new since the last time. A filter that was not asked for so long that events are
    /// lost is closed.
    pub(crate) fn changes(
        &mut self,
        id: U256,
        journal: &Journal,
    ) -> Result<FilterChanges<B256, Log>, ChainError> {
        let found = u64::try_from(id).ok().and_then(|id| self.open.get_mut(&id));
        let (kind, next) = found.ok_or(ChainError::UnknownFilter)?;
        let Some(events) = journal.since(*next) else {
            self.close(id);
            return Err(ChainError::UnknownFilter);
        };
        *next = journal.end();
        Ok(match kind {
            Kind::Blocks => FilterChanges::Hashes(
                events
                    .filter_map(|event| match event {
                        Event::Added(block) => Some(block.hash),
                        Event::Removed(_) | Event::Waiting(_) => None,
                    })
                    .collect(),
            ),
            Kind::Waiting => FilterChanges::Hashes(
                events
                    .filter_map(|event| match event {
                        Event::Waiting(hash) => Some(*hash),
                        Event::Added(_) | Event::Removed(_) => None,
                    })
                    .collect(),
            ),
            Kind::Logs(filter) => {
                FilterChanges::Logs(events.flat_map(|event| logs_of(event, filter)).collect())
            }
        })
    }
}

/// The logs that an event adds, or takes back, and a filter asks for.
pub(crate) fn logs_of(event: &Event, filter: &Filter) -> Vec<Log> {
    match event {
        Event::Added(block) if in_range(block, filter) => block.logs(filter),
        Event::Removed(block) if in_range(block, filter) => {
            let mut logs = block.logs(filter);
            logs.iter_mut().for_each(|log| log.removed = true);
            logs.reverse();
            logs
        }
        Event::Added(_) | Event::Removed(_) | Event::Waiting(_) => Vec::new(),
    }
}

fn in_range(block: &Block, filter: &Filter) -> bool {
    let number = block.header.number;
    match &filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => *hash == block.hash,
        FilterBlockOption::Range {
            from_block,
            to_block,
        } => {
            let height = |tag: &Option<BlockNumberOrTag>| tag.and_then(|tag| tag.as_number());
            height(from_block).is_none_or(|from| from <= number)
                && height(to_block).is_none_or(|to| number <= to)
        }
    }
}
