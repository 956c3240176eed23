//! Ethereum JSON-RPC over HTTP and WebSockets for the simulated chain.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use jsonrpsee::{
    RpcModule,
    server::{BatchRequestConfig, Server, ServerConfig, ServerHandle},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;

use crate::{
    chain::{ChainHandle, Mining},
    telemetry,
};

mod control;
mod history;
mod logs;
mod methods;
mod origins;
mod refusals;
mod request;
mod scraped;
mod send;
mod state;
mod subscribe;
mod waiting;
mod watching;

use methods::Methods;

pub use origins::Origin;

/// Connections at a time.
const CONNECTIONS_MAX: u32 = 256;
/// Calls in one batch request.
const BATCH_MAX: u32 = 1000;
/// Subscriptions of one connection.
const SUBSCRIPTIONS_MAX: u32 = 256;
/// Messages that wait for a slow reader, of one connection.
const MESSAGES_MAX: u32 = 1024;
/// Size of a request.
const REQUEST_BYTES_MAX: u32 = 4 << 20;
/// Size of an answer.
const RESPONSE_BYTES_MAX: u32 = 64 << 20;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program has the port.
    #[error(
        "cannot listen on {address}: the port is in use by another program; choose another one"
    )]
    PortInUse {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The system refuses.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The listener cannot be used.
    #[error("cannot serve JSON-RPC: {0}")]
    Start(io::Error),
}

/// A running server.
#[derive(Debug)]
pub struct RpcServer {
    address: SocketAddr,
    tasks: [JoinHandle<()>; 2],
}

impl RpcServer {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until it has stopped, which it does when its token is cancelled.
    pub async fn stopped(self) {
        for task in self.tasks {
            // A task that panicked has stopped as well.
            let _ = task.await;
        }
    }
}

/// Takes a port. Port 0 lets the system choose.
///
/// # Errors
/// [`ServeError::PortInUse`] or [`ServeError::Listen`].
pub fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::PortInUse { address },
        _ => ServeError::Listen { address, source },
    })
}

/// Serves the chain to programs until `shutdown` is cancelled, and makes its blocks where they are
/// made by interval. Must be called in a tokio runtime.
///
/// # Errors
/// [`ServeError::Start`].
pub fn serve(
    listener: TcpListener,
    chain: ChainHandle,
    shutdown: CancellationToken,
) -> Result<RpcServer, ServeError> {
    serve_pages(listener, chain, &[], shutdown)
}

/// Serves the chain likewise, to web pages of `origins` as well.
///
/// # Errors
/// [`ServeError::Start`].
pub fn serve_pages(
    listener: TcpListener,
    chain: ChainHandle,
    origins: &[Origin],
    shutdown: CancellationToken,
) -> Result<RpcServer, ServeError> {
    assay_telemetry::install(telemetry::ALL);
    listener.set_nonblocking(true).map_err(ServeError::Start)?;
    let address = listener.local_addr().map_err(ServeError::Start)?;
    let config = ServerConfig::builder()
        .max_connections(CONNECTIONS_MAX)
        .max_request_body_size(REQUEST_BYTES_MAX)
        .max_response_body_size(RESPONSE_BYTES_MAX)
        .max_subscriptions_per_connection(SUBSCRIPTIONS_MAX)
        .set_message_buffer_capacity(MESSAGES_MAX)
        .set_id_provider(subscribe::Numbers::default())
        .set_batch_request_config(BatchRequestConfig::Limit(BATCH_MAX))
        .build();
    let (named, cors) = origins::layers(origins);
    let server = Server::builder()
        .set_config(config)
        .set_http_middleware(
            ServiceBuilder::new()
                .map_response(refusals::in_json as fn(_) -> _)
                .layer(named)
                .layer(cors)
                .layer(scraped::Scraped(chain.clone())),
        )
        .build_from_tcp(listener)
        .map_err(ServeError::Start)?;
    let handle = server.start(module(chain.clone()));
    let tasks = [
        tokio::spawn(stop_with(handle, shutdown.clone())),
        tokio::spawn(mine_by_interval(chain, shutdown)),
    ];
    Ok(RpcServer { address, tasks })
}

async fn stop_with(handle: ServerHandle, shutdown: CancellationToken) {
    shutdown.cancelled().await;
    // An error means that it has stopped already.
    let _ = handle.stop();
    handle.stopped().await;
}

async fn mine_by_interval(chain: ChainHandle, shutdown: CancellationToken) {
    loop {
        let due = async {
            match chain.mining() {
                Mining::Interval { ms } => {
                    tokio::time::sleep(Duration::from_millis(ms.max(1))).await
                }
                Mining::Automatic | Mining::Manual => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = chain.mining_changed() => {}
            () = due => chain.node().mine(),
        }
    }
}

fn module(chain: ChainHandle) -> RpcModule<ChainHandle> {
    let mut methods = Methods::new(chain);
    state::register(&mut methods);
    history::register(&mut methods);
    logs::register(&mut methods);
    send::register(&mut methods);
    waiting::register(&mut methods);
    watching::register(&mut methods);
    control::register(&mut methods);
    let mut module = methods.into_module();
    subscribe::register(&mut module);
    module
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
