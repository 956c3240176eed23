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
use assembly::{Prepared, prepare};

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
        let keys = Keyring::open(
            &config.keys_dir,
            config.shapes.iter().copied().map(CircuitId::from),
        )?;
        let gateway: SharedGateway = Arc::new(RpcGateway::new(client));
        let ended = CancellationToken::new();
        let prepared = prepare(config, &gateway, keys, Clock::System, Disk::default()).await?;
        let Prepared {
            work,
            pipeline,
            rollup,
            standing,
            mut calls,
            ..
        } = prepared;
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
        let served = serve(calls, listener, shutdown, streams_end).await;
        ended.cancel();
        stopped(tasks).await?;
        served
    }
}

/// Serves the HTTP interface until `shutdown` is cancelled, which is also told to the streams.
async fn serve(
    calls: Calls,
    listener: TcpListener,
    shutdown: CancellationToken,
    streams_end: CancellationToken,
) -> Result<(), NodeError> {
    let told_to_stop = async {
        shutdown.cancelled().await;
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
    info!("the node has stopped");
    Ok(())
}
