//! Proving jobs: one per sealed batch without a proof, lent to workers for a time.
//!
//! Jobs live in memory; at a restart they are the sealed batches without a proof. Who has a job
//! is not kept: a worker whose lease the node forgot proves on and is welcome with its proof.
//!
//! Workers are not trusted with the chain's progress. A lease lasts as long as its holder comes forward,
//! and not for ever; a worker has few at a time; one that failed at a job does not get it back at
//! once; and a job at which two attempts failed is lent to another beside its holder.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
};

use assay_api::proving::PhaseName;
use assay_circuits::{circuit::CircuitId, quantity::BatchNumber};
use tracing::{info, warn};

use super::workers::{Work, WorkerRecord, WorkerStanding, Workers};
use crate::{clock::Moment, telemetry};

/// A worker is asked for heartbeats so many times in a lease.
const HEARTBEATS_PER_LEASE: u64 = 4;
/// A holder that makes no progress in so many leases loses its job.
const LEASES_WITHOUT_PROGRESS: u64 = 10;
/// No holder keeps a job for more leases than these.
const LEASES_IN_ALL: u64 = 60;
/// After so many failures a job is lent to several at a time.
const FAILURES_BEFORE_SHARING: u32 = 2;
/// Workers that have a job at the same time, at most.
const HOLDERS: usize = 3;
/// The wait of a worker that failed at a job is doubled so many times at most.
const DOUBLINGS: u32 = 6;
/// Workers that may wait for a job after a failure; whoever comes in addition does not wait.
const BARRED: usize = 256;

/// The batches after the first, up to the second.
pub(super) type Span = (BatchNumber, BatchNumber);

/// How far a holder is: later phases, and more of one, are further.
pub(crate) type Progress = (Option<PhaseName>, f32);

#[derive(Debug)]
struct Job {
    circuit: CircuitId,
    attempts: u32,
    failures: u32,
    holders: Vec<Holder>,
    /// Workers that failed at it: how often, and until when they do not get it.
    barred: HashMap<String, (u32, Moment)>,
}

/// Who has a job on lease.
#[derive(Debug)]
struct Holder {
    lease_id: u64,
    worker: String,
    since: Moment,
    progress: Progress,
    /// When it made progress last.
    moved: Moment,
    until: Moment,
}

#[derive(Debug, Default)]
struct Inner {
    jobs: BTreeMap<BatchNumber, Job>,
    next_lease: u64,
    workers: Workers,
    /// Of the batches after the first of these, up to the second, those have jobs that want a proof.
    surveyed: Span,
}

/// How jobs are lent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeaseTerms {
    /// How long a lease lives without a heartbeat, ms.
    pub(crate) lease_ms: u64,
    /// Jobs that a worker has at a time.
    pub(crate) per_worker: usize,
}

/// All jobs. Its calls wait, and nothing of its inside leaves it, so that a queue in a database
/// can stand in its place.
#[derive(Debug)]
pub(super) struct JobQueue {
    terms: LeaseTerms,
    inner: Mutex<Inner>,
}

/// A job on its way to a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loan {
    pub(crate) batch: BatchNumber,
    pub(crate) circuit: CircuitId,
    pub(crate) lease_id: u64,
    pub(crate) lease_ms: u64,
    pub(crate) heartbeat_ms: u64,
}

/// Jobs that nobody works on, and jobs that are lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JobCounts {
    pub(crate) open: u64,
    pub(crate) leased: u64,
}

/// Why a job is not a worker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LeaseError {
    /// The batch has its proof, or does not exist.
    #[error("the job is no longer wanted")]
    Gone,
    /// Another worker has it, or nobody.
    #[error("the job was given to another worker, or the lease has run out")]
    NotYours,
}

impl Job {
    fn is_free_for(&self, worker: &str, now: Moment) -> bool {
        if self
            .barred
            .get(worker)
            .is_some_and(|(_, until)| now < *until)
        {
            return false;
        }
        let shared = self.failures >= FAILURES_BEFORE_SHARING && self.holders.len() < HOLDERS;
        let theirs = self.holders.iter().any(|holder| holder.worker == worker);
        self.holders.is_empty() || (shared && !theirs)
    }

    /// A worker's attempt came to nothing: it waits before it gets the job again.
    fn fail(&mut self, worker: &str, now: Moment, wait_ms: u64) {
        self.failures = self.failures.saturating_add(1);
        if self.barred.len() >= BARRED {
            self.barred.retain(|_, (_, until)| now < *until);
        }
        if self.barred.len() < BARRED || self.barred.contains_key(worker) {
            let (failures, until) = self.barred.entry(worker.to_owned()).or_default();
            let doubled = wait_ms.saturating_mul(1 << (*failures).min(DOUBLINGS));
            *failures = failures.saturating_add(1);
            *until = now.plus_ms(doubled);
        }
    }
}

impl JobQueue {
    /// No jobs. Lease numbers begin at a time, so that they do not repeat after a restart.
    pub(super) fn new(terms: LeaseTerms, now_ms: u64) -> Self {
        let inner = Inner {
            next_lease: now_ms,
            ..Inner::default()
        };
        Self {
            terms,
            inner: Mutex::new(inner),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no holder panics")
    }

    fn heartbeat_ms(&self) -> u64 {
        (self.terms.lease_ms / HEARTBEATS_PER_LEASE).max(1)
    }

    /// A batch wants a proof.
    pub(super) async fn open(&self, batch: BatchNumber, circuit: CircuitId) {
        self.inner().jobs.entry(batch).or_insert(Job {
            circuit,
            attempts: 0,
            failures: 0,
            holders: Vec::new(),
            barred: HashMap::new(),
        });
    }

    /// A batch has its proof. False when it had one before.
    pub(super) async fn finish(&self, batch: BatchNumber) -> bool {
        self.inner().jobs.remove(&batch).is_some()
    }

    /// Batches up to this one want no proof. True where one of them had a job.
    pub(super) async fn finish_through(&self, proved: BatchNumber) -> bool {
        let mut inner = self.inner();
        let later = inner.jobs.split_off(&proved.next());
        let finished = std::mem::replace(&mut inner.jobs, later);
        let (from, _) = &mut inner.surveyed;
        *from = (*from).max(proved);
        !finished.is_empty()
    }

    /// Those of some batches of which nobody has looked yet whether they want a proof.
    pub(super) async fn unsurveyed(&self, (from, to): Span) -> Vec<BatchNumber> {
        let (begin, end) = self.inner().surveyed;
        let before = from.0 + 1..=begin.min(to).0;
        let after = end.max(begin).max(from).0 + 1..=to.0;
        before.chain(after).map(BatchNumber).collect()
    }

    /// Of these batches, and of no others, those have jobs that want a proof.
    pub(super) async fn survey(&self, surveyed: Span) {
        self.inner().surveyed = surveyed;
    }

    /// The first batch that wants a proof.
    pub(super) async fn first(&self) -> Option<BatchNumber> {
        self.inner().jobs.keys().next().copied()
    }

    /// Lends the oldest batch that is free for the worker and one of these circuits proves.
    pub(super) async fn lease(
        &self,
        worker: &str,
        circuits: &[CircuitId],
        now: Moment,
    ) -> Option<Loan> {
        let mut inner = self.inner();
        inner.end_leases(now, self.heartbeat_ms());
        if inner.leases_of(worker) >= self.terms.per_worker {
            return None;
        }
        let lease_id = inner.next_lease;
        let free = |job: &Job| circuits.contains(&job.circuit) && job.is_free_for(worker, now);
        let (batch, job) = inner.jobs.iter_mut().find(|(_, job)| free(job))?;
        job.attempts = job.attempts.saturating_add(1);
        job.holders.push(Holder {
            lease_id,
            worker: worker.to_owned(),
            since: now,
            progress: (None, 0.0),
            moved: now,
            until: now.plus_ms(self.terms.lease_ms),
        });
        let attempt = job.attempts;
        info!(batch = batch.0, worker, attempt, "lent a proving job");
        let loan = Loan {
            batch: *batch,
            circuit: job.circuit,
            lease_id,
            lease_ms: self.terms.lease_ms,
            heartbeat_ms: self.heartbeat_ms(),
        };
        inner.next_lease += 1;
        inner.workers.of(worker).jobs += 1;
        Some(loan)
    }

    /// A worker is alive: its lease begins anew, as long as it makes progress.
    pub(super) async fn heartbeat(
        &self,
        batch: BatchNumber,
        lease_id: u64,
        progress: Progress,
        now: Moment,
    ) -> Result<(), LeaseError> {
        let mut inner = self.inner();
        inner.end_leases(now, self.heartbeat_ms());
        let job = inner.jobs.get_mut(&batch).ok_or(LeaseError::Gone)?;
        let holder = job.holders.iter_mut();
        let holder = holder
            .into_iter()
            .find(|holder| holder.lease_id == lease_id);
        let holder = holder.ok_or(LeaseError::NotYours)?;
        if progress > holder.progress {
            (holder.progress, holder.moved) = (progress, now);
        }
        let lease_ms = self.terms.lease_ms;
        let stalls = holder.moved.plus_ms(lease_ms * LEASES_WITHOUT_PROGRESS);
        let ends = holder.since.plus_ms(lease_ms * LEASES_IN_ALL);
        holder.until = now.plus_ms(lease_ms).min(stalls).min(ends);
        Ok(())
    }

    /// A job is free, through no fault of its holder.
    pub(super) async fn release(&self, batch: BatchNumber, lease_id: u64) {
        self.inner().let_go(batch, lease_id);
    }

    /// A worker gives its job back, or has handed in a wrong proof: the job is free at once, for it
    /// only after a while.
    pub(super) async fn fail(&self, batch: BatchNumber, lease_id: u64, now: Moment) {
        let wait_ms = self.heartbeat_ms();
        let mut inner = self.inner();
        if let Some(worker) = inner.let_go(batch, lease_id) {
            inner.count_failure(batch, &worker, now, wait_ms);
        }
    }

    /// Whether a batch wants a proof, whoever has its job.
    pub(super) async fn wants(&self, batch: BatchNumber) -> bool {
        self.inner().jobs.contains_key(&batch)
    }

    /// The worker that has a lease on the batch, if it is this lease.
    pub(super) async fn worker_of(&self, batch: BatchNumber, lease_id: u64) -> Option<String> {
        let inner = self.inner();
        let mut holders = inner.jobs.get(&batch)?.holders.iter();
        let holder = holders.find(|holder| holder.lease_id == lease_id)?;
        Some(holder.worker.clone())
    }

    /// Changes what is remembered of a worker.
    pub(super) async fn note(&self, worker: &str, change: impl FnOnce(&mut WorkerRecord)) {
        change(self.inner().workers.of(worker));
    }

    /// What is remembered of each worker, and what it proves now, by name.
    pub(super) async fn workers(&self, now: Moment) -> Vec<WorkerStanding> {
        let mut inner = self.inner();
        inner.end_leases(now, self.heartbeat_ms());
        let of = |(name, record): (&String, &WorkerRecord)| WorkerStanding {
            name: name.clone(),
            record: *record,
            proves: inner.work_of(name, now),
        };
        let mut workers: Vec<_> = inner.workers.iter().map(of).collect();
        workers.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        workers
    }

    /// The oldest batch at which so many attempts failed, and how many.
    pub(super) async fn failing(&self, least: u32) -> Option<(BatchNumber, u32)> {
        let inner = self.inner();
        let mut failing = inner.jobs.iter().filter(|(_, job)| job.failures >= least);
        failing.next().map(|(batch, job)| (*batch, job.failures))
    }

    /// How many jobs nobody works on, and how many are lent.
    pub(super) async fn counts(&self, now: Moment) -> JobCounts {
        let mut inner = self.inner();
        inner.end_leases(now, self.heartbeat_ms());
        let lent = inner.jobs.values().filter(|job| !job.holders.is_empty());
        let leased = lent.count();
        JobCounts {
            open: (inner.jobs.len() - leased) as u64,
            leased: leased as u64,
        }
    }
}

impl Inner {
    fn leases_of(&self, worker: &str) -> usize {
        let holders = self.jobs.values().flat_map(|job| &job.holders);
        holders.filter(|holder| holder.worker == worker).count()
    }

    fn work_of(&self, worker: &str, now: Moment) -> Vec<Work> {
        let jobs = self.jobs.iter();
        let held = jobs.flat_map(|(batch, job)| {
            let theirs = job.holders.iter().filter(|holder| holder.worker == worker);
            theirs.map(|holder| Work {
                batch: *batch,
                circuit: job.circuit,
                phase: holder.progress.0,
                progress: holder.progress.1,
                leased_ms: now.ms_since(holder.since),
            })
        });
        held.collect()
    }

    /// The worker that had the lease, which has it no more.
    fn let_go(&mut self, batch: BatchNumber, lease_id: u64) -> Option<String> {
        let holders = &mut self.jobs.get_mut(&batch)?.holders;
        let place = holders
            .iter()
            .position(|holder| holder.lease_id == lease_id)?;
        Some(holders.remove(place).worker)
    }

    fn count_failure(&mut self, batch: BatchNumber, worker: &str, now: Moment, wait_ms: u64) {
        if let Some(job) = self.jobs.get_mut(&batch) {
            job.fail(worker, now, wait_ms);
        }
        self.workers.of(worker).failures += 1;
    }

    fn end_leases(&mut self, now: Moment, wait_ms: u64) {
        let holders = self.jobs.iter().flat_map(|(batch, job)| {
            let late = job.holders.iter().filter(|holder| holder.until <= now);
            late.map(|holder| (*batch, holder.lease_id))
        });
        let late: Vec<_> = holders.collect();
        for (batch, lease_id) in late {
            let Some(worker) = self.let_go(batch, lease_id) else {
                continue;
            };
            warn!(batch = batch.0, worker, "a lease ran out");
            telemetry::LEASE_TIMEOUTS.count();
            self.count_failure(batch, &worker, now, wait_ms);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
