//! The client against the simulated chain, by JSON-RPC over a socket.

mod announced;
mod rude;

use std::{net::SocketAddr, time::Duration};

use alloy::{
    primitives::{Address, TxKind, U256},
    sol_types::SolCall as _,
};
use tokio_util::sync::CancellationToken;

use super::{
    DeployConfig, DeployShape, Deployment, L1Error, L1Signer, RollupCall, RollupClient,
    RollupEvent, RollupParameters, SendOptions, deploy, deploy_test_token, error,
};
use crate::{
    address::EthAddress,
    batch::{BatchData, BatchHeader, Claim, ProofWords, Tail, Word},
    chain::{Chain, ChainConfig, ChainHandle, Mining, Removed, dev_accounts},
    contracts::{
        Assay::AssayErrors,
        Groth16Verifier::Groth16VerifierErrors,
        TestToken, VerifierFactory,
        tests::{
            bed::{SMALL, empty_root, root},
            proofs::{escape_toy, toy},
            records::owner,
            statement,
        },
    },
    rpc,
};

const TIMEOUT: Duration = Duration::from_secs(20);

struct Net {
    chain: ChainHandle,
    url: String,
    deployment: Deployment,
    token: EthAddress,
}

fn signer(index: usize) -> L1Signer {
    L1Signer::from_secret(&dev_accounts()[index].secret).unwrap()
}

impl Net {
    async fn new() -> Self {
        let chain = Chain::start(ChainConfig::default());
        let listener = rpc::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let server = rpc::serve(listener, chain.clone(), CancellationToken::new()).unwrap();
        let url = server.url();
        let token = deploy_test_token(&url, signer(0), "Test", "TST", 6)
            .await
            .unwrap();
        let config = DeployConfig {
            operator: signer(0).address(),
            governor: Some(signer(9).address()),
            guardian: None,
            parameters: RollupParameters::for_shapes(SMALL.full_records),
            shapes: vec![DeployShape {
                size: SMALL,
                key: toy(0).key_words(),
            }],
            escape_key: escape_toy().key_words(),
            tokens: vec![token],
        };
        let deployment = deploy(&url, signer(0), config).await.unwrap();
        Self {
            chain,
            url,
            deployment,
            token,
        }
    }

    async fn client(&self, account: usize) -> RollupClient {
        RollupClient::connect(&self.url, self.deployment.rollup, Some(signer(account)))
            .await
            .unwrap()
    }
}

fn empty_batch(net: &Net, batch: u64) -> BatchData {
    BatchData {
        batch,
        shape: SMALL.id,
        timestamp: u32::try_from(net.chain.timestamp()).unwrap(),
        l1_operations: 0,
        accounts: 1,
        settler: signer(5).address(),
        commitment: root(100),
        new_root: root(u8::try_from(batch).unwrap() + 1),
        fee_slots: Vec::new(),
        full_records: Vec::new(),
        tails: Vec::new(),
        transfers: vec![[9; 13]; 3],
    }
}

/// A batch on top of one that left this root and so many accounts, with its proof.
async fn proved(
    client: &RollupClient,
    data: BatchData,
    (old_root, accounts): (Word, u32),
) -> (BatchData, ProofWords) {
    let domain = client.info().await.unwrap().domain;
    let inputs = statement::inputs(&data, SMALL, old_root, domain, accounts);
    let proof = toy(0).prove(&inputs);
    (data, proof)
}

async fn deposit(client: &RollupClient, token: u16, amount: u128) -> RollupCall {
    RollupCall::Deposit {
        token,
        amount,
        owner: owner(),
        refund_to: client.account().unwrap(),
        fee_wei: client.entry_fee_soon().await.unwrap(),
    }
}

/// A full record's first word.
fn head(kind: u8, token: u16, amount: u128) -> Word {
    let mut head = [0; 32];
    head[1] = kind << 4;
    head[8..10].copy_from_slice(&token.to_be_bytes());
    head[14..30].copy_from_slice(&amount.to_be_bytes());
    head
}

/// A user's withdrawal from account 2.
fn withdrawal(token: u16, amount: u128, to: EthAddress) -> [Word; 6] {
    let mut record = [[0; 32]; 6];
    record[0] = head(2, token, amount);
    record[0][4] = 2;
    record[1][12..].copy_from_slice(&to.0);
    record
}

async fn mint(net: &Net, user: &RollupClient, amount: u64) {
    let to = Address::from(user.account().unwrap());
    let call = TestToken::mintCall {
        to,
        amount: U256::from(amount),
    };
    let (to, data) = (TxKind::Call(net.token.into()), call.abi_encode().into());
    let sent = user
        .wire
        .send("mint", to, U256::ZERO, data, SendOptions::default())
        .await;
    user.wait(sent.unwrap().hash, TIMEOUT).await.unwrap();
    let tokens = user.tokens().await.unwrap();
    assert_eq!(tokens[1].symbol.as_deref(), Some("TST"));
    assert_eq!(
        (tokens[0].decimals, tokens[1].decimals, tokens[1].address),
        (Some(18), Some(6), net.token)
    );
}

/// Deposit, submit, claim; then everything again from the L1 alone.
#[tokio::test]
async fn the_whole_story_and_its_restoration() {
    let net = Net::new().await;
    let (operator, user) = (net.client(0).await, net.client(1).await);
    let info = operator.info().await.unwrap();
    assert_eq!((info.operator, info.guardian), (signer(0).address(), None));
    assert_eq!(info.verifier_factory, net.deployment.verifier_factory);
    assert_eq!(
        info.parameters,
        RollupParameters::for_shapes(SMALL.full_records)
    );
    assert_eq!(operator.shape(1).await.unwrap().unwrap().size, SMALL);
    assert_eq!(operator.shape(2).await.unwrap(), None);

    let ether = deposit(&user, 0, 5000).await;
    assert!(user.execute(&ether, TIMEOUT).await.unwrap().succeeded);
    mint(&net, &user, 900).await;
    let approve = RollupCall::Approve {
        token: net.token,
        amount: 900,
    };
    user.execute(&approve, TIMEOUT).await.unwrap();
    let token = deposit(&user, 1, 900).await;
    user.execute(&token, TIMEOUT).await.unwrap();
    let from_block = net.deployment.block_number;
    let entries = operator.queue_entries(0, 2, from_block).await.unwrap();
    let heads: Vec<_> = entries.iter().map(|entry| entry.words[0]).collect();
    assert_eq!(heads, [head(3, 0, 5000), head(3, 1, 900)]);
    let tail = Tail::from_word(&entries[0].tail);
    assert_eq!(tail.refund_to, signer(1).address());
    assert!(tail.base_gwei > 0);
    assert_eq!(operator.queue_due(1).await.unwrap(), entries[1].due);
    assert_eq!(operator.queue_entries(1, 2, 0).await.unwrap(), entries[1..]);
    assert!(operator.queue_entries(0, 3, 0).await.is_err());
    let late = entries[1].block_number;
    assert!(operator.queue_entries(0, 2, late).await.is_err());

    let to = EthAddress([0x5a; 20]);
    let first = BatchData {
        l1_operations: 2,
        accounts: 3,
        full_records: entries.iter().map(|entry| entry.words).collect(),
        tails: entries.iter().map(|entry| entry.tail).collect(),
        ..empty_batch(&net, 1)
    };
    let second = BatchData {
        accounts: 3,
        full_records: vec![withdrawal(0, 700, to), withdrawal(1, 30, to)],
        ..empty_batch(&net, 2)
    };
    let batches = vec![
        proved(&operator, first.clone(), (empty_root(), 1)).await,
        proved(&operator, second.clone(), (first.new_root, 3)).await,
    ];
    let submit = RollupCall::Submit(batches.clone());
    operator.execute(&submit, TIMEOUT).await.unwrap();
    let headers = [first.header(0), second.header(2)];
    let genesis = BatchHeader::genesis(empty_root()).hash([0; 32]);
    let hash = headers[1].hash(headers[0].hash(genesis));
    assert_eq!(operator.batch_hash(0).await.unwrap(), genesis);
    assert_eq!(operator.batch_hash(2).await.unwrap(), hash);
    // Both entries' base fees are the settler's.
    assert!(operator.credit(signer(5).address()).await.unwrap() > 0);

    let claim = RollupCall::Claim {
        batch: 2,
        header: headers[1],
        claims: second.claims(),
        which: 1,
        to,
    };
    user.execute(&claim, TIMEOUT).await.unwrap();
    assert!(user.is_claimed(2, 1).await.unwrap() && !user.is_claimed(2, 0).await.unwrap());
    assert_eq!(user.balance(1, to).await.unwrap(), 30);
    let held = [0, 1].map(async |token| user.held(token).await.unwrap());
    let [ether, token] = held;
    assert_eq!((ether.await, token.await), (5000, 870));

    let status = user.status().await.unwrap();
    assert_eq!((status.last_proved, status.queue_consumed), (2, 2));
    assert_eq!(
        (status.proved_root, status.last_batch_hash),
        (second.new_root, hash)
    );
    let head = user.latest_block().await.unwrap();
    assert_eq!(user.status_at(&head).await.unwrap(), status);
    assert_eq!(
        second.claims()[1],
        Claim {
            token: 1,
            amount: 30,
            receiver: to,
            from: 2
        }
    );
    restored(&user, &batches).await;
}

async fn restored(client: &RollupClient, batches: &[(BatchData, ProofWords)]) {
    let latest = client.latest_block().await.unwrap().number;
    let events = client.events(0, latest).await.unwrap();
    let mut found = Vec::new();
    for logged in &events {
        if let RollupEvent::Submitted { batch, .. } = logged.event {
            let submitted = client.submitted(logged.transaction).await.unwrap();
            let of_batch = submitted.into_iter().find(|(data, _)| data.batch == batch);
            found.push(of_batch.unwrap());
        }
        let block = client.block(logged.block_number).await.unwrap().unwrap();
        assert_eq!(block.hash, logged.block_hash);
    }
    assert_eq!(found, batches);
    let claimed = events.iter().find(|logged| {
        let claimed = |event: &RollupEvent| {
            matches!(
                event,
                RollupEvent::Claimed {
                    batch: 2,
                    which: 1,
                    ..
                }
            )
        };
        claimed(&logged.event)
    });
    assert!(client.submitted([3; 32]).await.is_err());
    let other = claimed.unwrap().transaction;
    assert!(client.submitted(other).await.is_err());
}

#[tokio::test]
async fn refusals_have_names_and_cost_nothing() {
    let net = Net::new().await;
    let user = net.client(1).await;
    let before = net.chain.block_number();
    let batch = proved(&user, empty_batch(&net, 1), (empty_root(), 1)).await;
    let error = user
        .execute(&RollupCall::Submit(vec![batch]), TIMEOUT)
        .await
        .unwrap_err();
    let L1Error::Reverted {
        call: "submit",
        revert,
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!(revert.name, "NotOperator");
    assert_eq!(net.chain.block_number(), before);
    assert!(error.to_string().contains("only the operator"), "{error}");

    let nobody = RollupClient::connect(&net.url, net.deployment.rollup, None)
        .await
        .unwrap();
    let one = deposit(&user, 0, 1).await;
    assert!(matches!(
        nobody.send(&one, SendOptions::default()).await,
        Err(L1Error::NoSigner("deposit"))
    ));
    let elsewhere = RollupClient::connect(&net.url, EthAddress([7; 20]), None).await;
    assert!(matches!(elsewhere, Err(L1Error::NoContract(_))));
    let closed = RollupClient::connect("http://127.0.0.1:1", net.deployment.rollup, None).await;
    assert!(matches!(closed, Err(L1Error::Transport { .. })));
    for url in ["not a url", "ftp://127.0.0.1"] {
        let wrong = RollupClient::connect(url, net.deployment.rollup, None).await;
        assert!(matches!(wrong, Err(L1Error::Url { .. })));
    }
    assert!(matches!(L1Signer::from_secret(&[0; 32]), Err(L1Error::Key)));
    let rich = deposit(&user, 0, u128::MAX).await;
    assert!(matches!(
        user.send(&rich, SendOptions::default()).await,
        Err(L1Error::Refused { .. })
    ));
}

/// A given gas limit skips the trial: the failure is mined, and its reason found afterwards.
#[tokio::test]
async fn mined_failures_tell_their_reason() {
    let net = Net::new().await;
    let operator = net.client(0).await;
    let options = SendOptions {
        gas_limit: Some(500_000),
        ..SendOptions::default()
    };
    let call = RollupCall::Submit(Vec::new());
    let sent = operator.send(&call, options).await.unwrap();
    let receipt = operator.wait(sent.hash, TIMEOUT).await.unwrap();
    assert!(!receipt.succeeded);
    let reason = operator.revert_reason(sent.hash).await.unwrap().unwrap();
    assert_eq!(reason.name, "WrongBatchCount");
}

async fn mined_nonce(client: &RollupClient) -> u64 {
    let latest = client.latest_block().await.unwrap();
    client.nonce_at(&latest).await.unwrap()
}

#[tokio::test]
async fn a_nonce_can_be_used_up_by_nothing() {
    let net = Net::new().await;
    let operator = net.client(0).await;
    let nonce = operator.next_nonce().await.unwrap();
    let options = SendOptions::default();
    let sent = operator.send(&RollupCall::Nothing, options).await.unwrap();
    let receipt = operator.receipt(sent.hash).await.unwrap().unwrap();
    assert!(receipt.succeeded);
    assert_eq!(receipt.gas_used, 21_000);
    assert_eq!(
        (sent.nonce, mined_nonce(&operator).await),
        (nonce, nonce + 1)
    );
}

/// Two batches in flight, sent by nonce; the first stuck below the base fee, then replaced.
#[tokio::test]
async fn stuck_transactions_are_replaced() {
    let net = Net::new().await;
    net.chain.set_mining(Mining::Manual);
    let operator = net.client(0).await;
    let nonce = operator.next_nonce().await.unwrap();
    let [first, second] = [1, 2].map(|batch| BatchData {
        transfers: Vec::new(),
        ..empty_batch(&net, batch)
    });
    let after_first = (first.new_root, 1);
    let calls = [
        proved(&operator, first, (empty_root(), 1)).await,
        proved(&operator, second, after_first).await,
    ];
    let calls = calls.map(|batch| RollupCall::Submit(vec![batch]));
    let cheap = SendOptions {
        nonce: Some(nonce),
        max_fee_wei: Some(10),
        max_priority_fee_wei: Some(1),
        gas_limit: Some(1_000_000),
    };
    let stuck = operator.send(&calls[0], cheap).await.unwrap();
    // Signed again it is the same.
    let again = operator.sign(&calls[0], cheap).await.unwrap();
    assert_eq!(again.sent, stuck);
    let after = SendOptions {
        nonce: Some(nonce + 1),
        gas_limit: Some(1_000_000),
        ..SendOptions::default()
    };
    let second = operator.send(&calls[1], after).await.unwrap();
    net.chain.mine(1).unwrap();
    assert_eq!(operator.receipt(stuck.hash).await.unwrap(), None);
    assert_eq!(mined_nonce(&operator).await, nonce);
    assert!(operator.is_known(stuck.hash).await.unwrap());
    assert!(!operator.is_known([7; 32]).await.unwrap());
    let waited = operator.wait(stuck.hash, Duration::ZERO).await;
    assert!(matches!(waited, Err(L1Error::Timeout { .. })));

    let tenfold = SendOptions {
        max_fee_wei: Some(10_000_000_000),
        max_priority_fee_wei: Some(1_000_000_000),
        ..cheap
    };
    let resent = operator.send(&calls[0], tenfold).await.unwrap();
    assert_eq!(resent.nonce, nonce);
    net.chain.mine(1).unwrap();
    for hash in [resent.hash, second.hash] {
        assert!(operator.receipt(hash).await.unwrap().unwrap().succeeded);
    }
    assert_eq!(mined_nonce(&operator).await, nonce + 2);
    assert_eq!(operator.status().await.unwrap().last_proved, 2);
    assert!(matches!(
        operator.send(&calls[0], tenfold).await,
        Err(L1Error::Refused { .. })
    ));
}

#[tokio::test]
async fn a_reorg_is_seen_by_the_blocks_hash() {
    let net = Net::new().await;
    let operator = net.client(0).await;
    let batch = proved(&operator, empty_batch(&net, 1), (empty_root(), 1)).await;
    let submit = RollupCall::Submit(vec![batch]);
    let receipt = operator.execute(&submit, TIMEOUT).await.unwrap();
    let gone = operator.latest_block().await.unwrap();
    assert_eq!(gone.hash, receipt.block_hash);
    net.chain.reorg(1, Removed::Forgotten).unwrap();
    let block = operator.block(receipt.block_number).await.unwrap().unwrap();
    assert_ne!(block.hash, receipt.block_hash);
    assert_eq!(operator.receipt(receipt.hash).await.unwrap(), None);
    assert!(operator.status_at(&gone).await.is_err());
    let status = operator.status().await.unwrap();
    assert_eq!((status.last_proved, status.proved_root), (0, empty_root()));
    assert_eq!(operator.status_at(&block).await.unwrap(), status);
}

/// The time of the block that would be made now: also where none was made for long.
#[tokio::test]
async fn what_time_it_is_says_the_pending_block() {
    let net = Net::new().await;
    let client = net.client(1).await;
    let latest = client.latest_block().await.unwrap();
    net.chain.increase_time(1_000);
    assert!(client.now_s().await.unwrap() >= latest.timestamp + 1_000);
    assert_eq!(client.latest_block().await.unwrap(), latest);
}

#[test]
fn every_error_of_the_contracts_has_a_sentence() {
    let assay = AssayErrors::SELECTORS
        .iter()
        .filter_map(|s| AssayErrors::name_by_selector(*s));
    let verifier = Groth16VerifierErrors::SELECTORS
        .iter()
        .filter_map(|s| Groth16VerifierErrors::name_by_selector(*s));
    let factory = VerifierFactory::VerifierFactoryErrors::SELECTORS
        .iter()
        .filter_map(|s| VerifierFactory::VerifierFactoryErrors::name_by_selector(*s));
    let names: Vec<_> = assay.chain(verifier).chain(factory).collect();
    assert!(names.len() > 60, "{}", names.len());
    for name in names {
        assert!(error::sentence(name).is_some(), "{name} has no sentence");
    }
}
