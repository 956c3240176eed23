//! Metrics: one table, and one recorder for the process.
//!
//! What is not in the table cannot be recorded: only this module names the library that does it
//! (`tests/tidy.rs`).

mod kinds;
mod table;

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

pub use kinds::{Description, Kind, Label};
pub use table::ALL;
pub(crate) use table::*;

use crate::clock::Clock;

/// Bounds of the histograms' buckets, s: from a seal to a slow layer 1.
const SECONDS: [f64; 12] = [
    0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0,
];

fn handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS);
        let handle = builder.ok()?.install_recorder().ok()?;
        for metric in ALL {
            metric.begin();
        }
        BUILD_INFO.set_as(env!("CARGO_PKG_VERSION"), 1.0);
        PROCESS_START.set(Clock::System.now_ms() as f64 / 1e3);
        Some(handle)
    };
    HANDLE.get_or_init(install).as_ref()
}

/// Begins to record, with every metric of the table at 0; later calls change nothing. Where the process
/// has another recorder, that one gets the metrics and [`render`] has none.
pub(crate) fn install() {
    handle();
}

/// Puts what was recorded where it takes no more room, whether anybody asks for it or not.
pub(crate) fn tidy_up() {
    if let Some(handle) = handle() {
        handle.run_upkeep();
    }
}

/// Everything recorded so far, as Prometheus reads it.
pub(crate) fn render() -> String {
    handle().map(PrometheusHandle::render).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use assay_api::stage::Stage;

    use super::*;

    #[test]
    fn no_two_metrics_have_one_name_and_each_says_what_it_is() {
        let names: BTreeSet<_> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        for Description {
            name, kind, help, ..
        } in ALL
        {
            assert!(
                help.ends_with('.') && !help.contains('\n'),
                "{name}: {help}"
            );
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        }
    }

    #[test]
    fn the_stages_in_labels_are_stages() {
        let names = Stage::ALL.map(Stage::name);
        for metric in ALL {
            let label = metric.label.filter(|label| label.name == "stage");
            for value in label.map_or(&[][..], |label| label.values) {
                assert!(names.contains(value), "{}: {value}", metric.name);
            }
        }
    }
}
