//! What is refused before any method is called, told as JSON-RPC tells errors.

use http::{HeaderValue, Response, StatusCode, header};
use jsonrpsee::{server::HttpBody, types::ErrorCode};
use serde_json::json;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An error that is about no call in particular.
pub(super) fn refusal(status: StatusCode, message: &str) -> Response<HttpBody> {
    let code = ErrorCode::InvalidRequest.code();
    let error =
        json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } });
    let mut response = Response::new(HttpBody::from(error.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("POST, OPTIONS");
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// The server's own refusals are plain text: they are told like all others.
pub(super) fn in_json(response: Response<HttpBody>) -> Response<HttpBody> {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    let is_json = media_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let status = response.status();
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let message = match status {
        StatusCode::METHOD_NOT_ALLOWED => "this is JSON-RPC: use POST, or a WebSocket",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "the body must be application/json",
        StatusCode::TOO_MANY_REQUESTS => "too many connections; try again later",
        _ => "the request is refused",
    };
    refusal(status, message)
}
