//! Why a log cannot be used.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::format::FORMAT;
use crate::storage::disk::advice;

/// Why a log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file system refused.
    #[error("{path}: {source}{advice}", path = path.display(), advice = advice(source))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{path} is no log of {what}", path = path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
        /// What it should be of.
        what: &'static str,
    },
    /// The log was written by another version.
    #[error("{path} has format {found}, this program reads {FORMAT}: a rollup of another version cannot be continued; choose another data directory", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// A record is not there, and cannot be made again.
    #[error("record {number} of {path} is damaged or missing, and nothing is left from which it could be made again; rebuild the state from the layer 1 (`assay restore`)", path = path.display())]
    Lost {
        /// The log.
        path: PathBuf,
        /// The record.
        number: u64,
    },
    /// A record does not decode although its digest fits.
    #[error("record {number} of {path} does not decode: {source}", path = path.display())]
    Decode {
        /// The log.
        path: PathBuf,
        /// The record.
        number: u64,
        /// Why not.
        source: postcard::Error,
    },
}

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> LogError + '_ {
    move |source| LogError::Io {
        path: path.to_owned(),
        source,
    }
}
