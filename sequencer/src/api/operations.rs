//! What those who run the node look at.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use super::page;
use crate::{health::Health, standing::Standing, telemetry};

/// What these calls use.
#[derive(Clone)]
pub(crate) struct OperationCalls {
    pub(crate) health: Arc<Health>,
    pub(crate) standing: Standing,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations",
    responses((status = 200, description = "ok", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// Whether the node takes transactions and moves batches, and if not, why.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "Ready", body = Object),
        (status = 503, description = "Not ready; `faults` says why", body = Object),
    ))]
pub(super) async fn readyz(State(calls): State<OperationCalls>) -> (StatusCode, Json<Value>) {
    let faults = calls.health.faults();
    let ready = calls.health.ready() && calls.standing.look().seen_ms > 0;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let faults: Vec<Value> = faults
        .into_iter()
        .map(|(code, message)| json!({ "code": code, "message": message }))
        .collect();
    (status, Json(json!({ "ready": ready, "faults": faults })))
}

/// Metrics for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Prometheus text", body = String)))]
pub(super) async fn metrics() -> String {
    telemetry::render()
}

const SENTENCE: &str = "This is a node of Assay, a payments rollup. /docs shows its interface, /v1/status its state, /readyz whether it is well; a browser gets a page here.\n";

/// Where to go from here.
//
// A browser, which asks for HTML, gets the page.
#[utoipa::path(get, path = "/", tag = "operations",
    responses((status = 200, description = "A sentence", body = String)))]
pub(super) async fn index(headers: HeaderMap) -> Response {
    page::front(&headers, SENTENCE)
}
