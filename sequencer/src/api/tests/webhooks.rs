//! What is posted to webhooks, by one who takes it.

use std::sync::Arc;

use assay_api::{
    stage::Stage,
    webhook::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, Webhook, WebhookSecret},
};
use assay_circuits::quantity::BatchNumber;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{clock::Clock, event::Events, webhooks::start};

/// What a taker was posted.
type Posted = (HeaderMap, Bytes);

/// One who takes deliveries with these answers, one after the other, and then with 200.
struct Taker {
    answers: std::sync::Mutex<Vec<StatusCode>>,
    posted: mpsc::UnboundedSender<Posted>,
}

async fn take(State(taker): State<Arc<Taker>>, headers: HeaderMap, body: Bytes) -> Response {
    taker.posted.send((headers, body)).unwrap();
    let status = taker.answers.lock().unwrap().pop();
    let elsewhere = [(header::LOCATION, "/elsewhere")];
    (status.unwrap_or(StatusCode::OK), elsewhere).into_response()
}

async fn taker(answers: Vec<StatusCode>) -> (String, mpsc::UnboundedReceiver<Posted>) {
    let (posted, receiver) = mpsc::unbounded_channel();
    let taker = Taker {
        answers: answers.into(),
        posted,
    };
    let router = Router::new()
        .route("/hook", post(take))
        .with_state(Arc::new(taker));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, receiver)
}

fn secret() -> WebhookSecret {
    WebhookSecret::text(&[7; 32]).parse().unwrap()
}

/// What a delivery tells, whose signature is right: its id, and of each event its name and its data.
fn read((headers, body): Posted) -> (String, Vec<(String, Value)>) {
    let text = |name| headers[name].to_str().unwrap().to_owned();
    let at_s = text(TIMESTAMP_HEADER).parse().unwrap();
    let id = text(ID_HEADER);
    assert!(secret().verify(&id, at_s, &body, &text(SIGNATURE_HEADER)));
    let body: Value = serde_json::from_slice(&body).unwrap();
    let events = body["events"].as_array().unwrap();
    assert_eq!(events.last().unwrap()["id"], id);
    let event = |event: &Value| {
        let name = event["event"].as_str().unwrap().to_owned();
        (name, event["data"].clone())
    };
    (id, events.iter().map(event).collect())
}

#[tokio::test]
async fn a_delivery_is_posted_again_until_it_is_taken_and_the_next_goes_on_after_it() {
    let refusals = vec![StatusCode::TEMPORARY_REDIRECT, StatusCode::BAD_GATEWAY];
    let (url, mut posted) = taker(refusals).await;
    let events = Events::new(Clock::System);
    let told = |number| events.tell_batch(BatchNumber(number), Stage::Sealed, &[]);
    let (mut tasks, shutdown) = (JoinSet::new(), CancellationToken::new());
    let hook = Webhook::new(&url, secret()).unwrap();
    start(&[hook], (&events, &Clock::System), &mut tasks, &shutdown);
    let first = read(posted.recv().await.unwrap());
    let names = |events: &[(String, Value)]| -> Vec<String> {
        events.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&first.1), ["reset"]);
    told(1);
    told(2);
    // The same again, under the same id: no redirect was followed.
    for _ in 0..2 {
        assert_eq!(read(posted.recv().await.unwrap()), first);
    }
    let (id, next) = read(posted.recv().await.unwrap());
    assert_ne!(id, first.0);
    assert_eq!(names(&next), ["batch", "batch"]);
    let numbers = next
        .iter()
        .map(|(_, data)| data["number"].as_u64().unwrap());
    assert!(numbers.eq(1..=2));
    shutdown.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

/// A filter passes over what it does not name, and never over what was missed.
#[tokio::test]
async fn a_webhook_is_posted_what_its_filter_passes() {
    let (url, mut posted) = taker(Vec::new()).await;
    let events = Events::new(Clock::System);
    let (mut tasks, shutdown) = (JoinSet::new(), CancellationToken::new());
    let hook = Webhook::new(&format!("{url}#batch=2&type=batch"), secret()).unwrap();
    start(&[hook], (&events, &Clock::System), &mut tasks, &shutdown);
    let (_, reset) = read(posted.recv().await.unwrap());
    assert_eq!(reset[0].0, "reset");
    for number in 1..=3 {
        events.tell_batch(BatchNumber(number), Stage::Sealed, &[]);
    }
    events.tell_batch(BatchNumber(2), Stage::Proved, &[]);
    let mut told = Vec::new();
    while told.len() < 2 {
        told.extend(read(posted.recv().await.unwrap()).1);
    }
    let shown: Vec<_> = told
        .iter()
        .map(|(name, data)| {
            (
                name.as_str(),
                data["number"].as_u64(),
                data["stage"].as_str(),
            )
        })
        .collect();
    let expected = [
        ("batch", Some(2), Some("sealed")),
        ("batch", Some(2), Some("proved")),
    ];
    assert_eq!(shown, expected);
    shutdown.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
