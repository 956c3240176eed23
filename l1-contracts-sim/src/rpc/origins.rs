//! Which web pages may talk to the chain.
//!
//! Its accounts are unlocked: a page that reached it could send for all of them. A browser says
//! where a page is from, so what comes from pages that nobody named is refused, also over
//! WebSockets, for which browsers ask nobody. Programs say nothing, and are let in.

use std::{str::FromStr, sync::Arc};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jsonrpsee::server::HttpBody;
use tower_http::{
    cors::{AllowOrigin, CorsLayer},
    validate_request::{ValidateRequest, ValidateRequestHeaderLayer},
};

/// The origin of a web page, as in `https://example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let host = text.split_once("://").map(|(_, host)| host);
        if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
            return Err(format!(
                "{text} is no origin: that is scheme, host and port, like https://example.org"
            ));
        }
        let value = HeaderValue::from_str(&text.to_ascii_lowercase());
        value.map(Self).map_err(|error| error.to_string())
    }
}

/// Refuses what comes from other origins than these.
#[derive(Debug, Clone)]
pub(super) struct Named(Arc<[HeaderValue]>);

impl<B> ValidateRequest<B> for Named {
    type ResponseBody = HttpBody;

    fn validate(&mut self, request: &mut Request<B>) -> Result<(), Response<HttpBody>> {
        let mut origins = request.headers().get_all(header::ORIGIN).iter();
        if origins.all(|origin| self.0.contains(origin)) {
            return Ok(());
        }
        let mut refusal = Response::new(HttpBody::from(
            "this page's origin is not among those named by --origin",
        ));
        *refusal.status_mut() = StatusCode::FORBIDDEN;
        Err(refusal)
    }
}

/// The layers that let in only pages of the named origins.
pub(super) fn layers(named: &[Origin]) -> (ValidateRequestHeaderLayer<Named>, CorsLayer) {
    let named: Vec<HeaderValue> = named.iter().map(|origin| origin.0.clone()).collect();
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(named.clone()))
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE]);
    let named = Named(named.into());
    (ValidateRequestHeaderLayer::custom(named), cors)
}
