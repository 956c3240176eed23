//! What every process tells of itself.

use std::sync::LazyLock;

use metrics_process::Collector;

/// The table of what [`measure`] tells.
mod rows {
    crate::table! {
        Gauge BUILD_INFO = "assay_build_info" ["version" in &[env!("CARGO_PKG_VERSION")]],
            "Always 1; the label is the version of the program.";
        Gauge START = "process_start_time_seconds",
            "When the process started, Unix seconds.";
        Counter CPU_SECONDS = "process_cpu_seconds_total",
            "Time that the process took on processors, whole seconds.";
        Gauge RESIDENT = "process_resident_memory_bytes",
            "Memory of the process, bytes.";
        Gauge VIRTUAL = "process_virtual_memory_bytes",
            "Address space of the process, bytes: mapped keys are in it.";
        Gauge VIRTUAL_MAX = "process_virtual_memory_max_bytes",
            "Address space that the process may have, bytes.";
        Gauge OPEN_FILES = "process_open_fds",
            "Open files and connections of the process.";
        Gauge OPEN_FILES_MAX = "process_max_fds",
            "Open files and connections that the process may have.";
        Gauge THREADS = "process_threads",
            "Threads of the process.";
    }
}

pub use rows::ALL;
pub(crate) use rows::BUILD_INFO;

/// Measures what the process takes up.
pub(crate) fn measure() {
    static COLLECTOR: LazyLock<Collector> = LazyLock::new(Collector::default);
    COLLECTOR.collect();
}
