//! Addresses as people give them, and the mistakes that are made with them.

use std::net::{AddrParseError, IpAddr, SocketAddr};

use assay_circuits::address::{Address, AddressError, L1Address};

/// Why a text is not the address that was asked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongAddress {
    /// Nothing, or space alone.
    #[error(
        "there is no address: on the rollup one begins with assay1 or assaydev1, on the layer 1 with 0x"
    )]
    Nothing,
    /// A name of ENS or DNS.
    #[error("`{0}` is a name, and names are not looked up: ask for the address")]
    Name(String),
    /// One of the layer 1 where one of the rollup belongs.
    #[error(
        "`{0}` is an address of the layer 1, and one of the rollup belongs here, which begins with assay1 or assaydev1: to pay on the layer 1 use `assay wallet withdraw`"
    )]
    OfLayer1(String),
    /// One of the rollup where one of the layer 1 belongs.
    #[error(
        "`{0}` is an address of the rollup, and one of the layer 1 belongs here, 0x and 40 hex digits: to pay on the rollup use `assay wallet send`"
    )]
    OfRollup(String),
    /// What it is not in itself.
    #[error(transparent)]
    Text(#[from] AddressError),
}

/// Why nobody can listen there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongPlace {
    /// A port alone.
    #[error("`{0}` is a port without an address: write for example 127.0.0.1:{0}")]
    PortAlone(u16),
    /// A name where an IP address belongs.
    #[error(
        "`{host}` is a host name, and an IP address belongs here: write for example 127.0.0.1:{port}"
    )]
    HostName {
        /// The name.
        host: String,
        /// The port behind it.
        port: u16,
    },
    /// A name where an IP address belongs, without a port.
    #[error(
        "`{0}` is no IP address: write for example 127.0.0.1, or 0.0.0.0 for all of this machine's"
    )]
    NoIp(String),
    /// An IP address alone, or anything else.
    #[error("{0}: write an IP address and a port, for example 127.0.0.1:8645")]
    Text(AddrParseError),
}

/// Reads an address of the rollup; space around it is of no account.
///
/// # Errors
/// [`WrongAddress`].
pub(crate) fn on_rollup(text: &str) -> Result<Address, WrongAddress> {
    let text = something(text)?;
    if text.parse::<L1Address>().is_ok() {
        return Err(WrongAddress::OfLayer1(text.to_owned()));
    }
    text.parse().map_err(|error| named(text, error))
}

/// Reads an address of the layer 1; space around it is of no account.
///
/// # Errors
/// [`WrongAddress`].
pub(crate) fn on_layer1(text: &str) -> Result<L1Address, WrongAddress> {
    let text = something(text)?;
    if text.parse::<Address>().is_ok() {
        return Err(WrongAddress::OfRollup(text.to_owned()));
    }
    text.parse().map_err(|error| named(text, error))
}

/// Reads where to listen: an IP address and a port.
///
/// # Errors
/// [`WrongPlace`].
pub(crate) fn to_listen_on(text: &str) -> Result<SocketAddr, WrongPlace> {
    let error = match text.parse() {
        Ok(address) => return Ok(address),
        Err(error) => error,
    };
    if let Ok(port) = text.trim_start_matches(':').parse() {
        return Err(WrongPlace::PortAlone(port));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if host.contains(|c: char| c.is_ascii_alphabetic()) => {
            let port = port.parse().map_err(|_| WrongPlace::Text(error))?;
            Err(WrongPlace::HostName {
                host: host.to_owned(),
                port,
            })
        }
        _ => Err(WrongPlace::Text(error)),
    }
}

/// Reads where to listen without a port: an IP address.
///
/// # Errors
/// [`WrongPlace::NoIp`].
pub(crate) fn to_listen_at(text: &str) -> Result<IpAddr, WrongPlace> {
    text.parse().map_err(|_| WrongPlace::NoIp(text.to_owned()))
}

fn something(text: &str) -> Result<&str, WrongAddress> {
    match text.trim() {
        "" => Err(WrongAddress::Nothing),
        text => Ok(text),
    }
}

/// No address has a point.
fn named(text: &str, error: AddressError) -> WrongAddress {
    let is_name = text.contains('.') && !text.contains(char::is_whitespace);
    if is_name {
        WrongAddress::Name(text.to_owned())
    } else {
        error.into()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// An example of EIP-55.
    const L1: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    /// That of the first key in `docs/spec/vectors.json`.
    const ROLLUP: &str = "assaydev1j8csjkkqrx6svy94edtwtkec3ythlm5tvs30eg76cp8wryeyxx5s6aee76";

    #[test]
    fn space_around_an_address_is_of_no_account() {
        let spaced = format!("\u{a0} {ROLLUP}\n");
        assert_eq!(on_rollup(&spaced), on_rollup(ROLLUP));
        assert_eq!(on_rollup(ROLLUP).unwrap().to_string(), ROLLUP);
        assert_eq!(on_layer1(&format!("{L1} ")).unwrap().to_string(), L1);
    }

    #[test]
    fn an_address_of_the_other_layer_is_told_from_a_typing_error() {
        for l1 in [L1.to_owned(), L1.to_lowercase()] {
            assert_eq!(on_rollup(&l1), Err(WrongAddress::OfLayer1(l1)));
        }
        let of_rollup = WrongAddress::OfRollup(ROLLUP.to_owned());
        assert_eq!(on_layer1(ROLLUP), Err(of_rollup));
        let typed = L1.replace("0x5a", "0x5A");
        assert_eq!(
            on_layer1(&typed),
            Err(AddressError::Eip55(typed.clone()).into())
        );
        let typed = ROLLUP.replace("6aee76", "6aee77");
        assert_eq!(
            on_rollup(&typed),
            Err(AddressError::Checksum(typed.clone()).into())
        );
    }

    #[test]
    fn names_and_nothing_are_no_addresses() {
        let name = || WrongAddress::Name("vitalik.eth".to_owned());
        assert_eq!(on_rollup("vitalik.eth "), Err(name()));
        assert_eq!(on_layer1("vitalik.eth"), Err(name()));
        for nothing in ["", " ", "\t\n"] {
            assert_eq!(on_rollup(nothing), Err(WrongAddress::Nothing));
            assert_eq!(on_layer1(nothing), Err(WrongAddress::Nothing));
        }
    }

    #[test]
    fn listening_takes_an_ip_address_and_a_port() {
        assert!(to_listen_at("::1").is_ok() && to_listen_at("localhost").is_err());
        for good in ["127.0.0.1:0", "0.0.0.0:8645", "[::1]:80"] {
            assert_eq!(to_listen_on(good).unwrap().to_string(), good);
        }
        for (text, said) in [
            ("localhost:8645", "127.0.0.1:8645"),
            ("my-host.example:80", "127.0.0.1:80"),
            ("8645", "127.0.0.1:8645"),
            (":8645", "127.0.0.1:8645"),
            ("127.0.0.1", "127.0.0.1:8645"),
            ("localhost", "127.0.0.1:8645"),
            ("localhost:http", "127.0.0.1:8645"),
            ("", "127.0.0.1:8645"),
        ] {
            let refused = to_listen_on(text).unwrap_err().to_string();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }
}
