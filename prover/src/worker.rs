//! The prover worker: leases jobs from a node, proves them, hands the proofs in.
//!
//! A worker holds no state that matters. It keeps a finished proof while the node is away and
//! hands it in when the node is back; it gives a job up when the node says so; and when it is
//! shut down it tells the node that its job is free.

pub mod client;
mod job;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap, fmt, num::NonZeroUsize, path::PathBuf, sync::Arc, time::Duration,
};

use assay_circuits::shape::Shape;
use rand::Rng as _;
use tokio_util::sync::CancellationToken;

use crate::{
    groth16::{
        Observer,
        prove::{ProveError, Proved, Prover, StartError},
    },
    jobs::{Lease, LeaseRequest},
    keys::{KeyError, proving_key_path},
    shape_circuit::{BatchProofError, decode_witness, open_keys, prove_batch},
};
use client::{CallError, NodeClient};

/// A bearer token, kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// How long to wait after a call that failed: twice as long each time, and a random part of it,
/// so that workers do not come back all at once.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// After the first failure, ms.
    pub first_ms: u64,
    /// At most, ms.
    pub most_ms: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first_ms: 250,
            most_ms: 15_000,
        }
    }
}

impl Backoff {
    /// The wait after `failures` failures in a row: between half and all of the doubled time.
    fn delay(self, failures: u32) -> Duration {
        let doubled = 1u64
            .checked_shl(failures.saturating_sub(1))
            .unwrap_or(u64::MAX);
        let most = self.first_ms.saturating_mul(doubled).min(self.most_ms);
        Duration::from_millis(rand::rng().random_range(most / 2..=most))
    }
}

/// What a worker needs to know.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// The node, for example `http://127.0.0.1:8080`.
    pub node_url: String,
    /// What the node knows its workers by.
    pub token: Token,
    /// Name in the node's logs and status.
    pub name: String,
    /// Threads to prove with; none means one per core.
    pub threads: Option<NonZeroUsize>,
    /// Where the keys are.
    pub keys_dir: PathBuf,
    /// Shapes to prove; empty means every shape that the directory has a key for.
    pub shapes: Vec<Shape>,
    /// Prove one job, then stop.
    pub once: bool,
    /// How often to ask for a job when there was none, ms.
    pub poll_ms: u64,
    /// How to wait for a node that is away.
    pub backoff: Backoff,
}

/// What a worker did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerReport {
    /// Proofs that the node took.
    pub accepted: u64,
    /// Proofs that the node had already, or no longer wanted.
    pub unwanted: u64,
    /// Proofs that the node found wrong, and jobs that could not be proven.
    pub failed: u64,
    /// Jobs given up, because the node said so or the worker was shut down.
    pub given_up: u64,
}

/// Why a worker cannot work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A key cannot be read.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// There is no key at all.
    #[error("no keys in {dir}; `assay keys setup` makes them", dir = dir.display())]
    NoKeys {
        /// Where there are none.
        dir: PathBuf,
    },
    /// The prover does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The HTTP client cannot be made, or the URL is none.
    #[error("cannot reach a node at `{url}`: {reason}")]
    Client {
        /// The URL.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The node does not take the token.
    #[error("the node refuses the worker's token (status {status})")]
    Unauthorized {
        /// 401 or 403.
        status: u16,
    },
    /// The node does not understand the worker: their versions do not fit.
    #[error("the node refuses to lend jobs (status {status}): {message}")]
    Refused {
        /// The status.
        status: u16,
        /// The body's beginning.
        message: String,
    },
    /// Loading keys panicked: a bug.
    #[error("loading the keys broke off: {0}")]
    Loading(String),
}

/// Why a leased job gives no proof.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A shape that the worker did not ask for.
    #[error("no key for shape {0}")]
    NoKey(Shape),
    /// The node expects another verifying key.
    #[error("the node expects verifying key {expected}, the worker's is {found}")]
    OtherKey {
        /// Digest that the node named, hexadecimal.
        expected: String,
        /// Digest of the worker's.
        found: String,
    },
    /// The witness does not prove.
    #[error(transparent)]
    Batch(#[from] BatchProofError),
}

impl JobError {
    /// Whether the observer broke off.
    fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Batch(BatchProofError::Prove(ProveError::Cancelled { .. }))
        )
    }
}

/// Turns a job into a proof, on a thread that may block.
pub type JobProver = Arc<dyn Fn(&Lease, Observer<'_>) -> Result<Proved, JobError> + Send + Sync>;

/// Runs a worker until the token is cancelled, or after one job with `once`.
///
/// # Errors
/// [`WorkerError`]. A node that is away is none: the worker waits for it.
pub async fn run(
    config: WorkerConfig,
    shutdown: CancellationToken,
) -> Result<WorkerReport, WorkerError> {
    let loading = config.clone();
    let provers = tokio::task::spawn_blocking(move || load_provers(&loading))
        .await
        .map_err(|error| WorkerError::Loading(error.to_string()))??;
    let shapes = provers.keys().copied().collect();
    let prove: JobProver = Arc::new(move |lease, observer| prove_lease(&provers, lease, observer));
    run_with(config, shapes, prove, shutdown).await
}

fn load_provers(config: &WorkerConfig) -> Result<BTreeMap<Shape, Prover>, WorkerError> {
    let dir = &config.keys_dir;
    let shapes = if config.shapes.is_empty() {
        Shape::ALL
            .into_iter()
            .filter(|shape| proving_key_path(dir, *shape).exists())
            .collect()
    } else {
        config.shapes.clone()
    };
    if shapes.is_empty() {
        return Err(WorkerError::NoKeys { dir: dir.clone() });
    }
    let mut provers = BTreeMap::new();
    for shape in shapes {
        let keys = open_keys(dir, shape)?;
        tracing::info!(%shape, randomness = %keys.randomness, "key loaded");
        provers.insert(shape, Prover::new(keys.proving_key, config.threads)?);
    }
    Ok(provers)
}

fn prove_lease(
    provers: &BTreeMap<Shape, Prover>,
    lease: &Lease,
    observer: Observer<'_>,
) -> Result<Proved, JobError> {
    let prover = provers
        .get(&lease.shape)
        .ok_or(JobError::NoKey(lease.shape))?;
    let found = prover.key().verifying_key().digest();
    if found != lease.verifying_key_sha256 {
        let expected = hex::encode(lease.verifying_key_sha256);
        return Err(JobError::OtherKey {
            expected,
            found: hex::encode(found),
        });
    }
    let witness = decode_witness(&lease.witness).map_err(BatchProofError::from)?;
    Ok(prove_batch(prover, Arc::new(witness), observer)?)
}

/// [`run`] with another way to prove; the configured keys and threads are not looked at.
///
/// # Errors
/// [`WorkerError`].
pub async fn run_with(
    config: WorkerConfig,
    shapes: Vec<Shape>,
    prove: JobProver,
    shutdown: CancellationToken,
) -> Result<WorkerReport, WorkerError> {
    let client = NodeClient::new(&config.node_url, config.token.clone())?;
    let request = LeaseRequest {
        worker: config.name.clone(),
        shapes,
    };
    let mut report = WorkerReport::default();
    let mut failures = 0;
    while !shutdown.is_cancelled() {
        let wait = match client.lease(&request).await {
            Ok(Some(lease)) => {
                failures = 0;
                let job = job::Job {
                    lease: Arc::new(lease),
                    client: &client,
                    config: &config,
                };
                job.run(&prove, &shutdown, &mut report).await?;
                if config.once {
                    break;
                }
                continue;
            }
            Ok(None) => {
                failures = 0;
                Duration::from_millis(config.poll_ms)
            }
            Err(CallError::Away(reason)) => {
                failures += 1;
                let wait = config.backoff.delay(failures);
                tracing::warn!(
                    reason,
                    wait_ms = wait.as_millis() as u64,
                    "no answer from the node"
                );
                wait
            }
            Err(CallError::Unauthorized { status }) => {
                return Err(WorkerError::Unauthorized { status });
            }
            Err(CallError::Refused { status, message }) => {
                return Err(WorkerError::Refused { status, message });
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.cancelled() => {}
        }
    }
    Ok(report)
}
