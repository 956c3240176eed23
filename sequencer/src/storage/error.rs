//! Why the store cannot be used.

use std::{
    io,
    path::{Path, PathBuf},
};

use assay_circuits::{
    batch::ExecutionError,
    order::{Domain, TxHash},
    quantity::{BatchNumber, StateRoot},
};

use super::{disk::advice, log::LogError};

/// What a library said.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another node uses the directory.
    #[error("{dir} is in use by another node: two nodes must not share a data directory", dir = dir.display())]
    InUse {
        /// The data directory.
        dir: PathBuf,
    },
    /// There is something where a directory was to begin.
    #[error("{dir} holds a rollup's data already: choose another directory", dir = dir.display())]
    NotEmpty {
        /// The data directory.
        dir: PathBuf,
    },
    /// The file system refused.
    #[error("{path}: {source}{advice}", path = path.display(), advice = advice(source))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file system refused what the database wanted.
    #[error("the database in {path}: {source}{advice}", path = path.display(), advice = advice(source))]
    DatabaseIo {
        /// The database.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database refused.
    #[error("the database: {0}")]
    Database(#[source] Cause),
    /// The database broke off while it was opened.
    #[error("the database: it panicked while opening")]
    DatabasePanicked,
    /// The writing thread cannot be started.
    #[error("the writing thread: {0}")]
    Thread(#[source] io::Error),
    /// A row or file does not decode.
    #[error("the stored {what} does not decode: {source}")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// Why not.
        source: Cause,
    },
    /// The database does not say what it is of.
    #[error("the database lacks the setting `{setting}`")]
    SettingMissing {
        /// The setting's name.
        setting: &'static str,
    },
    /// A transaction waits that is not stored.
    #[error("the list of waiting transactions names {hash}, which is not stored")]
    WaitingUnknown {
        /// The transaction.
        hash: TxHash,
    },
    /// The accounts are not those of the last sealed batch.
    #[error("the accounts' root is {found}, batch {batch} has {expected}")]
    OtherAccounts {
        /// The last sealed batch.
        batch: BatchNumber,
        /// Its root.
        expected: StateRoot,
        /// The root of the stored accounts.
        found: StateRoot,
    },
    /// The log has batches that the database cannot have missed.
    #[error("the log ends with batch {last}, the database with {sealed}")]
    RowsBehind {
        /// The log's last batch.
        last: BatchNumber,
        /// The database's last batch.
        sealed: BatchNumber,
    },
    /// A batch of the database is not the one that the log has.
    #[error("batch {batch} of the database is not that of the log")]
    RowsDiffer {
        /// The batch.
        batch: BatchNumber,
    },
    /// The directory was written by another version.
    #[error(
        "the data directory has format {found}, this program reads {expected}: a rollup of another version cannot be continued; choose another data directory"
    )]
    Format {
        /// What is read.
        expected: u32,
        /// What was found.
        found: u32,
    },
    /// The data directory is of another network.
    #[error("the data directory belongs to another rollup: its domain is {found}, not {expected}",
        found = found.0, expected = expected.0)]
    OtherNetwork {
        /// The node's domain.
        expected: Domain,
        /// The directory's domain.
        found: Domain,
    },
    /// The log is damaged or behind.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A row or a batch is not there.
    #[error("the database lacks batch {batch}")]
    BatchMissing {
        /// The batch.
        batch: BatchNumber,
    },
    /// A batch of the log cannot be executed.
    #[error("batch {batch} of the log does not execute: {source}")]
    LogDoesNotReplay {
        /// The batch.
        batch: BatchNumber,
        /// Why.
        source: ExecutionError,
    },
    /// A batch of the log does not lead to the roots that the log names.
    #[error("batch {batch} of the log does not execute: it leads to root {found}, not {expected}")]
    LogLeadsElsewhere {
        /// The batch.
        batch: BatchNumber,
        /// The root that the log names.
        expected: StateRoot,
        /// The root after the batch.
        found: StateRoot,
    },
    /// An earlier write failed; nothing is written until the directory was opened again.
    #[error("an earlier write failed; nothing is written until the disk takes it again")]
    ReadOnly,
    /// The writing thread is gone.
    #[error("the store is closed")]
    Closed,
}

impl StorageError {
    /// What is stored does not decode.
    pub(crate) fn corrupt<E: Into<Cause>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Corrupt {
            what,
            source: source.into(),
        }
    }

    /// Whether what is stored is damaged, which the logs mend; not whether the system refused to
    /// read or write it, which whoever runs the node mends.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Database(_)
            | Self::DatabasePanicked
            | Self::Corrupt { .. }
            | Self::SettingMissing { .. }
            | Self::WaitingUnknown { .. }
            | Self::OtherAccounts { .. }
            | Self::RowsBehind { .. }
            | Self::RowsDiffer { .. }
            | Self::BatchMissing { .. } => true,
            Self::InUse { .. }
            | Self::NotEmpty { .. }
            | Self::Io { .. }
            | Self::DatabaseIo { .. }
            | Self::Thread(_)
            | Self::Format { .. }
            | Self::OtherNetwork { .. }
            | Self::Log(_)
            | Self::LogDoesNotReplay { .. }
            | Self::LogLeadsElsewhere { .. }
            | Self::ReadOnly
            | Self::Closed => false,
        }
    }

    /// Whether the same may succeed later, when the system has room again.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Io { .. }
                | Self::DatabaseIo { .. }
                | Self::InUse { .. }
                | Self::Thread(_)
                | Self::ReadOnly
                | Self::Closed
                | Self::Log(LogError::Io { .. })
        )
    }

    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
