//! What names a request, for whoever complains about it and for whoever traces it; and its line in the log.

mod trace;

use std::{net::IpAddr, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, debug, error_span, info};

use super::{client_address::ClientAddress, error};
pub(super) use trace::TRACEPARENT;
use trace::Trace;

/// Names a request: that of the client, or of a proxy before the node.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bytes of a request's name at most.
const REQUEST_ID_BYTES_MAX: usize = 128;
/// Bytes of a path that are logged.
const PATH_BYTES_MAX: usize = 160;

/// What is asked again and again, by path: it has a line in the log at the level of `debug` alone.
const ROUTINE: [&str; 6] = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/assets/{file}",
    "/docs/{*rest}",
    "/v1/prover/jobs/{id}/heartbeat",
];
/// Likewise, while there is nothing to lend.
const LEASE: &str = "/v1/prover/jobs/lease";

/// The outermost layer: a request has its names in every line of the log, and in the head of its answer.
pub(super) async fn named(
    State(clients): State<ClientAddress>,
    request: Request,
    next: Next,
) -> Response {
    let begin = Instant::now();
    let trace = Trace::of(request.headers());
    let id = request_id(request.headers()).unwrap_or_else(|| trace.id());
    // Of the highest level, so that errors carry it whatever else is filtered out.
    let span = error_span!("request", id, trace = trace.id());
    let asked = Asked::new(&request, clients.of(&request));
    async move {
        let mut response = next.run(request).await;
        if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
            response = in_place_of(response, error::failed(&id));
        }
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::try_from(id) {
            headers.insert(REQUEST_ID, id);
        }
        headers.insert(TRACEPARENT, trace.header());
        asked.log(response.status(), begin);
        response
    }
    .instrument(span)
    .await
}

/// An answer with what the head of another says beside the content.
fn in_place_of(other: Response, mut answer: Response) -> Response {
    let mut kept = other.into_parts().0.headers;
    let of_content = [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
    ];
    for name in of_content {
        kept.remove(name);
    }
    answer.headers_mut().extend(kept);
    answer
}

/// The name that a request brings. One that is long, or has characters that a line of a log should not
/// have, counts for nothing.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let mut given = headers.get_all(REQUEST_ID).iter();
    let (Some(id), None) = (given.next(), given.next()) else {
        return None;
    };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:=+/".contains(byte);
    let fits = (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(is_plain);
    id.to_str().ok().filter(|_| fits).map(str::to_owned)
}

/// What was asked, by whom.
struct Asked {
    method: Method,
    path: String,
    route: Option<MatchedPath>,
    client: Option<IpAddr>,
}

impl Asked {
    fn new(request: &Request, client: Option<IpAddr>) -> Self {
        let path = request.uri().path();
        let end = path.floor_char_boundary(PATH_BYTES_MAX);
        Self {
            method: request.method().clone(),
            path: path[..end].to_owned(),
            route: request.extensions().get().cloned(),
            client,
        }
    }

    /// The one line that a request has.
    fn log(&self, status: StatusCode, begin: Instant) {
        let Self { method, path, .. } = self;
        let status = status.as_u16();
        let ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let client = match self.client {
            Some(client) => client.to_string(),
            None => "-".to_owned(),
        };
        if self.is_routine(status) {
            debug!(%method, path, status, ms, client, "answered");
        } else {
            info!(%method, path, status, ms, client, "answered");
        }
    }

    fn is_routine(&self, status: u16) -> bool {
        let route = self.route.as_ref().map_or("", MatchedPath::as_str);
        let lends_nothing = route == LEASE && status == 204;
        self.method == Method::OPTIONS || lends_nothing || ROUTINE.contains(&route)
    }
}
