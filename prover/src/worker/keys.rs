//! Whether a worker's keys are those of its node, before it asks for a job.

use std::error::Error;

use assay_api::{
    client::{ClientError, NodeClient},
    hexadecimal::Hex,
    wire::StatusView,
};
use assay_circuits::circuit::CircuitId;
use tokio_util::sync::CancellationToken;

use super::{config::WorkerConfig, error::WorkerError, watcher::Activity};

/// The circuits for which worker and node have the same key; `None` where the worker is shut down
/// before the node answers. Where something answers that is no node, all are tried: a lease names its
/// key as well.
pub(super) async fn shared(
    config: &WorkerConfig,
    own: &[(CircuitId, [u8; 32])],
    shutdown: &CancellationToken,
) -> Result<Option<Vec<CircuitId>>, WorkerError> {
    let node = NodeClient::new(&config.node_url)?;
    let mut failures = 0;
    while !shutdown.is_cancelled() {
        let asked = tokio::select! {
            asked = node.status() => asked,
            () = shutdown.cancelled() => break,
        };
        match asked {
            Ok(status) => return compare(config, own, &status).map(Some),
            Err(error @ (ClientError::Refused { .. } | ClientError::Answer { .. })) => {
                tracing::warn!(%error, "the node does not say which keys it wants");
                return Ok(Some(own.iter().map(|(circuit, _)| *circuit).collect()));
            }
            Err(error) => {
                failures += 1;
                let wait = config.backoff.delay(failures);
                let reason = with_cause(&error);
                tracing::warn!(reason, "no answer from the node");
                config.watcher.tell(Activity::NodeIsAway { reason });
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = shutdown.cancelled() => {}
                }
            }
        }
    }
    Ok(None)
}

/// An error with what caused it in the end.
fn with_cause(error: &ClientError) -> String {
    let mut last: Option<&dyn Error> = None;
    let mut next = error.source();
    while let Some(cause) = next {
        last = Some(cause);
        next = cause.source();
    }
    match last {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn compare(
    config: &WorkerConfig,
    own: &[(CircuitId, [u8; 32])],
    status: &StatusView,
) -> Result<Vec<CircuitId>, WorkerError> {
    let (mut shared, mut foreign) = (Vec::new(), Vec::new());
    for (circuit, digest) in own {
        let name = circuit.name();
        let Some(wanted) = status.shapes.iter().find(|shape| shape.name == name) else {
            foreign.push(format!("it has no shape {name}, but {}", served(status)));
            continue;
        };
        let (found, wanted) = (Hex(digest).to_string(), &wanted.verifying_key_sha256);
        if found == *wanted {
            shared.push(*circuit);
        } else {
            tracing::warn!(%circuit, %found, %wanted, "the node has another key");
            foreign.push(format!("of {name} it has {wanted}, here is {found}"));
        }
    }
    if shared.is_empty() {
        let dir = config.keys_dir.clone();
        return Err(WorkerError::ForeignKeys { dir, foreign });
    }
    Ok(shared)
}

/// The shapes of a node.
fn served(status: &StatusView) -> String {
    let names: Vec<&str> = status.shapes.iter().map(|shape| &*shape.name).collect();
    names.join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
