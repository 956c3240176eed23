//! The node as a whole: what starts it, and what stops it.

pub(crate) mod assembly;
mod calls;
pub(crate) mod disk_watch;
mod error;
mod fee_account;
mod following;
pub(crate) mod opened;
pub(crate) mod operating;
mod parts;

use std::{pin::Pin, sync::Arc, time::Duration};

use assay_l1::client::RollupClient;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use error::NodeError;

use crate::{
    api::{self, Calls},
    clock::Clock,
    config::NodeConfig,
    health::{Fault, Health},
    keyring::Keyring,
    l1::{
        gateway::{RpcGateway, SharedGateway},
        persistent::Persistent,
    },
    storage::{Disk, Storage},
    tokens::TokenBook,
};
use assembly::{Prepared, check_account, keys, prepare};
use disk_watch::DiskWatch;
use opened::Opened;

/// A node at work. Boxed, so that what it is made of is compiled once, here, and not in each crate
/// that waits for it.
pub type Running = Pin<Box<dyn Future<Output = Result<(), NodeError>> + Send>>;

/// Runs nodes.
#[derive(Debug)]
pub struct Node;

/// What a node runs on besides its layer 1: the machine's own clock and disk, or those of a test.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// What tells it the time.
    pub clock: Clock,
    /// What it writes to.
    pub disk: Disk,
}

impl Node {
    /// Opens the store, recovers what was interrupted, reads the layer 1, works, and serves until
    /// `shutdown` is cancelled; then stops in order: what was acknowledged is on disk.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn run(config: NodeConfig, listener: TcpListener, shutdown: CancellationToken) -> Running {
        Self::run_in(config, listener, shutdown, Surroundings::default())
    }

    /// As [`Node::run`], with clock and disk of a choice.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn run_in(
        config: NodeConfig,
        listener: TcpListener,
        shutdown: CancellationToken,
        surroundings: Surroundings,
    ) -> Running {
        Box::pin(Self::run_parts(config, listener, shutdown, surroundings))
    }

    async fn run_parts(
        config: NodeConfig,
        listener: TcpListener,
        shutdown: CancellationToken,
        Surroundings { clock, disk }: Surroundings,
    ) -> Result<(), NodeError> {
        let signer = config.operator().map(|operator| operator.l1_signer.clone());
        let client = RollupClient::connect(config.l1_endpoint(), config.contract, signer).await?;
        let gateway = Persistent::around(Arc::new(RpcGateway::new(client)));
        let keys = Arc::new(keys(&config, &gateway).await?);
        let listener = listener.into_std()?;
        check_account(&config, &gateway).await?;
        let ground = Ground {
            config,
            gateway,
            tokens: TokenBook::default(),
            keys,
            clock,
            disk,
        };
        let first = ground.open().await?;
        tokio::select! {
            () = fee_account::open(&ground.config, &ground.gateway, &first) => {}
            () = shutdown.cancelled() => {}
        }
        let mut prepared = Some(first);
        while let Some(parts) = prepared {
            let storage = parts.calls.batches.storage.clone();
            let health = parts.calls.operations.health.clone();
            let calls = parts.calls.meanwhile();
            run_once(parts, listening(&listener)?, &shutdown).await?;
            let made = CancellationToken::new();
            let meanwhile = api::serve_meanwhile(calls, listening(&listener)?, made.clone());
            let again = async {
                let _made = made.drop_guard();
                ground.again(storage, &health, &shutdown).await
            };
            prepared = tokio::join!(again, meanwhile).0?;
        }
        info!("the node has stopped");
        Ok(())
    }
}

fn listening(listener: &std::net::TcpListener) -> std::io::Result<TcpListener> {
    TcpListener::from_std(listener.try_clone()?)
}

/// What a node stands on, however often its parts are made.
struct Ground {
    config: NodeConfig,
    gateway: SharedGateway,
    tokens: TokenBook,
    keys: Arc<Keyring>,
    clock: Clock,
    disk: Disk,
}

impl Ground {
    /// Makes the parts for the first time.
    async fn open(&self) -> Result<Prepared, NodeError> {
        let disk = self.disk.clone();
        let opened = Opened::open(&self.config, &self.gateway, &self.clock, disk);
        self.prepare(opened.await?).await
    }

    /// Makes the parts anew, when the layer 1 answers and the disk takes writes; not where the node is
    /// to stop. Says meanwhile what it waits for.
    async fn again(
        &self,
        storage: Storage,
        health: &Health,
        shutdown: &CancellationToken,
    ) -> Result<Option<Prepared>, NodeError> {
        health.raise(Fault::CatchingUp, "the node takes up its state anew");
        // One in which a write failed is closed and opened again.
        let mut open = Some(storage).filter(|storage| !storage.is_read_only());
        while !shutdown.is_cancelled() {
            info!("the node's parts are made anew");
            let opened = match open.take() {
                Some(storage) => {
                    Opened::again(storage, &self.config, &self.gateway, &self.clock).await
                }
                None => {
                    let disk = self.disk.clone();
                    Opened::reopen(&self.config, &self.gateway, &self.clock, disk).await
                }
            };
            let prepared = match opened {
                Ok(opened) => {
                    open = Some(opened.storage());
                    self.prepare(opened).await
                }
                Err(error) => Err(error),
            };
            match prepared {
                Err(NodeError::L1(error)) => {
                    health.raise(Fault::L1Unreachable, error.to_string());
                }
                Err(NodeError::Storage(error)) if error.is_passing() => {
                    health.raise(Fault::StorageFailed, error.to_string());
                    open = None;
                }
                prepared => return prepared.map(Some),
            }
            let pause = Duration::from_millis(self.config.l1.poll_ms.max(1));
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(None)
    }

    async fn prepare(&self, opened: Opened) -> Result<Prepared, NodeError> {
        let (config, keys) = (self.config.clone(), self.keys.clone());
        let l1 = (&self.gateway, &self.tokens);
        prepare(config, l1, keys, self.clock.clone(), opened).await
    }
}

/// Runs the parts of a node until `shutdown` is cancelled, or they must be made anew.
async fn run_once(
    prepared: Prepared,
    listener: TcpListener,
    shutdown: &CancellationToken,
) -> Result<(), NodeError> {
    let Prepared {
        work,
        rollup,
        standing,
        mut calls,
        token_work,
        restart,
    } = prepared;
    let ended = CancellationToken::new();
    let mut tasks = JoinSet::new();
    work.start(&mut tasks, &ended);
    token_work.start(&standing, &mut tasks, &ended);
    let watch = DiskWatch {
        storage: calls.batches.storage.clone(),
        health: calls.operations.health.clone(),
        restart: restart.clone(),
    };
    tasks.spawn(watch.run(ended.clone()));
    info!(
        chain_id = rollup.chain_id,
        contract = %rollup.contract,
        sealed = standing.sealed().0,
        "the node is up"
    );
    let streams_end = ended.child_token();
    calls.events.shutdown = streams_end.clone();
    let told_to_stop = async {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = restart.cancelled() => {}
        }
    };
    serve(calls, listener, told_to_stop, streams_end).await;
    ended.cancel();
    stopped(tasks).await
}

/// Serves the HTTP interface until it is told to stop, which is also told to the streams.
async fn serve(
    calls: Calls,
    listener: TcpListener,
    told_to_stop: impl Future<Output = ()>,
    streams_end: CancellationToken,
) {
    let told_to_stop = async {
        told_to_stop.await;
        streams_end.cancel();
        // The requests under way are answered first.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = api::serve(calls, listener, streams_end.clone()) => {}
        () = told_to_stop => {}
    }
}

/// Waits until every part has ended.
async fn stopped(mut tasks: JoinSet<()>) -> Result<(), NodeError> {
    let mut panicked = false;
    while let Some(ended) = tasks.join_next().await {
        panicked |= ended.is_err();
    }
    if panicked {
        warn!("a part of the node panicked");
        return Err(NodeError::Panicked);
    }
    Ok(())
}
