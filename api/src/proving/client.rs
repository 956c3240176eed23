//! The worker's side of the three calls.

use std::{fmt, time::Duration};

use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    BODY_BYTES_MAX, Heartbeat, HeartbeatAnswer, LEASE_BODY_BYTES_MAX, LEASE_PATH, Lease,
    LeaseRequest, Submission, SubmissionAnswer, WORKERS_BODY_BYTES_MAX, WORKERS_PATH, WorkerList,
    heartbeat_path, proof_path,
};
use crate::{http, wire::ErrorBody};

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole call; a lease brings megabytes.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// How much of a refusal's body is kept, bytes.
const MESSAGE_BYTES_MAX: usize = 512;

/// A bearer token, kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Why there is no client for a URL.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Not a URL.
    #[error("cannot reach a node at `{url}`: {source}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        source: <Url as std::str::FromStr>::Err,
    },
    /// The URL of something else.
    #[error("cannot reach a node at `{url}`: the scheme is neither http nor https")]
    Scheme {
        /// What was given.
        url: String,
    },
    /// The HTTP client cannot be made.
    #[error("cannot reach a node at `{url}`: {source}")]
    Client {
        /// What was given.
        url: String,
        /// Why not.
        source: reqwest::Error,
    },
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody there, too busy, restarting, or not making sense: worth trying again.
    #[error(transparent)]
    Away(#[from] AwayError),
    /// The token is not taken.
    #[error("the node refuses the worker's token (status {status})")]
    Unauthorized {
        /// 401 or 403.
        status: u16,
    },
    /// Any other refusal, in the node's own words: trying again changes nothing.
    #[error("the node refuses the call ({code}): {message}")]
    Refused {
        /// The node's code.
        code: String,
        /// For people.
        message: String,
    },
}

/// Why a node gave no answer that makes sense.
#[derive(Debug, thiserror::Error)]
pub enum AwayError {
    /// No answer, or one that broke off.
    #[error("{}", chain(.0))]
    Transport(#[source] reqwest::Error),
    /// It says that it cannot answer now.
    #[error("status {status}")]
    Busy {
        /// The status.
        status: StatusCode,
    },
    /// It failed, or something before it answered in its place.
    #[error("status {status}: {message}")]
    Failed {
        /// The status.
        status: StatusCode,
        /// The body's beginning.
        message: String,
    },
    /// The answer is not a node's.
    #[error("an answer that makes no sense: {0}")]
    Answer(#[from] serde_json::Error),
    /// The answer is larger than any of a node.
    #[error("an answer of more than {bytes_max} bytes")]
    TooLarge {
        /// What a node answers at most.
        bytes_max: usize,
    },
}

impl From<reqwest::Error> for AwayError {
    /// Without the URL, which may hold a password.
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}

/// A node, as a worker sees it.
#[derive(Debug)]
pub struct WorkerClient {
    http: Client,
    base: Url,
    token: Token,
}

impl WorkerClient {
    /// A client of the node at a URL.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn new(url: &str, token: Token) -> Result<Self, ConnectError> {
        let given = || http::shown(url);
        let base = Url::parse(url).map_err(|source| ConnectError::Url {
            url: given(),
            source,
        })?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(ConnectError::Scheme { url: given() });
        }
        // Following a redirect would carry the token elsewhere.
        let builder = http::client()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .redirect(Policy::none());
        let http = builder.build().map_err(|source| ConnectError::Client {
            url: given(),
            source: source.without_url(),
        })?;
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

    /// What the node remembers of its workers.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn workers(&self) -> Result<WorkerList, CallError> {
        let call = self.http.get(self.at(WORKERS_PATH));
        read(self.send(call).await?, WORKERS_BODY_BYTES_MAX).await
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Response, CallError> {
        self.send(self.http.post(self.at(path)).json(body)).await
    }

    fn at(&self, path: &str) -> Url {
        let url = self.base.join(path);
        url.expect("the protocol's paths are absolute, and those join to any HTTP URL")
    }

    async fn send(&self, call: RequestBuilder) -> Result<Response, CallError> {
        let call = call.bearer_auth(&self.token.0);
        let response = call.send().await.map_err(AwayError::from)?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = read_bytes(response, BODY_BYTES_MAX)
            .await
            .unwrap_or_default();
        Err(refusal(status, &body))
    }
}

/// What an answer without success means. Only the node knows what trying again is good for, and it
/// answers in JSON with a code: whatever else comes is a gateway's, about a node that is away.
fn refusal(status: StatusCode, body: &[u8]) -> CallError {
    let is_final = status.is_client_error()
        && status != StatusCode::TOO_MANY_REQUESTS
        && status != StatusCode::REQUEST_TIMEOUT;
    match serde_json::from_slice(body) {
        Ok(ErrorBody { error }) if is_final => match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => CallError::Unauthorized {
                status: status.as_u16(),
            },
            _ => CallError::Refused {
                code: error.code,
                message: error.message,
            },
        },
        Ok(_) => AwayError::Busy { status }.into(),
        Err(_) => {
            let kept = &body[..body.len().min(MESSAGE_BYTES_MAX)];
            let message = String::from_utf8_lossy(kept).into_owned();
            AwayError::Failed { status, message }.into()
        }
    }
}

/// An error with what caused it: reqwest's own text hides the cause.
fn chain(error: &reqwest::Error) -> String {
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
    Ok(serde_json::from_slice(&bytes).map_err(AwayError::Answer)?)
}

async fn read_bytes(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, AwayError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(AwayError::TooLarge { bytes_max });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
