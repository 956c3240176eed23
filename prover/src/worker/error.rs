//! Why a worker stops, and why a job gives no proof.

use std::path::PathBuf;

use assay_api::proving::client::ConnectError;
use assay_circuits::circuit::CircuitId;

use crate::{
    groth16::prove::{ProveError, StartError},
    keys::KeyError,
    known_circuits::BatchProofError,
};

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
    #[error(transparent)]
    Client(#[from] ConnectError),
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
    Loading(#[source] tokio::task::JoinError),
}

/// Why a leased job gives no proof.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A circuit that the worker did not ask for.
    #[error("no key for {0}")]
    NoKey(CircuitId),
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
    pub(super) fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Batch(BatchProofError::Prove(ProveError::Cancelled { .. }))
        )
    }
}
