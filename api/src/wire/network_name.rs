//! What a kind of network is called.

use assay_circuits::address::Network;

/// `public` or `development`.
#[must_use]
pub fn network_name(network: Network) -> &'static str {
    match network {
        Network::Public => "public",
        Network::Development => "development",
    }
}
