//! A reason for those whose request cannot be read. The HTTP library answers such by itself, before anybody here
//! hears of it, and with a head alone; what it writes is exchanged for an answer like all others.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::api::error;

/// What cannot be read: no HTTP, a URL that is too long, a head that is too large. No answer of a call has one of
/// these with an empty body.
const UNREADABLE: [StatusCode; 3] = [
    StatusCode::BAD_REQUEST,
    StatusCode::URI_TOO_LONG,
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
];

/// A connection on which each refusal has its reason.
#[derive(Debug)]
pub(super) struct Reasoned<S> {
    stream: S,
    /// What is still to be written in place of something that was given, and how long that was.
    instead: Option<(Vec<u8>, usize)>,
}

impl<S> Reasoned<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            instead: None,
        }
    }
}

/// What is to be written in place of a head without a reason.
fn with_reason(given: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(given).ok()?;
    let head = text.strip_suffix("\r\n\r\n")?;
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .or(head.strip_prefix("HTTP/1.0 "))?;
    let status = UNREADABLE
        .into_iter()
        .find(|known| status.starts_with(known.as_str()))?;
    let mut fields = head.split("\r\n").skip(1);
    let is_empty = fields.any(|field| field.eq_ignore_ascii_case("content-length: 0"));
    is_empty.then(|| error::unreadable_on_the_wire(status).into_bytes())
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Reasoned<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        given: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_none() {
            this.instead = with_reason(given).map(|answer| (answer, given.len()));
        }
        let Some((answer, length)) = &mut this.instead else {
            return Pin::new(&mut this.stream).poll_write(context, given);
        };
        while !answer.is_empty() {
            let written = ready!(Pin::new(&mut this.stream).poll_write(context, answer))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            answer.drain(..written);
        }
        let length = *length;
        this.instead = None;
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Reasoned<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}
