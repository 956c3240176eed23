//! Which web pages may read the answers.

use axum::http::{HeaderName, Method, StatusCode, header};

use super::{REQUEST_ID, TOKEN, TRACEPARENT, ask, read};
use crate::{api::router, config::Pages, rig::World};

const PAGE: (HeaderName, &str) = (header::ORIGIN, "https://page.example");
const ALLOWED: HeaderName = header::ACCESS_CONTROL_ALLOW_ORIGIN;
const ASKS_FOR_POST: (HeaderName, &str) = (header::ACCESS_CONTROL_REQUEST_METHOD, "POST");

#[tokio::test]
async fn pages_of_any_origin_read_what_is_public() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    for (path, status) in [
        ("/v1/status", 200),
        ("/v1/accounts/0", 400),
        ("/v1/nothing", 404),
        ("/healthz", 200),
        ("/openapi.json", 200),
    ] {
        let answer = read(&router, path, &[PAGE]).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.header(ALLOWED), Some("*"), "{path}");
        assert_eq!(
            answer.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS),
            None
        );
        for exposed in [header::ETAG, header::RETRY_AFTER, REQUEST_ID, TRACEPARENT] {
            let exposes = answer.lists(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.as_str());
            assert!(exposes, "{path} {exposed}");
        }
    }
    rig.stop().await;
}

#[tokio::test]
async fn no_page_reads_what_is_for_workers_and_operators() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    let bearer = format!("Bearer {TOKEN}");
    let token = (header::AUTHORIZATION, bearer.as_str());
    for path in ["/v1/prover/workers", "/metrics"] {
        let answer = read(&router, path, &[PAGE, token.clone()]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header(ALLOWED), None, "{path}");
    }
    let lease = "/v1/prover/jobs/lease";
    let answer = ask(&router, Method::OPTIONS, lease, &[PAGE, ASKS_FOR_POST]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header(ALLOWED), None);
    assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_METHODS), None);
    rig.stop().await;
}

#[tokio::test]
async fn a_browser_that_asks_beforehand_is_told_what_a_page_may() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    let path = "/v1/transactions";
    let wants = (header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type");
    let answer = ask(
        &router,
        Method::OPTIONS,
        path,
        &[PAGE, ASKS_FOR_POST, wants],
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(ALLOWED), Some("*"));
    for method in ["GET", "HEAD", "POST", "DELETE"] {
        assert!(
            answer.lists(header::ACCESS_CONTROL_ALLOW_METHODS, method),
            "{method}"
        );
    }
    assert_eq!(
        answer.header(header::ACCESS_CONTROL_ALLOW_HEADERS),
        Some("*")
    );
    assert_eq!(answer.header(header::ACCESS_CONTROL_MAX_AGE), Some("3600"));
    // Who asks for a call's options is told those, as ever.
    let answer = ask(&router, Method::OPTIONS, path, &[PAGE]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header(header::ALLOW), Some("POST"));
    rig.stop().await;
}

#[tokio::test]
async fn pages_that_are_not_named_read_nothing_where_some_are() {
    let world = World::new();
    let rig = world.start().await;
    let mut calls = rig.calls.clone();
    calls.pages = Pages::Of(vec![PAGE.1.parse().unwrap()]);
    let named = router(calls.clone());
    let answer = read(&named, "/v1/status", &[PAGE]).await;
    assert_eq!(answer.header(ALLOWED), Some(PAGE.1));
    assert!(answer.lists(header::VARY, "origin"));
    let other = (header::ORIGIN, "https://other.example");
    let preflight = [other.clone(), ASKS_FOR_POST];
    for (method, headers) in [
        (Method::GET, &preflight[..1]),
        (Method::OPTIONS, &preflight[..]),
    ] {
        let answer = ask(&named, method.clone(), "/v1/status", headers).await;
        assert_eq!(answer.header(ALLOWED), None, "{method}");
    }
    calls.pages = Pages::Of(Vec::new());
    let none = router(calls);
    let answer = read(&none, "/v1/status", &[PAGE]).await;
    assert_eq!(
        (answer.status, answer.header(ALLOWED)),
        (StatusCode::OK, None)
    );
    let preflight = [PAGE, ASKS_FOR_POST];
    let answer = ask(&none, Method::OPTIONS, "/v1/status", &preflight).await;
    assert_eq!(
        (answer.status, answer.header(ALLOWED)),
        (StatusCode::NO_CONTENT, None)
    );
    rig.stop().await;
}
