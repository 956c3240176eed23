//! The worker's side of the three calls.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};

use super::{Token, WorkerError};
use crate::jobs::{
    BODY_BYTES_MAX, Heartbeat, HeartbeatAnswer, LEASE_BODY_BYTES_MAX, LEASE_PATH, Lease,
    LeaseRequest, Submission, SubmissionAnswer, heartbeat_path, proof_path,
};

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole call; a lease brings megabytes.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// How much of a refusal's body is kept, bytes.
const MESSAGE_BYTES_MAX: usize = 512;

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// Nobody there, too busy, restarting, or not making sense: worth trying again.
    Away(String),
    /// The token is not taken.
    Unauthorized {
        /// 401 or 403.
        status: u16,
    },
    /// Any other refusal: trying again changes nothing.
    Refused {
        /// The status.
        status: u16,
        /// The body's beginning.
        message: String,
    },
}

/// A node, as a worker sees it.
#[derive(Debug)]
pub struct NodeClient {
    http: Client,
    base: Url,
    token: Token,
}

impl NodeClient {
    /// A client of the node at a URL.
    ///
    /// # Errors
    /// [`WorkerError::Client`] when the URL is none.
    pub fn new(url: &str, token: Token) -> Result<Self, WorkerError> {
        let failed = |reason: String| WorkerError::Client {
            url: url.to_owned(),
            reason,
        };
        let base = Url::parse(url).map_err(|error| failed(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(failed("the scheme is neither http nor https".to_owned()));
        }
        // Following a redirect would carry the token elsewhere.
        let builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .redirect(Policy::none());
        let http = builder.build().map_err(|error| failed(error.to_string()))?;
        Ok(Self { http, base, token })
    }

    /// Asks for a job; none when there is nothing to do.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn lease(&self, request: &LeaseRequest) -> Result<Option<Lease>, CallError> {
        let response = self.post(LEASE_PATH, request).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        read(response, LEASE_BODY_BYTES_MAX).await.map(Some)
    }

    /// Says that a job is being worked on.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn heartbeat(
        &self,
        job_id: u64,
        heartbeat: &Heartbeat,
    ) -> Result<HeartbeatAnswer, CallError> {
        let response = self.post(&heartbeat_path(job_id), heartbeat).await?;
        read(response, BODY_BYTES_MAX).await
    }

    /// Hands a proof in.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn submit(
        &self,
        job_id: u64,
        submission: &Submission,
    ) -> Result<SubmissionAnswer, CallError> {
        let response = self.post(&proof_path(job_id), submission).await?;
        read(response, BODY_BYTES_MAX).await
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Response, CallError> {
        let url = self
            .base
            .join(path)
            .map_err(|error| CallError::Away(error.to_string()))?;
        let call = self.http.post(url).bearer_auth(&self.token.0).json(body);
        let response = call
            .send()
            .await
            .map_err(|error| CallError::Away(describe(&error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = read_bytes(response, BODY_BYTES_MAX)
            .await
            .unwrap_or_default();
        let kept = &body[..body.len().min(MESSAGE_BYTES_MAX)];
        let message = String::from_utf8_lossy(kept).into_owned();
        Err(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => CallError::Unauthorized {
                status: status.as_u16(),
            },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                CallError::Away(format!("status {status}"))
            }
            _ if status.is_client_error() => CallError::Refused {
                status: status.as_u16(),
                message,
            },
            _ => CallError::Away(format!("status {status}: {message}")),
        })
    }
}

/// An error with what caused it: reqwest's own text hides the cause.
fn describe(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

async fn read<T: DeserializeOwned>(response: Response, bytes_max: usize) -> Result<T, CallError> {
    let bytes = read_bytes(response, bytes_max).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| CallError::Away(format!("an answer that makes no sense: {error}")))
}

async fn read_bytes(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| CallError::Away(describe(&error)))?
    {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(CallError::Away(format!(
                "an answer of more than {bytes_max} bytes"
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
