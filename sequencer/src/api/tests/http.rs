//! What every answer has, whatever was asked: names, reasons, and what may be done with it.

mod caching;
mod compression;
mod log;
mod origins;
mod spans;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, Method, Request, StatusCode, header},
    routing::get,
};
use serde_json::Value;
use tower::ServiceExt;

use crate::{
    api::{
        ApiError,
        client_address::ClientAddress,
        dressed,
        request::{Naming, REQUEST_ID, TRACEPARENT},
        router,
    },
    config::Pages,
    rig::{Rig, TOKEN, World},
    traces::Traces,
};

/// The example of the recommendation.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// An answer with its head.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: impl Into<HeaderName>) -> Option<&str> {
        let value = self.headers.get(name.into())?;
        Some(value.to_str().unwrap())
    }

    /// Whether a header that is a list names something.
    fn lists(&self, name: HeaderName, what: &str) -> bool {
        let values = self.headers.get_all(name).iter();
        let mut items = values.flat_map(|value| value.to_str().unwrap().split(','));
        items.any(|item| item.trim().eq_ignore_ascii_case(what))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Given<'a> = &'a [(HeaderName, &'a str)];

async fn ask(router: &Router, method: Method, path: &str, headers: Given<'_>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: to_bytes(body, 1 << 24).await.unwrap().to_vec(),
    }
}

async fn read(router: &Router, path: &str, headers: Given<'_>) -> Answer {
    ask(router, Method::GET, path, headers).await
}

/// A batch that is final, with some operations.
async fn with_final_batch(world: &World) -> Rig {
    let mut rig = super::funded(world).await;
    rig.finish(&world.l1).await;
    rig
}

/// A router with one call, which fails inside.
fn failing() -> Router {
    let broken = async || Err::<(), _>(ApiError::Internal);
    let router = Router::new().route("/broken", get(broken));
    let naming = Naming::new(ClientAddress(Default::default()), &Traces::default());
    dressed(router, naming, &Pages::Any)
}

fn is_made(id: &str) -> bool {
    id.len() == 32
        && id
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[tokio::test]
async fn a_request_is_answered_under_its_name() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    let long = "a".repeat(128);
    for id in ["7", "Root=1-67891233:abc/def+_.", &long] {
        let answer = read(&router, "/v1/status", &[(REQUEST_ID, id)]).await;
        assert_eq!(answer.header(REQUEST_ID), Some(id));
    }
    let too_long = "a".repeat(129);
    for id in [
        "",
        "two words",
        "quote\"",
        "semi;colon",
        "tab\tbed",
        &too_long,
    ] {
        let answer = read(&router, "/v1/status", &[(REQUEST_ID, id)]).await;
        let made = answer.header(REQUEST_ID).unwrap();
        assert!(is_made(made), "{id}: {made}");
    }
    let twice = [(REQUEST_ID, "one"), (REQUEST_ID, "other")];
    let answer = read(&router, "/v1/status", &twice).await;
    assert!(is_made(answer.header(REQUEST_ID).unwrap()));
    rig.stop().await;
}

#[tokio::test]
async fn whatever_is_answered_has_names_of_its_own() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    let mut seen = std::collections::BTreeSet::new();
    for (method, path, status) in [
        (Method::GET, "/v1/status", 200),
        (Method::GET, "/v1/status", 200),
        (Method::HEAD, "/v1/status", 200),
        (Method::GET, "/v1/accounts/0", 400),
        (Method::GET, "/v1/nothing", 404),
        (Method::PUT, "/v1/status", 405),
        (Method::OPTIONS, "/v1/status", 204),
        (Method::POST, "/v1/prover/jobs/lease", 401),
        (Method::GET, "/docs/nothing", 404),
    ] {
        let answer = ask(&router, method.clone(), path, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        let id = answer.header(REQUEST_ID).unwrap().to_owned();
        let trace = answer.header(TRACEPARENT).unwrap();
        // One that has no name is called as its trace.
        assert!(trace.starts_with(&format!("00-{id}-")), "{trace}");
        assert!(seen.insert(id), "{method} {path}");
        let is_error = method != Method::HEAD && answer.status.is_client_error();
        if is_error {
            let code = answer.json()["error"]["code"].clone();
            assert!(code.is_string(), "{method} {path}");
        }
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_trace_goes_on_through_the_node() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    let given = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = read(&router, "/v1/nothing", &[(TRACEPARENT, &given)]).await;
    let answered = answer.header(TRACEPARENT).unwrap();
    assert!(answered.starts_with(&format!("00-{TRACE}-")), "{answered}");
    assert!(answered.ends_with("-01"), "{answered}");
    assert_ne!(answered, given);
    let bad = format!("00-{TRACE}-00f067aa0ba902b7");
    let answer = read(&router, "/v1/nothing", &[(TRACEPARENT, &bad)]).await;
    assert!(!answer.header(TRACEPARENT).unwrap().contains(TRACE));
    rig.stop().await;
}

#[tokio::test]
async fn a_failure_names_its_request_and_nothing_else() {
    let answer = read(&failing(), "/broken", &[(REQUEST_ID, "complaint-1")]).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let error = &answer.json()["error"];
    assert_eq!(error["code"], "internal");
    assert_eq!(
        error["message"],
        "the node failed to answer; its log says why, under request complaint-1"
    );
    assert!(error["details"].is_object());
    assert_eq!(answer.header(REQUEST_ID), Some("complaint-1"));
    // A page reads that as well.
    assert_eq!(
        answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN),
        Some("*")
    );
    assert_eq!(answer.header(header::CACHE_CONTROL), Some("no-cache"));
}

#[tokio::test]
async fn who_asks_too_often_is_told_so_in_json_and_when_to_come_back() {
    let world = World::new();
    let mut config = world.config();
    config.limits.requests_per_s = 1;
    config.limits.request_burst = 1;
    let rig = world.start_with(config, Default::default()).await.unwrap();
    let router = router(rig.calls.clone());
    let mut answer = read(&router, "/v1/fees", &[]).await;
    // On a slow machine a second may pass between two of them.
    for _ in 0..10 {
        if answer.status != StatusCode::OK {
            break;
        }
        answer = read(&router, "/v1/fees", &[]).await;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.json()["error"]["code"], "too_many_requests");
    let wait: u64 = answer.header(header::RETRY_AFTER).unwrap().parse().unwrap();
    assert!(wait >= 1);
    // A page reads that as well.
    assert_eq!(
        answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN),
        Some("*")
    );
    assert!(answer.header(REQUEST_ID).is_some());
    rig.stop().await;
}
