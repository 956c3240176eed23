//! Test money, where the node was handed a way to give some. No operator's node is.

use assay_api::wire::{FaucetGrant, FaucetRequest};
use axum::{Json, extract::State};

use super::{body::JsonBody, error::ApiError};
use crate::faucet::{Faucet, FaucetError};

/// Gives test money, and answers once the layer 1 has it.
pub(super) async fn give(
    State(faucet): State<Faucet>,
    JsonBody(request): JsonBody<FaucetRequest>,
) -> Result<Json<FaucetGrant>, ApiError> {
    Ok(Json(faucet.give(request).await?))
}

impl From<FaucetError> for ApiError {
    fn from(error: FaucetError) -> Self {
        match error {
            FaucetError::Field { field, message } => Self::invalid(field, message),
            FaucetError::Busy => Self::TooManyRequests { wait_s: 1 },
            FaucetError::Failed(_) => {
                tracing::error!(%error, "a request failed");
                Self::Internal
            }
        }
    }
}
