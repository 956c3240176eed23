//! JSON bodies and parameters, refused with the place where they do not fit.

use std::{collections::HashMap, num::ParseIntError, str::FromStr, sync::Arc};

use assay_api::wire::schema::PAGE_MAX;
use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, MatchedPath, Path, Query, Request, State,
        rejection::BytesRejection,
    },
    http::{StatusCode, Uri, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::error::{ApiError, Cause};

/// Largest body of a transaction.
pub(super) const TRANSACTION_BYTES_MAX: usize = 16 << 10;

/// Largest body of many transactions: the JSON of one has less than 1 KiB.
pub(super) const LIST_BYTES_MAX: usize = 1 << 20;

/// What a page holds where nothing is said.
const PAGE: u64 = 20;

/// A body of JSON, of so many bytes at most: what refuses more is the call's `DefaultBodyLimit`.
pub(super) struct JsonBody<T, const MOST_BYTES: usize = TRANSACTION_BYTES_MAX>(pub(super) T);

impl<T, S, const MOST_BYTES: usize> FromRequest<S> for JsonBody<T, MOST_BYTES>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unreadable(rejection, MOST_BYTES))?;
        parse(&bytes).map(Self)
    }
}

fn unreadable(rejection: BytesRejection, most_bytes: usize) -> ApiError {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::BodyTooLarge { most_bytes }
    } else {
        ApiError::BodyUnreadable
    }
}

/// Parses JSON of exactly these fields.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (message, line, column) = (error.to_string(), error.line(), error.column());
        // Of an array that is too long the parser says that it is no JSON.
        let is_json = || serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
        match error.classify() {
            Category::Data => ApiError::InvalidBody {
                message,
                line,
                column,
            },
            Category::Syntax if is_json() => ApiError::InvalidBody {
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

/// Parses a number of a path or query, of which there is one spelling.
pub(super) fn number<T>(what: &'static str, text: &str) -> Result<T, ApiError>
where
    T: FromStr<Err = ParseIntError>,
{
    // The parser takes a sign, and zeros before the number.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain || (text.starts_with('0') && text.len() > 1) {
        let reason = format!("`{text}` is not a whole number in decimal");
        return Err(ApiError::invalid(what, reason));
    }
    parameter(what, text)
}

/// The parameter of a path.
pub(super) struct PathText(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(rejection) => Err(ApiError::invalid("path", rejection)),
        }
    }
}

/// The parameters of a query, which are those that the call has ([`KnownQueries`]).
pub(super) struct QueryText(Vec<(String, String)>);

impl QueryText {
    /// What a parameter says, if it is given.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The number that a parameter says, if it is given.
    pub(super) fn number<T>(&self, name: &'static str) -> Result<Option<T>, ApiError>
    where
        T: FromStr<Err = ParseIntError>,
    {
        self.get(name).map(|text| number(name, text)).transpose()
    }

    /// How many of these a page is to hold.
    pub(super) fn page_limit(&self, what: &'static str) -> Result<u64, ApiError> {
        let limit = self.number("limit")?.unwrap_or(PAGE);
        if !(1..=PAGE_MAX.into()).contains(&limit) {
            let reason = format!("a page has 1 to {PAGE_MAX} {what}");
            return Err(ApiError::invalid("limit", reason));
        }
        Ok(limit)
    }

    fn of(uri: &Uri) -> Result<Self, ApiError> {
        let pairs = Query::try_from_uri(uri);
        let Query(pairs) = pairs.map_err(|error| ApiError::invalid("query", error))?;
        Ok(Self(pairs))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryText {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(&parts.uri)
    }
}

/// The parameters that a query may have, by path.
#[derive(Clone)]
pub(super) struct KnownQueries(Arc<HashMap<String, Vec<String>>>);

impl KnownQueries {
    pub(super) fn new(by_path: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self(Arc::new(by_path.into_iter().collect()))
    }

    /// Every parameter is one that the call has, and is given once.
    fn check(&self, request: &Request) -> Result<(), ApiError> {
        let path = request.extensions().get::<MatchedPath>();
        let known = path.and_then(|path| self.0.get(path.as_str()));
        let (Some(known), Some(_)) = (known, request.uri().query()) else {
            return Ok(());
        };
        let QueryText(pairs) = QueryText::of(request.uri())?;
        for (place, (name, _)) in pairs.iter().enumerate() {
            let reason = if !known.contains(name) {
                format!("there is no parameter `{name}`")
            } else if pairs.iter().take(place).any(|(other, _)| other == name) {
                format!("`{name}` is given twice")
            } else {
                continue;
            };
            return Err(ApiError::invalid("query", reason));
        }
        Ok(())
    }
}

/// Refuses what a call does not know, everywhere alike.
pub(super) async fn known_query(
    State(known): State<KnownQueries>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    known.check(&request)?;
    Ok(next.run(request).await)
}
