//! The worker's metrics: one table.

use std::time::{SystemTime, UNIX_EPOCH};

use super::config::WorkerReport;
use crate::groth16::PhaseSeconds;

/// What becomes of a job.
const OUTCOMES: &[&str] = &["accepted", "unwanted", "failed", "given_up"];
/// The parts of making a proof, as [`crate::groth16::Phase`] names them.
const PHASES: &[&str] = &[
    "witness", "matrices", "fft", "msm_a", "msm_b2", "msm_c", "verify",
];

assay_telemetry::table! {
    Counter LEASES = "assay_worker_leases_total",
        "Jobs that the node lent to this worker.";
    Counter JOBS = "assay_worker_jobs_total" ["outcome" in OUTCOMES],
        "Jobs that ended: proofs that the node took, that it no longer wanted, that failed, and jobs given back.";
    Gauge BUSY = "assay_worker_busy",
        "1 while the worker has a job, else 0.";
    Histogram JOB_SECONDS = "assay_worker_job_seconds",
        "Seconds from a job's lease to its end; their sum is how long the worker was busy.";
    Histogram PHASE_SECONDS = "assay_worker_phase_seconds" ["phase" in PHASES],
        "Seconds of each part of making a proof.";
    Gauge NODE_ANSWERS = "assay_worker_node_answers",
        "1 where the node answered the last request for a job, else 0.";
    Gauge NODE_SEEN = "assay_worker_node_seen_timestamp_seconds",
        "When the node answered such a request last, Unix seconds; 0 before the first time.";
    Counter NODE_FAILURES = "assay_worker_node_failures_total",
        "Requests for a job that the node did not answer.";
}

/// The node answered a request for a job.
pub(super) fn node_answered() {
    NODE_ANSWERS.set(1.0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    NODE_SEEN.set(since.unwrap_or_default().as_secs_f64());
}

/// The node did not answer one.
pub(super) fn node_is_away() {
    NODE_ANSWERS.set(0.0);
    NODE_FAILURES.count();
}

/// What the phases of a proof took.
pub(super) fn proved(phases: &PhaseSeconds) {
    for (phase, seconds) in &phases.0 {
        PHASE_SECONDS.record_as(phase.name(), *seconds);
    }
}

/// Counts what a job added to a worker's report, and says what that is.
pub(super) fn ended(before: WorkerReport, after: WorkerReport) -> Vec<&'static str> {
    let counts = |report: WorkerReport| {
        [
            report.accepted,
            report.unwanted,
            report.failed,
            report.given_up,
        ]
    };
    let changes = counts(before).into_iter().zip(counts(after));
    let outcomes = OUTCOMES.iter().zip(changes);
    let ended = outcomes.filter(|(_, (before, after))| after > before);
    let ended: Vec<_> = ended.map(|(outcome, _)| *outcome).collect();
    for outcome in &ended {
        JOBS.count_as(*outcome);
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groth16::Phase;

    #[test]
    fn the_phases_in_labels_are_phases() {
        assert_eq!(PHASES, Phase::ALL.map(Phase::name));
    }
}
