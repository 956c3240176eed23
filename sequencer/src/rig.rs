//! A node for tests: the real parts on a layer 1 in memory, a clock set by hand, and keys of a
//! circuit that proves any public inputs.

mod any_inputs;
pub(crate) mod following;
pub(crate) mod stranger;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use ark_bn254::Fr;
use assay_api::{stage::Stage, wire::SignedOperation};
use assay_circuits::{
    address::L1Address,
    babyjubjub::Point,
    eddsa::SecretKey,
    forced::{ForcedOrder, ForcedPayee},
    order::{Order, Payee, Signed},
    quantity::{AccountIndex, Amount, BatchNumber, Fee, TokenId},
    shape::Shape,
};
use assay_l1::client::L1Signer;
use assay_prover::groth16::{PhaseSeconds, setup::SetupRandomness};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    accounts::Accounts,
    api::{self, Calls, transactions::Door},
    clock::Clock,
    config::{NodeConfig, OperatorKeys},
    event::{Events, Filter, Listener},
    executor::command::ExecutorHandle,
    health::{Fault, Health},
    intake::Intake,
    keyring::{CircuitKey, Keyring},
    l1::memory::{CONTRACT, GENESIS_S, MemoryL1, domain},
    node::{
        NodeError,
        assembly::{Asking, Prepared, Work, prepare},
        opened::Opened,
        operating::Operating,
    },
    pipeline::Pipeline,
    proved_state::ProvedState,
    proving::Proving,
    record::ClosedBatch,
    rollup::Rollup,
    standing::Standing,
    storage::{Disk, Storage, StorageError},
    tokens::TokenBook,
};

pub(crate) use any_inputs::prove;
use any_inputs::prover;

/// What workers present.
pub(crate) const TOKEN: &str = "test token";
/// Of every test's transactions, Unix seconds.
pub(crate) const EXPIRES: u32 = 2_000_000_000;

/// A user's key, by number. Number 0 is the operator.
pub(crate) fn key(user: u8) -> SecretKey {
    SecretKey::from_seed([user; 32])
}

/// A user's public key.
pub(crate) fn owner(user: u8) -> Point {
    key(user).public_key().0
}

/// The rig's world outside the node: it survives the node's crashes.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) l1: Arc<MemoryL1>,
    pub(crate) now_ms: Arc<AtomicU64>,
    ahead_ms: Arc<AtomicI64>,
    /// As if every node were a run with parts made anew.
    pub(crate) events: Events,
    clock: Clock,
}

impl World {
    pub(crate) fn new() -> Self {
        let now_ms = Arc::new(AtomicU64::new((GENESIS_S + 10_000) * 1_000));
        let key = prover().key().verifying_key().clone();
        let ahead_ms = Arc::default();
        let clock = Clock::Manual {
            true_ms: now_ms.clone(),
            ahead_ms: Arc::clone(&ahead_ms),
        };
        Self {
            dir: TempDir::new().unwrap(),
            l1: Arc::new(MemoryL1::new(now_ms.clone(), key)),
            now_ms,
            ahead_ms,
            events: Events::new(clock.clone()),
            clock,
        }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn advance_ms(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::AcqRel);
    }

    /// Sets the node's time of day so much ahead of what it is, or behind.
    pub(crate) fn set_ahead_ms(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::Release);
    }

    pub(crate) fn config(&self) -> NodeConfig {
        let (data_dir, keys_dir) = (self.dir.path(), self.dir.path());
        let operator = OperatorKeys {
            l1_signer: L1Signer::from_secret(&[1; 32]).unwrap(),
            operator_key: Arc::new(key(0)),
        };
        let mut config = NodeConfig::new("", CONTRACT, operator, data_dir, keys_dir);
        config.shapes = vec![Shape::Tiny];
        config.prover_token = Some(TOKEN.to_owned().into());
        config.l1.confirmations = 0;
        config.l1.finality_blocks = 1;
        config.l1.poll_ms = 1;
        config.limits.requests_per_s = 0;
        config.limits.life_max_s = u32::MAX;
        config.minimum_fees.clear();
        config.fee_percent = 0;
        config
    }

    pub(crate) async fn start(&self) -> Rig {
        let started = self.start_with(self.config(), Disk::default());
        started.await.unwrap()
    }

    /// As [`Rig::finish`], with the node's parts made anew where it wants that.
    pub(crate) async fn finish(&self, mut rig: Rig) -> Rig {
        loop {
            rig.finish(&self.l1).await;
            if !rig.restart.is_cancelled() {
                return rig;
            }
            rig.stop().await;
            rig = self.start().await;
        }
    }

    /// Starts a node, which first takes up what the layer 1 has.
    pub(crate) async fn start_with(
        &self,
        config: NodeConfig,
        disk: Disk,
    ) -> Result<Rig, NodeError> {
        loop {
            let prepared = self.prepare(config.clone(), disk.clone()).await?;
            let Prepared {
                work,
                calls,
                restart,
                asking,
                ..
            } = prepared;
            match work {
                Work::Operating(operating) => {
                    let prepared = (operating, calls, restart);
                    return Ok(self.rig(config, prepared, asking));
                }
                Work::Following(mut follower) => {
                    while !restart.is_cancelled() {
                        follower.look().await;
                        let health = &calls.operations.health;
                        if calls.batches.storage.is_read_only() || health.has(Fault::ForeignBatch) {
                            return Err(StorageError::ReadOnly.into());
                        }
                    }
                }
            }
        }
    }

    async fn prepare(&self, config: NodeConfig, disk: Disk) -> Result<Prepared, NodeError> {
        let gateway = crate::l1::persistent::Persistent::around(self.l1.clone());
        let key = CircuitKey {
            verifying_key: prover().key().verifying_key().clone(),
            randomness: SetupRandomness::Development,
        };
        let shapes = match config.shapes.is_empty() {
            true => Shape::ALL.to_vec(),
            false => config.shapes.clone(),
        };
        let keys = Keyring::new(shapes.into_iter().map(|shape| (shape.into(), key.clone())));
        let clock = self.clock.clone();
        let opened = Opened::open(&config, &gateway, (&clock, &self.events), disk).await?;
        let l1 = (&gateway, &TokenBook::default());
        let told = (clock, self.events.clone());
        prepare(config, l1, Arc::new(keys), told, opened).await
    }

    fn rig(
        &self,
        config: NodeConfig,
        (operating, mut calls, restart): (Box<Operating>, Calls, CancellationToken),
        asking: Asking,
    ) -> Rig {
        let shutdown = CancellationToken::new();
        calls.events.shutdown = shutdown.clone();
        let events = calls.events.events.listen(Filter::default(), None);
        let mut tasks = JoinSet::new();
        let pipeline = operating.start(&mut tasks, &shutdown);
        let Door::Open(intake) = calls.transactions.door.clone() else {
            panic!("a node that makes batches takes transactions");
        };
        Rig {
            storage: calls.batches.storage.clone(),
            accounts: calls.accounts.accounts.clone(),
            proved: calls.accounts.proved.clone(),
            proving: calls.prover.proving.clone(),
            health: calls.operations.health.clone(),
            handle: intake.executor.clone(),
            admission: *intake,
            config,
            clock: self.clock.clone(),
            now_ms: self.now_ms.clone(),
            rollup: calls.batches.rollup,
            standing: calls.batches.standing.clone(),
            pipeline,
            asking,
            calls,
            events,
            tasks,
            shutdown,
            restart,
        }
    }
}

/// A running node, whose looks at the layer 1 are the test's to order.
pub(crate) struct Rig {
    pub(crate) config: NodeConfig,
    pub(crate) clock: Clock,
    pub(crate) rollup: Rollup,
    pub(crate) storage: Storage,
    pub(crate) health: Arc<Health>,
    pub(crate) standing: Standing,
    pub(crate) accounts: Accounts,
    pub(crate) proved: ProvedState,
    pub(crate) proving: Arc<Proving>,
    pub(crate) handle: ExecutorHandle,
    pub(crate) admission: Intake,
    pub(crate) pipeline: Pipeline,
    pub(crate) asking: Asking,
    pub(crate) calls: Calls,
    now_ms: Arc<AtomicU64>,
    events: Listener,
    tasks: JoinSet<()>,
    shutdown: CancellationToken,
    /// Cancelled when the node wants its parts made anew.
    pub(crate) restart: CancellationToken,
}

impl Rig {
    /// Ends the node; its directory is free afterwards.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    /// Lets the open batch grow old enough to be closed, and waits until it is sealed.
    pub(crate) async fn seal(&mut self) -> Option<BatchNumber> {
        // What can run now runs before the batch is closed.
        self.handle.entries(Vec::new()).await;
        let open = self.storage.open_batch().unwrap();
        let open = open.map(|(header, _)| header.number);
        if open.is_some() {
            self.now_ms
                .fetch_add(self.config.batch_time_ms, Ordering::AcqRel);
            self.handle.entries(Vec::new()).await;
        }
        // One that was old enough already is on its way.
        let closed = self.storage.closed_batches().unwrap();
        let number = open.or(closed.last().map(ClosedBatch::number))?;
        while self.standing.sealed() < number {
            if self.health.halted() {
                return None;
            }
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), self.events.hear())
                .await;
        }
        Some(number)
    }

    /// Looks at the layer 1, and waits until the executor has taken what it found.
    pub(crate) async fn look(&mut self) {
        self.pipeline.look().await;
        self.handle.entries(Vec::new()).await;
    }

    /// Looks as often as a finding must hold, which it does.
    pub(crate) async fn look_until_anew(&mut self) {
        for _ in 0..crate::pipeline::finding::LOOKS {
            assert!(!self.restart.is_cancelled());
            self.look().await;
        }
        assert!(self.restart.is_cancelled(), "{:?}", self.health.faults());
    }

    /// Gives users ether through deposits, and seals.
    pub(crate) async fn fund(&mut self, l1: &MemoryL1, users: impl IntoIterator<Item = u8>) {
        for user in users {
            l1.deposit(&owner(user), 0, 1_000_000);
        }
        self.look().await;
        self.seal().await;
    }

    /// Hands in a proof of every sealed batch that has none, as a worker would.
    pub(crate) async fn prove_all(&mut self) {
        let base = self.storage.base().unwrap().number.0;
        for number in (base + 1..=self.standing.sealed().0).map(BatchNumber) {
            if !self.proving.wants(number).await.unwrap() {
                continue;
            }
            let batch = self.storage.batch(number).unwrap().unwrap();
            let proof = prove(batch.inputs.to_array());
            let phases = PhaseSeconds::default();
            let taken = self.proving.accept(number, 0, proof, &phases);
            // A disk that fails is the test's to look at.
            let _ = taken.await;
        }
    }

    /// Looks and proves until everything is final; gives up after 40 looks.
    pub(crate) async fn finish(&mut self, l1: &MemoryL1) {
        for _ in 0..40 {
            self.look().await;
            if self.restart.is_cancelled() {
                return;
            }
            self.seal().await;
            self.prove_all().await;
            l1.mine(1);
            let (heights, executed) = (self.standing.heights(), self.standing.executed());
            let queue_length = self.standing.look().queue_length;
            let settled = executed.waiting == 0 && queue_length == executed.queue_taken;
            if settled && heights.r#final == heights.executed {
                return;
            }
        }
    }

    pub(crate) fn account(&self, user: u8) -> Option<AccountIndex> {
        self.accounts.find(&owner(user), TokenId::ETHER)
    }

    pub(crate) fn balance(&self, user: u8) -> u128 {
        let index = self.account(user);
        let found = index.and_then(|index| self.accounts.get(index));
        found.map_or(0, |found| found.account.balance.0)
    }

    pub(crate) fn nonce(&self, user: u8) -> u32 {
        let index = self.account(user).unwrap();
        self.accounts.get(index).unwrap().account.nonce
    }

    /// The root after the last sealed batch.
    pub(crate) async fn sealed_root(&self) -> Fr {
        let tree = &self.calls.accounts.sealed;
        let found = tree.leaf_proof(self.standing.sealed(), AccountIndex::FIRST);
        found.await.unwrap().root
    }

    /// The root of the last batch proved on the layer 1.
    pub(crate) async fn proved_root(&self) -> Fr {
        self.proved.leaf_proof(AccountIndex::FIRST).await.root
    }

    /// A signed order of a user: to another user, or (`None`) to the layer 1.
    pub(crate) fn order(
        &self,
        from: u8,
        nonce: u32,
        to: Option<u8>,
        amount: u128,
    ) -> Signed<Order> {
        self.order_with_fee(from, nonce, to, amount, 0)
    }

    pub(crate) fn order_with_fee(
        &self,
        from: u8,
        nonce: u32,
        to: Option<u8>,
        amount: u128,
        fee: u128,
    ) -> Signed<Order> {
        let order = Order {
            from: self.account(from).unwrap(),
            nonce,
            token: TokenId::ETHER,
            to: to.map_or(Payee::L1(L1Address([5; 20])), |user| {
                Payee::Owner(owner(user))
            }),
            amount: Amount(amount),
            fee: Fee::from_value(fee).unwrap(),
            expires: EXPIRES,
        };
        order.sign(domain(), &key(from))
    }

    /// An order of a user past the operator: to another user, or (`None`) to the layer 1.
    pub(crate) fn forced(&self, from: u8, nonce: u32, to: Option<u8>, amount: u128) -> ForcedOrder {
        let order = ForcedOrder {
            from: self.account(from),
            nonce,
            token: TokenId::ETHER,
            payee: to.map_or(ForcedPayee::L1(L1Address([5; 20])), |user| {
                ForcedPayee::Account {
                    to: self.account(user),
                    owner: owner(user),
                }
            }),
            amount: Amount(amount),
            last: u16::MAX,
            r8: owner(from),
            s: Fr::from(0u8),
        };
        order.sign(domain(), &key(from))
    }

    /// How far a transaction has come.
    pub(crate) fn stage(&self, signed: &Signed<Order>) -> Option<Stage> {
        let hash = signed.hash(domain());
        let record = self.storage.transaction(hash).unwrap()?;
        Some(self.calls.transactions.view(hash, record).unwrap().stage)
    }

    /// The JSON of an order.
    pub(crate) fn json(&self, signed: &Signed<Order>) -> Value {
        json!(SignedOperation::new(signed, self.rollup.network))
    }

    /// Calls the HTTP interface without a socket.
    pub(crate) async fn call(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = api::router(self.calls.clone())
            .oneshot(request)
            .await
            .unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, body.to_vec())
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let (status, body) = self
            .call(Request::get(path).body(Body::empty()).unwrap())
            .await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// As [`Rig::get`], with the workers' token.
    pub(crate) async fn get_as_worker(&self, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
        let (status, body) = self.call(request.body(Body::empty()).unwrap()).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .body(Body::from(body.to_string()))
            .unwrap();
        let (status, body) = self.call(request).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Hands an order in over HTTP and gives status and code.
    pub(crate) async fn submit(&self, signed: &Signed<Order>) -> (StatusCode, String) {
        let (status, answer) = self.post("/v1/transactions", &self.json(signed)).await;
        let code = answer["error"]["code"].as_str().unwrap_or("");
        (status, code.to_owned())
    }
}
