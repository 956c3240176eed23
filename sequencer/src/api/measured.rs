//! How many requests are answered with what, and how long that takes.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};

use crate::telemetry;

/// Counts a request when the head of its answer is there.
pub(super) async fn measured(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let response = next.run(request).await;
    telemetry::HTTP_SECONDS.record(begin.elapsed().as_secs_f64());
    telemetry::HTTP_REQUESTS.count_as(response.status().as_str().to_owned());
    response
}
