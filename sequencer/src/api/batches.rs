//! Batches.

use assay_api::wire::{BatchDetail, BatchList, ErrorBody};
use assay_circuits::quantity::BatchNumber;
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::{ApiState, accounts::query, body::parameter, error::ApiError};
use crate::{record::BatchRecord, view};

/// Batches on a page where nothing is said.
const PAGE: u64 = 20;
/// Most batches on a page.
const PAGE_MAX: u64 = 100;

fn find(state: &ApiState, text: &str) -> Result<BatchRecord, ApiError> {
    let number: u64 = parameter("number", text)?;
    let found = state.context.storage.batch(BatchNumber(number))?;
    found.ok_or(ApiError::UnknownBatch(number))
}

/// Sealed batches, latest first.
#[utoipa::path(get, path = "/v1/batches", tag = "batches",
    params(
        ("limit" = Option<u32>, Query, description = "How many, at most 100; 20 by default"),
        ("before" = Option<u64>, Query, description = "Only batches below this number"),
    ),
    responses((status = 200, body = BatchList)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    RawQuery(text): RawQuery,
) -> Result<Json<BatchList>, ApiError> {
    let (mut limit, mut before) = (PAGE, u64::MAX);
    for (name, value) in query(text.as_deref(), &["limit", "before"])? {
        match name {
            "limit" => limit = parameter::<u64>("limit", &value)?.clamp(1, PAGE_MAX),
            _ => before = parameter("before", &value)?,
        }
    }
    let storage = &state.context.storage;
    let last = state.context.heights().sealed.min(before.saturating_sub(1));
    let first = last.saturating_sub(limit).saturating_add(1).max(1);
    let mut batches = Vec::new();
    for number in (first..=last).rev() {
        if let Some(record) = storage.batch(BatchNumber(number))? {
            batches.push(view::batch(&state.context, &record)?);
        }
    }
    let next_before = (first > 1 && !batches.is_empty()).then_some(first);
    Ok(Json(BatchList {
        batches,
        next_before,
    }))
}

/// A sealed batch with what it holds.
#[utoipa::path(get, path = "/v1/batches/{number}", tag = "batches",
    params(("number" = u64, Path, description = "Number of the batch")),
    responses(
        (status = 200, body = BatchDetail),
        (status = 404, description = "`unknown_batch`", body = ErrorBody),
    ))]
pub(super) async fn show(
    State(state): State<ApiState>,
    Path(text): Path<String>,
) -> Result<Json<BatchDetail>, ApiError> {
    let record = find(&state, &text)?;
    Ok(Json(view::batch_detail(&state.context, &record)?))
}

/// The file that `assay verify` takes: everything for an offline check of a proved batch.
#[utoipa::path(get, path = "/v1/batches/{number}/bundle", tag = "batches",
    params(("number" = u64, Path, description = "Number of the batch")),
    responses(
        (status = 200, description = "The bundle", content_type = "application/json"),
        (status = 404, description = "`unknown_batch`, `not_proved_yet`", body = ErrorBody),
    ))]
pub(super) async fn bundle(
    State(state): State<ApiState>,
    Path(text): Path<String>,
) -> Result<Response, ApiError> {
    let record = find(&state, &text)?;
    let bundle = view::bundle(&state.context, &record)?;
    let bundle = bundle.ok_or(ApiError::NotProvedYet(record.number.0))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bundle).into_response())
}
