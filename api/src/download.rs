//! Files that are served somewhere.

use std::{io, pin::Pin, time::Duration};

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
    /// What is read cannot be kept.
    #[error("cannot write what was downloaded: {0}")]
    Write(#[from] io::Error),
}

/// A file on its way.
pub type Download = Pin<Box<dyn Future<Output = Result<Vec<u8>, DownloadError>> + Send>>;

/// Where a file goes, piece by piece; with each the size of the whole, where the server tells it.
pub type Sink<'a> = &'a mut (dyn FnMut(&[u8], Option<u64>) -> io::Result<()> + Send);

/// Copies what a URL serves, however large. The server may be silent for so long.
///
/// # Errors
/// [`DownloadError`].
#[must_use]
pub fn copy<'a>(
    url: &str,
    silence: Duration,
    sink: Sink<'a>,
) -> Pin<Box<dyn Future<Output = Result<(), DownloadError>> + Send + 'a>> {
    let url = url.to_owned();
    Box::pin(async move {
        let transport = |source| DownloadError::Transport {
            url: url.clone(),
            source,
        };
        let client = http::client()
            .connect_timeout(silence)
            .read_timeout(silence);
        let client = client.build().map_err(transport)?;
        let mut response = client.get(&url).send().await.map_err(transport)?;
        let (status, size) = (response.status().as_u16(), response.content_length());
        if status != 200 {
            return Err(DownloadError::Status { url, status });
        }
        while let Some(piece) = response.chunk().await.map_err(transport)? {
            sink(&piece, size)?;
        }
        Ok(())
    })
}

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
