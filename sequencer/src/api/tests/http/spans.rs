//! Spans of requests, for a collector.

use axum::{Router, body::Bytes, http::header, routing::post};
use tokio::{net::TcpListener, sync::mpsc};

use super::{REQUEST_ID, TRACE, TRACEPARENT, read};
use crate::{api::router, rig::World, traces::Traces};

/// A collector, and what it is handed.
async fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let (sender, handed) = mpsc::channel(8);
    let take = async move |headers: axum::http::HeaderMap, body: Bytes| {
        let kind = headers[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        sender.send((kind, body.to_vec())).await.unwrap();
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/traces", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, handed)
}

/// The form is that of opentelemetry-proto: texts and identifiers stand in it as they are.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_in_the_trace_of_its_client() {
    let world = World::new();
    let rig = world.start().await;
    let (url, mut handed) = collector().await;
    let mut calls = rig.calls.clone();
    calls.traces = Traces::to(&url).unwrap();
    let traces = calls.traces.clone();
    let router = router(calls);
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let names = [(REQUEST_ID, "complaint-3"), (TRACEPARENT, parent.as_str())];
    let answer = read(&router, "/v1/batches/77", &names).await;
    read(&router, "/healthz", &names).await;
    traces.end().await;
    let (kind, body) = handed.recv().await.unwrap();
    assert_eq!(kind, "application/x-protobuf");
    let answered = answer.header(TRACEPARENT).unwrap();
    let span = answered.split('-').nth(2).unwrap();
    let has = |wanted: &[u8]| body.windows(wanted.len()).any(|window| window == wanted);
    for text in ["assay-node", "GET /v1/batches/{number}", "complaint-3"] {
        assert!(has(text.as_bytes()), "{text}");
    }
    for identifier in [TRACE, "00f067aa0ba902b7", span] {
        assert!(has(&hex::decode(identifier).unwrap()), "{identifier}");
    }
    // Probes are nobody's story.
    assert!(!has(b"/healthz"));
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_keeps_nobody_from_an_answer() {
    let world = World::new();
    let rig = world.start().await;
    let mut calls = rig.calls.clone();
    // A port where nobody is.
    calls.traces = Traces::to("http://127.0.0.1:1").unwrap();
    let traces = calls.traces.clone();
    let answer = read(&router(calls), "/v1/status", &[]).await;
    assert_eq!(answer.status.as_u16(), 200);
    traces.end().await;
    rig.stop().await;
}

#[tokio::test]
async fn what_is_no_url_is_no_collector() {
    let error = Traces::to("not a url").unwrap_err().to_string();
    assert!(error.contains("not a url"), "{error}");
}
