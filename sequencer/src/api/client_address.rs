//! Who a request is from: the other end of the connection, or whom a trusted proxy names.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, Request},
};
use ipnet::IpNet;
use tower_governor::{GovernorError, key_extractor::KeyExtractor};

/// Header in which a proxy says for whom it asks, the nearest last.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// As RFC 7239 has it.
const FORWARDED: &str = "forwarded";

/// Proxies that are believed when they say for whom they ask.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Arc<[IpNet]>);

impl From<Vec<IpNet>> for TrustedProxies {
    fn from(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }
}

impl TrustedProxies {
    pub(super) fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whom a request is from that came from `peer`: going back along the proxies, the first
    /// address that is not trusted. What stands before it anybody may have written.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        for named in named(headers).into_iter().rev() {
            match named {
                Some(address) if self.has(client) => client = address,
                _ => break,
            }
        }
        client
    }
}

/// Whom the proxies name, the nearest last; `None` for a name that is no address.
fn named(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = |name| {
        let values = headers.get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok())
    };
    let plain = values(FORWARDED_FOR).flat_map(|value| value.split(','));
    let plain: Vec<_> = plain.map(address).collect();
    if !plain.is_empty() {
        return plain;
    }
    let hops = values(FORWARDED).flat_map(|value| value.split(','));
    hops.map(|hop| {
        let mut fields = hop.split(';').filter_map(|field| field.split_once('='));
        let (_, by_whom) = fields.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
        address(by_whom.trim().trim_matches('"'))
    })
    .collect()
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let plain = bare.unwrap_or(text).parse().ok();
    plain.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

/// What counts as one client: an address, or the half of a version 6 address that one customer gets.
pub(super) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// The client of a request, or nothing where there is no connection (in tests).
#[derive(Debug, Clone)]
pub(crate) struct ClientAddress(pub(crate) TrustedProxies);

impl ClientAddress {
    /// Whom a request is from.
    pub(super) fn of<T>(&self, request: &Request<T>) -> Option<IpAddr> {
        self.by(request.extensions(), request.headers())
    }

    /// Whom a request with these is from.
    pub(super) fn by(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        peer.map(|peer| self.0.client(peer.0.ip(), headers))
    }
}

impl KeyExtractor for ClientAddress {
    type Key = Option<IpAddr>;

    fn extract<T>(&self, request: &Request<T>) -> Result<Self::Key, GovernorError> {
        Ok(self.of(request).map(household))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn client(peer: &str, name: &'static str, value: &str) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let trusted = TrustedProxies::from(trusted.to_vec());
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        trusted.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_proxy_is_believed_where_it_is_trusted_and_no_further() {
        let forwarded_for = |peer, value| client(peer, FORWARDED_FOR, value);
        assert_eq!(forwarded_for("10.0.0.1", "203.0.113.7"), "203.0.113.7");
        assert_eq!(forwarded_for("198.51.100.1", "203.0.113.7"), "198.51.100.1");
        // Whoever asked the proxy wrote the first one.
        let chain = "192.0.2.66, 203.0.113.7, 10.9.9.9";
        assert_eq!(forwarded_for("10.0.0.1", chain), "203.0.113.7");
        assert_eq!(forwarded_for("10.0.0.1", "203.0.113.7:4711"), "203.0.113.7");
        assert_eq!(forwarded_for("10.0.0.1", "unknown"), "10.0.0.1");
        assert_eq!(
            forwarded_for("::ffff:10.0.0.1", "203.0.113.7"),
            "203.0.113.7"
        );
    }

    #[test]
    fn the_standard_header_is_read_as_well() {
        let forwarded = |value| client("fd00::1", FORWARDED, value);
        assert_eq!(
            forwarded("for=203.0.113.7;proto=https;by=10.0.0.1"),
            "203.0.113.7"
        );
        assert_eq!(forwarded(r#"For="[2001:db8::17]:4711""#), "2001:db8::17");
        assert_eq!(
            forwarded("for=192.0.2.66, for=203.0.113.7, for=10.1.1.1"),
            "203.0.113.7"
        );
        assert_eq!(forwarded("for=_hidden"), "fd00::1");
    }

    #[test]
    fn a_customer_of_version_6_is_one_client() {
        let household = |text: &str| household(text.parse().unwrap()).to_string();
        assert_eq!(household("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(household("203.0.113.7"), "203.0.113.7");
        assert_eq!(household("::ffff:203.0.113.7"), "203.0.113.7");
    }
}
