//! Proving jobs: one per sealed batch without a proof, lent to workers for a time.
//!
//! Jobs live in memory; at a restart they are the sealed batches without a proof. Who has a job
//! is not kept: a worker whose lease the node forgot proves on and is welcome with its proof.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
};

use assay_circuits::{circuit::CircuitId, quantity::BatchNumber};
use tracing::{info, warn};

use crate::clock::Moment;

/// Workers whose wrong proofs are counted by name; further names count together.
const COUNTED_WORKERS: usize = 256;
/// A worker is asked for heartbeats so many times in a lease.
const HEARTBEATS_PER_LEASE: u64 = 4;

#[derive(Debug)]
struct Job {
    circuit: CircuitId,
    attempts: u32,
    holder: Option<Holder>,
}

/// Who has a job on lease.
#[derive(Debug)]
struct Holder {
    lease_id: u64,
    worker: String,
    until: Moment,
}

#[derive(Debug, Default)]
struct Inner {
    jobs: BTreeMap<BatchNumber, Job>,
    next_lease: u64,
    wrong_proofs: HashMap<String, u32>,
}

/// All jobs. Its calls wait, and nothing of its inside leaves it, so that a queue in a database
/// can stand in its place.
#[derive(Debug)]
pub(super) struct JobQueue {
    lease_ms: u64,
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

impl JobQueue {
    /// No jobs. Lease numbers begin at a time, so that they do not repeat after a restart.
    pub(super) fn new(lease_ms: u64, now_ms: u64) -> Self {
        let inner = Inner {
            next_lease: now_ms,
            ..Inner::default()
        };
        Self {
            lease_ms,
            inner: Mutex::new(inner),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no holder panics")
    }

    /// A batch wants a proof.
    pub(super) async fn open(&self, batch: BatchNumber, circuit: CircuitId) {
        self.inner().jobs.entry(batch).or_insert(Job {
            circuit,
            attempts: 0,
            holder: None,
        });
    }

    /// A batch has its proof. False when it had one before.
    pub(super) async fn finish(&self, batch: BatchNumber) -> bool {
        self.inner().jobs.remove(&batch).is_some()
    }

    /// Lends the oldest batch that nobody works on and one of these circuits proves.
    pub(super) async fn lease(
        &self,
        worker: &str,
        circuits: &[CircuitId],
        now: Moment,
    ) -> Option<Loan> {
        let mut inner = self.inner();
        inner.end_leases(now);
        let lease_id = inner.next_lease;
        let free = |job: &Job| job.holder.is_none() && circuits.contains(&job.circuit);
        let (batch, job) = inner.jobs.iter_mut().find(|(_, job)| free(job))?;
        job.attempts = job.attempts.saturating_add(1);
        let until = now.plus_ms(self.lease_ms);
        job.holder = Some(Holder {
            lease_id,
            worker: worker.to_owned(),
            until,
        });
        info!(
            batch = batch.0,
            worker,
            attempt = job.attempts,
            "lent a proving job"
        );
        let loan = Loan {
            batch: *batch,
            circuit: job.circuit,
            lease_id,
            lease_ms: self.lease_ms,
            heartbeat_ms: (self.lease_ms / HEARTBEATS_PER_LEASE).max(1),
        };
        inner.next_lease += 1;
        Some(loan)
    }

    /// A worker is alive: its lease begins anew.
    pub(super) async fn heartbeat(
        &self,
        batch: BatchNumber,
        lease_id: u64,
        now: Moment,
    ) -> Result<(), LeaseError> {
        let mut inner = self.inner();
        inner.end_leases(now);
        let job = inner.jobs.get_mut(&batch).ok_or(LeaseError::Gone)?;
        let holder = job.holder.as_mut();
        let holder = holder.filter(|holder| holder.lease_id == lease_id);
        holder.ok_or(LeaseError::NotYours)?.until = now.plus_ms(self.lease_ms);
        Ok(())
    }

    /// A worker gives its job back, or has handed in a wrong proof: the job is free at once.
    pub(super) async fn release(&self, batch: BatchNumber, lease_id: u64) {
        if let Some(job) = self.inner().jobs.get_mut(&batch) {
            job.holder.take_if(|holder| holder.lease_id == lease_id);
        }
    }

    /// Whether a batch wants a proof, whoever has its job.
    pub(super) async fn wants(&self, batch: BatchNumber) -> bool {
        self.inner().jobs.contains_key(&batch)
    }

    /// The worker that has a lease on the batch, if it is this lease.
    pub(super) async fn worker_of(&self, batch: BatchNumber, lease_id: u64) -> Option<String> {
        let inner = self.inner();
        let holder = inner.jobs.get(&batch)?.holder.as_ref()?;
        (holder.lease_id == lease_id).then(|| holder.worker.clone())
    }

    /// Counts a wrong proof against a worker's name.
    pub(super) async fn count_wrong_proof(&self, batch: BatchNumber, worker: &str) {
        let mut inner = self.inner();
        let known = inner.wrong_proofs.contains_key(worker);
        let name = if known || inner.wrong_proofs.len() < COUNTED_WORKERS {
            worker
        } else {
            ""
        };
        let count = inner.wrong_proofs.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
        warn!(
            batch = batch.0,
            worker,
            count = *count,
            "a worker handed in a wrong proof"
        );
        metrics::counter!("assay_wrong_proofs_total").increment(1);
    }

    /// How many jobs nobody works on, and how many are lent.
    pub(super) async fn counts(&self, now: Moment) -> JobCounts {
        let mut inner = self.inner();
        inner.end_leases(now);
        let lent = inner.jobs.values().filter(|job| job.holder.is_some());
        let leased = lent.count();
        JobCounts {
            open: (inner.jobs.len() - leased) as u64,
            leased: leased as u64,
        }
    }
}

impl Inner {
    fn end_leases(&mut self, now: Moment) {
        for (batch, job) in &mut self.jobs {
            if let Some(holder) = job.holder.take_if(|holder| holder.until <= now) {
                warn!(batch = batch.0, worker = holder.worker, "a lease ran out");
                metrics::counter!("assay_lease_timeouts_total").increment(1);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use assay_circuits::shape::Shape;

    const LEASE_MS: u64 = 1_000;

    fn at(ms: u64) -> Moment {
        Moment::default().plus_ms(ms)
    }

    const TINY: CircuitId = CircuitId::Batch(Shape::Tiny);
    const CIRCUITS: [CircuitId; 1] = [TINY];

    async fn jobs(batches: &[u64]) -> JobQueue {
        let jobs = JobQueue::new(LEASE_MS, 5);
        for batch in batches {
            jobs.open(BatchNumber(*batch), TINY).await;
        }
        jobs
    }

    fn counts(open: u64, leased: u64) -> JobCounts {
        JobCounts { open, leased }
    }

    #[tokio::test]
    async fn the_oldest_batch_is_lent_first_and_only_once() {
        let jobs = jobs(&[2, 1]).await;
        let first = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
        let second = jobs.lease("b", &CIRCUITS, at(0)).await.unwrap();
        assert_eq!((first.batch.0, second.batch.0), (1, 2));
        assert_ne!(first.lease_id, second.lease_id);
        assert_eq!(jobs.lease("c", &CIRCUITS, at(0)).await, None);
        assert_eq!(jobs.counts(at(0)).await, counts(0, 2));
    }

    #[tokio::test]
    async fn a_worker_gets_only_shapes_that_it_can_prove() {
        assert_eq!(
            jobs(&[1])
                .await
                .lease("a", &[Shape::Small.into(), Shape::Large.into()], at(0))
                .await,
            None
        );
        assert_eq!(jobs(&[1]).await.lease("a", &[], at(0)).await, None);
    }

    #[tokio::test]
    async fn a_lease_that_runs_out_is_given_to_another() {
        let jobs = jobs(&[1]).await;
        let lost = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
        assert_eq!(jobs.lease("b", &CIRCUITS, at(LEASE_MS - 1)).await, None);
        let given = jobs.lease("b", &CIRCUITS, at(LEASE_MS)).await.unwrap();
        assert_eq!(
            jobs.heartbeat(lost.batch, lost.lease_id, at(LEASE_MS))
                .await,
            Err(LeaseError::NotYours)
        );
        assert_eq!(
            jobs.heartbeat(given.batch, given.lease_id, at(LEASE_MS))
                .await,
            Ok(())
        );
        assert_eq!(jobs.worker_of(lost.batch, lost.lease_id).await, None);
    }

    #[tokio::test]
    async fn heartbeats_keep_a_lease() {
        let jobs = jobs(&[1]).await;
        let lent = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
        assert!(lent.heartbeat_ms < LEASE_MS);
        for beat in 1..10 {
            let now_ms = beat * (LEASE_MS - 1);
            assert_eq!(
                jobs.heartbeat(lent.batch, lent.lease_id, at(now_ms)).await,
                Ok(())
            );
        }
        assert_eq!(jobs.counts(at(0)).await, counts(0, 1));
    }

    #[tokio::test]
    async fn a_job_given_back_is_free_at_once_and_a_foreign_lease_cannot_give_it_back() {
        let jobs = jobs(&[1]).await;
        let lent = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
        jobs.release(lent.batch, lent.lease_id + 1).await;
        assert_eq!(jobs.counts(at(0)).await, counts(0, 1));
        jobs.release(lent.batch, lent.lease_id).await;
        assert_eq!(jobs.counts(at(0)).await, counts(1, 0));
    }

    #[tokio::test]
    async fn a_finished_job_is_gone_for_everybody() {
        let jobs = jobs(&[1]).await;
        let lent = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
        assert!(jobs.finish(lent.batch).await);
        assert!(!jobs.finish(lent.batch).await);
        assert_eq!(
            jobs.heartbeat(lent.batch, lent.lease_id, at(0)).await,
            Err(LeaseError::Gone)
        );
        assert!(!jobs.wants(lent.batch).await);
    }
}
