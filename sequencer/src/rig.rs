//! A node for tests: the real parts on a layer 1 in memory, a clock set by hand, and keys of a
//! circuit that proves any public inputs.

use std::{
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use ark_bn254::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError,
};
use assay_api::{stage::Stage, wire::SignedOperation};
use assay_circuits::{
    address::L1Address,
    babyjubjub::Point,
    eddsa::SecretKey,
    order::{Order, Payee, Signed},
    quantity::{AccountIndex, Amount, BatchNumber, Fee, TokenId},
    shape::Shape,
};
use assay_l1::client::L1Signer;
use assay_prover::groth16::{
    proof::Proof,
    prove::Prover,
    setup::{SetupRandomness, setup},
    unobserved,
};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::broadcast, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    admission::Admission,
    api::{self, ApiState},
    clock::Clock,
    config::NodeConfig,
    context::Context,
    event::Event,
    executor::ExecutorHandle,
    keyring::{CircuitKey, Keyring},
    l1::memory::{CONTRACT, GENESIS_S, MemoryL1, domain},
    node::{self, NodeError, Prepared},
    pipeline::Pipeline,
    record::ProofRecord,
    sealer,
    storage::{Commit, Disk},
};

/// What workers present.
pub(crate) const TOKEN: &str = "test token";
/// Of every test's transactions, Unix seconds.
pub(crate) const EXPIRES: u32 = 2_000_000_000;

/// Takes any three public inputs.
struct AnyInputs([Fr; 3]);

impl ConstraintSynthesizer<Fr> for AnyInputs {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let mut inputs = Vec::new();
        for value in self.0 {
            inputs.push(cs.new_input_variable(|| Ok(value))?);
        }
        let product = cs.new_witness_variable(|| Ok(self.0[0] * self.0[1]))?;
        let one = |wire| move || LinearCombination(vec![(Fr::from(1u8), wire)]);
        cs.enforce_r1cs_constraint(one(inputs[0]), one(inputs[1]), one(product))
    }
}

fn prover() -> &'static Prover {
    static PROVER: OnceLock<Prover> = OnceLock::new();
    PROVER.get_or_init(|| {
        let zero = [Fr::from(0u8); 3];
        let key = setup(AnyInputs(zero), SetupRandomness::Development, &|_, _| {}).unwrap();
        Prover::new(Arc::new(key), None).unwrap()
    })
}

/// A proof of any inputs that the rig's keys accept.
pub(crate) fn prove(inputs: [Fr; 3]) -> Proof {
    prover()
        .prove(AnyInputs(inputs), &unobserved)
        .unwrap()
        .proof
}

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
}

impl World {
    pub(crate) fn new() -> Self {
        let now_ms = Arc::new(AtomicU64::new((GENESIS_S + 10_000) * 1_000));
        Self {
            dir: TempDir::new().unwrap(),
            l1: Arc::new(MemoryL1::new()),
            now_ms,
        }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn advance_ms(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::AcqRel);
    }

    pub(crate) fn config(&self) -> NodeConfig {
        let signer = L1Signer::from_secret(&[1; 32]).unwrap();
        let (data_dir, keys_dir) = (self.dir.path(), self.dir.path());
        let operator = Arc::new(key(0));
        let mut config = NodeConfig::new("", CONTRACT, signer, operator, data_dir, keys_dir);
        config.shapes = vec![Shape::Tiny];
        config.prover_token = Some(TOKEN.to_owned().into());
        config.l1.confirmations = 0;
        config.l1.finality_blocks = 1;
        config.limits.requests_per_s = 0;
        config
    }

    pub(crate) async fn start(&self) -> Rig {
        self.start_with(self.config(), Disk::default())
            .await
            .unwrap()
    }

    pub(crate) async fn start_with(
        &self,
        config: NodeConfig,
        disk: Disk,
    ) -> Result<Rig, NodeError> {
        let gateway: crate::l1::gateway::SharedGateway = self.l1.clone();
        let verifying_key = prover().key().verifying_key().clone();
        let key = CircuitKey {
            verifying_key,
            randomness: SetupRandomness::Development,
        };
        let keys = Keyring::new(
            config
                .shapes
                .iter()
                .map(|shape| ((*shape).into(), key.clone())),
        );
        let clock = Clock::Manual(self.now_ms.clone());
        let prepared = node::prepare(config, &gateway, keys, clock, disk).await?;
        let Prepared {
            context,
            executor,
            handle,
            closed,
        } = prepared;
        let pipeline = Pipeline::new(context.clone(), gateway, handle.clone())?;
        let shutdown = CancellationToken::new();
        let events = context.subscribe();
        let mut tasks = JoinSet::new();
        tasks.spawn(executor.run(shutdown.clone()));
        tasks.spawn(sealer::run(context.clone(), closed, shutdown.clone()));
        let admission = Admission::new(context.clone(), handle.clone());
        Ok(Rig {
            context,
            handle,
            admission,
            pipeline,
            events,
            tasks,
            shutdown,
        })
    }
}

/// A running node, whose looks at the layer 1 are the test's to order.
pub(crate) struct Rig {
    pub(crate) context: Arc<Context>,
    pub(crate) handle: ExecutorHandle,
    pub(crate) admission: Admission,
    pub(crate) pipeline: Pipeline,
    events: broadcast::Receiver<Event>,
    tasks: JoinSet<()>,
    shutdown: CancellationToken,
}

impl Rig {
    /// Ends the node; its directory is free afterwards.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    /// Closes the open batch and waits until it is sealed.
    pub(crate) async fn seal(&mut self) -> Option<BatchNumber> {
        let number = self.handle.close().await.unwrap()?;
        while self.context.heights().sealed < number.0 {
            if self.context.health.halted() {
                return None;
            }
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), self.events.recv())
                .await;
        }
        Some(number)
    }

    /// Looks at the layer 1, and waits until the executor has taken what it found.
    pub(crate) async fn look(&mut self) {
        self.pipeline.look().await;
        self.handle.deposits(Vec::new()).await;
    }

    /// Gives users ether through deposits, and seals.
    pub(crate) async fn fund(&mut self, l1: &MemoryL1, users: impl IntoIterator<Item = u8>) {
        for user in users {
            l1.deposit(&owner(user), 0, 1_000_000);
        }
        self.look().await;
        self.seal().await;
    }

    /// Stores a proof of every sealed batch that has none.
    pub(crate) async fn prove_all(&mut self) {
        for number in (1..=self.context.heights().sealed).map(BatchNumber) {
            if !self.context.jobs.wants(number) {
                continue;
            }
            let batch = self.context.storage.batch(number).unwrap().unwrap();
            let proof = prove(batch.inputs.to_array()).to_bytes().to_vec();
            let record = ProofRecord {
                proof,
                worker: "rig".to_owned(),
                at_ms: 1,
            };
            let mut commit = Commit::default();
            commit.proof(number, &record);
            if self.context.storage.commit(commit).await.is_ok() {
                self.context.jobs.finish(number);
            }
        }
    }

    /// Looks and proves until everything is final; gives up after 40 looks.
    pub(crate) async fn finish(&mut self, l1: &MemoryL1) {
        for _ in 0..40 {
            self.look().await;
            self.seal().await;
            self.prove_all().await;
            l1.mine(1);
            let heights = self.context.heights();
            let l1 = self.context.l1();
            let settled = self.context.pool().len() == 0 && l1.queue_length == l1.queue_credited;
            if settled && heights.r#final == heights.executed {
                return;
            }
        }
    }

    pub(crate) fn account(&self, user: u8) -> Option<AccountIndex> {
        self.context.soft().find(&owner(user), TokenId::ETHER)
    }

    pub(crate) fn balance(&self, user: u8) -> u128 {
        let ledger = self.context.soft();
        let index = ledger.find(&owner(user), TokenId::ETHER);
        index
            .and_then(|index| ledger.account(index))
            .map_or(0, |account| account.balance.0)
    }

    pub(crate) fn nonce(&self, user: u8) -> u32 {
        let ledger = self.context.soft();
        let index = ledger.find(&owner(user), TokenId::ETHER).unwrap();
        ledger.account(index).unwrap().nonce
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

    /// How far a transaction has come.
    pub(crate) fn stage(&self, signed: &Signed<Order>) -> Option<Stage> {
        let hash = signed.hash(domain());
        let record = self.context.storage.transaction(hash).unwrap()?;
        Some(
            crate::view::transaction(&self.context, hash, record)
                .unwrap()
                .stage,
        )
    }

    /// The JSON of an order.
    pub(crate) fn json(&self, signed: &Signed<Order>) -> Value {
        json!(SignedOperation::new(signed, self.context.network))
    }

    /// What the HTTP interface works on.
    pub(crate) fn state(&self) -> ApiState {
        ApiState {
            context: self.context.clone(),
            admission: self.admission.clone(),
            shutdown: self.shutdown.clone(),
        }
    }

    /// Calls the HTTP interface without a socket.
    pub(crate) async fn call(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = api::router(self.state()).oneshot(request).await.unwrap();
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
        (
            status,
            answer["error"]["code"].as_str().unwrap_or("").to_owned(),
        )
    }
}
