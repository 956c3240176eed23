//! Handing transactions in, and following them.

use assay_api::wire::{ErrorBody, Receipt, SignatureView, SignedOperation, TransactionView};
use assay_circuits::{address::Address, order::TxHash};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::{
    ApiState,
    body::{JsonBody, parameter},
    error::ApiError,
};
use crate::view;

/// Hands a signed operation in.
///
/// The answer is the operator's signed receipt: the transaction is on its disk and will be
/// executed if it can be.
#[utoipa::path(post, path = "/v1/transactions", tag = "transactions",
    request_body = SignedOperation,
    responses(
        (status = 202, description = "Taken", body = Receipt),
        (status = 400, description = "It breaks a rule; the code says which", body = ErrorBody),
        (status = 409, description = "Taken before, or its nonce is", body = ErrorBody),
        (status = 503, description = "The node takes nothing now", body = ErrorBody),
    ))]
pub(super) async fn submit(
    State(state): State<ApiState>,
    JsonBody(operation): JsonBody<SignedOperation>,
) -> Result<(StatusCode, Json<Receipt>), ApiError> {
    let context = &state.context;
    let signed = operation.to_signed(context.network)?;
    let taken = state.admission.submit(signed).await?;
    let owner = context.config.operator_key.public_key().0;
    let receipt = Receipt {
        hash: taken.hash.to_string(),
        received_ms: taken.received_ms,
        operator: Address {
            network: context.network,
            owner,
        }
        .to_string(),
        signature: SignatureView::from(&taken.signature),
    };
    Ok((StatusCode::ACCEPTED, Json(receipt)))
}

/// A transaction and how far it has come.
#[utoipa::path(get, path = "/v1/transactions/{hash}", tag = "transactions",
    params(("hash" = String, Path, description = "0x and 64 hex digits")),
    responses(
        (status = 200, body = TransactionView),
        (status = 404, description = "`unknown_transaction`", body = ErrorBody),
    ))]
pub(super) async fn show(
    State(state): State<ApiState>,
    Path(hash): Path<String>,
) -> Result<Json<TransactionView>, ApiError> {
    let hash: TxHash = parameter("hash", &hash)?;
    let found = state.context.storage.transaction(hash)?;
    let found = found.ok_or_else(|| ApiError::UnknownTransaction(hash.to_string()))?;
    Ok(Json(view::transaction(&state.context, hash, found)?))
}
