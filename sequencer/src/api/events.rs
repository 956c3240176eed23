//! What moves, as server-sent events.

mod seats;

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use assay_api::{
    events::EventFilter,
    wire::{ErrorBody, EventKind, EventView, schema},
};
use assay_circuits::quantity::AccountIndex;
use axum::{
    extract::{Request, State},
    response::sse::{Event as Message, Sse},
};
use futures::{Stream, stream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tower_governor::key_extractor::KeyExtractor;

pub(crate) use seats::Seats;

use super::{
    body::QueryText, client_address::ClientAddress, error::ApiError, transactions::dropped,
};
use crate::{
    accounts::Accounts,
    event::{Event, EventId, Events, Filter, Heard, Listener},
    telemetry,
};
use seats::Seat;

/// An idle stream says so, so that proxies keep it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Where a client says which event it heard last.
const LAST_EVENT_ID: &str = "last-event-id";

/// What the stream uses.
#[derive(Clone)]
pub(crate) struct EventCalls {
    pub(crate) events: Events,
    pub(crate) accounts: Accounts,
    pub(crate) seats: Seats,
    pub(crate) client: ClientAddress,
    /// Ends streams when the node stops.
    pub(crate) shutdown: CancellationToken,
}

/// What moves, as it moves.
///
/// Each event is named as its `type`, and its data is an `Event`. Its id, sent as `Last-Event-ID`, has a
/// later stream go on after it. `lagged` says that so many events after it are not kept any more, `reset`
/// that the id is of no event of this run of the node: read anew then what you follow. What is named
/// narrows what is heard; of several parameters an event must pass each.
#[utoipa::path(get, path = "/v1/events", tag = "events", operation_id = "streamEvents",
    params(
        ("account" = inline(Option<schema::ListenedAccounts>), Query,
            description = "What these accounts send and, from `executed` on, receive"),
        ("transaction" = inline(Option<schema::ListenedTransactions>), Query,
            description = "These transactions, handed in or not yet"),
        ("batch" = Option<u64>, Query, description = "This batch, there or not yet, and what it holds"),
        ("type" = inline(Option<EventKind>), Query, description = "Events of this type"),
        ("last_event_id" = Option<String>, Query,
            description = "As `Last-Event-ID`, for those who cannot set a header; where both are given the header holds"),
        ("Last-Event-ID" = Option<String>, Header,
            description = "Id of the last event that was heard; from now on where there is none"),
    ),
    responses(
        (status = 200, description = "Server-sent events named as the types of `Event`, `lagged` and `reset`",
            body = String, content_type = "text/event-stream"),
        (status = 404, description = "`unknown_account`", body = ErrorBody),
        (status = 503, description = "`busy`: too many listen. `starting_anew`", body = ErrorBody),
    ))]
pub(super) async fn stream(
    State(calls): State<EventCalls>,
    query: QueryText,
    request: Request,
) -> Result<Sse<impl Stream<Item = Result<Message, Infallible>>>, ApiError> {
    let filter = calls.filter(&query)?;
    let client = calls.client.extract(&request).unwrap_or_default();
    let seat = calls.seats.take(client)?;
    // An id that is none is no event's of this run.
    let after = request.headers().get(LAST_EVENT_ID);
    let after = after.map(|id| id.to_str().unwrap_or_default());
    // A browser that connects again keeps the URL, and has heard more since.
    let after = after.or(query.get("last_event_id"));
    let listener = calls.events.listen(filter, after);
    let listening = Listening {
        ready: listener.place().map(alive).into_iter().collect(),
        listener,
        shutdown: calls.shutdown,
        _seat: seat,
    };
    let messages = stream::unfold(listening, |mut listening| async move {
        let message = listening.next().await?;
        Some((Ok(message), listening))
    });
    Ok(Sse::new(messages))
}

/// One who listens through a connection.
struct Listening {
    listener: Listener,
    /// What is to be sent, no more than is heard at once.
    ready: VecDeque<Message>,
    shutdown: CancellationToken,
    _seat: Seat,
}

impl Listening {
    async fn next(&mut self) -> Option<Message> {
        if let Some(message) = self.ready.pop_front() {
            return Some(message);
        }
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => None,
            heard = self.listener.hear() => {
                self.ready.extend(heard.iter().map(message));
                self.ready.pop_front()
            }
            () = sleep(KEEP_ALIVE) => self.listener.place().map(alive),
        }
    }
}

impl EventCalls {
    fn filter(&self, query: &QueryText) -> Result<Filter, ApiError> {
        let filter = EventFilter::read(|name| query.get(name));
        let filter = filter.map_err(|error| ApiError::invalid(error.parameter, error.reason))?;
        for account in &filter.accounts {
            let known = self.accounts.get(*account);
            known.ok_or(ApiError::UnknownAccount(*account))?;
        }
        Ok(Filter::from(&filter))
    }
}

/// Tells a listener that hears nothing, yet or for a while, after which event it may go on.
fn alive(place: EventId) -> Message {
    Message::default().comment("").id(place.to_string())
}

fn message((id, heard): &(EventId, Heard)) -> Message {
    let message = Message::default().id(id.to_string());
    match heard {
        Heard::Event(event) => {
            let view = view(event);
            let data = serde_json::to_string(&view).expect("an event is plain data");
            message.event(view.kind().name()).data(data)
        }
        Heard::Lagged(missed) => {
            telemetry::LAGGED.count();
            message.event("lagged").data(missed.to_string())
        }
        Heard::Reset => message
            .event("reset")
            .data("events after the id that was named are not known: read anew what you follow"),
    }
}

/// An event as it is told.
pub(crate) fn view(event: &Event) -> EventView {
    match *event {
        Event::Transaction {
            hash,
            stage,
            batch,
            from,
            to,
            dropped: batch_dropped,
            at_ms,
        } => EventView::Transaction {
            hash: hash.to_string(),
            stage,
            batch: batch.map(|batch| batch.0),
            from: from.get(),
            to_account: to.map(AccountIndex::get),
            dropped: batch_dropped.as_ref().map(dropped),
            at_ms,
        },
        Event::Operation {
            member,
            batch,
            stage,
            at_ms,
        } => EventView::Operation {
            batch: batch.0,
            position: member.place,
            kind: member.kind,
            queue_index: member.queue_index,
            executed: member.executed,
            from: member.from.map(AccountIndex::get),
            to_account: member.to.map(AccountIndex::get),
            stage,
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
        Event::Dropped(batch) => EventView::Dropped {
            number: batch.batch.0,
            code: batch.cause.code().name().to_owned(),
            message: batch.cause.sentence().to_owned(),
            at_ms: batch.at_ms,
        },
    }
}
