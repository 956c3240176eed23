//! Keys in files.
//!
//! A directory holds, per circuit, `CIRCUIT.proving.key` (matrices and points) and
//! `CIRCUIT.verifying.key` (what verifiers need, under a kilobyte). Both name the circuit they are
//! of by its digest, and say whether their trapdoor is public, which is compared with the points.
//! The format is in [`container`]; points are stored as the arithmetic has them, and used where the file is mapped.

pub mod container;
#[cfg(not(target_arch = "wasm32"))]
mod directory;
mod error;
#[cfg(not(target_arch = "wasm32"))]
mod key_file;
mod loaded;
mod records;
#[cfg(test)]
mod tests;

#[cfg(not(target_arch = "wasm32"))]
pub use directory::{proving_key_path, verifying_key_path};
pub use error::{KeyError, Kind};
pub use loaded::{Keys, VerifyingKeyFile};
