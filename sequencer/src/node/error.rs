//! Why a node does not start, or stops.

use assay_circuits::shape::Shape;
use assay_l1::{address::EthAddress, client::L1Error};
use assay_restore::keys::KeysError;

use crate::{
    executor::ResumeError,
    keyring::KeyringError,
    pipeline::{PipelineError, footing::not_operator},
    sealer::SealError,
    storage::StorageError,
};

/// Why a node does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The layer 1.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The verifying keys.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The contract's verifying keys, for a node that has none of its own.
    #[error("the contract's verifying keys: {0}")]
    ContractKeys(#[source] KeysError),
    /// The contract's domain is not the one that its address and chain id give.
    #[error("the contract's domain is not the one of its address and chain id {chain_id}")]
    Domain {
        /// Of the layer 1.
        chain_id: u64,
    },
    /// The contract has no verifier for a shape, or its verifier is for another size.
    #[error("the contract does not know shape {shape} as this version has it")]
    Shape {
        /// The shape.
        shape: Shape,
    },
    /// The contract takes no batches of the node's account.
    #[error("{}; to look on, start it with --follow", not_operator(*account, *operator))]
    NotOperator {
        /// The node's.
        account: EthAddress,
        /// The contract's.
        operator: EthAddress,
    },
    /// What was executed before the last stop cannot be taken up.
    #[error("the node cannot take up its work: {0}")]
    Recovery(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The HTTP interface failed.
    #[error("the HTTP interface: {0}")]
    Http(#[from] std::io::Error),
    /// A part ended by a panic.
    #[error("a part of the node panicked; its log says where")]
    Panicked,
}

impl From<KeysError> for NodeError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::L1(error) => error.into(),
            error => Self::ContractKeys(error),
        }
    }
}

impl From<SealError> for NodeError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Storage(error) => error.into(),
            error => Self::Recovery(error.into()),
        }
    }
}

impl From<ResumeError> for NodeError {
    fn from(error: ResumeError) -> Self {
        match error {
            ResumeError::Storage(error) => error.into(),
            error @ ResumeError::Replay { .. } => Self::Recovery(error.into()),
        }
    }
}

impl From<PipelineError> for NodeError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::L1(error) => error.into(),
            PipelineError::Storage(error) => error.into(),
            error => Self::Recovery(error.into()),
        }
    }
}
