//! The node as a whole: what starts it, and what stops it.

use std::sync::Arc;

use assay_api::wire::StatusView;
use assay_circuits::{
    address::{L1Address, Network},
    batch::State,
    circuit::CircuitId,
    order::Domain,
    quantity::BatchNumber,
    shape::Shape,
    word,
};
use assay_l1::client::{L1Error, RollupClient, RollupInfo, ShapeInfo};
use assay_prover::groth16::proof::Proof;
use tokio::{
    net::TcpListener,
    sync::{broadcast, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    admission::Admission,
    api::{self, ApiState},
    clock::Clock,
    config::NodeConfig,
    context::{Beginning, Context},
    event::Event,
    executor::{ClosedWork, Executor, ExecutorHandle, ResumeError},
    keyring::{Keyring, KeyringError},
    l1::gateway::{RpcGateway, SharedGateway},
    pipeline::{self, Pipeline},
    sealer::{self, SealError},
    storage::{Disk, Storage, StorageError},
    telemetry,
};

/// Why a node does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The layer 1.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The verifying keys.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The contract was deployed for another genesis state.
    #[error(
        "the contract's genesis root is 0x{found}; a rollup of this version begins with {expected}"
    )]
    Genesis {
        /// The root of the empty tree.
        expected: String,
        /// What the contract says.
        found: String,
    },
    /// The contract's domain is not the one that its address and chain id give.
    #[error("the contract's domain is not the one of its address and chain id {chain_id}")]
    Domain {
        /// Of the layer 1.
        chain_id: u64,
    },
    /// The contract has no verifier for a shape, or its verifier is for another size.
    #[error("the contract does not know shape {shape} as this version has it")]
    Shape {
        /// The shape.
        shape: Shape,
    },
    /// What was executed before the last stop cannot be taken up.
    #[error("the node cannot take up its work: {reason}")]
    Recovery {
        /// What does not fit.
        reason: String,
    },
    /// The HTTP interface failed.
    #[error("the HTTP interface: {0}")]
    Http(#[from] std::io::Error),
    /// The node has stopped executing.
    #[error("the node has stopped: {0}")]
    Stopped(String),
    /// A part ended by a panic.
    #[error("a part of the node panicked; its log says where")]
    Panicked,
}

/// Starts nodes.
#[derive(Debug)]
pub struct Node;

/// A running node. Dropped, it stops without waiting; [`NodeHandle::stop`] waits.
#[derive(Debug)]
pub struct NodeHandle {
    context: Arc<Context>,
    executor: ExecutorHandle,
    tasks: JoinSet<()>,
    shutdown: CancellationToken,
}

impl Node {
    /// Opens the store, recovers what was interrupted, reads the layer 1 and starts working.
    /// The HTTP interface is served by [`NodeHandle::serve`].
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn start(config: NodeConfig) -> Result<NodeHandle, NodeError> {
        let signer = Some(config.l1_signer.clone());
        let client = RollupClient::connect(&config.l1_url, config.contract, signer).await?;
        let keys = Keyring::open(
            &config.keys_dir,
            config.shapes.iter().copied().map(CircuitId::from),
        )?;
        let gateway = Arc::new(RpcGateway::new(client));
        Self::start_with(config, gateway, keys, Clock::System, Disk::default()).await
    }

    /// Starts a node on a layer 1, keys, a clock and a disk of the caller's.
    pub(crate) async fn start_with(
        config: NodeConfig,
        gateway: SharedGateway,
        keys: Keyring,
        clock: Clock,
        disk: Disk,
    ) -> Result<NodeHandle, NodeError> {
        let prepared = prepare(config, &gateway, keys, clock, disk).await?;
        let Prepared {
            context,
            executor,
            handle,
            closed,
        } = prepared;
        let pipeline = Pipeline::new(context.clone(), gateway, handle.clone())?;
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(executor.run(shutdown.clone()));
        tasks.spawn(sealer::run(context.clone(), closed, shutdown.clone()));
        tasks.spawn(pipeline.run(shutdown.clone()));
        info!(
            chain_id = context.chain_id,
            contract = %context.config.contract,
            sealed = context.heights().sealed,
            "the node is up"
        );
        Ok(NodeHandle {
            context,
            executor: handle,
            tasks,
            shutdown,
        })
    }

    /// Starts a node and serves until `shutdown` is cancelled; then stops in order.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn run(
        config: NodeConfig,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> Result<(), NodeError> {
        let node = Self::start(config).await?;
        let served = node.serve(listener, shutdown).await;
        node.stop().await?;
        served
    }
}

/// A node whose tasks are not running yet.
pub(crate) struct Prepared {
    pub(crate) context: Arc<Context>,
    pub(crate) executor: Executor,
    pub(crate) handle: ExecutorHandle,
    pub(crate) closed: mpsc::Receiver<ClosedWork>,
}

/// Checks what the node stands on and takes up what was interrupted.
pub(crate) async fn prepare(
    config: NodeConfig,
    gateway: &SharedGateway,
    keys: Keyring,
    clock: Clock,
    disk: Disk,
) -> Result<Prepared, NodeError> {
    telemetry::install();
    let chain_id = gateway.chain_id();
    let network = Network::of_chain(chain_id);
    keys.check(network)?;
    let domain = Domain::new(chain_id, L1Address(config.contract.0));
    check_contract(&gateway.info().await?, domain, chain_id)?;
    for shape in &config.shapes {
        check_shape(*shape, gateway.shape(shape.id()).await?)?;
    }
    let (dir, now_s) = (config.data_dir.clone(), clock.now_ms() / 1_000);
    let open = move || Storage::open(&dir, domain, now_s, disk);
    let opened = tokio::task::spawn_blocking(open)
        .await
        .map_err(|_| NodeError::Panicked)?;
    let (storage, recovered) = opened?;
    let (state, sealed) = (recovered.state, recovered.sealed);
    let in_flight = config.limits.batches_in_flight;
    let beginning = Beginning {
        config,
        chain_id,
        domain,
        clock,
        storage,
        keys,
        state,
        sealed,
    };
    let context = Context::new(beginning);
    seal_what_was_closed(&context).await?;
    pipeline::progress::resume(&context)?;
    open_jobs(&context)?;
    let (sender, closed) = mpsc::channel(in_flight.saturating_add(1));
    let resumed = Executor::resume(context.clone(), sender);
    let (executor, handle) = resumed.map_err(|error| match error {
        ResumeError::Storage(error) => error.into(),
        error @ ResumeError::Replay { .. } => NodeError::Recovery {
            reason: error.to_string(),
        },
    })?;
    Ok(Prepared {
        context,
        executor,
        handle,
        closed,
    })
}

fn check_contract(info: &RollupInfo, domain: Domain, chain_id: u64) -> Result<(), NodeError> {
    if info.domain != word::to_bytes(domain.0) {
        return Err(NodeError::Domain { chain_id });
    }
    let genesis = State::default().root();
    if info.genesis_root != word::to_bytes(genesis.0) {
        let found = hex::encode(info.genesis_root);
        return Err(NodeError::Genesis {
            expected: genesis.to_string(),
            found,
        });
    }
    Ok(())
}

fn check_shape(shape: Shape, found: Option<ShapeInfo>) -> Result<(), NodeError> {
    let fits = found.is_some_and(|found| {
        let size = found.size;
        usize::from(size.transfers) == shape.transfers()
            && usize::from(size.full_records) == shape.full_records()
            && usize::from(size.fee_slots) == shape.fee_slots()
    });
    if fits {
        Ok(())
    } else {
        Err(NodeError::Shape { shape })
    }
}

/// Batches that were closed when the node stopped are sealed before anything else happens.
async fn seal_what_was_closed(context: &Arc<Context>) -> Result<(), NodeError> {
    for closed in context.storage.closed_batches()? {
        let work = ClosedWork {
            closed,
            expected: Vec::new(),
        };
        sealer::seal(context, work)
            .await
            .map_err(|error| match error {
                SealError::Storage(error) => NodeError::from(error),
                error => NodeError::Recovery {
                    reason: error.to_string(),
                },
            })?;
    }
    *context.soft_mut() = context.sealed().ledger().clone();
    Ok(())
}

/// Sealed batches without a proof want one; a stored proof that does not decode is none.
fn open_jobs(context: &Context) -> Result<(), StorageError> {
    let heights = context.heights();
    for number in (heights.proved + 1..=heights.sealed).map(BatchNumber) {
        let Some(batch) = context.storage.batch(number)? else {
            continue;
        };
        let proof = context.storage.proof(number)?;
        if proof.is_some_and(|proof| Proof::from_bytes(&proof.proof).is_ok()) {
            context.jobs.finish(number);
        } else {
            context.jobs.open(number, batch.shape.into());
        }
    }
    Ok(())
}

impl NodeHandle {
    /// Serves the HTTP interface until `shutdown` is cancelled or the node stops.
    ///
    /// # Errors
    /// [`NodeError::Http`].
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> Result<(), NodeError> {
        let stop = self.shutdown.child_token();
        let admission = Admission::new(self.context.clone(), self.executor.clone());
        let context = self.context.clone();
        let state = ApiState {
            context,
            admission,
            shutdown: stop.clone(),
        };
        let told_to_stop = async {
            shutdown.cancelled().await;
            stop.cancel();
            // The requests under way are answered first.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            served = api::serve(state, listener, stop.clone()) => Ok(served?),
            () = told_to_stop => Ok(()),
        }
    }

    /// Closes the open batch now, if it holds anything, and says which it was.
    ///
    /// # Errors
    /// [`NodeError::Stopped`].
    pub async fn close_batch(&self) -> Result<Option<BatchNumber>, NodeError> {
        let closed = self.executor.close().await;
        closed.map_err(|error| NodeError::Stopped(error.to_string()))
    }

    /// The node and its network, as `/v1/status` shows it.
    #[must_use]
    pub fn status(&self) -> StatusView {
        crate::view::status(&self.context)
    }

    /// Transactions and batches as they move from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.context.subscribe()
    }

    /// Looks at the layer 1 at once instead of at the next poll.
    pub fn look_at_l1(&self) {
        self.context.progress.notify_one();
    }

    /// Stops working and waits until every part has ended: what was acknowledged is on disk.
    ///
    /// # Errors
    /// [`NodeError::Panicked`] when a part ended badly.
    pub async fn stop(mut self) -> Result<(), NodeError> {
        self.shutdown.cancel();
        let mut panicked = false;
        while let Some(ended) = self.tasks.join_next().await {
            panicked |= ended.is_err();
        }
        if panicked {
            warn!("a part of the node panicked");
            return Err(NodeError::Panicked);
        }
        info!("the node has stopped");
        Ok(())
    }
}
