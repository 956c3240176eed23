//! The simulated layer 1, served.

use std::net::SocketAddr;

use anyhow::{Result, anyhow};
use assay_l1::{
    chain::{Chain, ChainConfig, ChainHandle, Mining},
    rpc::{self, Origin, RpcServer, ServeError},
};
use tokio_util::sync::CancellationToken;

/// Starts a chain that makes a block for each transaction, and serves it, to pages of `origins` as well.
pub(crate) fn start(
    (address, option): (SocketAddr, &str),
    config: ChainConfig,
    origins: &[Origin],
    shutdown: CancellationToken,
) -> Result<(ChainHandle, RpcServer)> {
    let chain = Chain::start(automatic(config));
    let server = serve((address, option), &chain, origins, shutdown)?;
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

/// The origins of the page that a node serves: by its address, and where that is this machine's own, by its name.
pub(crate) fn own_page(node: SocketAddr) -> Result<Vec<Origin>> {
    let local = node.ip().is_loopback() || node.ip().is_unspecified();
    let named = local.then(|| format!("localhost:{}", node.port()));
    // Where it listens on every address a browser is given that of this machine.
    let looped = node
        .ip()
        .is_unspecified()
        .then(|| format!("127.0.0.1:{}", node.port()));
    let hosts = [Some(node.to_string()), named, looped]
        .into_iter()
        .flatten();
    let origins = hosts.map(|host| {
        format!("http://{host}")
            .parse()
            .map_err(|error: String| anyhow!(error))
    });
    origins.collect()
}

/// When blocks are made, for an option in milliseconds where 0 means at once.
pub(crate) fn mining(block_time_ms: u64) -> Mining {
    match block_time_ms {
        0 => Mining::Automatic,
        ms => Mining::Interval { ms },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_node_is_known_by_every_name_that_a_browser_may_have_for_it() {
        for (node, expected) in [
            (
                "127.0.0.1:8645",
                vec!["http://127.0.0.1:8645", "http://localhost:8645"],
            ),
            ("[::1]:80", vec!["http://[::1]:80", "http://localhost:80"]),
            ("192.0.2.7:1", vec!["http://192.0.2.7:1"]),
            (
                "0.0.0.0:2",
                vec![
                    "http://0.0.0.0:2",
                    "http://localhost:2",
                    "http://127.0.0.1:2",
                ],
            ),
        ] {
            let expected: Vec<Origin> = expected.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(own_page(node.parse().unwrap()).unwrap(), expected, "{node}");
        }
    }
}
