//! The calls that the client makes of an Ethereum node.
//!
//! Each is a plain function that returns a boxed future: what it is made of, the HTTP client and
//! the JSON of every answer, is compiled once, here, and not in each crate that waits for it.

use std::{future::IntoFuture as _, pin::Pin};

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U256},
    providers::{Provider as _, RootProvider},
    rpc::{
        client::RpcClient,
        types::{Block, Filter, Log, Transaction, TransactionReceipt, TransactionRequest},
    },
    transports::{TransportResult, http::reqwest},
};

use super::{options::L1Endpoint, transport::Transport};

/// What a call will answer.
pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = TransportResult<T>> + Send + 'a>>;

/// The JSON-RPC interface of one node.
#[derive(Debug, Clone)]
pub(super) struct Endpoint(RootProvider);

impl Endpoint {
    /// Nothing is sent yet.
    pub(super) fn new(options: &L1Endpoint) -> reqwest::Result<Self> {
        let transport = Transport::new(options.url.clone(), options.timeout())?;
        let client = RpcClient::new(transport, false);
        Ok(Self(RootProvider::new(client)))
    }

    /// `eth_chainId`.
    pub(super) fn chain_id(&self) -> Answer<'_, u64> {
        Box::pin(self.0.get_chain_id().into_future())
    }

    /// `eth_call`.
    pub(super) fn call(&self, request: TransactionRequest, block: BlockId) -> Answer<'_, Bytes> {
        Box::pin(self.0.call(request).block(block).into_future())
    }

    /// `eth_estimateGas`.
    pub(super) fn estimate_gas(&self, request: TransactionRequest) -> Answer<'_, u64> {
        let estimate = self.0.estimate_gas(request).block(BlockId::pending());
        Box::pin(estimate.into_future())
    }

    /// `eth_getTransactionCount`, those that wait included.
    pub(super) fn pending_nonce(&self, account: Address) -> Answer<'_, u64> {
        let count = self.0.get_transaction_count(account).pending();
        Box::pin(count.into_future())
    }

    /// `eth_getTransactionCount`, those that are mined up to a block.
    pub(super) fn nonce_at(&self, account: Address, block: BlockId) -> Answer<'_, u64> {
        let count = self.0.get_transaction_count(account).block_id(block);
        Box::pin(count.into_future())
    }

    /// `eth_maxPriorityFeePerGas`.
    pub(super) fn tip(&self) -> Answer<'_, u128> {
        Box::pin(self.0.get_max_priority_fee_per_gas().into_future())
    }

    /// `eth_blockNumber`.
    pub(super) fn block_number(&self) -> Answer<'_, u64> {
        Box::pin(self.0.get_block_number().into_future())
    }

    /// `eth_getBlockByNumber` or `eth_getBlockByHash`.
    pub(super) fn block(&self, block: BlockId) -> Answer<'_, Option<Block>> {
        Box::pin(self.0.get_block(block).into_future())
    }

    /// `eth_getBalance`.
    pub(super) fn balance(&self, account: Address) -> Answer<'_, U256> {
        Box::pin(self.0.get_balance(account).into_future())
    }

    /// `eth_getCode`.
    pub(super) fn code(&self, account: Address) -> Answer<'_, Bytes> {
        Box::pin(self.0.get_code_at(account).into_future())
    }

    /// `eth_getLogs`.
    pub(super) fn logs(&self, filter: Filter) -> Answer<'_, Vec<Log>> {
        Box::pin(async move { self.0.get_logs(&filter).await })
    }

    /// `eth_getTransactionByHash`.
    pub(super) fn transaction(&self, hash: B256) -> Answer<'_, Option<Transaction>> {
        Box::pin(self.0.get_transaction_by_hash(hash).into_future())
    }

    /// `eth_getTransactionReceipt`.
    pub(super) fn receipt(&self, hash: B256) -> Answer<'_, Option<TransactionReceipt>> {
        Box::pin(self.0.get_transaction_receipt(hash).into_future())
    }

    /// `eth_sendRawTransaction`.
    pub(super) fn send_raw(&self, encoded: Vec<u8>) -> Answer<'_, ()> {
        Box::pin(async move { self.0.send_raw_transaction(&encoded).await.map(drop) })
    }
}
