//! The node as a whole: what starts it, and what stops it.

pub(crate) mod assembly;
mod error;

use std::{pin::Pin, sync::Arc};

use assay_circuits::circuit::CircuitId;
use assay_l1::client::RollupClient;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use error::NodeError;

use crate::{
    api::{self, Calls},
    clock::Clock,
    config::NodeConfig,
    keyring::Keyring,
    l1::gateway::{RpcGateway, SharedGateway},
    storage::Disk,
};
use assembly::{Opened, Prepared, prepare};

/// A node at work. Boxed, so that what it is made of is compiled once, here, and not in each crate
/// that waits for it.
pub type Running = Pin<Box<dyn Future<Output = Result<(), NodeError>> + Send>>;

/// Runs nodes.
#[derive(Debug)]
pub struct Node;

impl Node {
    /// Opens the store, recovers what was interrupted, reads the layer 1, works, and serves until
    /// `shutdown` is cancelled; then stops in order: what was acknowledged is on disk.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn run(config: NodeConfig, listener: TcpListener, shutdown: CancellationToken) -> Running {
        Box::pin(Self::run_parts(config, listener, shutdown))
    }

    async fn run_parts(
        config: NodeConfig,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> Result<(), NodeError> {
        let signer = Some(config.l1_signer.clone());
        let client = RollupClient::connect(&config.l1_url, config.contract, signer).await?;
        let circuits = config.shapes.iter().copied().map(CircuitId::from);
        let keys = Arc::new(Keyring::open(&config.keys_dir, circuits)?);
        let gateway: SharedGateway = Arc::new(RpcGateway::new(client));
        let clock = Clock::System;
        let listener = listener.into_std()?;
        let mut opened = Opened::open(&config, &gateway, &clock, Disk::default()).await?;
        loop {
            let storage = opened.storage.clone();
            let keys = keys.clone();
            let prepared = prepare(config.clone(), &gateway, keys, clock.clone(), opened).await?;
            let again = TcpListener::from_std(listener.try_clone()?)?;
            run_once(prepared, again, &shutdown).await?;
            if shutdown.is_cancelled() {
                info!("the node has stopped");
                return Ok(());
            }
            info!("the node's parts are made anew");
            opened = Opened::again(storage, &config, &gateway).await?;
        }
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
        pipeline,
        rollup,
        standing,
        mut calls,
        restart,
    } = prepared;
    let ended = CancellationToken::new();
    let mut tasks = JoinSet::new();
    work.start(&mut tasks, &ended);
    tasks.spawn(pipeline.run(ended.clone()));
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
    let served = serve(calls, listener, told_to_stop, streams_end).await;
    ended.cancel();
    stopped(tasks).await?;
    served
}

/// Serves the HTTP interface until it is told to stop, which is also told to the streams.
async fn serve(
    calls: Calls,
    listener: TcpListener,
    told_to_stop: impl Future<Output = ()>,
    streams_end: CancellationToken,
) -> Result<(), NodeError> {
    let told_to_stop = async {
        told_to_stop.await;
        streams_end.cancel();
        // The requests under way are answered first.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        served = api::serve(calls, listener, streams_end.clone()) => Ok(served?),
        () = told_to_stop => Ok(()),
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
