//! Files that are served somewhere.

use std::{io, pin::Pin, time::Duration};

use reqwest::ClientBuilder;

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
    let client = http::client()
        .connect_timeout(silence)
        .read_timeout(silence);
    let url = url.to_owned();
    Box::pin(async move { get(client, &url, sink).await })
}

/// Reads what a URL serves, within some time.
///
/// # Errors
/// [`DownloadError`].
#[must_use]
pub fn read(url: &str, timeout: Duration) -> Download {
    let client = http::client().timeout(timeout);
    let url = url.to_owned();
    Box::pin(async move {
        let mut file = Vec::new();
        let sink: Sink<'_> = &mut |piece, _| {
            file.extend_from_slice(piece);
            Ok(())
        };
        get(client, &url, sink).await?;
        Ok(file)
    })
}

async fn get(client: ClientBuilder, url: &str, sink: Sink<'_>) -> Result<(), DownloadError> {
    let transport = |source| DownloadError::Transport {
        url: url.to_owned(),
        source,
    };
    let client = client.build().map_err(transport)?;
    let mut response = client.get(url).send().await.map_err(transport)?;
    let (status, size) = (response.status().as_u16(), response.content_length());
    if status != 200 {
        let url = url.to_owned();
        return Err(DownloadError::Status { url, status });
    }
    while let Some(piece) = response.chunk().await.map_err(transport)? {
        sink(&piece, size)?;
    }
    Ok(())
}
