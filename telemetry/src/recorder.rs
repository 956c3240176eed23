//! The recorder of the process.

use std::{sync::OnceLock, thread, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::{
    kinds::Description,
    process::{self, BUILD_INFO},
};

/// Bounds of the histograms' buckets, s: from a call to a slow layer 1.
const SECONDS: [f64; 13] = [
    0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0,
];

/// How often what was recorded is put where it takes no more room, whether anybody asks for it or not.
const TIDY_UP_EVERY: Duration = Duration::from_secs(5);

fn handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS);
        let handle = builder.ok()?.install_recorder().ok()?;
        begin(process::ALL);
        BUILD_INFO.set_as(env!("CARGO_PKG_VERSION"), 1.0);
        let tidied = handle.clone();
        thread::spawn(move || {
            loop {
                thread::sleep(TIDY_UP_EVERY);
                tidied.run_upkeep();
            }
        });
        Some(handle)
    };
    HANDLE.get_or_init(install).as_ref()
}

fn begin(table: &[Description]) {
    for metric in table {
        metric.begin();
    }
}

/// Begins to record, with every metric of the table, and those that every process has, at 0. What was
/// recorded stays where a table is begun again. Where the process has another recorder, that one gets
/// the metrics and [`render`] has none.
pub fn install(table: &[Description]) {
    if handle().is_some() {
        begin(table);
    }
}

/// Everything recorded so far, and what the process takes up now, as Prometheus reads it.
#[must_use]
pub fn render() -> String {
    let Some(handle) = handle() else {
        return String::new();
    };
    process::measure();
    handle.render()
}
