//! The node of a scenario, which can be killed, and what it stands on.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use assay_api::{
    client::NodeClient,
    proving::client::{Token, WorkerClient},
};
use assay_circuits::eddsa::SecretKey;
use assay_sequencer::{
    clock::Clock,
    config::{NodeConfig, OperatorKeys},
    node::{Node, NodeError, Surroundings},
    storage::Disk,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    failure::Failure,
    keys::{DevelopmentKeys, SHAPE},
    layer1::{self, Layer1, START_S},
};

/// What workers present.
const TOKEN: &str = "a simulation's token";

/// The clocks of the node.
#[derive(Debug, Clone)]
pub(crate) struct Clocks {
    true_ms: Arc<AtomicU64>,
    ahead_ms: Arc<AtomicI64>,
}

/// The disk of the node.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultyDisk {
    /// Every so many writes fail; 0 for none.
    every: Arc<AtomicU64>,
    writes: Arc<AtomicU64>,
}

/// A node at work.
pub(crate) struct Operator {
    pub(crate) client: NodeClient,
    /// As its workers reach it.
    pub(crate) worker: WorkerClient,
    /// No write succeeds any more once this is set.
    is_dead: Arc<AtomicBool>,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), NodeError>>,
}

impl Clocks {
    pub(crate) fn new() -> Self {
        Self {
            true_ms: Arc::new(AtomicU64::new(START_S * 1_000)),
            ahead_ms: Arc::default(),
        }
    }

    /// Time goes on.
    pub(crate) fn pass(&self, seconds: u64) {
        self.true_ms.fetch_add(seconds * 1_000, Ordering::AcqRel);
    }

    /// The time of day jumps.
    pub(crate) fn set_ahead_s(&self, seconds: i64) {
        self.ahead_ms.store(seconds * 1_000, Ordering::Release);
    }

    pub(crate) fn now_s(&self) -> u64 {
        self.true_ms.load(Ordering::Acquire) / 1_000
    }

    fn of_node(&self) -> Clock {
        Clock::Manual {
            true_ms: self.true_ms.clone(),
            ahead_ms: self.ahead_ms.clone(),
        }
    }
}

impl FaultyDisk {
    /// From now on every so many writes fail; 0 for none.
    pub(crate) fn fail_every(&self, writes: u64) {
        self.every.store(writes, Ordering::Release);
    }

    fn until(&self, is_dead: Arc<AtomicBool>) -> Disk {
        let Self { every, writes } = self.clone();
        Disk::with_faults(move |_| {
            if is_dead.load(Ordering::Acquire) {
                return Err(io::Error::other("the process is dead"));
            }
            let write = writes.fetch_add(1, Ordering::AcqRel);
            let every = every.load(Ordering::Acquire);
            if every > 0 && write % every == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(())
        })
    }
}

impl Operator {
    /// Starts the node on what is in its directory.
    pub(crate) async fn start(
        (l1, keys): (&Layer1, &DevelopmentKeys),
        directory: &Path,
        (clocks, disk): (&Clocks, &FaultyDisk),
    ) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(Failure::rig)?;
        let address = listener.local_addr().map_err(Failure::rig)?;
        let url = format!("http://{address}");
        let client = NodeClient::new(&url).map_err(Failure::rig)?;
        let token = Token(TOKEN.to_owned());
        let worker = WorkerClient::new(&url, token).map_err(Failure::rig)?;
        let is_dead = Arc::new(AtomicBool::new(false));
        let surroundings = Surroundings {
            clock: clocks.of_node(),
            disk: disk.until(is_dead.clone()),
        };
        let shutdown = CancellationToken::new();
        let config = config(l1, keys, directory)?;
        let running = Node::run_in(config, listener, shutdown.clone(), surroundings);
        Ok(Self {
            client,
            worker,
            is_dead,
            shutdown,
            task: tokio::spawn(running),
        })
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// As kill -9: nothing is written from this moment on, whatever it is doing.
    pub(crate) async fn kill(self) {
        self.is_dead.store(true, Ordering::Release);
        self.shutdown.cancel();
        // It ends as it can.
        let _ = self.task.await;
    }

    /// Ends it in order, and says how it ended.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        self.shutdown.cancel();
        self.ended().await?.map_err(Failure::ended)
    }

    /// How it ended.
    pub(crate) async fn ended(self) -> Result<Result<(), NodeError>, Failure> {
        self.task.await.map_err(Failure::rig)
    }
}

/// The operator's key on the rollup.
pub(crate) fn operator_key() -> SecretKey {
    SecretKey::from_seed([0xee; 32])
}

fn config(l1: &Layer1, keys: &DevelopmentKeys, directory: &Path) -> Result<NodeConfig, Failure> {
    let operator = OperatorKeys {
        l1_signer: layer1::operator()?,
        operator_key: Arc::new(operator_key()),
    };
    let mut config = NodeConfig::new(
        l1.faulty.url(),
        l1.contract,
        operator,
        directory,
        &keys.directory,
    );
    config.shapes = vec![SHAPE];
    config.prover_token = Some(TOKEN.to_owned().into());
    config.l1.poll_ms = 10;
    config.l1.timeout_ms = 300;
    config.l1.confirmations = 1;
    config.l1.finality_blocks = 4;
    config.l1.start_block = l1.start_block;
    config.limits.requests_per_s = 0;
    // The scenarios open the fee account themselves: the node sends nothing but batches.
    config.minimum_fees.clear();
    Ok(config)
}
