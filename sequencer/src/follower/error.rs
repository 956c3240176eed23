//! Why the layer 1's batches are not taken up.

use assay_l1::client::L1Error;
use assay_restore::{fault::BatchFault, history::FetchError, keys::KeysError, queue::QueueError};
use tokio::task::JoinError;

use crate::{pipeline::PipelineError, storage::StorageError};

/// Why a look at the layer 1 failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum FollowError {
    /// The layer 1.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The keys by which the contract verifies.
    #[error(transparent)]
    Keys(KeysError),
    /// A batch that does not fit.
    #[error("the layer 1 has a batch that does not fit: {0}")]
    Batch(#[from] BatchFault),
    /// The queue does not fit.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The process is ending, or a task panicked.
    #[error("interrupted: {0}")]
    Interrupted(#[from] JoinError),
}

impl From<PipelineError> for FollowError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::L1(error) => error.into(),
            PipelineError::Storage(error) => error.into(),
            PipelineError::Interrupted(error) => error.into(),
        }
    }
}

impl From<FetchError> for FollowError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::L1(error) => error.into(),
            FetchError::Batch(fault) => fault.into(),
        }
    }
}

impl From<KeysError> for FollowError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::L1(error) => error.into(),
            error => Self::Keys(error),
        }
    }
}
