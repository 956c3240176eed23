//! Why a call did not give what was asked for.

use crate::{stage::Stage, wire::ErrorDetail};

/// Why a call did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Not an HTTP URL.
    #[error("`{0}` is not the URL of a node: it begins with http:// or https://")]
    Url(String),
    /// The node did not answer.
    #[error("the node at {url} does not answer: {source}")]
    Transport {
        /// The URL.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The node refuses.
    #[error("{} ({})", .error.message, .error.code)]
    Refused {
        /// HTTP status.
        status: u16,
        /// Code, message and data.
        error: ErrorDetail,
    },
    /// The answer is not what a node says.
    #[error("the answer of {url} (HTTP {status}) is not a node's: {source}")]
    Answer {
        /// The URL.
        url: String,
        /// HTTP status.
        status: u16,
        /// What does not fit.
        source: serde_json::Error,
    },
    /// The transaction will not be executed.
    #[error("the transaction was rejected: {} ({})", .0.message, .0.code)]
    Rejected(ErrorDetail),
    /// It did not happen in time.
    #[error("{what} did not come to stage {wanted} within {waited_ms} ms; it is {found}")]
    Timeout {
        /// The transaction or batch.
        what: String,
        /// What was waited for.
        wanted: Stage,
        /// Where it is.
        found: String,
        /// How long was waited, ms.
        waited_ms: u64,
    },
}

impl ClientError {
    /// The node's code, where it refused.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { error, .. } | Self::Rejected(error) => Some(&error.code),
            _ => None,
        }
    }

    /// Whether no node answered: none, or something before it. What was sent may have arrived.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        match self {
            Self::Transport { .. } => true,
            Self::Answer { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether nothing was sent, because nobody was there to take it.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Transport { source, .. } if source.is_connect())
    }
}
