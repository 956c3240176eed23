//! Files that are served somewhere.

use std::{pin::Pin, time::Duration};

use crate::http;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// Nobody answers, or not to the end.
    #[error("{url} cannot be read: {source}")]
    Transport {
        /// What was asked for.
        url: String,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// The server refuses.
    #[error("{url} answers with status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: u16,
    },
}

/// A file on its way.
pub type Download = Pin<Box<dyn Future<Output = Result<Vec<u8>, DownloadError>> + Send>>;

/// Reads what a URL serves, within some time.
///
/// # Errors
/// [`DownloadError`].
#[must_use]
pub fn read(url: &str, timeout: Duration) -> Download {
    let url = url.to_owned();
    Box::pin(async move {
        let transport = |source| DownloadError::Transport {
            url: url.clone(),
            source,
        };
        let client = http::client().timeout(timeout).build().map_err(transport)?;
        match http::send(client.get(&url)).await.map_err(transport)? {
            (200, body) => Ok(body),
            (status, _) => Err(DownloadError::Status { url, status }),
        }
    })
}
