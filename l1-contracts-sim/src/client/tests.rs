//! The client against the simulated chain, by JSON-RPC over a socket.

use std::net::SocketAddr;

use alloy::primitives::U256;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    batch::{BatchHeader, ProofWords, Withdrawal},
    chain::{Chain, ChainConfig, ChainHandle, Mining, Removed, dev_accounts},
    contracts::tests::{
        bed::{self, SMALL, deposit_record, owner, root, withdrawal_record},
        proofs::toy,
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
            governor: signer(9).address(),
            genesis_root: bed::GENESIS,
            operator_idle_s: 3600,
            prove_deadline_s: 7200,
            verifier_delay_s: 100,
            shapes: vec![DeployShape {
                size: SMALL,
                key: toy(0).key_words(),
            }],
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

fn empty_batch(net: &Net, batch: u64) -> CommitData {
    CommitData {
        batch,
        shape: SMALL.id,
        timestamp: u32::try_from(net.chain.timestamp()).unwrap(),
        l1_operations: 0,
        commitment: root(100),
        new_root: root(u8::try_from(batch).unwrap() + 1),
        fee_slots: Vec::new(),
        full_records: Vec::new(),
        transfers: vec![[9; 13]; 3],
    }
}

/// Deposit, commit, prove, claim; then everything again from the L1 alone.
#[tokio::test]
async fn the_whole_story_and_its_restoration() {
    let net = Net::new().await;
    let (operator, user) = (net.client(0).await, net.client(1).await);
    let info = operator.info().await.unwrap();
    assert_eq!(
        (info.operator, info.genesis_root),
        (signer(0).address(), bed::GENESIS)
    );
    assert_eq!(
        operator.shape(1).await.unwrap(),
        Some(net.deployment.shapes[0])
    );
    assert_eq!(operator.shape(2).await.unwrap(), None);

    let deposit = RollupCall::DepositEther {
        amount: 5000,
        owner: owner(),
    };
    assert!(user.execute(&deposit, TIMEOUT).await.unwrap().succeeded);
    mint(&net, &user, 900).await;
    user.execute(
        &RollupCall::Approve {
            token: net.token,
            amount: 900,
        },
        TIMEOUT,
    )
    .await
    .unwrap();
    let deposit = RollupCall::DepositToken {
        token: 1,
        amount: 900,
        owner: owner(),
    };
    user.execute(&deposit, TIMEOUT).await.unwrap();
    let entries = operator
        .queue_entries(0, 2, net.deployment.block_number)
        .await
        .unwrap();
    assert_eq!(
        entries
            .iter()
            .map(|e| (e.index, e.token, e.amount))
            .collect::<Vec<_>>(),
        [(0, 0, 5000), (1, 1, 900)]
    );
    assert_eq!(operator.queue_entries(1, 2, 0).await.unwrap(), entries[1..]);
    assert!(operator.queue_entries(0, 3, 0).await.is_err());
    assert!(
        operator
            .queue_entries(0, 2, entries[1].block_number)
            .await
            .is_err()
    );

    let deposits = CommitData {
        l1_operations: 2,
        full_records: entries
            .iter()
            .map(|e| deposit_record(e.token, e.amount, e.owner))
            .collect(),
        ..empty_batch(&net, 1)
    };
    let to = EthAddress([0x5a; 20]);
    let list = [
        Withdrawal {
            token: 0,
            amount: 700,
            to,
        },
        Withdrawal {
            token: 1,
            amount: 30,
            to,
        },
    ];
    let withdrawals = CommitData {
        full_records: list.iter().map(withdrawal_record).collect(),
        ..empty_batch(&net, 2)
    };
    for data in [&deposits, &withdrawals] {
        operator
            .execute(&RollupCall::Commit(data.clone()), TIMEOUT)
            .await
            .unwrap();
    }
    let first = deposits
        .header(SMALL, bed::GENESIS, info.domain, 0)
        .unwrap();
    let second = withdrawals
        .header(SMALL, deposits.new_root, info.domain, first.queue_end)
        .unwrap();
    let genesis = BatchHeader::genesis(bed::GENESIS).hash([0; 32]);
    assert_eq!(stored_hash(&operator, 0).await, genesis);
    assert_eq!(
        stored_hash(&operator, 2).await,
        second.hash(first.hash(genesis))
    );
    let proofs = [first, second]
        .map(|header| (header, toy(0).prove(&header)))
        .to_vec();
    user.execute(&RollupCall::Prove(proofs), TIMEOUT)
        .await
        .unwrap();

    let claim = RollupCall::Claim {
        batch: 2,
        header: second,
        withdrawals: withdrawals.withdrawals(),
        which: 1,
    };
    user.execute(&claim, TIMEOUT).await.unwrap();
    assert!(user.is_claimed(2, 1).await.unwrap() && !user.is_claimed(2, 0).await.unwrap());
    assert_eq!(user.balance(1, to).await.unwrap(), 30);
    assert_eq!((held(&user, 0).await, held(&user, 1).await), (5000, 870));

    let status = user.status().await.unwrap();
    assert_eq!(
        (
            status.last_committed,
            status.last_proved,
            status.queue_committed
        ),
        (2, 2, 2)
    );
    assert_eq!(status.proved_root, withdrawals.new_root);
    restored(&user, &[deposits, withdrawals]).await;
}

async fn mint(net: &Net, user: &RollupClient, amount: u64) {
    use alloy::sol_types::SolCall as _;
    let to = Address::from(user.account().unwrap());
    let call = crate::contracts::TestToken::mintCall {
        to,
        amount: U256::from(amount),
    };
    let to = TxKind::Call(net.token.into());
    let sent = user
        .wire
        .send(
            "mint",
            to,
            U256::ZERO,
            call.abi_encode().into(),
            SendOptions::default(),
        )
        .await;
    user.wait(sent.unwrap().hash, TIMEOUT).await.unwrap();
    let tokens = user.tokens().await.unwrap();
    assert_eq!(tokens[1].symbol.as_deref(), Some("TST"));
    assert_eq!(
        (tokens[0].decimals, tokens[1].decimals, tokens[1].address),
        (Some(18), Some(6), net.token)
    );
    assert_eq!(number_of(user, net.token).await, 1);
    assert_eq!(number_of(user, EthAddress([1; 20])).await, 0);
}

/// The hash that the contract keeps of a batch.
async fn stored_hash(client: &RollupClient, batch: u64) -> Word {
    let batch = U256::from(batch);
    let call = Assay::batchHashCall { batch };
    client.read(call, BlockId::latest()).await.unwrap().0
}

/// What the contract holds of a token, base units.
async fn held(client: &RollupClient, token: u16) -> u128 {
    let call = Assay::heldCall { token };
    client.read(call, BlockId::latest()).await.unwrap()
}

/// The number of an ERC-20, 0 where it has none.
async fn number_of(client: &RollupClient, token: EthAddress) -> u16 {
    let token = token.into();
    let call = Assay::tokenNumberCall { token };
    client.read(call, BlockId::latest()).await.unwrap()
}

async fn restored(client: &RollupClient, batches: &[CommitData]) {
    let events = client
        .events(0, client.block_number().await.unwrap())
        .await
        .unwrap();
    let mut found = Vec::new();
    for logged in &events {
        if let RollupEvent::Committed { .. } = logged.event {
            found.push(client.commit_data(logged.transaction).await.unwrap());
        }
        let block = client.block(logged.block_number).await.unwrap().unwrap();
        assert_eq!(block.hash, logged.block_hash);
    }
    assert_eq!(found, batches);
    let last = &events.last().unwrap().event;
    assert!(
        matches!(
            last,
            RollupEvent::Claimed {
                batch: 2,
                which: 1,
                ..
            }
        ),
        "{last:?}"
    );
    assert!(client.commit_data([3; 32]).await.is_err());
    assert!(
        client
            .commit_data(events.last().unwrap().transaction)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn refusals_have_names_and_cost_nothing() {
    let net = Net::new().await;
    let user = net.client(1).await;
    let before = net.chain.block_number();
    let error = user
        .execute(&RollupCall::Commit(empty_batch(&net, 1)), TIMEOUT)
        .await
        .unwrap_err();
    let L1Error::Reverted {
        call: "commit",
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
    let deposit = RollupCall::DepositEther {
        amount: 1,
        owner: owner(),
    };
    assert!(matches!(
        nobody.send(&deposit, SendOptions::default()).await,
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
    let rich = RollupCall::DepositEther {
        amount: u128::MAX,
        owner: owner(),
    };
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
    let header = BatchHeader::default();
    let call = RollupCall::Prove(vec![(header, ProofWords([[1; 32]; 8]))]);
    let options = SendOptions {
        gas_limit: Some(500_000),
        ..SendOptions::default()
    };
    let sent = operator.send(&call, options).await.unwrap();
    let receipt = operator.wait(sent.hash, TIMEOUT).await.unwrap();
    assert!(!receipt.succeeded);
    let reason = operator.revert_reason(sent.hash).await.unwrap().unwrap();
    assert_eq!(reason.name, "NotCommitted");
}

/// Two batches in flight, sent by nonce; the first stuck below the base fee, then replaced.
#[tokio::test]
async fn stuck_transactions_are_replaced() {
    let net = Net::new().await;
    net.chain.set_mining(Mining::Manual);
    let operator = net.client(0).await;
    let nonce = operator.next_nonce().await.unwrap();
    let calls = [1, 2].map(|batch| RollupCall::Commit(empty_batch(&net, batch)));
    let cheap = SendOptions {
        nonce: Some(nonce),
        max_fee_wei: Some(10),
        max_priority_fee_wei: Some(1),
        gas_limit: Some(300_000),
    };
    let stuck = operator.send(&calls[0], cheap).await.unwrap();
    let after = SendOptions {
        nonce: Some(nonce + 1),
        gas_limit: Some(300_000),
        ..SendOptions::default()
    };
    let second = operator.send(&calls[1], after).await.unwrap();
    net.chain.mine(1).unwrap();
    assert_eq!(operator.receipt(stuck.hash).await.unwrap(), None);
    let waited = operator.wait(stuck.hash, Duration::ZERO).await;
    assert!(matches!(waited, Err(L1Error::Timeout { .. })));

    let resent = operator.resend(&calls[0], &stuck).await.unwrap();
    assert_eq!(resent.nonce, nonce);
    net.chain.mine(1).unwrap();
    for hash in [resent.hash, second.hash] {
        assert!(operator.receipt(hash).await.unwrap().unwrap().succeeded);
    }
    assert_eq!(operator.status().await.unwrap().last_committed, 2);
    assert!(matches!(
        operator.resend(&calls[0], &resent).await,
        Err(L1Error::Refused { .. })
    ));
}

#[tokio::test]
async fn a_reorg_is_seen_by_the_blocks_hash() {
    let net = Net::new().await;
    let operator = net.client(0).await;
    let receipt = operator
        .execute(&RollupCall::Commit(empty_batch(&net, 1)), TIMEOUT)
        .await
        .unwrap();
    net.chain.reorg(1, Removed::Forgotten).unwrap();
    let block = operator.block(receipt.block_number).await.unwrap().unwrap();
    assert_ne!(block.hash, receipt.block_hash);
    assert_eq!(operator.receipt(receipt.hash).await.unwrap(), None);
    let status = operator.status().await.unwrap();
    assert_eq!(
        (status.last_committed, status.committed_root),
        (0, bed::GENESIS)
    );
    assert_eq!(
        operator
            .status_at(receipt.block_number - 1)
            .await
            .unwrap()
            .last_committed,
        0
    );
}

#[test]
fn every_error_of_the_contracts_has_a_sentence() {
    use crate::contracts::{Assay::AssayErrors, Groth16Verifier::Groth16VerifierErrors};
    let assay = AssayErrors::SELECTORS
        .iter()
        .filter_map(|s| AssayErrors::name_by_selector(*s));
    let verifier = Groth16VerifierErrors::SELECTORS
        .iter()
        .filter_map(|s| Groth16VerifierErrors::name_by_selector(*s));
    let names: Vec<_> = assay.chain(verifier).collect();
    assert!(names.len() > 40, "{}", names.len());
    for name in names {
        assert!(error::sentence(name).is_some(), "{name} has no sentence");
    }
}
