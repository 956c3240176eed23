//! The simulated layer 1, served.

use std::net::SocketAddr;

use anyhow::{Result, anyhow};
use assay_l1::{
    chain::{Chain, ChainConfig, ChainHandle, Mining},
    rpc::{self, Origin, RpcServer, ServeError},
};
use tokio_util::sync::CancellationToken;

/// Starts a chain that makes a block for each transaction, and serves it.
pub(crate) fn start(
    (address, option): (SocketAddr, &str),
    config: ChainConfig,
    shutdown: CancellationToken,
) -> Result<(ChainHandle, RpcServer)> {
    let chain = Chain::start(automatic(config));
    let server = serve((address, option), &chain, &[], shutdown)?;
    Ok((chain, server))
}

/// A chain's configuration while contracts are deployed: each step has a block at once.
pub(crate) fn automatic(config: ChainConfig) -> ChainConfig {
    ChainConfig {
        mining: Mining::Automatic,
        ..config
    }
}

/// Serves a chain, to pages of `origins` as well. The option chooses where, should another program be
/// there.
pub(crate) fn serve(
    (address, option): (SocketAddr, &str),
    chain: &ChainHandle,
    origins: &[Origin],
    shutdown: CancellationToken,
) -> Result<RpcServer> {
    let listener = rpc::bind(address).map_err(|error| match error {
        ServeError::PortInUse { address } => anyhow!(
            "cannot listen on {address}: the port is in use by another program; choose another with \
             {option}"
        ),
        other => other.into(),
    })?;
    Ok(rpc::serve_pages(
        listener,
        chain.clone(),
        origins,
        shutdown,
    )?)
}

/// When blocks are made, for an option in milliseconds where 0 means at once.
pub(crate) fn mining(block_time_ms: u64) -> Mining {
    match block_time_ms {
        0 => Mining::Automatic,
        ms => Mining::Interval { ms },
    }
}
