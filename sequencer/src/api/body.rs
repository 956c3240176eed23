//! JSON bodies and parameters, refused with the place where they do not fit.

use std::str::FromStr;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
    response::IntoResponse,
};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::error::{ApiError, Cause};

/// Largest body of a transaction.
pub(super) const TRANSACTION_BYTES_MAX: usize = 16 << 10;

/// A body of JSON.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(unreadable)?;
        parse(&bytes).map(Self)
    }
}

fn unreadable(rejection: BytesRejection) -> ApiError {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::BodyTooLarge {
            most_bytes: TRANSACTION_BYTES_MAX,
        }
    } else {
        ApiError::BodyUnreadable
    }
}

/// Parses JSON of exactly these fields.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (message, line, column) = (error.to_string(), error.line(), error.column());
        match error.classify() {
            Category::Data => ApiError::InvalidBody {
                message,
                line,
                column,
            },
            Category::Syntax | Category::Eof | Category::Io => ApiError::MalformedJson {
                message,
                line,
                column,
            },
        }
    })
}

/// Parses a parameter of a path or query.
pub(super) fn parameter<T>(what: &'static str, text: &str) -> Result<T, ApiError>
where
    T: FromStr<Err: Into<Cause>>,
{
    text.parse()
        .map_err(|error: T::Err| ApiError::invalid(what, error))
}

/// The parameters of a query, in their order.
pub(super) fn query(
    query: Option<&str>,
    known: &[&'static str],
) -> Result<Vec<(&'static str, String)>, ApiError> {
    let pairs = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty());
    let value = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = known.iter().find(|known| **known == name);
        let unknown = || ApiError::invalid("query", format!("there is no parameter `{name}`"));
        Ok((*known.ok_or_else(unknown)?, value.to_owned()))
    };
    pairs.map(value).collect()
}
