//! How a node is, on one screen.

use assay_api::{
    proving::WorkerView,
    wire::{BatchView, L1View, StatusView},
};
use console::style;

use super::{
    announced,
    figures::Figures,
    found::{FaultFound, Found, StageFound},
};
use crate::terminal::{
    moment::{ago, lasting, time_of_day},
    table::Table,
};

/// Wei of an ether.
const ETHER: f64 = 1e18;
/// Wei of a gwei.
const GWEI: f64 = 1e9;
/// Bytes of a GB.
const GB: f64 = 1e9;

/// Everything that was found, for people.
pub(super) fn text(found: &Found) -> String {
    let mut blocks = vec![head(found)];
    if let Some(status) = &found.status {
        blocks.push(identity(status));
        blocks.push(stages(&found.stages, found.at_ms));
        blocks.push(work(found, status));
    }
    if !found.faults.is_empty() {
        let faults = found.faults.iter().map(fault);
        blocks.push(faults.collect::<Vec<_>>().join("\n"));
    }
    if let Some(list) = &found.workers {
        blocks.push(workers(list, found.at_ms));
    }
    if !found.batches.is_empty() {
        blocks.push(batches(&found.batches));
    }
    blocks.join("\n\n")
}

fn head(found: &Found) -> String {
    let verdict = found.verdict();
    let verdict = match (found.well, found.ready) {
        (true, _) => style(verdict).green().bold(),
        (false, true) => style(verdict).yellow().bold(),
        (false, false) => style(verdict).red().bold(),
    };
    let at = time_of_day(found.at_ms);
    format!("{}  {verdict}  ({at} UTC)", found.node)
}

fn identity(status: &StatusView) -> String {
    let operator = match &status.operator {
        Some(operator) => operator.as_str(),
        None => "none here: this node follows the L1",
    };
    let shapes: Vec<&str> = status.shapes.iter().map(|shape| &*shape.name).collect();
    [
        format!(
            "network   {}, chain {}, version {}",
            status.network, status.chain_id, status.version
        ),
        format!("contract  {}", status.contract),
        format!("operator  {operator}"),
        format!("shapes    {}", shapes.join(", ")),
    ]
    .join("\n")
}

fn stages(stages: &[StageFound], now_ms: u64) -> String {
    let mut table = Table::new(["stage", "batch", "came there"]);
    for found in stages {
        let came = found.at_ms.map(|at_ms| ago(now_ms, at_ms));
        table.row([
            found.stage.name().to_owned(),
            found.batch.to_string(),
            came.unwrap_or_default(),
        ]);
    }
    table.render()
}

/// What waits, and what it waits for.
fn work(found: &Found, status: &StatusView) -> String {
    let figures = found.figures.unwrap_or_default();
    let oldest = |seconds: Option<f64>| match seconds {
        Some(seconds) if seconds > 0.0 => format!(", the oldest for {}", lasting(seconds as u64)),
        _ => String::new(),
    };
    let heights = status.heights;
    let mut lines = vec![
        format!(
            "waiting   {} of at most {} transactions{}",
            status.pool.transactions,
            status.pool.most,
            oldest(figures.oldest_unsealed_s)
        ),
        format!(
            "proving   {} batches want a worker, {} are being proved{}",
            status.prover.open,
            status.prover.leased,
            oldest(figures.oldest_unproved_s)
        ),
        format!(
            "posting   {} batches are not on the L1{}",
            heights.sealed.saturating_sub(heights.proved),
            oldest(figures.oldest_unposted_s)
        ),
        layer1(&status.l1, &figures, found.at_ms),
        queue(&status.l1, found.at_ms),
    ];
    lines.extend(announced::lines(status, found.at_ms / 1_000));
    if let (Some(free), Some(size)) = (figures.disk_free_bytes, figures.disk_size_bytes) {
        let (free, size) = (free / GB, size / GB);
        lines.push(format!("disk      {free:.1} of {size:.1} GB are free"));
    }
    if let Some(started_s) = figures.started_s {
        let up_s = (found.at_ms / 1_000).saturating_sub(started_s as u64);
        lines.push(format!("up        {}", lasting(up_s)));
    }
    lines.join("\n")
}

fn layer1(l1: &L1View, figures: &Figures, now_ms: u64) -> String {
    if l1.seen_ms == 0 {
        return "L1        has not answered yet".to_owned();
    }
    let mut line = format!(
        "L1        block {}, seen {}",
        l1.block,
        ago(now_ms, l1.seen_ms)
    );
    if let Some(wei) = figures.base_fee_wei.filter(|wei| *wei > 0.0) {
        line.push_str(&format!(", base fee {:.3} gwei", wei / GWEI));
    }
    if let Some(wei) = figures.balance_wei.filter(|wei| *wei > 0.0) {
        line.push_str(&format!("; the account has {:.4} ether", wei / ETHER));
    }
    line
}

fn queue(l1: &L1View, now_ms: u64) -> String {
    let mut line = format!(
        "queue     {} entries, {} taken into batches, {} of them proved",
        l1.queue_length, l1.queue_taken, l1.queue_consumed
    );
    let now_s = now_ms / 1_000;
    if let Some(due) = l1.head_due.map(u64::from) {
        line.push_str(&match due.checked_sub(now_s) {
            Some(left) => format!("; the next is due in {}", lasting(left)),
            None => format!("; the next is overdue since {}", lasting(now_s - due)),
        });
    }
    if let Some(at) = l1.closing_at {
        line.push_str(&match at.checked_sub(now_s) {
            Some(left) => format!("; closing was announced, for in {}", lasting(left)),
            None => "; closing was announced, and its time has come".to_owned(),
        });
    }
    line
}

fn fault(fault: &FaultFound) -> String {
    let code = style(&fault.code).red().bold();
    let mut lines = vec![format!("{code}  {}", fault.message)];
    if let Some(advice) = fault.advice {
        lines.push(format!("  what to do: {advice}"));
    }
    if let Some(runbook) = &fault.runbook {
        lines.push(format!("  runbook:    {runbook}"));
    }
    lines.join("\n")
}

fn workers(workers: &[WorkerView], now_ms: u64) -> String {
    if workers.is_empty() {
        return "workers   none has asked for a job since the node's start".to_owned();
    }
    let mut table = Table::new([
        "worker", "proves", "proofs", "wrong", "failures", "heard of",
    ]);
    for worker in workers {
        let proves = worker.proves.iter().map(|work| {
            let percent = f64::from(work.progress) * 100.0;
            let took = lasting(work.leased_ms / 1_000);
            format!("batch {} ({percent:.0} %, for {took})", work.batch)
        });
        let proves = proves.collect::<Vec<_>>().join(", ");
        table.row([
            worker.name.clone(),
            if proves.is_empty() {
                "nothing".to_owned()
            } else {
                proves
            },
            worker.proofs.to_string(),
            worker.wrong_proofs.to_string(),
            worker.failures.to_string(),
            ago(now_ms, worker.seen_ms),
        ]);
    }
    table.render()
}

/// Seconds from a stage to the next.
fn batches(batches: &[BatchView]) -> String {
    let mut table = Table::new([
        "batch", "stage", "shape", "ops", "seal s", "prove s", "post s", "final s", "prover",
    ]);
    for batch in batches {
        let times = &batch.times_ms;
        let between = |from: Option<u64>, to: Option<u64>| match from.zip(to) {
            Some((from, to)) => format!("{:.1}", to.saturating_sub(from) as f64 / 1e3),
            None => "-".to_owned(),
        };
        table.row([
            batch.number.to_string(),
            batch.stage.name().to_owned(),
            batch.shape.clone(),
            batch.operations.to_string(),
            between(Some(times.closed), times.sealed),
            between(times.sealed, times.proof),
            between(times.proof, times.proved),
            between(times.proved, times.r#final),
            batch.prover.clone().unwrap_or_default(),
        ]);
    }
    table.render()
}
