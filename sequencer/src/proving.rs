//! Proving as the node sees it: batches that want proofs, workers to whom they are lent, and the
//! one place where a proof is judged and taken.

mod queue;
mod workers;

use std::sync::Arc;

use assay_circuits::{circuit::CircuitId, quantity::BatchNumber};
use assay_prover::groth16::{
    PhaseSeconds,
    proof::Proof,
    verify::{VerifyError, verify},
};
use tokio::{sync::Notify, task::JoinError};

use crate::{
    clock::Clock,
    health::{Fault, Health},
    keyring::Keyring,
    prices::Prices,
    record::{ProofRecord, ProvingTime},
    storage::{Commit, Storage, StorageError, WitnessCheck},
    telemetry,
};
use queue::JobQueue;
pub(crate) use queue::{JobCounts, LeaseError, LeaseTerms, Loan, Progress};
pub(crate) use workers::{Work, WorkerStanding};

/// After so many failed attempts at one batch the operator hears of it.
const FAILURES_TO_TELL: u32 = 3;

/// A job on its way to a worker, with all that it needs.
#[derive(Debug)]
pub(crate) struct LentJob {
    pub(crate) loan: Loan,
    /// SHA-256 of the verifying key that the proof must verify under.
    pub(crate) verifying_key_sha256: [u8; 32],
    /// The batch's witness in postcard.
    pub(crate) witness: Vec<u8>,
}

/// Why a job is not lent, or a proof not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProvingError {
    /// There is no such sealed batch.
    #[error("there is no job {0}")]
    UnknownJob(BatchNumber),
    /// The job is not the worker's.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The proof is not of this batch.
    #[error("the proof is wrong: {0}")]
    WrongProof(#[from] VerifyError),
    /// The node has no verifying key of the circuit.
    #[error("there is no verifying key of {0}")]
    NoKey(CircuitId),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The process is ending.
    #[error("interrupted: {0}")]
    Interrupted(#[from] JoinError),
}

/// The proving room.
#[derive(Debug)]
pub(crate) struct Proving {
    queue: JobQueue,
    keys: Arc<Keyring>,
    storage: Storage,
    clock: Clock,
    health: Arc<Health>,
    prices: Prices,
    /// Told when there is a proof to send.
    wake_pipeline: Arc<Notify>,
}

impl Proving {
    /// No jobs.
    pub(crate) fn new(
        terms: LeaseTerms,
        keys: Arc<Keyring>,
        storage: Storage,
        (clock, health): (Clock, Arc<Health>),
        prices: Prices,
        wake_pipeline: Arc<Notify>,
    ) -> Self {
        Self {
            queue: JobQueue::new(terms, clock.now_ms()),
            keys,
            storage,
            clock,
            health,
            prices,
            wake_pipeline,
        }
    }

    /// A sealed batch wants a proof.
    pub(crate) async fn want(&self, batch: BatchNumber, circuit: CircuitId) {
        self.queue.open(batch, circuit).await;
    }

    /// Jobs follow from what there is: batches that are sealed and not on the layer 1 want a proof, also
    /// where the layer 1 had them and has taken them back; a stored one that does not decode is none.
    /// Returns the last batch that needs none, as all before it do not.
    ///
    /// A batch is read once, and again when it was on the layer 1: until then its job ends with its proof,
    /// and with nothing else.
    pub(crate) async fn reconcile(
        &self,
        proved: BatchNumber,
        sealed: BatchNumber,
    ) -> Result<BatchNumber, StorageError> {
        let mut finished = self.queue.finish_through(proved).await;
        for number in self.queue.unsurveyed((proved, sealed)).await {
            finished |= self.open_or_finish(number).await?;
        }
        self.queue.survey((proved, sealed)).await;
        if finished {
            self.tell_health().await;
        }
        let wanted = self.queue.first().await;
        let with_proof = wanted.map_or(sealed, |wanted| BatchNumber(wanted.0.saturating_sub(1)));
        Ok(with_proof.min(sealed).max(proved))
    }

    /// Opens the job of a sealed batch where it wants a proof, and ends it where not. True where one is ended.
    async fn open_or_finish(&self, number: BatchNumber) -> Result<bool, StorageError> {
        let missing = StorageError::BatchMissing { batch: number };
        let batch = self.storage.batch(number)?.ok_or(missing)?;
        // Of another's batch the layer 1 has the proof, whether the node has seen that or not.
        if !batch.adopted && !self.has_proof(number)? {
            self.want(number, batch.shape.into()).await;
            // One that was taken in between ended no job, since there was none.
            if !self.has_proof(number)? {
                return Ok(false);
            }
        }
        Ok(self.queue.finish(number).await)
    }

    fn has_proof(&self, number: BatchNumber) -> Result<bool, StorageError> {
        let proof = self.storage.proof(number)?;
        Ok(proof.is_some_and(|proof| Proof::from_bytes(&proof.proof).is_ok()))
    }

    /// Lends the oldest batch that nobody works on and one of these circuits proves.
    pub(crate) async fn lend(
        &self,
        worker: &str,
        circuits: &[CircuitId],
    ) -> Result<Option<LentJob>, ProvingError> {
        let (now, seen_ms) = (self.clock.moment(), self.clock.now_ms());
        let noted = self.queue.note(worker, |record| record.seen_ms = seen_ms);
        noted.await;
        let loan = self.queue.lease(worker, circuits, now).await;
        self.tell_health().await;
        let Some(loan) = loan else {
            return Ok(None);
        };
        let completed = self.complete(loan).await;
        if completed.is_err() {
            self.queue.release(loan.batch, loan.lease_id).await;
        }
        completed.map(Some)
    }

    async fn complete(&self, loan: Loan) -> Result<LentJob, ProvingError> {
        let key = self.keys.get(loan.circuit);
        let key = key.ok_or(ProvingError::NoKey(loan.circuit))?;
        let witness = self.storage.witness(loan.batch).await?;
        Ok(LentJob {
            loan,
            verifying_key_sha256: key.verifying_key.digest(),
            witness,
        })
    }

    /// A worker is alive: its lease begins anew, as long as it makes progress.
    pub(crate) async fn heartbeat(
        &self,
        batch: BatchNumber,
        lease_id: u64,
        progress: Progress,
    ) -> Result<(), ProvingError> {
        self.known(batch)?;
        let (now, seen_ms) = (self.clock.moment(), self.clock.now_ms());
        let beat = self.queue.heartbeat(batch, lease_id, progress, now);
        beat.await?;
        if let Some(worker) = self.queue.worker_of(batch, lease_id).await {
            let noted = self.queue.note(&worker, |record| record.seen_ms = seen_ms);
            noted.await;
        }
        Ok(())
    }

    /// A worker gives its job back: it is free at once.
    pub(crate) async fn give_back(
        &self,
        batch: BatchNumber,
        lease_id: u64,
    ) -> Result<(), ProvingError> {
        self.known(batch)?;
        let now = self.clock.moment();
        self.queue.fail(batch, lease_id, now).await;
        self.tell_health().await;
        if !self.queue.wants(batch).await {
            return Ok(());
        }
        // Perhaps it is not the worker's fault.
        if self.storage.check_witness(batch).await? == WitnessCheck::Rebuilt {
            tracing::warn!(
                batch = batch.0,
                "a witness that no worker could prove is made again"
            );
        }
        Ok(())
    }

    /// What is remembered of each worker, and what it proves now, by name.
    pub(crate) async fn workers(&self) -> Vec<WorkerStanding> {
        self.queue.workers(self.clock.moment()).await
    }

    /// Says whether a batch is tried again and again.
    async fn tell_health(&self) {
        let Some((batch, failures)) = self.queue.failing(FAILURES_TO_TELL).await else {
            self.health.clear(Fault::ProvingFails);
            return;
        };
        let sentence = format!(
            "{failures} attempts to prove batch {batch} failed; /v1/prover/workers says whose"
        );
        self.health.raise(Fault::ProvingFails, sentence);
    }

    /// Whether a sealed batch wants a proof, whoever has its job.
    pub(crate) async fn wants(&self, batch: BatchNumber) -> Result<bool, ProvingError> {
        self.known(batch)?;
        Ok(self.queue.wants(batch).await)
    }

    /// Takes a proof if it is one, late or not: one that verifies is welcome from anybody. False
    /// where the batch has one already.
    pub(crate) async fn accept(
        &self,
        batch: BatchNumber,
        lease_id: u64,
        proof: Proof,
        phases: &PhaseSeconds,
    ) -> Result<bool, ProvingError> {
        if !self.wants(batch).await? {
            return Ok(false);
        }
        let worker = self.worker(batch, lease_id).await;
        if let Err(wrong) = self.verify(batch, proof).await? {
            self.count_wrong(batch, lease_id, &worker).await;
            return Err(wrong.into());
        }
        let record = ProofRecord {
            proof: proof.to_bytes().to_vec(),
            worker: worker.clone(),
            at_ms: self.clock.now_ms(),
        };
        let took = self.took(batch, record.at_ms, phases)?;
        let mut commit = Commit::default();
        commit.proof(batch, &record);
        commit.proving_time(batch, took);
        self.storage.commit(commit).await?;
        self.prices.see_proof(took.ms);
        let accepted = self.queue.finish(batch).await;
        let noted = self.queue.note(&worker, |record| record.proofs += 1);
        noted.await;
        self.tell_health().await;
        let prove_s = phases.prove_s();
        tracing::info!(batch = batch.0, worker, prove_s, "took a proof");
        telemetry::PROOFS.count();
        telemetry::PROVE_SECONDS.record(prove_s);
        self.wake_pipeline.notify_one();
        Ok(accepted)
    }

    /// How long a worker says that it took: no longer than the batch has been there.
    fn took(
        &self,
        batch: BatchNumber,
        now_ms: u64,
        phases: &PhaseSeconds,
    ) -> Result<ProvingTime, StorageError> {
        let sealed_ms = self.storage.batch(batch)?.map_or(now_ms, |it| it.sealed_ms);
        // What is no number, or below 0, is 0.
        let said_ms = (phases.prove_s() * 1e3) as u64;
        let ms = said_ms.min(now_ms.saturating_sub(sealed_ms));
        Ok(ProvingTime { ms })
    }

    /// A worker has handed in what is no proof: that is counted, and its job is free at once.
    pub(crate) async fn refuse(&self, batch: BatchNumber, lease_id: u64) {
        let worker = self.worker(batch, lease_id).await;
        self.count_wrong(batch, lease_id, &worker).await;
    }

    async fn count_wrong(&self, batch: BatchNumber, lease_id: u64, worker: &str) {
        tracing::warn!(batch = batch.0, worker, "a worker handed in a wrong proof");
        telemetry::WRONG_PROOFS.count();
        let noted = self.queue.note(worker, |record| record.wrong_proofs += 1);
        noted.await;
        self.queue.fail(batch, lease_id, self.clock.moment()).await;
        self.tell_health().await;
    }

    pub(crate) async fn counts(&self) -> JobCounts {
        self.queue.counts(self.clock.moment()).await
    }

    async fn worker(&self, batch: BatchNumber, lease_id: u64) -> String {
        let worker = self.queue.worker_of(batch, lease_id).await;
        worker.unwrap_or_else(|| "unknown".to_owned())
    }

    /// Verifies a proof against the batch's public inputs; inside, why it is wrong.
    async fn verify(
        &self,
        batch: BatchNumber,
        proof: Proof,
    ) -> Result<Result<(), VerifyError>, ProvingError> {
        let record = self.storage.batch(batch)?;
        let record = record.ok_or(ProvingError::UnknownJob(batch))?;
        let circuit = record.shape.into();
        let key = self.keys.get(circuit).ok_or(ProvingError::NoKey(circuit))?;
        let key = key.verifying_key.clone();
        let inputs = record.inputs.to_array();
        let check = move || verify(&key, &inputs, &proof);
        Ok(tokio::task::spawn_blocking(check).await?)
    }

    /// A job is about a sealed batch.
    fn known(&self, batch: BatchNumber) -> Result<(), ProvingError> {
        let found = self.storage.batch(batch)?;
        found.map(drop).ok_or(ProvingError::UnknownJob(batch))
    }
}
