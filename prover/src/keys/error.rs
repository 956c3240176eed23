//! Why a key cannot be had.

#[cfg(not(target_arch = "wasm32"))]
use std::path::Path;
use std::{fmt, io, path::PathBuf};

use assay_circuits::circuit::CircuitId;

use crate::groth16::SetupRandomness;
#[cfg(not(target_arch = "wasm32"))]
use crate::groth16::setup::SetupError;

/// What a key file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Matrices, points and verifying key.
    Proving,
    /// The verifying key alone.
    Verifying,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proving => "proving",
            Self::Verifying => "verifying",
        })
    }
}

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No such file: the key was never made.
    #[error(
        "no key at {path}; `assay keys fetch --shape {name}` takes that of a rollup that exists, `assay keys setup \
         --shape {name}` makes one",
        path = path.display(),
        name = circuit.name()
    )]
    Missing {
        /// Where it would be.
        path: PathBuf,
        /// Of which circuit.
        circuit: CircuitId,
    },
    /// The file is something else.
    #[error("{path} is no key file", path = path.display())]
    NotAKeyFile {
        /// The file.
        path: PathBuf,
    },
    /// The file is of another version of this program.
    #[error("{path} has format version {found}, this program reads {expected}; make the key again", path = path.display())]
    UnsupportedVersion {
        /// The file.
        path: PathBuf,
        /// What is read.
        expected: u32,
        /// What was found.
        found: u32,
    },
    /// Key files are little-endian, and used as they are.
    #[error("{path} cannot be used on a big-endian machine", path = path.display())]
    ByteOrder {
        /// The file.
        path: PathBuf,
    },
    /// A verifying key where a proving key belongs, or the other way round.
    #[error("{path} is a {found} key, not a {expected} key", path = path.display())]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// What belongs there.
        expected: Kind,
        /// What is there.
        found: Kind,
    },
    /// The key is of another circuit.
    #[error("{path} is a key of {found}, not {name}", path = path.display(), name = expected.name())]
    WrongCircuit {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        expected: CircuitId,
        /// What the file holds.
        found: CircuitId,
    },
    /// The key is of another version of the circuit.
    #[error(
        "{path} is of circuit {found}, this program's is {expected}; make the key again",
        path = path.display(), found = hex::encode(found), expected = hex::encode(expected)
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The circuit's digest.
        expected: [u8; 32],
        /// The key's.
        found: [u8; 32],
    },
    /// The key has the digest of the circuit, and other matrices.
    #[error("{path} holds other matrices than those of {circuit}; make the key again", path = path.display())]
    OtherMatrices {
        /// The file.
        path: PathBuf,
        /// The circuit.
        circuit: CircuitId,
    },
    /// The verifying key's file is not the other half of the proving key.
    #[error("{path} is not the verifying key of the proving key beside it", path = path.display())]
    OtherHalf {
        /// The file.
        path: PathBuf,
    },
    /// The file does not tell the truth about its trapdoor.
    #[error("{path} says that its key was made from {said}; the key itself says {found}", path = path.display())]
    Mismarked {
        /// The file.
        path: PathBuf,
        /// What its header says.
        said: SetupRandomness,
        /// What its points say.
        found: SetupRandomness,
    },
    /// Bytes were changed.
    #[error("{path} is damaged in its section {section}; make the key again", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        section: &'static str,
    },
    /// Bytes are missing.
    #[error("{path} ends after {found_bytes} of {expected_bytes} bytes", path = path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What its header says.
        expected_bytes: u64,
        /// What there is.
        found_bytes: u64,
    },
    /// A key with a public trapdoor where one from system randomness was asked for.
    #[error("{path} was made for development: everybody can forge proofs under it", path = path.display())]
    Insecure {
        /// The file.
        path: PathBuf,
    },
    /// The key could not be made.
    #[cfg(not(target_arch = "wasm32"))]
    #[error(transparent)]
    Setup(#[from] SetupError),
}

impl KeyError {
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
