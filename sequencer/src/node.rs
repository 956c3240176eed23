//! The node as a whole: what starts it, and what stops it.

pub(crate) mod assembly;
mod backlog;
mod calls;
pub(crate) mod disk_watch;
mod error;
mod fee_account;
mod following;
mod meanwhile;
pub(crate) mod opened;
pub(crate) mod operating;
mod parts;

use std::{pin::Pin, sync::Arc, time::Duration};

use assay_l1::client::RollupClient;
use tokio::{net::TcpListener, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use error::NodeError;

use crate::{
    api::{self, Calls},
    clock::Clock,
    config::NodeConfig,
    event::Events,
    health::{Fault, Health},
    keyring::Keyring,
    l1::{
        gateway::{RpcGateway, SharedGateway},
        persistent::Persistent,
    },
    storage::{Disk, Storage},
    tokens::TokenBook,
    webhooks,
};
use assembly::{Prepared, check_account, keys, prepare};
use backlog::Backlog;
use disk_watch::DiskWatch;
use meanwhile::Meanwhile;
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
        let meanwhile = Meanwhile::new(&config, listener)?;
        let reached = Ground::reach(config, (clock, disk), &meanwhile.health, &shutdown);
        let Some(ground) = meanwhile.until(reached).await? else {
            return Ok(());
        };
        let mut posting = JoinSet::new();
        let told = (&ground.events, &ground.clock);
        webhooks::start(&ground.config.webhooks, told, &mut posting, &shutdown);
        let first = ground.first(&meanwhile.health, &shutdown);
        let mut prepared = meanwhile.until(first).await?;
        while let Some(parts) = prepared {
            let storage = parts.calls.batches.storage.clone();
            run_once(parts, meanwhile.listener()?, &shutdown).await?;
            let again = ground.again(Some(storage), &meanwhile.health, &shutdown);
            prepared = meanwhile.until(again).await?;
        }
        info!("the node has stopped");
        Ok(())
    }
}

/// What a node stands on, however often its parts are made.
struct Ground {
    config: NodeConfig,
    gateway: SharedGateway,
    tokens: TokenBook,
    keys: Arc<Keyring>,
    clock: Clock,
    disk: Disk,
    /// Whoever listened to the parts before goes on with the next.
    events: Events,
}

impl Ground {
    /// Waits until the layer 1 answers, and checks what is asked of it only once; nothing where the node
    /// is to stop before.
    async fn reach(
        config: NodeConfig,
        (clock, disk): (Clock, Disk),
        health: &Health,
        shutdown: &CancellationToken,
    ) -> Result<Option<Self>, NodeError> {
        while !shutdown.is_cancelled() {
            match reach(&config).await {
                Err(NodeError::L1(error)) if error.is_passing() => {
                    health.raise(Fault::L1Unreachable, error.to_string());
                }
                reached => {
                    let (gateway, keys) = reached?;
                    health.clear(Fault::L1Unreachable);
                    return Ok(Some(Self {
                        config,
                        gateway,
                        tokens: TokenBook::default(),
                        keys: Arc::new(keys),
                        events: Events::new(clock.clone()),
                        clock,
                        disk,
                    }));
                }
            }
            pause(&config, shutdown).await;
        }
        Ok(None)
    }

    /// Makes the parts for the first time, and waits where the layer 1 stops answering meanwhile.
    async fn first(
        &self,
        health: &Health,
        shutdown: &CancellationToken,
    ) -> Result<Option<Prepared>, NodeError> {
        let disk = self.disk.clone();
        let told = (&self.clock, &self.events);
        let opened = Opened::open(&self.config, &self.gateway, told, disk).await;
        let prepared = match opened {
            Ok(opened) => self.prepare(opened).await,
            Err(error) => Err(error),
        };
        let prepared = match prepared {
            Err(NodeError::L1(error)) if error.is_passing() => {
                self.again(None, health, shutdown).await?
            }
            prepared => Some(prepared?),
        };
        if let Some(prepared) = &prepared {
            tokio::select! {
                () = fee_account::open(&self.config, &self.gateway, prepared) => {}
                () = shutdown.cancelled() => {}
            }
        }
        Ok(prepared)
    }

    /// Makes the parts anew, when the layer 1 answers and the disk takes writes; not where the node is
    /// to stop. Says meanwhile what it waits for.
    async fn again(
        &self,
        storage: Option<Storage>,
        health: &Health,
        shutdown: &CancellationToken,
    ) -> Result<Option<Prepared>, NodeError> {
        // One in which a write failed is closed and opened again.
        let mut open = storage.filter(|storage| !storage.is_read_only());
        while !shutdown.is_cancelled() {
            info!("the node's parts are made anew");
            let told = (&self.clock, &self.events);
            let opened = match open.take() {
                Some(storage) => Opened::again(storage, &self.config, &self.gateway, told).await,
                None => {
                    let disk = self.disk.clone();
                    Opened::reopen(&self.config, &self.gateway, told, disk).await
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
                prepared => {
                    health.clear(Fault::L1Unreachable);
                    health.clear(Fault::StorageFailed);
                    return prepared.map(Some);
                }
            }
            pause(&self.config, shutdown).await;
        }
        Ok(None)
    }

    async fn prepare(&self, opened: Opened) -> Result<Prepared, NodeError> {
        let (config, keys) = (self.config.clone(), self.keys.clone());
        let l1 = (&self.gateway, &self.tokens);
        let told = (self.clock.clone(), self.events.clone());
        prepare(config, l1, keys, told, opened).await
    }
}

/// Connects to the layer 1, and checks what is asked of it once: the node's keys and its account.
async fn reach(config: &NodeConfig) -> Result<(SharedGateway, Keyring), NodeError> {
    let signer = config.operator().map(|operator| operator.l1_signer.clone());
    let client = RollupClient::connect(config.l1_endpoint(), config.contract, signer).await?;
    let gateway = Persistent::around(Arc::new(RpcGateway::new(client)));
    let keys = keys(config, &gateway).await?;
    check_account(config, &gateway).await?;
    Ok((gateway, keys))
}

/// As long as between two looks at the layer 1, or until the node is to stop.
async fn pause(config: &NodeConfig, shutdown: &CancellationToken) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = sleep(Duration::from_millis(config.l1.poll_ms.max(1))) => {}
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
        asking,
        clock,
        restart,
    } = prepared;
    let ended = CancellationToken::new();
    let mut tasks = JoinSet::new();
    work.start(&mut tasks, &ended);
    asking.start(&standing, &mut tasks, &ended);
    let watch = DiskWatch {
        storage: calls.batches.storage.clone(),
        health: calls.operations.health.clone(),
        restart: restart.clone(),
    };
    tasks.spawn(watch.run(ended.clone()));
    let backlog = Backlog::new(&calls, &clock);
    tasks.spawn(backlog.run(ended.clone()));
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
