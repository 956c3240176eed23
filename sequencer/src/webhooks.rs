//! Webhooks: what moves, posted to URLs that the operator named.
//!
//! A webhook is a listener like any other, to all that moves or to what its filter passes. The events that are kept are its queue: while nobody takes a
//! delivery it is posted again and again, and what comes meanwhile waits where every listener finds it.
//! What is not kept any more by then is told as `lagged`, and a run of the node begins with `reset`.

use std::time::Duration;

use assay_api::webhook::Webhook;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    api::events::view,
    clock::Clock,
    event::{EventId, Events, Heard, Listener},
    telemetry,
};

/// After the first attempt that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two attempts at most.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// What is posted at once: what a listener hears at once.
#[derive(Debug, Serialize)]
struct Delivery {
    events: Vec<Message>,
}

/// An event, as on the stream of events.
#[derive(Debug, Serialize)]
struct Message {
    id: String,
    event: &'static str,
    data: Value,
}

/// Posts to all of them until `shutdown` is cancelled.
pub(crate) fn start(
    hooks: &[Webhook],
    (events, clock): (&Events, &Clock),
    tasks: &mut JoinSet<()>,
    shutdown: &CancellationToken,
) {
    for hook in hooks {
        info!(url = hook.shown(), "events are posted to a webhook");
        let poster = Poster {
            hook: hook.clone(),
            // No id is that of an event, so the first thing to hear is a reset.
            listener: events.listen(hook.filter().into(), Some("")),
            clock: clock.clone(),
        };
        let shutdown = shutdown.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = poster.run() => {}
            }
        });
    }
}

/// Posts to one URL.
struct Poster {
    hook: Webhook,
    listener: Listener,
    clock: Clock,
}

impl Poster {
    async fn run(mut self) {
        loop {
            let heard = self.listener.hear().await;
            self.deliver(&heard).await;
        }
    }

    /// Posts until it is taken.
    async fn deliver(&self, heard: &[(EventId, Heard)]) {
        let Some((id, _)) = heard.last() else {
            return;
        };
        let events = heard.iter().map(message).collect();
        let body = serde_json::to_string(&Delivery { events }).expect("an event is plain data");
        let mut pause = PAUSE;
        loop {
            let at_s = self.clock.now_ms() / 1_000;
            match self.hook.post(&id.to_string(), at_s, body.clone()).await {
                Ok(()) => {
                    telemetry::WEBHOOK_DELIVERIES.count();
                    return;
                }
                Err(error) => {
                    telemetry::WEBHOOK_FAILURES.count();
                    if pause == PAUSE {
                        warn!(%error, "a webhook does not take events; they are posted again");
                    } else {
                        debug!(%error, "a webhook still does not take events");
                    }
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

fn message((id, heard): &(EventId, Heard)) -> Message {
    let (event, data) = match heard {
        Heard::Event(event) => {
            let view = view(event);
            let data = serde_json::to_value(&view).expect("an event is plain data");
            (view.kind().name(), data)
        }
        Heard::Lagged(missed) => {
            telemetry::WEBHOOK_LAGGED.count();
            ("lagged", json!(missed))
        }
        Heard::Reset => (
            "reset",
            json!("the node has started: read anew what you follow"),
        ),
    };
    Message {
        id: id.to_string(),
        event,
        data,
    }
}
