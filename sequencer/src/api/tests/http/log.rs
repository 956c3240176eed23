//! What a request leaves in the log.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tracing::{Level, subscriber::DefaultGuard};

use super::{REQUEST_ID, TRACE, TRACEPARENT, ask, read};
use crate::{api::router, rig::World};

/// What this thread logs, where a test runs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(Level::DEBUG)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines with a message, and none before them any more.
    fn take(&self, message: &str) -> Vec<Value> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines
            .filter(|line: &Value| line["fields"]["message"] == message)
            .collect()
    }
}

#[tokio::test]
async fn a_request_is_one_line_with_its_names() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    let (log, _guard) = Log::start();
    let trace = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let names = [(REQUEST_ID, "complaint-2"), (TRACEPARENT, trace.as_str())];
    let answer = read(&router, "/v1/accounts/1?secret=1", &names).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let lines = log.take("answered");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(line["level"], "INFO");
    let fields = &line["fields"];
    assert_eq!(fields["method"], "GET");
    assert_eq!(fields["path"], "/v1/accounts/1");
    assert_eq!(fields["status"], 400);
    assert_eq!(fields["client"], "-");
    assert!(fields["ms"].is_u64(), "{fields}");
    let names = (&line["span"]["id"], &line["span"]["trace"]);
    assert_eq!(names, (&json!("complaint-2"), &json!(TRACE)));
    rig.stop().await;
}

#[tokio::test]
async fn what_is_asked_again_and_again_has_no_line_at_info() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    let (log, _guard) = Log::start();
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/assets/page.js",
        "/docs/index.css",
    ] {
        read(&router, path, &[]).await;
        let lines = log.take("answered");
        assert_eq!(
            (lines.len(), &lines[0]["level"]),
            (1, &json!("DEBUG")),
            "{path}"
        );
    }
    // A worker that asks for a job when there is none.
    rig.post(
        "/v1/prover/jobs/lease",
        &json!({ "worker": "w", "shapes": ["tiny"] }),
    )
    .await;
    let lines = log.take("answered");
    assert_eq!(lines[0]["fields"]["status"], 204);
    assert_eq!(lines[0]["level"], "DEBUG");
    ask(&router, Method::OPTIONS, "/v1/status", &[]).await;
    assert_eq!(log.take("answered")[0]["level"], "DEBUG");
    rig.stop().await;
}

#[tokio::test]
async fn a_node_that_is_not_ready_makes_no_errors_of_being_asked() {
    let world = World::new();
    let rig = world.start().await;
    rig.health
        .raise(crate::health::Fault::L1Refuses, "for a test");
    let (log, _guard) = Log::start();
    let (status, _) = rig.get("/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        !text.contains("\"ERROR\"") && !text.contains("\"WARN\""),
        "{text}"
    );
    rig.stop().await;
}

/// From a request's name one comes to the transaction, and from there to its batch.
#[tokio::test]
async fn a_transaction_is_one_line_with_its_hash_under_the_name_of_its_request() {
    let world = World::new();
    let rig = super::super::funded(&world).await;
    let (log, _guard) = Log::start();
    let order = rig.order(1, 0, Some(2), 10);
    let (status, receipt) = rig.post("/v1/transactions", &rig.json(&order)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let lines = log.take("acknowledged a transaction");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(lines[0]["fields"]["hash"], receipt["hash"]);
    assert!(receipt["hash"].as_str().unwrap().starts_with("0x"));
    assert!(lines[0]["span"]["id"].is_string(), "{}", lines[0]);

    rig.post("/v1/transactions", &rig.json(&order)).await;
    let lines = log.take("refused a transaction");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["fields"]["code"], "duplicate");
    assert_eq!(lines[0]["fields"]["hash"], receipt["hash"]);
    rig.stop().await;
}
