//! Errors in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::code::ErrorCode;
use crate::seen;

/// Every error of the interface: `{"error": {...}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// Stable, for programs.
    #[schema(value_type = ErrorCode)]
    #[serde(deserialize_with = "seen::deserialize")]
    pub code: String,
    /// For people.
    #[serde(deserialize_with = "seen::deserialize")]
    pub message: String,
    /// The data behind it, by code: `docs/spec/api.md` says which.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
}
