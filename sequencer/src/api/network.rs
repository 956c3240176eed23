//! Fees, tokens, and the state of the node.

use assay_api::wire::{FeeView, StatusView, TokenView};
use axum::{Json, extract::State};

use super::ApiState;
use crate::view;

/// What a transaction costs, by token.
#[utoipa::path(get, path = "/v1/fees", tag = "network",
    responses((status = 200, body = Vec<FeeView>)))]
pub(super) async fn fees(State(state): State<ApiState>) -> Json<Vec<FeeView>> {
    Json(view::fees(&state.context))
}

/// Tokens.
#[utoipa::path(get, path = "/v1/tokens", tag = "network",
    responses((status = 200, body = Vec<TokenView>)))]
pub(super) async fn tokens(State(state): State<ApiState>) -> Json<Vec<TokenView>> {
    Json(view::tokens(&state.context))
}

/// The node and its network.
#[utoipa::path(get, path = "/v1/status", tag = "network",
    responses((status = 200, body = StatusView)))]
pub(super) async fn status(State(state): State<ApiState>) -> Json<StatusView> {
    Json(view::status(&state.context))
}
