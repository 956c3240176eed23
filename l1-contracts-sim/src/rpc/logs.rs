//! Methods that find logs, and filters that are polled.

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{B256, U256},
    rpc::types::{Filter, FilterBlockOption, FilterChanges, Log},
};

use super::methods::{Answer, Methods};
use crate::chain::{ChainError, ChainHandle, Kind, Node};

/// Logs of one answer.
const LOGS_MAX: usize = 100_000;

pub(super) fn register(methods: &mut Methods) {
    methods.add("eth_getLogs", |chain, (filter,): (Filter,)| {
        logs(&chain.node(), &filter)
    });
    methods.add("eth_newFilter", |chain, (filter,): (Filter,)| {
        if matches!(filter.block_option, FilterBlockOption::AtBlockHash(_)) {
            return Err(ChainError::Params(
                "blockHash is not supported in a filter, which is about blocks to come".to_owned(),
            ));
        }
        open(chain, Kind::Logs(Box::new(filter)))
    });
    methods.add("eth_newBlockFilter", |chain, ()| open(chain, Kind::Blocks));
    methods.add("eth_newPendingTransactionFilter", |chain, ()| {
        open(chain, Kind::Waiting)
    });
    methods.add("eth_getFilterChanges", changes);
    methods.add("eth_getFilterLogs", |chain, (id,): (U256,)| {
        let node = chain.node();
        match node.filters.kind(id)? {
            Kind::Logs(filter) => logs(&node, filter),
            Kind::Blocks | Kind::Waiting => Err(ChainError::UnknownFilter),
        }
    });
    methods.add("eth_uninstallFilter", |chain, (id,): (U256,)| {
        Ok(chain.node().filters.close(id))
    });
}

fn open(chain: &ChainHandle, kind: Kind) -> Answer<U256> {
    let mut node = chain.node();
    let Node {
        filters, journal, ..
    } = &mut *node;
    Ok(filters.open(kind, journal))
}

fn changes(chain: &ChainHandle, (id,): (U256,)) -> Answer<FilterChanges<B256, Log>> {
    let mut node = chain.node();
    let Node {
        filters, journal, ..
    } = &mut *node;
    filters.changes(id, journal)
}

fn logs(node: &Node, filter: &Filter) -> Answer<Vec<Log>> {
    let (from_block, to_block) = match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let block = node.block(hash.into())?.ok_or(ChainError::UnknownBlock)?;
            return Ok(block.logs(filter));
        }
        FilterBlockOption::Range {
            from_block,
            to_block,
        } => (from_block, to_block),
    };
    let latest = node.head().header.number;
    let height = |tag: Option<BlockNumberOrTag>| node.height(tag.unwrap_or_default());
    let (from, to) = (height(from_block), height(to_block).min(latest));
    if from > to {
        return Ok(Vec::new());
    }
    let limit = node.config.log_range_blocks;
    if to - from >= limit {
        return Err(ChainError::Limit {
            what: "blocks whose logs are asked for",
            limit,
        });
    }
    let mut found = Vec::new();
    for block in node.history.with_logs(from, to)? {
        found.extend(block.logs(filter));
        if found.len() > LOGS_MAX {
            return Err(ChainError::Limit {
                what: "logs in one answer",
                limit: LOGS_MAX as u64,
            });
        }
    }
    Ok(found)
}
