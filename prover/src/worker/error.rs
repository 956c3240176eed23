//! Why a worker stops, and why a job gives no proof.

use std::path::PathBuf;

use assay_api::{client::ClientError, proving::client::ConnectError};
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
    /// The node's URL is none.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// The node does not take the token.
    #[error(
        "the node refuses the worker's token (status {status}): --prover-token-file takes `prover.token` in \
         the node's data directory"
    )]
    Unauthorized {
        /// 401 or 403.
        status: u16,
    },
    /// The node does not understand the worker: their versions do not fit.
    #[error("the node refuses to lend jobs ({code}): {message}")]
    Refused {
        /// The node's code.
        code: String,
        /// For people.
        message: String,
    },
    /// The node's proofs must verify under other keys: none of the worker's is of use to it.
    #[error(
        "the node wants proofs under other keys than those in {dir}: {}; `assay keys fetch` gets the \
         node's",
        .foreign.join(", ")
    )]
    ForeignKeys {
        /// Where the keys are.
        dir: PathBuf,
        /// What differs, for each circuit.
        foreign: Vec<String>,
    },
    /// A key's file was changed while it was in use: nothing can be proven with it.
    #[error("{0}")]
    KeyChanged(String),
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
    /// The key's file was changed while it was in use.
    #[error(
        "{path} had {bytes} bytes and has {found}: a key that is in use is replaced by rename, never \
         changed in its place; restart the worker",
        path = path.display()
    )]
    KeyChanged {
        /// The file.
        path: PathBuf,
        /// How long it was.
        bytes: u64,
        /// How long it is.
        found: u64,
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
