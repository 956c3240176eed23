//! Checking a batch's bundle.

use assay_prover::bundle::{Bundle, BundleError, Verdict, verdict, verdict_by_digest};

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The bytes are no bundle.
    #[error("the bundle cannot be read: {0}")]
    Bundle(#[from] BundleError),
    /// What is trusted is no digest.
    #[error("a key's digest is 0x and 64 hexadecimal digits, not `{0}`")]
    Digest(String),
}

/// What `assay verify` finds out about a bundle: under the verifying key whose SHA-256 is `trusted` (0x and 64
/// hexadecimal digits, as the status of a node and `assay keys inspect` show it), or, where that is empty,
/// under the bundle's own key.
///
/// # Errors
/// [`VerifyError`]. A bundle that is wrong is no error: the verdict says what does not fit.
pub fn verify(bundle: &[u8], trusted: &str) -> Result<Verdict, VerifyError> {
    let bundle = Bundle::parse(bundle)?;
    if trusted.is_empty() {
        return Ok(verdict(&bundle, None));
    }
    let mut digest = [0; 32];
    let digits = trusted.strip_prefix("0x").unwrap_or_default();
    hex::decode_to_slice(digits, &mut digest)
        .map_err(|_| VerifyError::Digest(trusted.to_owned()))?;
    Ok(verdict_by_digest(&bundle, digest))
}
