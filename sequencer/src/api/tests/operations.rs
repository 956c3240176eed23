//! What those who run the node look at.

use assay_telemetry::process;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};

use super::funded;
use crate::{
    health::Fault,
    rig::{Rig, World},
    telemetry::{ALL, Description},
};

async fn metrics(rig: &Rig) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let (status, body) = rig.call(request).await;
    assert_eq!(status, StatusCode::OK);
    String::from_utf8(body).unwrap()
}

#[tokio::test]
async fn every_metric_has_its_help_its_type_and_its_labels_from_the_start() {
    let world = World::new();
    let rig = funded(&world).await;
    let text = metrics(&rig).await;
    for Description {
        name,
        kind,
        label,
        help,
    } in ALL.iter().chain(process::ALL)
    {
        let Some(label) = label else {
            let value = text.lines().any(|line| {
                line.starts_with(&format!("{name} ")) || line.starts_with(&format!("{name}_count "))
            });
            assert!(value, "{name} has no value");
            continue;
        };
        for value in label.values {
            let labelled = format!("{}=\"{value}\"", label.name);
            let mut lines = text.lines().filter(|line| line.starts_with(name));
            assert!(
                lines.any(|line| line.contains(&labelled)),
                "{name} {labelled}"
            );
        }
        // One whose values come as they happen is there from its first on.
        if !label.values.is_empty() {
            assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name}");
            assert!(
                text.contains(&format!("# TYPE {name} {}\n", kind.name())),
                "{name}"
            );
        }
    }
    // Parts that other tests of this process start tell theirs as well.
    let others = [
        assay_prover::worker::telemetry::ALL,
        assay_l1::telemetry::ALL,
    ];
    let tables = others.into_iter().chain([ALL, process::ALL]);
    let known: Vec<_> = tables.flatten().map(|metric| metric.name).collect();
    for line in text.lines().filter(|line| line.starts_with("# TYPE ")) {
        let name = line.split(' ').nth(2).unwrap();
        assert!(known.contains(&name), "{name} is not in the table");
        assert!(
            text.contains(&format!("# HELP {name} ")),
            "{name} has no help"
        );
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_fault_is_1_while_it_holds() {
    let world = World::new();
    let rig = funded(&world).await;
    // Tests beside this one ask other nodes of the same process, so that one answer may be theirs.
    let told = async |value| {
        let line = format!("assay_fault{{code=\"l1_refuses\"}} {value}\n");
        for _ in 0..100 {
            if metrics(&rig).await.contains(&line) {
                return true;
            }
        }
        false
    };
    rig.health.raise(Fault::L1Refuses, "for a test");
    assert!(told(1).await);
    rig.health.clear(Fault::L1Refuses);
    assert!(told(0).await);
    rig.stop().await;
}

#[test]
fn every_fault_is_described_and_has_words_on_the_page() {
    let described = include_str!("../../../../docs/spec/api.md");
    let (_, described) = described.split_once("\n## Faults\n").unwrap();
    let rows = described.lines().filter(|line| line.starts_with("| `"));
    let mut rows: Vec<_> = rows.map(|row| row.split('`').nth(1).unwrap()).collect();
    rows.sort_unstable();
    let mut codes = Fault::CODES;
    codes.sort_unstable();
    assert_eq!(rows, codes);
    let page = include_str!("../../../../web/src/faults.ts");
    for code in codes {
        assert!(page.contains(&format!("    {code}: ")), "{code}");
    }
}
