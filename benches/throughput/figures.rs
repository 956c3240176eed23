//! What was measured, as a table and as JSON.

use std::{
    fmt,
    fs::{self, File},
    io::Write as _,
    path::Path,
    thread::available_parallelism,
    time::Duration,
};

use assay_circuits::shape::Shape;
use serde::Serialize;
use tokio::time::Instant;

/// How often the disk is tried.
const SYNCS: usize = 50;
/// What is written each time, bytes.
const SYNCED_BYTES: usize = 4 << 10;

/// On what it was measured.
#[derive(Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    /// How long 4 KiB take to the disk on which the node writes.
    sync_ms: Quantiles,
}

/// Of several times, milliseconds.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Quantiles {
    median: f64,
    p95: f64,
}

/// Transfers that were handed in one after the other, each alone.
#[derive(Serialize)]
pub(crate) struct Latency {
    pub(crate) transfers: usize,
    /// Until the receipt is there.
    pub(crate) acknowledged_ms: Quantiles,
    /// Until the event of its execution is there.
    pub(crate) executed_ms: Quantiles,
}

/// Transfers a second, from the first request until the last of them has come so far.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Throughput {
    acknowledged_per_s: f64,
    executed_per_s: f64,
    sealed_per_s: f64,
}

/// What readers have read.
#[derive(Serialize)]
pub(crate) struct Read {
    /// Of events, all listeners together.
    pub(crate) heard_bytes: u64,
    /// Payments of accounts.
    pub(crate) payments: u64,
}

/// One of the ways of handing in.
type Way = fn(&Run) -> &Throughput;

/// Every way of handing in, once.
#[derive(Serialize)]
pub(crate) struct Run {
    pub(crate) one_by_one: Throughput,
    pub(crate) lists: Throughput,
    pub(crate) lists_beside_readers: Throughput,
    pub(crate) read: Read,
}

/// All of it.
#[derive(Serialize)]
pub(crate) struct Figures {
    pub(crate) machine: Machine,
    pub(crate) shape: Shape,
    /// Of each way of handing in, in each run.
    pub(crate) transfers: usize,
    pub(crate) connections: usize,
    pub(crate) list_connections: usize,
    pub(crate) list: usize,
    pub(crate) listeners: usize,
    pub(crate) latency: Latency,
    pub(crate) runs: Vec<Run>,
}

impl Machine {
    /// Looks at this one; what is tried of the disk is tried in a directory.
    pub(crate) fn look(directory: &Path) -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let mut file = File::create(directory.join("tried")).unwrap();
        let mut sync = || {
            let began = Instant::now();
            file.write_all(&[0; SYNCED_BYTES]).unwrap();
            file.sync_data().unwrap();
            began.elapsed()
        };
        Self {
            cpu: model.map_or("unknown", |(_, name)| name).to_owned(),
            cores: available_parallelism().map_or(1, usize::from),
            sync_ms: Quantiles::of((0..SYNCS).map(|_| sync()).collect()),
        }
    }
}

impl Quantiles {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        Self {
            median: at(50),
            p95: at(95),
        }
    }
}

impl Throughput {
    pub(crate) fn new(
        transfers: usize,
        acknowledged: Duration,
        executed: Duration,
        sealed: Duration,
    ) -> Self {
        let rate = |time: Duration| transfers as f64 / time.as_secs_f64();
        Self {
            acknowledged_per_s: rate(acknowledged),
            executed_per_s: rate(executed),
            sealed_per_s: rate(sealed),
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

impl fmt::Display for Quantiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} ms, 95% within {:.1} ms", self.median, self.p95)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            latency,
            runs,
            ..
        } = self;
        writeln!(
            f,
            "{} cores of {}; 4 KiB to the disk {}",
            machine.cores, machine.cpu, machine.sync_ms
        )?;
        writeln!(
            f,
            "shape {}; {} transfers each way, medians of {} runs\n",
            self.shape,
            self.transfers,
            runs.len()
        )?;
        writeln!(
            f,
            "{:<44} {:>12} {:>10} {:>10}",
            "transfers a second", "acknowledged", "executed", "sealed"
        )?;
        let one_by_one = format!("one by one, {} connections", self.connections);
        let lists = format!(
            "lists of {}, {} connections",
            self.list, self.list_connections
        );
        let beside = format!("the same beside {} listeners and a reader", self.listeners);
        let rows: [(String, Way); 3] = [
            (one_by_one, |run| &run.one_by_one),
            (lists, |run| &run.lists),
            (beside, |run| &run.lists_beside_readers),
        ];
        for (name, of) in rows {
            let of = |rate: fn(&Throughput) -> f64| median(runs.iter().map(|run| rate(of(run))));
            let acknowledged = of(|rates| rates.acknowledged_per_s);
            let executed = of(|rates| rates.executed_per_s);
            let sealed = of(|rates| rates.sealed_per_s);
            writeln!(
                f,
                "{name:<44} {acknowledged:>12.0} {executed:>10.0} {sealed:>10.0}"
            )?;
        }
        let slower = runs
            .iter()
            .map(|run| run.lists.executed_per_s / run.lists_beside_readers.executed_per_s);
        writeln!(
            f,
            "\nlists take {:.2} times as long to be executed beside readers",
            median(slower)
        )?;
        writeln!(
            f,
            "one transfer on an idle node: acknowledged {}",
            latency.acknowledged_ms
        )?;
        write!(
            f,
            "                              executed     {}",
            latency.executed_ms
        )
    }
}
