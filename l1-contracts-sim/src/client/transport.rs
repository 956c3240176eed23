//! JSON-RPC over HTTP: one request, one deadline, a bound on the answer, and no word of the URL in
//! what goes wrong.
//!
//! alloy's own transport puts the URL into its log and, through the HTTP client, into its errors.

use std::{
    borrow::Cow,
    error::Error,
    task::{Context, Poll},
    time::Duration,
};

use alloy::{
    rpc::json_rpc::{RequestPacket, Response, ResponsePacket, ResponsePayload},
    transports::{
        TransportError, TransportErrorKind, TransportFut, TransportResult,
        http::reqwest::{self, Client, redirect::Policy},
    },
};
use tower::Service;

use super::url::L1Url;

/// A longer answer is not read: that of the largest range of events that is of use has less.
const ANSWER_BYTES_MAX: usize = 128 << 20;
/// So much is shown of an answer that is no JSON-RPC.
const SHOWN_CHARS: usize = 200;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// The deadline of the call.
    #[error("no answer within {} ms", .0.as_millis())]
    Late(Duration),
    /// More than can be meant.
    #[error("the answer has more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    /// The connection.
    #[error("{0}")]
    Broken(String),
}

/// Sends requests to one URL.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    client: Client,
    url: L1Url,
    deadline: Duration,
}

impl Transport {
    /// Nothing is sent yet.
    pub(super) fn new(url: L1Url, deadline: Duration) -> reqwest::Result<Self> {
        // Refused where a choice of TLS's cryptography was made before: then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(deadline)
            // Another server would be told the URL.
            .redirect(Policy::none())
            .referer(false)
            .build()?;
        Ok(Self {
            client,
            url,
            deadline,
        })
    }

    async fn exchange(self, request: RequestPacket) -> TransportResult<ResponsePacket> {
        let sent = self.client.post(self.url.reveal()).json(&request);
        let sent = sent.headers(request.headers()).send().await;
        let mut answer = sent.map_err(|error| self.broken(error))?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.broken(error))? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(TransportErrorKind::custom(Unanswered::TooLong));
            }
            body.extend_from_slice(&piece);
        }
        match serde_json::from_slice::<ResponsePacket>(&body) {
            // Some refuse by the status, and say in the body what.
            Ok(packet) if status.is_success() || packet.is_error() => Ok(self.hidden(packet)),
            Err(error) if status.is_success() => {
                Err(TransportError::deser_err(error, self.shown(&body)))
            }
            _ => {
                let status = status.as_u16();
                Err(TransportErrorKind::http_error(status, self.shown(&body)))
            }
        }
    }

    fn broken(&self, error: reqwest::Error) -> TransportError {
        TransportErrorKind::custom(if error.is_timeout() {
            Unanswered::Late(self.deadline)
        } else {
            let error = error.without_url();
            Unanswered::Broken(self.url.hide_in(&with_causes(&error)))
        })
    }

    /// What a server says that does not answer, in short.
    fn shown(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(body);
        let hidden = self.url.hide_in(&text);
        hidden.chars().take(SHOWN_CHARS).collect()
    }

    /// With the reasons of refusals as they may be shown.
    fn hidden(&self, packet: ResponsePacket) -> ResponsePacket {
        let hide = |response: Response| {
            let payload = match response.payload {
                ResponsePayload::Failure(mut error) => {
                    let text = self.url.hide_in(&error.message);
                    error.message = Cow::Owned(text.chars().take(SHOWN_CHARS).collect());
                    ResponsePayload::Failure(error)
                }
                success => success,
            };
            Response {
                payload,
                ..response
            }
        };
        match packet {
            ResponsePacket::Single(response) => ResponsePacket::Single(hide(response)),
            ResponsePacket::Batch(responses) => {
                ResponsePacket::Batch(responses.into_iter().map(hide).collect())
            }
        }
    }
}

/// An error and what stands behind it.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl Service<RequestPacket> for Transport {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().exchange(request))
    }
}
