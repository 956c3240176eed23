//! The prover worker: leases jobs from a node, proves them, hands the proofs in.
//!
//! A worker holds no state that matters. It keeps a finished proof while the node is away and
//! hands it in when the node is back; it gives a job up when the node says so; and when it is
//! shut down it tells the node that its job is free.

mod config;
mod error;
mod job;
mod key_file;
mod keys;
pub mod telemetry;
mod watcher;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, pin::Pin, sync::Arc, time::Duration};

use assay_api::proving::{
    Lease, LeaseRequest,
    client::{CallError, WorkerClient},
};
use assay_circuits::circuit::CircuitId;
use tokio_util::sync::CancellationToken;

pub use config::{Backoff, WorkerConfig, WorkerReport};
pub use error::{JobError, WorkerError};
pub use job::JobProver;
use key_file::KeyFile;
pub use watcher::{Activity, Watcher};

use crate::{
    groth16::{
        Observer,
        prove::{Proved, Prover},
    },
    keys::proving_key_path,
    known_circuits::{BatchProofError, decode_witness, open_keys, prove_batch},
};

/// A worker at work. Boxed, so that what it is made of is compiled once, here, and not in each
/// crate that waits for it.
pub type Running = Pin<Box<dyn Future<Output = Result<WorkerReport, WorkerError>> + Send>>;

/// Runs a worker until the token is cancelled, or after one job with `once`.
///
/// # Errors
/// [`WorkerError`]. A node that is away is none: the worker waits for it.
pub fn run(config: WorkerConfig, shutdown: CancellationToken) -> Running {
    Box::pin(async {
        assay_telemetry::install(telemetry::ALL);
        let loading = config.clone();
        let provers = tokio::task::spawn_blocking(move || load_provers(&loading))
            .await
            .map_err(WorkerError::Loading)??;
        let own = provers.iter().map(|(circuit, (prover, _))| {
            let digest = prover.key().verifying_key().digest();
            (*circuit, digest)
        });
        let own: Vec<_> = own.collect();
        let Some(circuits) = keys::shared(&config, &own, &shutdown).await? else {
            return Ok(WorkerReport::default());
        };
        config.watcher.tell(Activity::Ready {
            circuits: circuits.clone(),
        });
        let prove: JobProver =
            Arc::new(move |lease, observer| prove_lease(&provers, lease, observer));
        run_with(config, circuits, prove, shutdown).await
    })
}

/// A prover of each circuit, with the file that its key is mapped from.
type Provers = BTreeMap<CircuitId, (Prover, KeyFile)>;

fn load_provers(config: &WorkerConfig) -> Result<Provers, WorkerError> {
    let dir = &config.keys_dir;
    let circuits = if config.circuits.is_empty() {
        CircuitId::ALL
            .into_iter()
            .filter(|circuit| matches!(circuit, CircuitId::Batch(_)))
            .filter(|circuit| proving_key_path(dir, *circuit).exists())
            .collect()
    } else {
        config.circuits.clone()
    };
    if circuits.is_empty() {
        return Err(WorkerError::NoKeys { dir: dir.clone() });
    }
    let mut provers = BTreeMap::new();
    for circuit in circuits {
        let file = KeyFile::open(proving_key_path(dir, circuit), circuit)?;
        let keys = open_keys(dir, circuit)?;
        tracing::info!(%circuit, randomness = %keys.randomness, "key loaded");
        let prover = Prover::new(keys.proving_key, config.threads)?;
        provers.insert(circuit, (prover, file));
    }
    Ok(provers)
}

fn prove_lease(
    provers: &Provers,
    lease: &Lease,
    observer: Observer<'_>,
) -> Result<Proved, JobError> {
    let (prover, file) = provers
        .get(&lease.circuit)
        .ok_or(JobError::NoKey(lease.circuit))?;
    file.check()?;
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
    circuits: Vec<CircuitId>,
    prove: JobProver,
    shutdown: CancellationToken,
) -> Result<WorkerReport, WorkerError> {
    let client = WorkerClient::new(&config.node_url, config.token.clone())?;
    let request = LeaseRequest {
        worker: config.name.clone(),
        circuits,
    };
    let mut report = WorkerReport::default();
    let mut failures = 0;
    while !shutdown.is_cancelled() {
        let wait = match client.lease(&request).await {
            Ok(Some(lease)) => {
                failures = 0;
                telemetry::node_answered();
                let job = job::Job {
                    lease: Arc::new(lease),
                    client: &client,
                    config: &config,
                };
                job.run_measured(&prove, &shutdown, &mut report).await?;
                if config.once {
                    break;
                }
                continue;
            }
            Ok(None) => {
                failures = 0;
                telemetry::node_answered();
                config.watcher.tell(Activity::Idle);
                Duration::from_millis(config.poll_ms)
            }
            Err(CallError::Away(reason)) => {
                failures += 1;
                telemetry::node_is_away();
                let wait = config.backoff.delay(failures);
                tracing::warn!(
                    %reason,
                    wait_ms = wait.as_millis() as u64,
                    "no answer from the node"
                );
                config.watcher.tell(Activity::NodeIsAway {
                    reason: reason.to_string(),
                });
                wait
            }
            Err(CallError::Unauthorized { status }) => {
                return Err(WorkerError::Unauthorized { status });
            }
            Err(CallError::Refused { code, message }) => {
                return Err(WorkerError::Refused { code, message });
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.cancelled() => {}
        }
    }
    Ok(report)
}
