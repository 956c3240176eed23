//! What names a request, for whoever complains about it and for whoever traces it; and its line in the log.

mod exported;
mod trace;

use std::{net::IpAddr, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Instrument, debug, error_span, info};

use super::{client_address::ClientAddress, error};
use crate::traces::Traces;
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

/// Who asks, and where the spans of requests go.
#[derive(Clone)]
pub(super) struct Naming {
    clients: ClientAddress,
    tracer: Option<SdkTracer>,
}

impl Naming {
    pub(super) fn new(clients: ClientAddress, traces: &Traces) -> Self {
        Self {
            clients,
            tracer: traces.tracer(),
        }
    }
}

/// The outermost layer: a request has its names in every line of the log, and in the head of its answer.
pub(super) async fn named(State(naming): State<Naming>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let asked = Asked::new(&request, naming.clients.of(&request));
    let trace = Trace::of(request.headers());
    let tracer = naming
        .tracer
        .filter(|_| !asked.is_routine(StatusCode::OK.as_u16()));
    let mut exported = tracer.map(|tracer| exported::begin(&tracer, asked.what(), &trace.parent()));
    let trace = match &exported {
        Some(begun) => trace.with_span(begun.span_context()),
        None => trace,
    };
    let id = request_id(request.headers()).unwrap_or_else(|| trace.id());
    // Of the highest level, so that errors carry it whatever else is filtered out.
    let span = error_span!("request", id, trace = trace.id());
    async move {
        let mut response = next.run(request).await;
        if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
            response = in_place_of(response, error::failed(&id));
        }
        if let Some(exported) = &mut exported {
            exported::end(exported, &id, &asked.client, response.status());
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
    client: String,
}

impl Asked {
    fn new(request: &Request, client: Option<IpAddr>) -> Self {
        let path = request.uri().path();
        let end = path.floor_char_boundary(PATH_BYTES_MAX);
        let client = client.map(|client| client.to_canonical().to_string());
        Self {
            method: request.method().clone(),
            path: path[..end].to_owned(),
            route: request.extensions().get().cloned(),
            client: client.unwrap_or_else(|| "-".to_owned()),
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("", MatchedPath::as_str)
    }

    /// Method, route and path.
    fn what(&self) -> (&str, &str, &str) {
        (self.method.as_str(), self.route(), &self.path)
    }

    /// The one line that a request has.
    fn log(&self, status: StatusCode, begin: Instant) {
        let Self {
            method,
            path,
            client,
            ..
        } = self;
        let status = status.as_u16();
        let ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        if self.is_routine(status) {
            debug!(%method, path, status, ms, client, "answered");
        } else {
            info!(%method, path, status, ms, client, "answered");
        }
    }

    fn is_routine(&self, status: u16) -> bool {
        let lends_nothing = self.route() == LEASE && status == 204;
        self.method == Method::OPTIONS || lends_nothing || ROUTINE.contains(&self.route())
    }
}
