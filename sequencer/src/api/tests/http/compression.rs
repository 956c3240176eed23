//! Answers packed with gzip.

use std::{fs, io::Read};

use axum::http::{HeaderName, Method, StatusCode, header};
use flate2::read::GzDecoder;

use super::{Answer, ask, read, with_final_batch};
use crate::{api::router, rig::World};

const GZIP: (HeaderName, &str) = (header::ACCEPT_ENCODING, "br;q=0.5, gzip");
const PACKED: HeaderName = header::CONTENT_ENCODING;

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut decoder = GzDecoder::new(answer.body.as_slice());
    decoder.read_to_end(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn text_is_packed_for_those_who_take_it_so() {
    let world = World::new();
    let rig = with_final_batch(&world).await;
    let router = router(rig.calls.clone());
    for path in [
        "/v1/batches/1/bundle",
        "/openapi.json",
        "/assets/page.js",
        "/assets/page.css",
    ] {
        let plain = read(&router, path, &[]).await;
        assert_eq!(plain.status, StatusCode::OK, "{path}");
        assert_eq!(plain.header(PACKED), None, "{path}");
        assert!(plain.lists(header::VARY, "accept-encoding"), "{path}");
        let packed = read(&router, path, &[GZIP]).await;
        assert_eq!(packed.header(PACKED), Some("gzip"), "{path}");
        assert!(packed.lists(header::VARY, "accept-encoding"), "{path}");
        assert!(packed.body.len() < plain.body.len(), "{path}");
        assert_eq!(unpacked(&packed).len(), plain.body.len(), "{path}");
        assert_eq!(packed.header(header::ETAG), plain.header(header::ETAG));
        let head = ask(&router, Method::HEAD, path, &[GZIP]).await;
        assert!(head.body.is_empty(), "{path}");
        for name in [PACKED, header::CONTENT_TYPE, header::CONTENT_LENGTH] {
            assert_eq!(
                head.headers.get(&name),
                packed.headers.get(&name),
                "{path} {name}"
            );
        }
    }
    rig.stop().await;
}

#[tokio::test]
async fn what_is_small_or_random_or_has_no_end_is_left_as_it_is() {
    let world = World::new();
    let rig = world.start().await;
    fs::write(rig.config.keys_dir.join("tiny.proving.key"), [0; 4096]).unwrap();
    let router = router(rig.calls.clone());
    for path in ["/healthz", "/v1/nothing", "/v1/keys/tiny.proving.key"] {
        let answer = read(&router, path, &[GZIP]).await;
        assert_eq!(answer.header(PACKED), None, "{path}");
        let length = answer.body.len().to_string();
        assert_eq!(
            answer.header(header::CONTENT_LENGTH),
            Some(length.as_str()),
            "{path}"
        );
    }
    // Its head is enough: it has no end.
    let events = ask(&router, Method::HEAD, "/v1/events", &[GZIP]).await;
    assert_eq!(events.status, StatusCode::OK);
    assert_eq!(events.header(PACKED), None);
    rig.stop().await;
}

/// What was done is not answered with a refusal.
#[tokio::test]
async fn who_takes_nothing_that_there_is_gets_it_as_it_is() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    for refused in ["identity;q=0, *;q=0", "br", "gzip;q=0"] {
        let answer = read(
            &router,
            "/openapi.json",
            &[(header::ACCEPT_ENCODING, refused)],
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{refused}");
        assert_eq!(answer.header(PACKED), None, "{refused}");
        assert!(answer.json()["paths"].is_object());
    }
    rig.stop().await;
}
