//! Methods that read accounts and run calls.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, Bytes, U64, U256},
    rpc::types::TransactionRequest,
};

use super::methods::{Answer, Arguments, Methods};
use crate::chain::{ChainHandle, call, estimate};

/// The tip that is suggested; nobody competes for a place in a block here.
pub(super) const SUGGESTED_TIP_WEI: u64 = 1_000_000_000;

pub(super) fn register(methods: &mut Methods) {
    methods.add("eth_chainId", |chain, _| Ok(U64::from(chain.chain_id())));
    methods.add("net_version", |chain, _| Ok(chain.chain_id().to_string()));
    methods.add("web3_clientVersion", |_, _| {
        Ok(concat!("assay-l1/", env!("CARGO_PKG_VERSION")))
    });
    methods.add("eth_syncing", |_, _| Ok(false));
    methods.add("eth_blockNumber", |chain, _| {
        Ok(U64::from(chain.block_number()))
    });
    methods.add("eth_gasPrice", |chain, _| {
        Ok(U64::from(
            chain.node().next_env().base_fee + SUGGESTED_TIP_WEI,
        ))
    });
    methods.add("eth_maxPriorityFeePerGas", |_, _| {
        Ok(U64::from(SUGGESTED_TIP_WEI))
    });
    methods.add("eth_getBalance", balance);
    methods.add("eth_getTransactionCount", transaction_count);
    methods.add("eth_getCode", code);
    methods.add("eth_getStorageAt", storage);
    methods.add("eth_call", run_call);
    methods.add("eth_estimateGas", estimate_gas);
}

fn latest(arguments: &mut Arguments) -> Answer<BlockId> {
    Ok(arguments
        .optional()?
        .unwrap_or(BlockId::Number(BlockNumberOrTag::Latest)))
}

fn balance(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<U256> {
    let account: Address = arguments.next()?;
    Ok(chain
        .node()
        .at(latest(arguments)?)?
        .0
        .account(account)
        .balance)
}

fn transaction_count(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<U64> {
    let account: Address = arguments.next()?;
    let block = latest(arguments)?;
    let node = chain.node();
    if block.is_pending() {
        return Ok(U64::from(node.pending_nonce(account)));
    }
    Ok(U64::from(node.at(block)?.0.account(account).nonce))
}

fn code(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<Bytes> {
    let account: Address = arguments.next()?;
    Ok(chain
        .node()
        .at(latest(arguments)?)?
        .0
        .code(account)
        .original_bytes())
}

fn storage(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<B256> {
    let account: Address = arguments.next()?;
    let slot: U256 = arguments.next()?;
    Ok(chain
        .node()
        .at(latest(arguments)?)?
        .0
        .slot(account, slot)
        .into())
}

fn run_call(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<Bytes> {
    let request: TransactionRequest = arguments.next()?;
    let node = chain.node();
    let (view, env) = node.at(latest(arguments)?)?;
    call(view, &env, &request)
}

/// Without a block it is estimated for the next one, whose time is now: after a quiet hour the
/// latest block is an hour old.
fn estimate_gas(chain: &ChainHandle, arguments: &mut Arguments) -> Answer<U64> {
    let request: TransactionRequest = arguments.next()?;
    let block = arguments.optional()?.unwrap_or(BlockId::pending());
    let node = chain.node();
    let (_, env) = node.at(block)?;
    let view = || {
        node.at(block)
            .expect("the block was found just before, under the same lock")
            .0
    };
    Ok(U64::from(estimate(view, &env, &request)?))
}
