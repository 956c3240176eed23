//! Whose keys a worker asks for jobs with.

use assay_api::{proving::client::Token, wire::ShapeView};
use assay_circuits::shape::Shape;
use axum::{Router, routing::get};

use super::{shared as shared_keys, *};
use crate::worker::{config::Backoff, watcher::Watcher};

/// A node that answers nothing but its status, from this text.
async fn status_of(text: String) -> String {
    let answer = move || std::future::ready(text.clone());
    let app = Router::new().route("/v1/status", get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

#[tokio::test]
async fn a_worker_asks_for_jobs_only_where_its_keys_are_the_nodes() {
    let shape = |name: &str, digest: u8| ShapeView {
        name: name.to_owned(),
        transfers: 1,
        full_records: 1,
        fee_slots: 1,
        verifying_key_sha256: Hex(&[digest; 32]).to_string(),
        insecure_development_key: true,
    };
    let status = StatusView {
        shapes: vec![shape("tiny", 1), shape("small", 2)],
        ..StatusView::default()
    };
    let url = status_of(serde_json::to_string(&status).unwrap()).await;
    let [tiny, small, large] = [Shape::Tiny, Shape::Small, Shape::Large].map(CircuitId::Batch);
    let config = WorkerConfig {
        node_url: url,
        token: Token("secret".to_owned()),
        name: "w".to_owned(),
        threads: None,
        keys_dir: "nowhere".into(),
        circuits: vec![],
        once: true,
        poll_ms: 1,
        backoff: Backoff::default(),
        watcher: Watcher::default(),
    };
    let shared = |own: Vec<(CircuitId, [u8; 32])>| {
        let config = config.clone();
        async move { shared_keys(&config, &own, &CancellationToken::new()).await }
    };
    let own = vec![(tiny, [1; 32]), (small, [3; 32]), (large, [4; 32])];
    assert_eq!(shared(own).await.unwrap(), Some(vec![tiny]));
    let refused = shared(vec![(small, [3; 32]), (large, [4; 32])])
        .await
        .unwrap_err();
    let sentence = refused.to_string();
    for part in [
        "nowhere",
        &"02".repeat(32),
        &"03".repeat(32),
        "no shape large, but tiny, small",
    ] {
        assert!(sentence.contains(part), "{sentence}");
    }
    // What is no node's answer decides nothing.
    let config = WorkerConfig {
        node_url: status_of("<html>".to_owned()).await,
        ..config.clone()
    };
    let (own, shutdown) = ([(small, [3; 32])], CancellationToken::new());
    let all = shared_keys(&config, &own, &shutdown).await;
    assert_eq!(all.unwrap(), Some(vec![small]));
}
