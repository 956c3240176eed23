//! What a worker tells Prometheus.

use super::*;
use crate::worker::telemetry;

/// Tests beside this one count in the same process.
#[tokio::test]
async fn jobs_and_the_phases_of_their_proofs_are_measured() {
    assay_telemetry::install(telemetry::ALL);
    let value = |series: &str| {
        let text = assay_telemetry::render();
        let mut lines = text.lines();
        let found = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        let found = found.unwrap_or_else(|| panic!("{series} is missing"));
        found.parse::<f64>().unwrap()
    };
    let series = [
        "assay_worker_leases_total",
        "assay_worker_jobs_total{outcome=\"accepted\"}",
        "assay_worker_phase_seconds_count{phase=\"msm_a\"}",
        "assay_worker_job_seconds_count",
    ];
    let before = series.map(value);
    let (_, url, _heard) = Node::start(script([lent(7)])).await;
    work(&url, toy()).await.unwrap();
    for (name, before) in series.into_iter().zip(before) {
        assert!(value(name) > before, "{name}");
    }
    assert!(value("assay_worker_node_seen_timestamp_seconds") > 1e9);
    let failures = value("assay_worker_node_failures_total");
    let (_, url, _heard) = Node::start(script([status(503), lent(8)])).await;
    work(&url, toy()).await.unwrap();
    assert!(value("assay_worker_node_failures_total") > failures);
}
