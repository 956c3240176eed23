//! From a layer 1 that runs the contracts, by JSON-RPC.

use std::{
    net::SocketAddr,
    sync::Mutex,
    time::{Duration, Instant},
};

use assay_circuits::{address::L1Address, operation::Operation, order::Domain, word};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, ProofWords},
    chain::{Chain, ChainConfig},
    client::{QueueEntry, RollupCall, RollupClient, deploy},
    rpc,
};
use assay_restore::{
    fault::Fault,
    keys::{KeysError, VerifyingKeys},
    restore::{Progress, RestoreConfig, RestoreError, Restored, restore},
};
use tokio_util::sync::CancellationToken;

use crate::{
    deployment::{deployment, signer},
    forge::Forge,
    operator::{Operator, SHAPE, user},
};

const TIMEOUT: Duration = Duration::from_secs(60);
/// Blocks whose logs the layer 1 gives in one answer.
const LOG_RANGE_BLOCKS: u64 = 7;

/// A layer 1 with the contracts, and an operator.
struct Net {
    url: String,
    client: RollupClient,
    operator: Operator,
    taken: u64,
}

impl Net {
    async fn start() -> Self {
        let chain = Chain::start(ChainConfig {
            log_range_blocks: LOG_RANGE_BLOCKS,
            ..ChainConfig::default()
        });
        let listener = rpc::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let server = rpc::serve(listener, chain, CancellationToken::new()).unwrap();
        let config = deployment(Forge::new(2, 4).words(), Vec::new());
        let url = server.url();
        let deployed = deploy(&url, signer(0), config).await.unwrap();
        let client = RollupClient::connect(&url, deployed.rollup, Some(signer(0)));
        let client = client.await.unwrap();
        let domain = Domain::new(client.chain_id(), L1Address(deployed.rollup.0));
        Self {
            url,
            client,
            operator: Operator::new(domain),
            taken: 0,
        }
    }

    async fn deposit(&self, number: u8, amount: u128) {
        let owner = user(number).public_key().0;
        let call = RollupCall::Deposit {
            token: 0,
            amount,
            owner: [word::to_bytes(owner.x), word::to_bytes(owner.y)],
            refund_to: signer(3).address(),
            fee_wei: self.client.entry_fee_soon().await.unwrap(),
        };
        self.client.execute(&call, TIMEOUT).await.unwrap();
    }

    async fn force(&self, words: [[u8; 32]; 6]) {
        let call = RollupCall::Force {
            words,
            refund_to: signer(3).address(),
            fee_wei: self.client.entry_fee_soon().await.unwrap(),
        };
        self.client.execute(&call, TIMEOUT).await.unwrap();
    }

    /// A batch that takes so many entries.
    async fn batch(
        &mut self,
        take: u64,
        full: Vec<Operation>,
        transfers: Vec<Operation>,
    ) -> (BatchData, ProofWords) {
        let entries: Vec<QueueEntry> = if take == 0 {
            Vec::new()
        } else {
            let entries = self.client.queue_entries(self.taken, self.taken + take, 0);
            entries.await.unwrap()
        };
        self.taken += take;
        let now = self.client.latest_block().await.unwrap().timestamp;
        let now = u32::try_from(now).unwrap();
        self.operator.batch(now, &entries, full, transfers)
    }

    async fn submit(&self, batches: Vec<(BatchData, ProofWords)>) {
        let call = RollupCall::Submit(batches);
        self.client.execute(&call, TIMEOUT).await.unwrap();
    }

    async fn keys(&self) -> VerifyingKeys {
        let trusted = self.operator.keys();
        VerifyingKeys::of_contract(&self.client, &trusted)
            .await
            .unwrap()
    }

    async fn restore(&self) -> Result<Restored, RestoreError> {
        let keys = self.keys().await;
        restore(&self.client, keys, RestoreConfig::default(), &|_| {}).await
    }
}

/// Deposits, then `count` batches with a withdrawal each that are submitted three at a time.
async fn story(net: &mut Net, count: usize) {
    net.deposit(1, 1_000_000).await;
    net.deposit(2, 5).await;
    let first = net.batch(2, Vec::new(), Vec::new()).await;
    net.submit(vec![first]).await;
    let mut waiting = Vec::new();
    for at in 0..count {
        let full = vec![net.operator.withdrawal(1, 10 + at as u128)];
        let transfers = vec![net.operator.transfer(2, 1, 0)];
        waiting.push(net.batch(0, full, transfers).await);
        if waiting.len() == 3 {
            net.submit(std::mem::take(&mut waiting)).await;
        }
    }
    if !waiting.is_empty() {
        net.submit(waiting).await;
    }
}

#[tokio::test]
async fn a_rollup_is_restored_from_its_layer_1_alone() {
    let mut net = Net::start().await;
    story(&mut net, 7).await;
    let valid = net.operator.forced(1, 50, 70);
    let mut forged = net.operator.forced(2, 2, 1);
    forged.nonce = 3;
    for order in [valid, forged] {
        let words = assay_circuits::operation::Entry::Forced(order).words();
        net.force(words.map(word::to_bytes)).await;
    }
    let forced = net.batch(2, Vec::new(), Vec::new()).await;
    net.submit(vec![forced.clone()]).await;
    let header = forced.0.header(2);
    let claim = RollupCall::Claim {
        batch: 9,
        header,
        claims: forced.0.claims(),
        which: 0,
        to: EthAddress([0xcd; 20]),
    };
    net.client.execute(&claim, TIMEOUT).await.unwrap();
    net.deposit(3, 9).await;

    let seen = Mutex::new(Vec::new());
    let keys = net.keys().await;
    let report = |progress| seen.lock().unwrap().push(progress);
    let restored = restore(&net.client, keys, RestoreConfig::default(), &report).await;
    let restored = restored.unwrap();
    assert_eq!(restored.state.root(), net.operator.state.root());
    assert_eq!((restored.tip.number, restored.headers.len()), (9, 10));
    assert_eq!(restored.headers[9], header);
    let open: Vec<_> = restored
        .open_claims()
        .map(|(of, which)| (of.batch, which))
        .collect();
    assert_eq!(open, (2..=8).map(|batch| (batch, 0)).collect::<Vec<_>>());
    let waiting: Vec<_> = restored.waiting().map(|entry| entry.index).collect();
    assert_eq!(waiting, [4]);
    let seen = seen.into_inner().unwrap();
    let scanned = seen
        .iter()
        .filter(|done| matches!(done, Progress::Blocks { .. }));
    assert!(
        scanned.count() > 1,
        "the layer 1 gives {LOG_RANGE_BLOCKS} blocks at a time: {seen:?}"
    );
    assert_eq!(seen.last(), Some(&Progress::Batches { done: 9, of: 9 }));
}

#[tokio::test]
async fn an_empty_rollup_is_restored_too() {
    let net = Net::start().await;
    let restored = net.restore().await.unwrap();
    assert_eq!(restored.tip.number, 0);
    assert_eq!(restored.headers.len(), 1);
    assert_eq!(restored.state.ledger().len(), 0);
}

#[tokio::test]
async fn what_the_contract_does_not_verify_with_is_refused() {
    let net = Net::start().await;
    let other = VerifyingKeys::new([(SHAPE, Forge::new(3, 3).key())]);
    let found = VerifyingKeys::of_contract(&net.client, &other).await;
    assert!(matches!(found, Err(KeysError::OtherKey(shape)) if shape == SHAPE));
    let keys = net.keys().await;
    assert_eq!(keys.get(SHAPE), Some(&net.operator.key()));
}

#[tokio::test]
async fn a_history_that_begins_too_late_names_what_is_missing() {
    let mut net = Net::start().await;
    story(&mut net, 3).await;
    let first = net.client.queue_entries(0, 2, 0).await.unwrap()[1].block_number;
    let config = RestoreConfig {
        start_block: first + 1,
        confirmations: 0,
    };
    let restored = restore(&net.client, net.keys().await, config, &|_| {}).await;
    assert!(matches!(restored.err().unwrap(), RestoreError::Queue(_)));
    let mut later = Net::start().await;
    let batches = [
        later.batch(0, vec![], vec![]).await,
        later.batch(0, vec![], vec![]).await,
    ];
    for batch in batches {
        later.submit(vec![batch]).await;
    }
    let config = RestoreConfig {
        start_block: later.client.block_number().await.unwrap(),
        confirmations: 0,
    };
    let restored = restore(&later.client, later.keys().await, config, &|_| {}).await;
    let RestoreError::Batch(fault) = restored.err().unwrap() else {
        panic!("another error");
    };
    assert!(fault.batch == 1 && matches!(*fault.fault, Fault::Missing { next: 2 }));
}

#[tokio::test]
async fn blocks_that_may_be_reorganised_are_left_out() {
    let mut net = Net::start().await;
    story(&mut net, 3).await;
    let config = RestoreConfig {
        start_block: 0,
        confirmations: 1,
    };
    let restored = restore(&net.client, net.keys().await, config, &|_| {}).await;
    assert_eq!(restored.unwrap().tip.number, 1);
}

/// How many batches are made and restored: 1,000 where `ASSAY_RESTORED` says so.
fn batches_to_restore() -> u128 {
    let asked = std::env::var("ASSAY_RESTORED").ok();
    asked.map_or(20, |text| text.parse().unwrap())
}

/// Prints how long it takes, with `--nocapture`.
#[tokio::test(flavor = "multi_thread")]
async fn many_full_batches_are_restored() {
    let batches = batches_to_restore();
    const USERS: u8 = 60;
    let mut net = Net::start().await;
    for number in 1..=USERS {
        net.deposit(number, 1 << 60).await;
    }
    for _ in 0..10 {
        let taken = net.batch(6, Vec::new(), Vec::new()).await;
        net.submit(vec![taken]).await;
    }
    let begun = Instant::now();
    let mut waiting = Vec::new();
    for at in 10..batches {
        let payers = 1..=u8::try_from(SHAPE.transfers()).unwrap();
        let pay = |from: u8| net.operator.transfer(from, from % USERS + 1, 1_000 + at);
        let transfers = payers.map(pay).collect();
        let full = (57..=60)
            .map(|from| net.operator.withdrawal(from, at))
            .collect();
        waiting.push(net.batch(0, full, transfers).await);
        if waiting.len() == 5 {
            net.submit(std::mem::take(&mut waiting)).await;
        }
    }
    if !waiting.is_empty() {
        net.submit(waiting).await;
    }
    println!("made in {:.1} s", begun.elapsed().as_secs_f64());
    let reader = RollupClient::connect(&net.url, net.client.contract(), None)
        .await
        .unwrap();
    let keys = net.keys().await;
    let begun = Instant::now();
    let restored = restore(&reader, keys, RestoreConfig::default(), &|_| {})
        .await
        .unwrap();
    println!(
        "{} batches of shape {SHAPE} restored in {:.1} s",
        restored.tip.number,
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(u128::from(restored.tip.number), batches);
    assert_eq!(restored.state.root(), net.operator.state.root());
}
