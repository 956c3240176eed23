//! Metrics: one recorder for the process.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Bounds of the histograms' buckets, s: from a seal to a slow layer 1.
const SECONDS: [f64; 12] = [
    0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0,
];

fn handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS);
        builder.ok()?.install_recorder().ok()
    };
    HANDLE.get_or_init(install).as_ref()
}

/// Begins to record; later calls change nothing. Where the process has another recorder, that
/// one gets the metrics and [`render`] has none.
pub(crate) fn install() {
    handle();
}

/// Everything recorded so far, as Prometheus reads it.
pub(crate) fn render() -> String {
    handle().map(PrometheusHandle::render).unwrap_or_default()
}
