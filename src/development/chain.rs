//! The simulated layer 1, served.

use std::net::SocketAddr;

use anyhow::Result;
use assay_l1::{
    chain::{Chain, ChainConfig, ChainHandle, Mining},
    rpc::{self, RpcServer},
};
use tokio_util::sync::CancellationToken;

/// Starts a chain that makes a block for each transaction, and serves it.
pub(crate) async fn start(
    address: SocketAddr,
    config: ChainConfig,
    shutdown: CancellationToken,
) -> Result<(ChainHandle, RpcServer)> {
    let listener = rpc::bind(address)?;
    let chain = Chain::start(ChainConfig {
        mining: Mining::Automatic,
        ..config
    });
    let server = rpc::serve(listener, chain.clone(), shutdown)?;
    Ok((chain, server))
}

/// When blocks are made, for an option in milliseconds where 0 means at once.
pub(crate) fn mining(block_time_ms: u64) -> Mining {
    match block_time_ms {
        0 => Mining::Automatic,
        ms => Mining::Interval { ms },
    }
}
