//! Methods that read blocks, transactions and fees.

use std::sync::Arc;

use alloy::{
    consensus::Transaction as _,
    eips::{BlockId, BlockNumberOrTag, eip2718::Encodable2718 as _},
    primitives::{B256, Bytes, U64},
    rpc::types::{Block, FeeHistory, Transaction, TransactionReceipt},
};

use super::{
    methods::{Answer, Methods},
    request::Number,
    state::BLOB_BASE_FEE_WEI,
};
use crate::chain::{self, ChainError, ChainHandle, Node, SignedTransaction};

/// Blocks of one fee history.
const FEE_HISTORY_MAX: u64 = 1024;
/// Percentiles of one fee history.
const PERCENTILES_MAX: usize = 100;

pub(super) fn register(methods: &mut Methods) {
    methods.add("eth_getBlockByNumber", |chain, (tag, full)| {
        block(chain, BlockId::Number(tag), full)
    });
    methods.add("eth_getBlockByHash", |chain, (hash, full): (B256, _)| {
        block(chain, hash.into(), full)
    });
    methods.add("eth_getBlockTransactionCountByNumber", |chain, (tag,)| {
        count(chain, BlockId::Number(tag))
    });
    methods.add(
        "eth_getBlockTransactionCountByHash",
        |chain, (hash,): (B256,)| count(chain, hash.into()),
    );
    methods.add("eth_getUncleCountByBlockNumber", |chain, (tag,)| {
        uncles(chain, BlockId::Number(tag))
    });
    methods.add("eth_getUncleCountByBlockHash", |chain, (hash,): (B256,)| {
        uncles(chain, hash.into())
    });
    methods.add("eth_getTransactionByHash", transaction);
    methods.add(
        "eth_getTransactionByBlockNumberAndIndex",
        |chain, (tag, index)| by_index(chain, BlockId::Number(tag), index),
    );
    methods.add(
        "eth_getTransactionByBlockHashAndIndex",
        |chain, (hash, index): (B256, _)| by_index(chain, hash.into(), index),
    );
    methods.add("eth_getRawTransactionByHash", raw);
    methods.add("eth_getTransactionReceipt", receipt);
    methods.add("eth_getBlockReceipts", receipts);
    methods.add("eth_feeHistory", fee_history);
}

/// A block; `pending` is made of what waits now.
fn find(node: &Node, id: BlockId) -> Answer<Option<Arc<chain::Block>>> {
    if id.is_pending() {
        return Ok(Some(Arc::new(node.pending_block())));
    }
    Ok(node.block(id)?.cloned())
}

fn block(chain: &ChainHandle, id: BlockId, full: Option<bool>) -> Answer<Option<Block>> {
    let block = find(&chain.node(), id)?;
    Ok(block.map(|block| block.to_rpc(full.unwrap_or(false))))
}

fn count(chain: &ChainHandle, id: BlockId) -> Answer<Option<U64>> {
    let block = find(&chain.node(), id)?;
    Ok(block.map(|block| U64::from(block.mined.len())))
}

fn uncles(chain: &ChainHandle, id: BlockId) -> Answer<Option<U64>> {
    let block = find(&chain.node(), id)?;
    Ok(block.map(|_| U64::ZERO))
}

fn by_index(chain: &ChainHandle, id: BlockId, index: Number) -> Answer<Option<Transaction>> {
    let block = find(&chain.node(), id)?;
    let index = usize::try_from(index.get()).unwrap_or(usize::MAX);
    Ok(block
        .filter(|block| index < block.mined.len())
        .map(|block| block.transaction(index)))
}

fn transaction(chain: &ChainHandle, (hash,): (B256,)) -> Answer<Option<Transaction>> {
    let node = chain.node();
    let mined = node.place(hash);
    Ok(mined
        .map(|(block, index)| block.transaction(index))
        .or_else(|| node.pool.get(hash).cloned().map(waiting)))
}

/// A transaction that waits, as JSON-RPC has it.
pub(super) fn waiting(transaction: SignedTransaction) -> Transaction {
    Transaction {
        effective_gas_price: Some(transaction.max_fee_per_gas()),
        inner: transaction,
        block_hash: None,
        block_number: None,
        transaction_index: None,
        block_timestamp: None,
    }
}

fn raw(chain: &ChainHandle, (hash,): (B256,)) -> Answer<Option<Bytes>> {
    let node = chain.node();
    let mined = node.place(hash);
    let found = mined
        .map(|(block, index)| &block.mined[index].transaction)
        .or_else(|| node.pool.get(hash));
    Ok(found.map(|transaction| transaction.encoded_2718().into()))
}

fn receipt(chain: &ChainHandle, (hash,): (B256,)) -> Answer<Option<TransactionReceipt>> {
    Ok(chain
        .node()
        .place(hash)
        .map(|(block, index)| block.receipt(index)))
}

fn receipts(chain: &ChainHandle, (id,): (BlockId,)) -> Answer<Option<Vec<TransactionReceipt>>> {
    let block = find(&chain.node(), id)?;
    Ok(block.map(|block| {
        (0..block.mined.len())
            .map(|index| block.receipt(index))
            .collect()
    }))
}

fn fee_history(
    chain: &ChainHandle,
    (count, newest, percentiles): (Number, BlockNumberOrTag, Option<Vec<f64>>),
) -> Answer<FeeHistory> {
    let percentiles = percentiles.unwrap_or_default();
    if percentiles.len() > PERCENTILES_MAX
        || !percentiles.is_sorted()
        || percentiles.iter().any(|p| !(0.0..=100.0).contains(p))
    {
        return Err(ChainError::Params(format!(
            "parameter 3: percentiles are between 0 and 100, ascend, and are at most {PERCENTILES_MAX}"
        )));
    }
    let node = chain.node();
    let newest = node.height(newest);
    if newest > node.head().header.number {
        return Err(ChainError::UnknownBlock);
    }
    let count = count.get().clamp(1, FEE_HISTORY_MAX).min(newest + 1);
    let oldest = newest + 1 - count;
    let mut blocks = Vec::new();
    for number in oldest..=newest {
        blocks.extend(node.block(number.into())?);
    }
    let mut base_fees: Vec<u128> = blocks.iter().map(|b| u128::from(b.base_fee())).collect();
    let next = match node.block((newest + 1).into())? {
        Some(block) => block.base_fee(),
        None => node.next_env().base_fee,
    };
    base_fees.push(u128::from(next));
    let used = |b: &&Arc<chain::Block>| b.header.gas_used as f64 / b.header.gas_limit as f64;
    let rewards = blocks.iter().map(|block| block.tips(&percentiles));
    let reward = (!percentiles.is_empty()).then(|| rewards.collect());
    Ok(FeeHistory {
        base_fee_per_blob_gas: vec![u128::from(BLOB_BASE_FEE_WEI); base_fees.len()],
        blob_gas_used_ratio: vec![0.0; blocks.len()],
        gas_used_ratio: blocks.iter().map(used).collect(),
        base_fee_per_gas: base_fees,
        oldest_block: oldest,
        reward,
    })
}
