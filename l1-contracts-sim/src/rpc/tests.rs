//! The JSON-RPC over a real socket, as alloy's provider uses it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use alloy::{
    eips::BlockNumberOrTag,
    network::TransactionBuilder as _,
    primitives::{Address, B256, U256},
    providers::{Provider, ProviderBuilder, RootProvider},
    rpc::types::{Filter, TransactionRequest},
    sol_types::{SolCall as _, SolConstructor as _, SolEvent as _},
    transports::TransportError,
};
use futures::StreamExt as _;

use super::*;
use crate::{
    chain::{Chain, ChainConfig, dev_accounts, signers},
    contracts::TestToken,
};

mod calls;
mod control;
mod refusals;
mod sockets;
mod strict;

const TO: Address = Address::repeat_byte(0x42);

struct Served {
    chain: ChainHandle,
    server: RpcServer,
    shutdown: CancellationToken,
}

async fn serve_chain(mining: Mining) -> Served {
    serve_config(ChainConfig {
        mining,
        ..ChainConfig::default()
    })
    .await
}

async fn serve_config(config: ChainConfig) -> Served {
    let chain = Chain::start(config);
    let shutdown = CancellationToken::new();
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let server = serve(listener, chain.clone(), shutdown.clone()).unwrap();
    Served {
        chain,
        server,
        shutdown,
    }
}

impl Served {
    fn provider(&self) -> RootProvider {
        RootProvider::new_http(self.server.url().parse().unwrap())
    }

    /// The answer to a call that succeeds.
    async fn ask(&self, method: &'static str, params: serde_json::Value) -> serde_json::Value {
        self.request(method, params).await.unwrap()
    }

    async fn request(
        &self,
        method: &'static str,
        params: serde_json::Value,
    ) -> Result<serde_json::Value, TransportError> {
        self.provider().raw_request(method.into(), params).await
    }
}

fn block_at(chain: &ChainHandle, number: u64) -> Arc<crate::chain::Block> {
    let node = chain.node();
    Arc::clone(node.block(number.into()).unwrap().unwrap())
}

/// Fillers for nonce, gas and fees, a wallet, and receipts by polling.
#[tokio::test]
async fn alloy_sends_with_its_wallet() {
    let served = serve_chain(Mining::Automatic).await;
    let url = served.server.url().parse().unwrap();
    let provider = ProviderBuilder::new()
        .wallet(signers().remove(3))
        .connect_http(url);
    assert_eq!(provider.get_chain_id().await.unwrap(), 31337);
    for value in 1..=2 {
        let request = TransactionRequest::default()
            .with_to(TO)
            .with_value(U256::from(value));
        let pending = provider.send_transaction(request).await.unwrap();
        let receipt = pending.get_receipt().await.unwrap();
        assert!(receipt.status());
        assert_eq!(receipt.block_number, Some(value));
        let found = provider
            .get_transaction_by_hash(receipt.transaction_hash)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.block_hash, receipt.block_hash);
    }
    assert_eq!(provider.get_balance(TO).await.unwrap(), U256::from(3));
    let block = provider
        .get_block_by_number(BlockNumberOrTag::Latest)
        .full()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(block.transactions.len(), 1);
    assert_eq!(block.header.hash, block.header.inner.hash_slow());
    assert_eq!(
        provider
            .get_block_by_hash(block.header.hash)
            .await
            .unwrap()
            .unwrap()
            .number(),
        2
    );
}

#[tokio::test]
async fn logs_are_found_and_watched() {
    let served = serve_chain(Mining::Automatic).await;
    let provider = served.provider();
    let from = Address::from(dev_accounts()[0].address);
    let arguments = ("A", "A", 6_u8);
    let constructor = TestToken::constructorCall {
        name_: arguments.0.into(),
        symbol_: arguments.1.into(),
        decimals_: arguments.2,
    };
    let code = [TestToken::BYTECODE.to_vec(), constructor.abi_encode()].concat();
    let send = async |request: TransactionRequest| {
        let hash = provider
            .send_transaction(request.with_from(from))
            .await
            .unwrap();
        provider
            .get_transaction_receipt(*hash.tx_hash())
            .await
            .unwrap()
            .unwrap()
    };
    let token = send(TransactionRequest::default().with_deploy_code(code))
        .await
        .contract_address
        .unwrap();

    let filter = Filter::new()
        .address(token)
        .event_signature(TestToken::Transfer::SIGNATURE_HASH);
    let mut poller = provider.watch_logs(&filter).await.unwrap();
    poller.set_poll_interval(Duration::from_millis(1));
    let mut stream = poller.into_stream();
    for amount in [5, 6] {
        let call = TestToken::mintCall {
            to: TO,
            amount: U256::from(amount),
        }
        .abi_encode();
        send(
            TransactionRequest::default()
                .with_to(token)
                .with_input(call),
        )
        .await;
    }
    let mut watched = Vec::new();
    while watched.len() < 2 {
        watched.extend(stream.next().await.unwrap());
    }
    let found = provider
        .get_logs(&filter.clone().from_block(0))
        .await
        .unwrap();
    assert_eq!(found, watched);
    assert_eq!(found[1].block_number, Some(3));
    let to_nobody = filter.from_block(0).topic2(Address::ZERO.into_word());
    assert!(provider.get_logs(&to_nobody).await.unwrap().is_empty());
}

#[tokio::test]
async fn reverts_come_with_code_and_data() {
    let served = serve_chain(Mining::Automatic).await;
    // PUSH1 0xab PUSH1 0 MSTORE8 PUSH1 1 PUSH1 0 REVERT
    let params = serde_json::json!([{ "data": "0x60ab60005360016000fd" }, "latest"]);
    for method in ["eth_call", "eth_estimateGas"] {
        let error = served.request(method, params.clone()).await.unwrap_err();
        let payload = error.as_error_resp().unwrap();
        assert_eq!(payload.code, 3);
        assert_eq!(payload.message, "execution reverted");
        assert_eq!(payload.data.as_ref().unwrap().get(), "\"0xab\"");
    }
    let missing = served
        .request("eth_getBalance", serde_json::json!([TO, "0x99"]))
        .await
        .unwrap_err();
    assert_eq!(missing.as_error_resp().unwrap().message, "header not found");
    let wrong = served
        .request("eth_getBalance", serde_json::json!([5]))
        .await
        .unwrap_err();
    assert_eq!(wrong.as_error_resp().unwrap().code, -32602);
    let unknown = served
        .request("eth_coinbase", serde_json::json!([]))
        .await
        .unwrap_err();
    assert_eq!(unknown.as_error_resp().unwrap().code, -32601);
    let garbage = served
        .request("eth_sendRawTransaction", serde_json::json!(["0x02c0"]))
        .await
        .unwrap_err();
    assert_eq!(garbage.as_error_resp().unwrap().code, -32000);
}

#[tokio::test]
async fn development_methods_move_time_blocks_and_mining() {
    let served = serve_chain(Mining::Automatic).await;
    let ask = async |method, params| served.request(method, params).await.unwrap();
    ask("evm_mine", serde_json::json!([])).await;
    ask("anvil_mine", serde_json::json!(["0x3"])).await;
    assert_eq!(served.chain.block_number(), 4);
    let before = served.chain.timestamp();
    ask("evm_increaseTime", serde_json::json!([1000])).await;
    ask("evm_mine", serde_json::json!([])).await;
    assert!(served.chain.timestamp() >= before + 1000);
    ask(
        "evm_setNextBlockTimestamp",
        serde_json::json!([before + 5000]),
    )
    .await;
    ask("evm_mine", serde_json::json!([])).await;
    assert_eq!(served.chain.timestamp(), before + 5000);

    let snapshot = ask("evm_snapshot", serde_json::json!([])).await;
    ask("evm_setAutomine", serde_json::json!([false])).await;
    let from = dev_accounts()[1].address.to_string();
    let hash = ask(
        "eth_sendTransaction",
        serde_json::json!([{ "from": from, "to": TO, "value": "0x5" }]),
    )
    .await;
    assert_eq!(
        ask("eth_getTransactionReceipt", serde_json::json!([hash])).await,
        serde_json::Value::Null
    );
    assert!(
        ask("eth_getTransactionByHash", serde_json::json!([hash])).await["blockHash"].is_null()
    );
    assert_eq!(
        ask(
            "eth_getTransactionCount",
            serde_json::json!([from, "pending"])
        )
        .await,
        "0x1"
    );
    ask("evm_mine", serde_json::json!([])).await;
    assert_eq!(
        ask("eth_getBalance", serde_json::json!([TO, "latest"])).await,
        "0x5"
    );
    ask("anvil_reorg", serde_json::json!([1, []])).await;
    assert_eq!(
        ask("eth_getBalance", serde_json::json!([TO, "latest"])).await,
        "0x0"
    );
    assert_eq!(ask("evm_revert", serde_json::json!([snapshot])).await, true);
    assert_eq!(served.chain.block_number(), 6);
}

#[tokio::test]
async fn fees_of_the_past_and_the_next_block() {
    let served = serve_chain(Mining::Automatic).await;
    served.chain.mine(5).unwrap();
    let history = served
        .provider()
        .get_fee_history(3, BlockNumberOrTag::Latest, &[50.0])
        .await
        .unwrap();
    let base_fee = |number: u64| u128::from(block_at(&served.chain, number).base_fee());
    assert_eq!(history.oldest_block, 3);
    assert_eq!(
        history.base_fee_per_gas[..3],
        [base_fee(3), base_fee(4), base_fee(5)]
    );
    assert_eq!(
        history.base_fee_per_gas[3],
        u128::from(served.chain.node().next_env().base_fee)
    );
    assert_eq!(history.reward.unwrap().len(), 3);
}

/// The clock of the runtime is simulated: nothing sleeps.
#[tokio::test(start_paused = true)]
async fn blocks_come_by_interval() {
    let served = serve_chain(Mining::Interval { ms: 1000 }).await;
    tokio::time::sleep(Duration::from_millis(3500)).await;
    assert_eq!(served.chain.block_number(), 3);
    served.chain.set_mining(Mining::Manual);
    tokio::time::sleep(Duration::from_millis(5000)).await;
    assert_eq!(served.chain.block_number(), 3);
    served.chain.set_mining(Mining::Interval { ms: 100 });
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(served.chain.block_number(), 5);
}

#[tokio::test]
async fn a_port_in_use_is_an_error_and_a_stopped_server_frees_it() {
    let served = serve_chain(Mining::Automatic).await;
    let address = served.server.address();
    let error = bind(address).unwrap_err();
    assert!(matches!(error, ServeError::PortInUse { .. }));
    assert!(error.to_string().contains("in use"), "{error}");
    served.shutdown.cancel();
    served.server.stopped().await;
    bind(address).unwrap();
}

#[tokio::test]
async fn a_range_of_logs_can_be_limited_as_public_endpoints_do() {
    let chain = Chain::start(ChainConfig {
        log_range_blocks: 10,
        ..ChainConfig::default()
    });
    chain.mine(20).unwrap();
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let server = serve(listener, chain, CancellationToken::new()).unwrap();
    let provider =
        RootProvider::<alloy::network::Ethereum>::new_http(server.url().parse().unwrap());
    let ask = async |last: u64| {
        provider
            .get_logs(&Filter::new().from_block(1).to_block(last))
            .await
    };
    ask(10).await.unwrap();
    let refused = ask(11).await.unwrap_err();
    assert!(refused.to_string().contains("at most 10"), "{refused}");
}
