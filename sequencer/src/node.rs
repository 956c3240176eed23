//! The node as a whole.

use assay_circuits::quantity::BatchNumber;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::NodeConfig;

/// Why a node does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The configuration cannot work.
    #[error("{0}")]
    Config(String),
}

/// Starts nodes.
#[derive(Debug)]
pub struct Node;

/// A running node.
#[derive(Debug)]
pub struct NodeHandle {
    shutdown: CancellationToken,
}

impl Node {
    /// Opens the store, recovers what was interrupted, reads the layer 1 and starts working.
    /// The HTTP interface is served by [`NodeHandle::serve`].
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn start(_config: NodeConfig) -> Result<NodeHandle, NodeError> {
        Ok(NodeHandle {
            shutdown: CancellationToken::new(),
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

impl NodeHandle {
    /// Serves the HTTP interface until `shutdown` is cancelled.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn serve(
        &self,
        _listener: TcpListener,
        shutdown: CancellationToken,
    ) -> Result<(), NodeError> {
        shutdown.cancelled().await;
        Ok(())
    }

    /// Closes the open batch now, if it holds anything, and says which it was.
    ///
    /// # Errors
    /// [`NodeError`] when the node has stopped.
    pub async fn close_batch(&self) -> Result<Option<BatchNumber>, NodeError> {
        Ok(None)
    }

    /// Stops working and waits until everything is on disk.
    ///
    /// # Errors
    /// [`NodeError`] when a part ended badly.
    pub async fn stop(self) -> Result<(), NodeError> {
        self.shutdown.cancel();
        Ok(())
    }
}
