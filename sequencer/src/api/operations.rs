//! What those who run the node look at.

use std::sync::Arc;

use assay_api::wire::{FaultView, ReadyView};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::page;
use crate::{
    health::{Fault, Health},
    standing::Standing,
    telemetry,
};

/// What these calls use.
#[derive(Clone)]
pub(crate) struct OperationCalls {
    pub(crate) health: Arc<Health>,
    pub(crate) standing: Standing,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations", operation_id = "getHealth",
    responses((status = 200, description = "ok", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// Whether the node takes transactions and moves batches, and if not, why.
#[utoipa::path(get, path = "/readyz", tag = "operations", operation_id = "getReadiness",
    responses(
        (status = 200, description = "Ready", body = ReadyView),
        (status = 503, description = "Not ready; `faults` says why", body = ReadyView),
    ))]
pub(super) async fn readyz(State(calls): State<OperationCalls>) -> (StatusCode, Json<ReadyView>) {
    let faults = calls.health.faults();
    let ready = calls.health.ready() && calls.standing.look().seen_ms > 0;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let view = |(code, message): (&str, String)| FaultView {
        code: code.to_owned(),
        message,
    };
    let faults = faults.into_iter().map(view).collect();
    (status, Json(ReadyView { ready, faults }))
}

/// Metrics for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", operation_id = "getMetrics",
    responses((status = 200, description = "Prometheus text", body = String)))]
pub(super) async fn metrics(State(calls): State<OperationCalls>) -> String {
    for fault in Fault::ALL {
        let holds = calls.health.has(fault);
        telemetry::FAULT.set_as(fault.code(), f64::from(u8::from(holds)));
    }
    telemetry::render()
}

const SENTENCE: &str = "This is a node of Assay, a payments rollup. /docs shows its interface, /v1/status its state, /readyz whether it is well; a browser gets a page here.\n";

/// Where to go from here.
//
// A browser, which asks for HTML, gets the page.
#[utoipa::path(get, path = "/", tag = "operations", operation_id = "getIndex",
    responses((status = 200, description = "A sentence", body = String)))]
pub(super) async fn index(headers: HeaderMap) -> Response {
    page::front(&headers, SENTENCE)
}
