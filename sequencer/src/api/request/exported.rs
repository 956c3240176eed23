//! The span of a request for a collector, named and described by OpenTelemetry's conventions for HTTP.

use axum::http::StatusCode;
use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, SpanKind, Status, Tracer as _},
};
use opentelemetry_sdk::trace::{SdkTracer, Span};

/// Begins the span of what is asked: method, route (empty where there is none) and path.
pub(super) fn begin(
    tracer: &SdkTracer,
    (method, route, path): (&str, &str, &str),
    parent: &Context,
) -> Span {
    let name = format!("{method} {route}").trim_end().to_owned();
    let attributes = [
        ("http.request.method", method),
        ("http.route", route),
        ("url.path", path),
    ];
    let attributes = attributes.map(|(key, value)| KeyValue::new(key, value.to_owned()));
    let builder = tracer.span_builder(name).with_kind(SpanKind::Server);
    builder
        .with_attributes(attributes)
        .start_with_context(tracer, parent)
}

/// Ends it with the name of the request, the client and the status of the answer.
pub(super) fn end(span: &mut Span, id: &str, client: &str, status: StatusCode) {
    span.set_attribute(KeyValue::new("assay.request_id", id.to_owned()));
    span.set_attribute(KeyValue::new("client.address", client.to_owned()));
    let code = i64::from(status.as_u16());
    span.set_attribute(KeyValue::new("http.response.status_code", code));
    if status.is_server_error() {
        span.set_status(Status::error(status.as_str().to_owned()));
    }
    span.end();
}
