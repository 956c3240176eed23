//! What a node must not tell: the key of the layer 1's provider, which stands in its URL.

use std::{fs::File, time::Duration};

use assay_faults::{Fault, FaultyL1};
use reqwest::Client;
use serde_json::Value;

use crate::{
    process::TIMEOUT,
    rig::{Rig, until},
};

/// Stands in every part of the URL.
const SECRET: &str = "s3cr3t";

/// Everything that the node answers, by path.
async fn answers(node: &str) -> Vec<(String, String)> {
    let client = Client::builder().timeout(TIMEOUT).build().unwrap();
    let get = async |path: &str| {
        let mut response = client.get(format!("{node}{path}")).send().await.unwrap();
        let mut text = format!("{:?}", response.headers());
        let pieces = async {
            while let Ok(Some(piece)) = response.chunk().await {
                text.push_str(&String::from_utf8_lossy(&piece));
            }
        };
        // A stream of events has no end; its beginning is enough.
        let _ = tokio::time::timeout(Duration::from_secs(2), pieces).await;
        text
    };
    let listed = client.get(format!("{node}/openapi.json")).send().await;
    let listed: Value = listed.unwrap().json().await.unwrap();
    let listed = listed["paths"].as_object().unwrap().keys().cloned();
    let mut answers = Vec::new();
    for path in listed.chain(["/".to_owned(), "/docs".to_owned(), "/nothing".to_owned()]) {
        let parts = path.split('/');
        let parts = parts.map(|part| if part.starts_with('{') { "1" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        answers.push((path.clone(), get(&path).await));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_secret_in_the_layer_1s_url_is_in_no_answer_log_or_metric() {
    let mut rig = Rig::start();
    let faulty = FaultyL1::before(&rig.l1_url).await;
    let host = faulty.url().strip_prefix("http://").unwrap();
    let path = format!("/v2/path-{SECRET}?key=query-{SECRET}");
    rig.l1_url = format!("http://user-{SECRET}:password-{SECRET}@{host}{path}");
    let log = rig.path("node.log");
    let mut command = rig.node_command(0);
    command
        .env("RUST_LOG", "debug")
        .stderr(File::create(&log).unwrap());
    let node = rig.spawn_node(command);
    let is_well = async || {
        let status = rig.client().status().await.ok()?;
        (status.ready && status.faults.is_empty()).then_some(())
    };
    until("the node is ready", is_well).await;
    let faults = [
        Fault::Status(404, format!("Cannot POST {path}")),
        Fault::Refuse {
            code: -32000,
            message: format!("no project at {path}"),
        },
        Fault::Refuse {
            code: -32005,
            message: format!("{path} has had enough"),
        },
        Fault::Lie(Value::from(format!("see {path}"))),
        Fault::Cut,
    ];
    for fault in faults {
        let wrong = fault.clone();
        faulty.set(move |_| Some(wrong.clone()));
        until("the fault is told", async || {
            let status = rig.client().status().await.ok()?;
            let is_told = status.faults.iter().any(|fault| fault.starts_with("l1_"));
            is_told.then_some(())
        })
        .await;
        let answers = answers(&rig.node_url()).await;
        assert!(answers.len() > 15, "{}", answers.len());
        for (path, answer) in answers {
            assert!(!answer.contains(SECRET), "{fault:?}: {path} tells {answer}");
        }
        faulty.clear();
        until("the fault is over", is_well).await;
    }
    node.terminate();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("l1_unreachable"), "the log has nothing of it");
    let told = log.lines().find(|line| line.contains(SECRET));
    assert_eq!(told, None);
}
