//! Transactions and batches as they move, as server-sent events.

use std::{convert::Infallible, time::Duration};

use assay_api::wire::EventView;
use axum::{
    extract::State,
    response::sse::{Event as Message, KeepAlive, Sse},
};
use futures::{Stream, StreamExt};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use tokio_util::sync::CancellationToken;

use crate::event::{Event, Events};

/// An idle stream says so, so that proxies keep it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What the stream uses.
#[derive(Clone)]
pub(crate) struct EventCalls {
    pub(crate) events: Events,
    /// Ends streams when the node stops.
    pub(crate) shutdown: CancellationToken,
}

/// Transactions and batches as they move.
///
/// Each event is named `transaction` or `batch`, and its data is an `Event`. A listener that is too slow
/// gets an event `lagged`, whose data is the number of events that it missed.
#[utoipa::path(get, path = "/v1/events", tag = "network", operation_id = "streamEvents",
    responses((status = 200, description = "Server-sent events `transaction`, `batch` and `lagged`",
        body = String, content_type = "text/event-stream")))]
pub(super) async fn stream(
    State(calls): State<EventCalls>,
) -> Sse<impl Stream<Item = Result<Message, Infallible>>> {
    let events = BroadcastStream::new(calls.events.subscribe());
    let messages = events.map(|event| {
        Ok(match event {
            Ok(event) => message(&event),
            Err(BroadcastStreamRecvError::Lagged(missed)) => {
                Message::default().event("lagged").data(missed.to_string())
            }
        })
    });
    let messages = messages.take_until(calls.shutdown.cancelled_owned());
    Sse::new(messages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

fn message(event: &Event) -> Message {
    let name = match event {
        Event::Transaction { .. } => "transaction",
        Event::Batch { .. } => "batch",
    };
    let data = serde_json::to_string(&view(event)).expect("an event is plain data");
    Message::default().event(name).data(data)
}

fn view(event: &Event) -> EventView {
    match *event {
        Event::Transaction {
            hash,
            stage,
            batch,
            at_ms,
        } => EventView::Transaction {
            hash: hash.to_string(),
            stage,
            batch: batch.map(|batch| batch.0),
            at_ms,
        },
        Event::Batch {
            number,
            stage,
            at_ms,
        } => EventView::Batch {
            number: number.0,
            stage,
            at_ms,
        },
    }
}
