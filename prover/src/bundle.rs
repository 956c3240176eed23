//! The batch bundle: one JSON file with everything that an offline check of a batch needs.
//!
//! Field elements are decimal strings, bytes 0x hex. `sha256` is the SHA-256 of this very JSON
//! without white space, keys in the order of the fields below and `sha256` empty: what nothing
//! else in the file implies (the layer 1's transaction hashes) cannot be changed unnoticed
//! either. It is a checksum, not a signature.

mod check;
mod file;
#[cfg(test)]
mod tests;
mod verdict;

pub use check::{Check, Outcome};
pub use file::{
    BUNDLE_BYTES_MAX, Bundle, BundleError, FORMAT, HeaderFields, L1Context, ShapeFields, VERSION,
    VerifyingKeyFields,
};
pub use verdict::{Verdict, verdict, verdict_by_digest};
