//! One leased job, from lease to proof.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use assay_api::proving::{
    Heartbeat, HeartbeatAnswer, Lease, Submission,
    client::{CallError, WorkerClient},
};
use tokio::{sync::watch, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{
    config::{WorkerConfig, WorkerReport},
    error::{JobError, WorkerError},
    telemetry,
    watcher::Activity,
};
use crate::groth16::{Observer, Phase, prove::Proved};

/// Turns a job into a proof, on a thread that may block.
pub type JobProver = Arc<dyn Fn(&Lease, Observer<'_>) -> Result<Proved, JobError> + Send + Sync>;

/// Codes by which the node says that it does not want a job done, or not by this worker.
const ENDS_A_JOB: [&str; 3] = ["unknown_job", "job_taken", "job_gone"];
/// Time for the last word of a worker that is shut down.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);

/// Who ended a job before its proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The node no longer wants it, or has given it to another.
    Node,
    /// The worker is being shut down.
    Shutdown,
}

/// A job and who works on it for whom.
pub(super) struct Job<'a> {
    pub(super) lease: Arc<Lease>,
    pub(super) client: &'a WorkerClient,
    pub(super) config: &'a WorkerConfig,
}

impl Job<'_> {
    /// As [`Job::run`], and measures what it takes and how it ends.
    pub(super) async fn run_measured(
        &self,
        prove: &JobProver,
        shutdown: &CancellationToken,
        report: &mut WorkerReport,
    ) -> Result<(), WorkerError> {
        let (begin, before) = (Instant::now(), *report);
        telemetry::LEASES.count();
        telemetry::BUSY.set(1.0);
        let Lease { batch, circuit, .. } = *self.lease;
        let watcher = &self.config.watcher;
        watcher.tell(Activity::Leased { batch, circuit });
        let ended = self.run(prove, shutdown, report).await;
        telemetry::BUSY.set(0.0);
        let seconds = begin.elapsed().as_secs_f64();
        telemetry::JOB_SECONDS.record(seconds);
        for outcome in telemetry::ended(before, *report) {
            watcher.tell(Activity::Ended {
                batch,
                outcome,
                seconds,
            });
        }
        ended
    }

    /// Proves the job and hands the proof in, or gives it up.
    async fn run(
        &self,
        prove: &JobProver,
        shutdown: &CancellationToken,
        report: &mut WorkerReport,
    ) -> Result<(), WorkerError> {
        let Lease {
            job_id,
            batch,
            circuit,
            ..
        } = *self.lease;
        tracing::info!(job_id, batch, %circuit, "job leased");
        let (result, stop) = self.prove(prove, shutdown).await;
        match (result, stop) {
            (Ok(proved), _) => {
                tracing::info!(
                    job_id,
                    batch,
                    seconds = proved.phases.total_s(),
                    "proof made"
                );
                telemetry::proved(&proved.phases);
                self.submit(proved, shutdown, report).await
            }
            (Err(error), Some(stop)) if error.as_ref().is_none_or(JobError::is_cancelled) => {
                tracing::info!(job_id, batch, ?stop, "job given up");
                report.given_up += 1;
                if stop == Stop::Shutdown {
                    self.abandon().await;
                }
                Ok(())
            }
            (Err(error), _) => {
                let is_key = matches!(error, Some(JobError::KeyChanged { .. }));
                let error = error.map_or("the prover panicked".to_owned(), |e| e.to_string());
                tracing::error!(job_id, batch, error, "job failed");
                report.failed += 1;
                self.abandon().await;
                if is_key {
                    return Err(WorkerError::KeyChanged(error));
                }
                // The node may lend the same job again at once.
                self.pause(self.config.backoff.delay(1), shutdown).await;
                Ok(())
            }
        }
    }

    /// Proves on a blocking thread, with heartbeats meanwhile. `Err(None)` is a panic.
    async fn prove(
        &self,
        prove: &JobProver,
        shutdown: &CancellationToken,
    ) -> (Result<Proved, Option<JobError>>, Option<Stop>) {
        let cancelled = Arc::new(AtomicBool::new(false));
        let (progress, seen) = watch::channel((None, 0.0));
        let mut proving = tokio::task::spawn_blocking({
            let (prove, lease, cancelled) = (prove.clone(), self.lease.clone(), cancelled.clone());
            let watcher = self.config.watcher.clone();
            move || {
                prove(&lease, &|phase, done| {
                    progress.send_replace((Some(phase), done));
                    watcher.tell(Activity::Proving { phase, done });
                    match cancelled.load(Ordering::Relaxed) {
                        true => ControlFlow::Break(()),
                        false => ControlFlow::Continue(()),
                    }
                })
            }
        });
        // A heartbeat that hangs must not keep the finished proof or a shutdown waiting.
        let unwanted = self.heartbeats(&seen);
        tokio::pin!(unwanted);
        let mut stop = None;
        loop {
            stop = tokio::select! {
                proved = &mut proving => {
                    let proved = proved.map_err(|_| None).and_then(|done| done.map_err(Some));
                    return (proved, stop);
                }
                () = &mut unwanted, if stop.is_none() => Some(Stop::Node),
                () = shutdown.cancelled(), if stop.is_none() => Some(Stop::Shutdown),
            };
            cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Sends heartbeats until the node no longer wants the job.
    async fn heartbeats(&self, seen: &watch::Receiver<(Option<Phase>, f32)>) {
        let mut beat = tokio::time::interval(Duration::from_millis(self.lease.heartbeat_ms.max(1)));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let (phase, done) = *seen.borrow();
            if !self.is_wanted(phase, done).await {
                return;
            }
        }
    }

    /// One heartbeat. A node that does not answer is taken to want the job still.
    async fn is_wanted(&self, phase: Option<Phase>, progress: f32) -> bool {
        let lease = &self.lease;
        let heartbeat = Heartbeat {
            lease_id: lease.lease_id,
            phase: phase.map(Into::into),
            progress,
            abandon: false,
        };
        match self.client.heartbeat(lease.job_id, &heartbeat).await {
            Ok(HeartbeatAnswer { go_on }) => go_on,
            Err(CallError::Refused { code, .. }) => !ENDS_A_JOB.contains(&code.as_str()),
            Err(error) => {
                tracing::warn!(job_id = lease.job_id, %error, "heartbeat not answered");
                true
            }
        }
    }

    /// Tells the node that the job is free, if it listens; else the lease runs out.
    async fn abandon(&self) {
        let Lease {
            job_id, lease_id, ..
        } = *self.lease;
        let heartbeat = Heartbeat {
            lease_id,
            phase: None,
            progress: 0.0,
            abandon: true,
        };
        let call = self.client.heartbeat(job_id, &heartbeat);
        if let Ok(Err(error)) = tokio::time::timeout(FAREWELL_TIMEOUT, call).await {
            tracing::warn!(job_id, %error, "the node did not hear that the job is free");
        }
    }

    /// Offers the proof until the node answers or the worker is shut down.
    async fn submit(
        &self,
        proved: Proved,
        shutdown: &CancellationToken,
        report: &mut WorkerReport,
    ) -> Result<(), WorkerError> {
        let Lease {
            job_id,
            lease_id,
            batch,
            ..
        } = *self.lease;
        let submission = Submission {
            lease_id,
            proof: proved.proof.to_string(),
            phases: proved.phases.into(),
        };
        let mut failures = 0;
        loop {
            match self.client.submit(job_id, &submission).await {
                Ok(answer) if answer.accepted => {
                    tracing::info!(job_id, batch, "proof accepted");
                    report.accepted += 1;
                    return Ok(());
                }
                Ok(_) => {
                    self.unwanted(report);
                    return Ok(());
                }
                Err(CallError::Refused { code, .. }) if ENDS_A_JOB.contains(&code.as_str()) => {
                    self.unwanted(report);
                    return Ok(());
                }
                Err(CallError::Refused { code, message }) => {
                    tracing::error!(job_id, batch, code, message, "the node refuses the proof");
                    report.failed += 1;
                    self.pause(self.config.backoff.delay(1), shutdown).await;
                    return Ok(());
                }
                Err(CallError::Unauthorized { status }) => {
                    return Err(WorkerError::Unauthorized { status });
                }
                Err(CallError::Away(reason)) => {
                    failures += 1;
                    tracing::warn!(job_id, batch, %reason, "proof kept until the node is back");
                }
            }
            if shutdown.is_cancelled() {
                tracing::warn!(
                    job_id,
                    batch,
                    "shut down with a proof that the node did not take"
                );
                report.given_up += 1;
                return Ok(());
            }
            self.pause(self.config.backoff.delay(failures), shutdown)
                .await;
        }
    }

    fn unwanted(&self, report: &mut WorkerReport) {
        let Lease { job_id, batch, .. } = *self.lease;
        tracing::info!(job_id, batch, "the node no longer needs the proof");
        report.unwanted += 1;
    }

    async fn pause(&self, wait: Duration, shutdown: &CancellationToken) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.cancelled() => {}
        }
    }
}
