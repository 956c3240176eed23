//! What may be kept, and how one finds out whether it is still so.

use std::fs;

use assay_circuits::address::Network;
use axum::{
    Router,
    http::{Method, StatusCode, header},
};

use super::{ask, read, with_final_batch};
use crate::{api::router, rig::World};

const KEY: &str = "/v1/keys/tiny.proving.key";

async fn cache_control(router: &Router, path: &str) -> String {
    let answer = read(router, path, &[]).await;
    answer.header(header::CACHE_CONTROL).unwrap().to_owned()
}

#[tokio::test]
async fn what_does_not_change_is_not_sent_again_to_those_who_have_it() {
    let world = World::new();
    let rig = with_final_batch(&world).await;
    fs::write(rig.config.keys_dir.join("tiny.proving.key"), [7; 100]).unwrap();
    let router = router(rig.calls.clone());
    for path in [
        "/v1/batches/1",
        "/v1/batches/1/bundle",
        "/openapi.json",
        KEY,
    ] {
        let answer = read(&router, path, &[]).await;
        let tag = answer
            .header(header::ETAG)
            .unwrap_or_else(|| panic!("{path}"));
        // A weak one, but where there is one form alone.
        assert_eq!(tag.starts_with("W/\""), path != KEY, "{tag}");
        let among_others = format!("\"other\", {tag}");
        let strong = tag.trim_start_matches("W/");
        for known in [tag, &among_others, strong, "*"] {
            let known = [(header::IF_NONE_MATCH, known)];
            for method in [Method::GET, Method::HEAD] {
                let again = ask(&router, method, path, &known).await;
                assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path} {known:?}");
                assert!(again.body.is_empty());
                assert_eq!(again.header(header::CONTENT_LENGTH), None);
                assert_eq!(again.header(header::ETAG), Some(tag));
                assert_eq!(again.header(header::CACHE_CONTROL), Some("no-cache"));
            }
        }
        let older = read(&router, path, &[(header::IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!((older.status, older.body), (StatusCode::OK, answer.body));
    }
    rig.stop().await;
}

#[tokio::test]
async fn another_key_has_another_tag() {
    let world = World::new();
    let rig = world.start().await;
    let router = router(rig.calls.clone());
    let file = rig.config.keys_dir.join("tiny.proving.key");
    fs::write(&file, [7; 100]).unwrap();
    let first = read(&router, KEY, &[]).await;
    fs::write(&file, [7; 101]).unwrap();
    let tag = first.header(header::ETAG).unwrap();
    let second = read(&router, KEY, &[(header::IF_NONE_MATCH, tag)]).await;
    assert_eq!(second.status, StatusCode::OK);
    assert_ne!(second.header(header::ETAG), Some(tag));
    rig.stop().await;
}

#[tokio::test]
async fn what_may_still_change_has_no_tag_and_is_asked_for_again() {
    let world = World::new();
    let mut rig = with_final_batch(&world).await;
    let order = rig.order(1, 0, Some(2), 10);
    assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
    let sealed = rig.seal().await.unwrap();
    let router = router(rig.calls.clone());
    for path in [
        format!("/v1/batches/{sealed}"),
        "/v1/status".to_owned(),
        "/v1/accounts/1".to_owned(),
        "/v1/nothing".to_owned(),
    ] {
        let answer = read(&router, &path, &[]).await;
        assert_eq!(answer.header(header::ETAG), None, "{path}");
        assert_eq!(
            answer.header(header::CACHE_CONTROL),
            Some("no-cache"),
            "{path}"
        );
    }
    rig.stop().await;
}

/// Where a chain of development was there is soon another, at the same place.
#[tokio::test]
async fn the_bundle_of_a_final_batch_is_kept_for_ever_but_for_development() {
    let world = World::new();
    let rig = with_final_batch(&world).await;
    let mut calls = rig.calls.clone();
    assert_eq!(calls.batches.rollup.network, Network::Development);
    let development = router(calls.clone());
    calls.batches.rollup.network = Network::Public;
    let public = router(calls);
    let bundle = "/v1/batches/1/bundle";
    assert_eq!(cache_control(&development, bundle).await, "no-cache");
    let for_ever = "public, max-age=31536000, immutable";
    assert_eq!(cache_control(&public, bundle).await, for_ever);
    // A newer program may say more of a batch.
    assert_eq!(cache_control(&public, "/v1/batches/1").await, "no-cache");
    rig.stop().await;
}
