//! The address of a layer 1's JSON-RPC. Providers put their customers' keys into it, so it is a
//! secret but for scheme and host.

use std::{convert::Infallible, fmt, str::FromStr};

use alloy::{hex, transports::http::reqwest::Url};

/// A shorter part of a URL is no secret, and may stand in any text.
const SECRET_BYTES_MIN: usize = 6;
/// Stands where a secret stood.
const HIDDEN: &str = "[..]";

/// The URL of a layer 1. Only scheme, host and port of it are ever printed.
#[derive(Clone, PartialEq, Eq)]
pub struct L1Url(String);

impl L1Url {
    /// The whole URL, for whoever connects.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// A text without what is secret in the URL: servers repeat what they are asked for.
    #[must_use]
    pub fn hide_in(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for secret in self.secrets() {
            hidden = hidden.replace(&secret, HIDDEN);
        }
        hidden
    }

    /// All parts that may be secret, as they are written and as they are meant, the longest first.
    fn secrets(&self) -> Vec<String> {
        let Ok(url) = Url::parse(&self.0) else {
            return vec![self.0.clone()];
        };
        let mut parts = vec![url.as_str(), url.path(), url.username()];
        parts.extend(url.password());
        parts.extend(url.path_segments().into_iter().flatten());
        if let Some(query) = url.query() {
            parts.push(query);
            parts.extend(query.split(['&', '=']));
        }
        parts.extend(url.fragment());
        let mut secrets: Vec<_> = parts.iter().map(|part| (*part).to_owned()).collect();
        secrets.extend(parts.iter().map(|part| percent_decoded(part)));
        secrets.retain(|secret| secret.len() >= SECRET_BYTES_MIN);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        secrets
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.first_chunk::<2>().filter(|_| *first == b'%');
        let decoded = digits.and_then(|digits| hex::decode(digits).ok());
        let taken = if decoded.is_some() { 3 } else { 1 };
        bytes.extend(decoded.unwrap_or_else(|| vec![*first]));
        rest = &rest[taken..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Display for L1Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(url) = Url::parse(&self.0) else {
            return f.write_str(HIDDEN);
        };
        write!(
            f,
            "{}://{}",
            url.scheme(),
            url.host_str().unwrap_or_default()
        )?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        let is_bare = url.path() == "/"
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none();
        f.write_str(if is_bare { "" } else { "/[..]" })
    }
}

impl fmt::Debug for L1Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L1Url({self})")
    }
}

impl FromStr for L1Url {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl From<&str> for L1Url {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl From<String> for L1Url {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl From<&String> for L1Url {
    fn from(url: &String) -> Self {
        Self(url.clone())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_host_are_all_that_is_printed() {
        for (url, shown) in [
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
            ("https://l1.example/", "https://l1.example"),
            ("https://l1.example/v2/k3y-0f-us", "https://l1.example/[..]"),
            (
                "https://l1.example?key=k3y-0f-us",
                "https://l1.example/[..]",
            ),
            (
                "https://u53rname@l1.example:1/",
                "https://l1.example:1/[..]",
            ),
            ("no url but a k3y-0f-us", "[..]"),
        ] {
            let url = L1Url::from(url);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("L1Url({shown})"));
        }
    }

    #[test]
    fn what_a_server_repeats_is_hidden_however_it_is_written() {
        let url = "https://u53rname:p4ss%20word@l1.example/v2/p4th-k3y?api=qu3ry-k3y";
        let url = L1Url::from(url);
        for (said, shown) in [
            (
                "cannot POST /v2/p4th-k3y?api=qu3ry-k3y",
                "cannot POST [..]?[..]",
            ),
            ("no project p4th-k3y", "no project [..]"),
            (
                "u53rname has the password `p4ss word`",
                "[..] has the password `[..]`",
            ),
            ("v2 is over", "v2 is over"),
        ] {
            assert_eq!(url.hide_in(said), shown);
        }
    }
}
