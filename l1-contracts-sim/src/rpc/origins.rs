//! Which web pages may talk to the chain.
//!
//! Its accounts are unlocked: a page that reached it could send for all of them. A browser says
//! where a page is from, so what comes from pages that nobody named is refused, also over
//! WebSockets, for which browsers ask nobody. A page can have its own name lead here, so that it
//! and the chain are of one origin: what asks for the chain under a name that is not the chain's is
//! refused too. Programs say nothing, and are let in.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use jsonrpsee::server::HttpBody;
use tower_http::{
    cors::{AllowOrigin, CorsLayer},
    validate_request::{ValidateRequest, ValidateRequestHeaderLayer},
};

use super::refusals;

/// The origin of a web page, as in `https://example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    /// As browsers send it.
    #[must_use]
    pub fn header(&self) -> &HeaderValue {
        &self.0
    }

    /// The name of its host, without the port.
    fn host(&self) -> Option<&str> {
        let (_, host) = self.0.to_str().ok()?.split_once("://")?;
        Some(without_port(host))
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let host = text.split_once("://").map(|(_, host)| host);
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '*', '@', ' '])) {
            return Err(format!(
                "{text} is no origin: that is scheme, host and port, like https://example.org"
            ));
        }
        let text = text.to_ascii_lowercase();
        // Browsers leave out the port that a scheme has anyway.
        let bare = match text.split_once("://") {
            Some(("http", _)) => text.strip_suffix(":80"),
            Some(("https", _)) => text.strip_suffix(":443"),
            _ => None,
        };
        let value = HeaderValue::from_str(bare.unwrap_or(&text));
        value.map(Self).map_err(|error| error.to_string())
    }
}

/// Refuses what comes from other origins than these, or under a foreign name.
#[derive(Debug, Clone)]
pub(super) struct Named(Arc<[Origin]>);

impl<B> ValidateRequest<B> for Named {
    type ResponseBody = HttpBody;

    fn validate(&mut self, request: &mut Request<B>) -> Result<(), Response<HttpBody>> {
        let is_named = |given| self.0.iter().any(|origin| origin.header() == given);
        if !request
            .headers()
            .get_all(header::ORIGIN)
            .iter()
            .all(is_named)
        {
            return Err(refusals::refusal(
                StatusCode::FORBIDDEN,
                "this page's origin is not among those named by --cors-origin",
            ));
        }
        if !self.is_asked_for(request) {
            return Err(refusals::refusal(
                StatusCode::FORBIDDEN,
                "this is not the host of the chain: use its address or localhost, or name an origin of \
                 this host by --cors-origin",
            ));
        }
        Ok(())
    }
}

impl Named {
    /// Whether the name under which the chain is asked can be its own: an address, one that no public name
    /// is, or that of a page that may use it.
    fn is_asked_for<B>(&self, request: &Request<B>) -> bool {
        let authority = request.uri().authority().map(|name| name.as_str());
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let given = hosts.all(|host| host.to_str().is_ok_and(|host| self.is_host(host)));
        given && authority.is_none_or(|name| self.is_host(name))
    }

    fn is_host(&self, host: &str) -> bool {
        let host = without_port(host).to_ascii_lowercase();
        let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let is_local = !host.contains('.') || host.ends_with(".localhost");
        let mut named = self.0.iter().filter_map(Origin::host);
        is_address || is_local || named.any(|named| named == host)
    }
}

/// A host's name or address of `HOST:PORT`, where that of version 6 stands in brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Headers that pages may send: those of JSON, and those by which requests are traced.
const TAKEN: [HeaderName; 3] = [
    header::CONTENT_TYPE,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("x-request-id"),
];

/// The layers that let in only pages of the named origins.
pub(super) fn layers(named: &[Origin]) -> (ValidateRequestHeaderLayer<Named>, CorsLayer) {
    let origins = named.iter().map(Origin::header).cloned();
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::POST])
        .allow_headers(TAKEN);
    let named = Named(named.into());
    (ValidateRequestHeaderLayer::custom(named), cors)
}
