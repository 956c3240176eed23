//! One error type, one mapping to HTTP. What is inside the node stays inside.

use assay_api::wire::{ErrorBody, ErrorCode, ErrorDetail, OperationError};
use assay_circuits::quantity::AccountIndex;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tower_governor::GovernorError;
use tracing::error;

use crate::{
    admission::error::AdmissionError,
    proving::{LeaseError, ProvingError},
    storage::StorageError,
};

/// What a client hears that has connected and not finished its request's head in time: the answer
/// of [`ApiError::TimedOut`], by hand where no request is.
pub(super) const TIMED_OUT_ON_THE_WIRE: &str = "HTTP/1.1 408 Request Timeout\r\n\
    content-type: application/json\r\ncontent-length: 102\r\nconnection: close\r\n\r\n\
    {\"error\":{\"code\":\"timed_out\",\"message\":\"the request took too long to come or to answer\",\
    \"details\":{}}}";

/// After so long a stream of events may have ended, s.
const STREAM_WAIT_S: u64 = 10;

/// What a client hears whose request is none, or has a head that is too large.
pub(super) fn unreadable_on_the_wire(status: StatusCode) -> String {
    let message = match status {
        StatusCode::URI_TOO_LONG => "the URL is too long",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "the request's head is too large",
        _ => "the request is not HTTP/1.1",
    };
    let code = ErrorCode::MalformedRequest.name();
    let body = json!({ "error": { "code": code, "message": message, "details": {} } }).to_string();
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

/// What was wrong underneath.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a call is not answered with what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error(transparent)]
    Admission(#[from] AdmissionError),
    #[error(transparent)]
    Operation(#[from] OperationError),
    #[error("the body is not JSON: {message}")]
    MalformedJson {
        message: String,
        line: usize,
        column: usize,
    },
    #[error("the body does not fit: {message}")]
    InvalidBody {
        message: String,
        line: usize,
        column: usize,
    },
    #[error("the body has more than {most_bytes} bytes")]
    BodyTooLarge { most_bytes: usize },
    #[error("the body could not be read")]
    BodyUnreadable,
    #[error("{what}: {source}")]
    InvalidParameter { what: &'static str, source: Cause },
    #[error("there is no transaction {0}")]
    UnknownTransaction(String),
    #[error("there is no account {0}")]
    UnknownAccount(AccountIndex),
    #[error("there is no sealed batch {0}")]
    UnknownBatch(u64),
    #[error("no batch here holds entry {0} of the queue: it waits, or is not there")]
    UnknownEntry(u64),
    #[error("there is no `{0}` here: proving keys are named like small.proving.key")]
    UnknownKey(String),
    #[error("batch {0} is not proved on the layer 1 yet")]
    NotProvedYet(u64),
    #[error(
        "the node keeps the trees of the last proved batch ({proved}) and of the last sealed one ({sealed}), not of batch {asked}"
    )]
    RootNotKept {
        asked: u64,
        proved: u64,
        sealed: u64,
    },
    #[error("this node only follows the layer 1: {}", where_to(.0.as_deref()))]
    ReadOnly(Option<String>),
    #[error("this call needs `Authorization: Bearer TOKEN`")]
    Unauthorized,
    #[error("the token is not the one of this node's workers")]
    Forbidden,
    #[error("this node lends no jobs: it has no prover token")]
    NoJobs,
    #[error("there is no job {0}")]
    UnknownJob(u64),
    #[error("another reference stands beside this transaction")]
    ReferenceTaken,
    #[error("the lease has run out, or the job is another's")]
    JobTaken,
    #[error("the job is no longer wanted")]
    JobGone,
    #[error("the proof is wrong: {0}")]
    WrongProof(#[source] Cause),
    #[error("there is no such call; /docs lists them")]
    UnknownPath,
    #[error("this call has another method; /docs lists them")]
    WrongMethod,
    #[error("the request took too long to come or to answer")]
    TimedOut,
    #[error("too many requests; try again in {wait_s} s")]
    TooManyRequests { wait_s: u64 },
    #[error(
        "there are {most} streams of events open for this client: close one, or name several accounts for one"
    )]
    TooManyStreams { most: usize },
    #[error("all {most} streams of events are in use: try again later")]
    NoStreamLeft { most: usize },
    #[error("the node takes up its state anew: /readyz says what it waits for; try again soon")]
    StartingAnew,
    #[error("the node failed to answer; its log says why")]
    Internal,
}

fn where_to(submit_to: Option<&str>) -> String {
    match submit_to {
        Some(url) => format!("ask the operator's node, {url}"),
        None => "ask the operator's node".to_owned(),
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        if matches!(error, StorageError::ReadOnly) {
            return AdmissionError::StorageUnavailable.into();
        }
        error!(%error, "a request failed");
        Self::Internal
    }
}

impl From<ProvingError> for ApiError {
    fn from(error: ProvingError) -> Self {
        match error {
            ProvingError::UnknownJob(batch) => Self::UnknownJob(batch.0),
            ProvingError::Lease(LeaseError::Gone) => Self::JobGone,
            ProvingError::Lease(LeaseError::NotYours) => Self::JobTaken,
            ProvingError::WrongProof(wrong) => Self::WrongProof(wrong.into()),
            ProvingError::Storage(error) => error.into(),
            error @ (ProvingError::NoKey(_) | ProvingError::Interrupted(_)) => {
                error!(%error, "a request failed");
                Self::Internal
            }
        }
    }
}

impl ApiError {
    /// A parameter that is not what it should be.
    pub(super) fn invalid(what: &'static str, source: impl Into<Cause>) -> Self {
        let source = source.into();
        Self::InvalidParameter { what, source }
    }

    /// With which it is answered.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Admission(error) => admission_status(error),
            Self::Operation(_)
            | Self::MalformedJson { .. }
            | Self::InvalidBody { .. }
            | Self::BodyUnreadable
            | Self::InvalidParameter { .. } => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnknownTransaction(_)
            | Self::UnknownAccount(_)
            | Self::UnknownBatch(_)
            | Self::UnknownEntry(_)
            | Self::UnknownKey(_)
            | Self::NotProvedYet(_)
            | Self::RootNotKept { .. }
            | Self::UnknownJob(_)
            | Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NoJobs | Self::ReadOnly(_) => StatusCode::FORBIDDEN,
            Self::ReferenceTaken | Self::JobTaken => StatusCode::CONFLICT,
            Self::JobGone => StatusCode::GONE,
            Self::WrongProof(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyRequests { .. } | Self::TooManyStreams { .. } => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::NoStreamLeft { .. } | Self::StartingAnew => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::Admission(error) => error.error_code(),
            Self::Operation(error) => error.code(),
            Self::MalformedJson { .. } => ErrorCode::MalformedJson,
            Self::InvalidBody { .. } => ErrorCode::InvalidBody,
            Self::BodyTooLarge { .. } => ErrorCode::BodyTooLarge,
            Self::BodyUnreadable => ErrorCode::BodyUnreadable,
            Self::InvalidParameter { .. } => ErrorCode::InvalidParameter,
            Self::UnknownTransaction(_) => ErrorCode::UnknownTransaction,
            Self::UnknownAccount(_) => ErrorCode::UnknownAccount,
            Self::UnknownBatch(_) => ErrorCode::UnknownBatch,
            Self::UnknownEntry(_) => ErrorCode::UnknownEntry,
            Self::UnknownKey(_) => ErrorCode::UnknownKey,
            Self::NotProvedYet(_) => ErrorCode::NotProvedYet,
            Self::RootNotKept { .. } => ErrorCode::RootNotKept,
            Self::ReadOnly(_) => ErrorCode::ReadOnly,
            Self::Unauthorized => ErrorCode::Unauthorized,
            Self::Forbidden => ErrorCode::Forbidden,
            Self::NoJobs => ErrorCode::NoJobs,
            Self::UnknownJob(_) => ErrorCode::UnknownJob,
            Self::ReferenceTaken => ErrorCode::ReferenceTaken,
            Self::JobTaken => ErrorCode::JobTaken,
            Self::JobGone => ErrorCode::JobGone,
            Self::WrongProof(_) => ErrorCode::WrongProof,
            Self::UnknownPath => ErrorCode::UnknownPath,
            Self::WrongMethod => ErrorCode::WrongMethod,
            Self::TimedOut => ErrorCode::TimedOut,
            Self::TooManyRequests { .. } | Self::TooManyStreams { .. } => {
                ErrorCode::TooManyRequests
            }
            Self::NoStreamLeft { .. } => ErrorCode::Busy,
            Self::StartingAnew => ErrorCode::StartingAnew,
            Self::Internal => ErrorCode::Internal,
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Admission(error) => error.details(),
            Self::Operation(error) => error.details(),
            Self::MalformedJson { line, column, .. } | Self::InvalidBody { line, column, .. } => {
                json!({ "line": line, "column": column })
            }
            Self::BodyTooLarge { most_bytes } => json!({ "most_bytes": most_bytes }),
            Self::InvalidParameter { what, .. } => json!({ "parameter": what }),
            Self::UnknownAccount(account) => json!({ "account": account }),
            Self::UnknownBatch(batch) | Self::NotProvedYet(batch) => json!({ "batch": batch }),
            Self::UnknownEntry(entry) => json!({ "entry": entry }),
            Self::RootNotKept {
                asked,
                proved,
                sealed,
            } => {
                json!({ "asked": asked, "proved": proved, "sealed": sealed })
            }
            Self::ReadOnly(submit_to) => json!({ "submit_to": submit_to }),
            Self::UnknownJob(job) => json!({ "job": job }),
            Self::TooManyRequests { wait_s } => json!({ "wait_s": wait_s }),
            Self::TooManyStreams { .. } => json!({ "wait_s": STREAM_WAIT_S }),
            _ => json!({}),
        }
    }

    /// As it stands in JSON.
    pub(super) fn detail(&self) -> ErrorDetail {
        ErrorDetail {
            code: self.code().name().to_owned(),
            message: self.to_string(),
            details: self.details(),
        }
    }
}

fn admission_status(error: &AdmissionError) -> StatusCode {
    match error {
        AdmissionError::Duplicate { .. }
        | AdmissionError::NonceTaken { .. }
        | AdmissionError::Replaced { .. } => StatusCode::CONFLICT,
        AdmissionError::Busy { .. }
        | AdmissionError::Displaced
        | AdmissionError::StorageUnavailable
        | AdmissionError::Halted => StatusCode::SERVICE_UNAVAILABLE,
        AdmissionError::Rule(_)
        | AdmissionError::NonceUsed { .. }
        | AdmissionError::NonceTooFar { .. }
        | AdmissionError::Unaffordable { .. }
        | AdmissionError::ExpiresTooSoon { .. }
        | AdmissionError::ExpiresTooLate { .. }
        | AdmissionError::ZeroAmount
        | AdmissionError::RefusedReceiver { .. }
        | AdmissionError::FeeTooLow { .. } => StatusCode::BAD_REQUEST,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (
            self.status(),
            Json(ErrorBody {
                error: self.detail(),
            }),
        )
            .into_response();
        let headers = response.headers_mut();
        match self {
            Self::TooManyRequests { wait_s } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
            }
            Self::TooManyStreams { .. } | Self::NoStreamLeft { .. } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(STREAM_WAIT_S));
            }
            Self::Admission(AdmissionError::Busy { .. }) | Self::StartingAnew => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(1u64));
            }
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}

/// What is told of a failure inside: nothing but where the log tells of it.
pub(super) fn failed(request: &str) -> Response {
    let internal = ApiError::Internal;
    let mut error = internal.detail();
    error.message = format!("{internal}, under request {request}");
    (internal.status(), Json(ErrorBody { error })).into_response()
}

/// The rate limiter's answer.
pub(super) fn too_many_requests(error: GovernorError) -> Response {
    match error {
        GovernorError::TooManyRequests { wait_time, .. } => ApiError::TooManyRequests {
            wait_s: wait_time.max(1),
        }
        .into_response(),
        GovernorError::UnableToExtractKey | GovernorError::Other { .. } => {
            ApiError::Internal.into_response()
        }
    }
}
