//! Methods that read blocks, transactions, logs and fees.

use alloy::{
    consensus::Transaction as _,
    eips::{BlockId, BlockNumberOrTag},
    primitives::{B256, U64, U256},
    rpc::types::{
        Block, FeeHistory, Filter, FilterBlockOption, FilterChanges, Log, Transaction,
        TransactionReceipt,
    },
};

use super::{
    methods::{Answer, Arguments, Methods},
    state::SUGGESTED_TIP_WEI,
};
use crate::chain::{self, ChainError, ChainHandle, Kind, Node};

/// Blocks of one fee history.
const FEE_HISTORY_MAX: u64 = 1024;
/// Logs of one answer.
const LOGS_MAX: usize = 100_000;

pub(super) fn register(methods: &mut Methods) {
    methods.add("eth_getBlockByNumber", |chain, arguments| {
        let number: BlockNumberOrTag = arguments.next()?;
        block(chain, number.into(), arguments)
    });
    methods.add("eth_getBlockByHash", |chain, arguments| {
        let hash: B256 = arguments.next()?;
        block(chain, hash.into(), arguments)
    });
    methods.add("eth_getTransactionByHash", transaction);
    methods.add("eth_getTransactionReceipt", receipt);
    methods.add("eth_getBlockReceipts", receipts);
    methods.add("eth_getLogs", |chain, arguments| {
        logs(&chain.node(), &arguments.next()?)
    });
    methods.add("eth_feeHistory", fee_history);
    methods.add("eth_newFilter", |chain, arguments| {
        let filter: Filter = arguments.next()?;
        let mut node = chain.node();
        let height = node.blocks.len();
        Ok(node.filters.open(Kind::Logs(Box::new(filter)), height))
    });
    methods.add("eth_newBlockFilter", |chain, _| {
        let mut node = chain.node();
        let height = node.blocks.len();
        Ok(node.filters.open(Kind::Blocks, height))
    });
    methods.add("eth_getFilterChanges", filter_changes);
    methods.add("eth_uninstallFilter", |chain, arguments| {
        let id: U256 = arguments.next()?;
        Ok(chain.node().filters.close(id))
    });
}

fn block(chain: &ChainHandle, id: BlockId, arguments: &mut Arguments) -> Answer<Option<Block>> {
    let full = arguments.optional()?.unwrap_or(false);
    let node = chain.node();
    if id.is_pending() {
        // Empty: what waits may come in another order, or not at all.
        let pending = chain::Block::seal(node.head().hash, &node.next_env(), Vec::new());
        return Ok(Some(pending.to_rpc(full)));
    }
    Ok(node.block(id).map(|block| block.to_rpc(full)))
}

fn transaction(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<Option<Transaction>> {
    let hash: B256 = arguments.next()?;
    let node = chain.node();
    let waiting = || {
        let transaction = node.pool.get(hash)?.clone();
        Some(Transaction {
            effective_gas_price: Some(transaction.max_fee_per_gas()),
            inner: transaction,
            block_hash: None,
            block_number: None,
            transaction_index: None,
            block_timestamp: None,
        })
    };
    Ok(node
        .place(hash)
        .map(|(block, index)| block.transaction(index))
        .or_else(waiting))
}

fn receipt(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<Option<TransactionReceipt>> {
    let hash: B256 = arguments.next()?;
    Ok(chain
        .node()
        .place(hash)
        .map(|(block, index)| block.receipt(index)))
}

fn receipts(
    chain: &ChainHandle,
    arguments: &mut Arguments,
) -> Answer<Option<Vec<TransactionReceipt>>> {
    let id: BlockId = arguments.next()?;
    let all = |block: &chain::Block| {
        (0..block.mined.len())
            .map(|index| block.receipt(index))
            .collect()
    };
    Ok(chain.node().block(id).map(all))
}

fn logs(node: &Node, filter: &Filter) -> Answer<Vec<Log>> {
    let blocks = match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            std::slice::from_ref(node.block(hash.into()).ok_or(ChainError::UnknownBlock)?)
        }
        FilterBlockOption::Range {
            from_block,
            to_block,
        } => {
            let height = |tag: Option<BlockNumberOrTag>| match tag.unwrap_or_default() {
                BlockNumberOrTag::Number(number) => number,
                BlockNumberOrTag::Earliest => 0,
                _ => node.head().header.number,
            };
            let (from, to) = (
                height(from_block),
                height(to_block).min(node.head().header.number),
            );
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
            let index =
                |number: u64| usize::try_from(number).expect("a height below the number of blocks");
            &node.blocks[index(from)..=index(to)]
        }
    };
    let mut found = Vec::new();
    for block in blocks {
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

fn filter_changes(
    chain: &ChainHandle,
    arguments: &mut Arguments,
) -> Answer<FilterChanges<B256, Log>> {
    let id: U256 = arguments.next()?;
    let mut node = chain.node();
    let Node {
        filters, blocks, ..
    } = &mut *node;
    filters.changes(id, blocks)
}

fn fee_history(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<FeeHistory> {
    let count: U64 = arguments.next()?;
    let newest: BlockNumberOrTag = arguments.next()?;
    let percentiles: Option<Vec<f64>> = arguments.optional()?;
    let node = chain.node();
    let newest = node
        .block(newest.into())
        .ok_or(ChainError::UnknownBlock)?
        .header
        .number;
    let count = count.to::<u64>().clamp(1, FEE_HISTORY_MAX).min(newest + 1);
    let oldest = newest + 1 - count;
    let blocks: Vec<_> = (oldest..=newest)
        .filter_map(|number| node.block(number.into()))
        .collect();
    let mut base_fees: Vec<u128> = blocks.iter().map(|b| u128::from(b.base_fee())).collect();
    let next = node
        .block((newest + 1).into())
        .map_or_else(|| node.next_env().base_fee, chain::Block::base_fee);
    base_fees.push(u128::from(next));
    let used = |b: &&chain::Block| b.header.gas_used as f64 / b.header.gas_limit as f64;
    // Tips are not sampled: what is suggested is enough here.
    let reward = percentiles
        .map(|wanted| vec![vec![u128::from(SUGGESTED_TIP_WEI); wanted.len()]; blocks.len()]);
    Ok(FeeHistory {
        base_fee_per_blob_gas: vec![1; base_fees.len()],
        blob_gas_used_ratio: vec![0.0; blocks.len()],
        gas_used_ratio: blocks.iter().map(used).collect(),
        base_fee_per_gas: base_fees,
        oldest_block: oldest,
        reward,
    })
}
