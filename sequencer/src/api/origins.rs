//! Which web pages may read the answers.
//!
//! What is open here anybody may ask for and nobody is known by a cookie, so a page of any origin may unless
//! the operator names some. What is for those who run the node or prove for it is open to no page: a browser in
//! their network must not be a way in.

use assay_l1::rpc::Origin;
use axum::{
    extract::{Request, State},
    http::{HeaderName, Method, header},
    middleware::Next,
    response::Response,
};
use std::time::Duration;
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use super::request::{REQUEST_ID, TRACEPARENT};
use crate::config::Pages;

/// How long a browser need not ask again.
const ALLOWED_FOR: Duration = Duration::from_secs(3600);

/// What begins like this is for workers and operators.
const CLOSED: [&str; 3] = ["/v1/prover/", "/metrics", "/faucet"];

/// Headers of an answer that pages may read besides those that they always may.
const EXPOSED: [HeaderName; 4] = [header::ETAG, header::RETRY_AFTER, REQUEST_ID, TRACEPARENT];

/// What is said to pages; nothing where none may read.
pub(super) fn cors(pages: &Pages) -> Option<CorsLayer> {
    let origins = match pages {
        Pages::Any => AllowOrigin::any(),
        Pages::Of(origins) if origins.is_empty() => return None,
        Pages::Of(origins) => AllowOrigin::list(origins.iter().map(Origin::header).cloned()),
    };
    let cors = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::DELETE])
        .allow_headers(Any)
        .expose_headers(EXPOSED)
        .max_age(ALLOWED_FOR);
    Some(cors)
}

/// Says to pages that they may read, and answers browsers that ask beforehand.
pub(super) async fn open_to_pages(
    State(cors): State<Option<CorsLayer>>,
    request: Request,
    next: Next,
) -> Response {
    match cors.filter(|_| is_open(&request)) {
        None => next.run(request).await,
        Some(cors) => match cors.layer(next).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
    }
}

/// Whether this is something for pages. A question for the options of a call that is no browser's has its own
/// answer.
fn is_open(request: &Request) -> bool {
    let asks_beforehand = request
        .headers()
        .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let path = request.uri().path();
    let is_closed = CLOSED.iter().any(|begin| path.starts_with(begin));
    !is_closed && (request.method() != Method::OPTIONS || asks_beforehand)
}
