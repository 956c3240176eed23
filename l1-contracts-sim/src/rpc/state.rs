//! Methods that read accounts and run calls.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, Bytes, U64, U256, keccak256},
    rpc::types::{TransactionRequest, state::StateOverride},
};

use super::{
    methods::{Answer, Methods},
    request::{OtherBlock, Request, Word, override_state},
};
use crate::chain::{ChainError, ChainHandle, Env, View, call, estimate};

/// The tip that is suggested; nobody competes for a place in a block here.
pub(super) const SUGGESTED_TIP_WEI: u64 = 1_000_000_000;

/// Nobody sends blobs, so their gas costs the least there is.
pub(super) const BLOB_BASE_FEE_WEI: u64 = 1;

pub(super) fn register(methods: &mut Methods) {
    methods.add("eth_chainId", |chain, ()| Ok(U64::from(chain.chain_id())));
    methods.add("net_version", |chain, ()| Ok(chain.chain_id().to_string()));
    methods.add("net_listening", |_, ()| Ok(true));
    methods.add("web3_clientVersion", |_, ()| {
        Ok(concat!("assay-l1/", env!("CARGO_PKG_VERSION")))
    });
    methods.add("web3_sha3", |_, (data,): (Bytes,)| Ok(keccak256(data)));
    methods.add("eth_syncing", |_, ()| Ok(false));
    methods.add("eth_blockNumber", |chain, ()| {
        Ok(U64::from(chain.block_number()))
    });
    methods.add("eth_gasPrice", |chain, ()| {
        Ok(U64::from(
            chain.node().next_env().base_fee + SUGGESTED_TIP_WEI,
        ))
    });
    methods.add("eth_maxPriorityFeePerGas", |_, ()| {
        Ok(U64::from(SUGGESTED_TIP_WEI))
    });
    methods.add("eth_blobBaseFee", |_, ()| Ok(U64::from(BLOB_BASE_FEE_WEI)));
    methods.add("eth_getBalance", balance);
    methods.add("eth_getTransactionCount", transaction_count);
    methods.add("eth_getCode", code);
    methods.add("eth_getStorageAt", storage);
    methods.add("eth_call", run_call);
    methods.add("eth_estimateGas", estimate_gas);
}

fn latest(block: Option<BlockId>) -> BlockId {
    block.unwrap_or(BlockId::Number(BlockNumberOrTag::Latest))
}

type AtBlock = (Address, Option<BlockId>);

fn balance(chain: &ChainHandle, (account, block): AtBlock) -> Answer<U256> {
    let node = chain.node();
    let (view, _) = node.at(latest(block))?;
    Ok(view.account(account).balance)
}

fn transaction_count(chain: &ChainHandle, (account, block): AtBlock) -> Answer<U64> {
    let block = latest(block);
    let node = chain.node();
    if block.is_pending() {
        return Ok(U64::from(node.pending_nonce(account)));
    }
    Ok(U64::from(node.at(block)?.0.account(account).nonce))
}

fn code(chain: &ChainHandle, (account, block): AtBlock) -> Answer<Bytes> {
    let node = chain.node();
    let (view, _) = node.at(latest(block))?;
    Ok(view.code(account).original_bytes())
}

fn storage(
    chain: &ChainHandle,
    (account, slot, block): (Address, Word, Option<BlockId>),
) -> Answer<B256> {
    let node = chain.node();
    let (view, _) = node.at(latest(block))?;
    Ok(view.slot(account, slot.get()).into())
}

/// A call, its block, and how accounts and block are other than they were.
pub(super) type Call = (
    Request,
    Option<BlockId>,
    Option<StateOverride>,
    Option<OtherBlock>,
);

/// Does something with a call where it is to run. Without a block that is `otherwise`.
pub(super) fn with_call<T>(
    chain: &ChainHandle,
    (request, block, accounts, other): Call,
    otherwise: BlockId,
    run: impl FnOnce(&View<'_>, &Env, &TransactionRequest) -> Answer<T>,
) -> Answer<T> {
    let node = chain.node();
    let (mut view, mut env) = match block {
        // What waits is not mined yet, and may never be.
        None if otherwise.is_pending() => (node.latest(), node.next_env()),
        block => node.at(block.unwrap_or(otherwise))?,
    };
    override_state(&mut view, accounts.unwrap_or_default())?;
    other.unwrap_or_default().apply(&mut env, &mut view)?;
    if let Some(given) = request.fields.chain_id
        && given != env.chain_id
    {
        return Err(ChainError::WrongChain {
            given: Some(given),
            expected: env.chain_id,
        });
    }
    run(&view, &env, &request.fields)
}

fn run_call(chain: &ChainHandle, parameters: Call) -> Answer<Bytes> {
    with_call(chain, parameters, BlockId::latest(), call)
}

/// Without a block it is estimated for the next one, whose time is now: after a quiet hour the
/// latest block is an hour old.
fn estimate_gas(chain: &ChainHandle, parameters: Call) -> Answer<U64> {
    with_call(
        chain,
        parameters,
        BlockId::pending(),
        |view, env, request| Ok(U64::from(estimate(view, env, request)?)),
    )
}
