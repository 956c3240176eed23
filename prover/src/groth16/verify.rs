//! Checking a proof.

use ark_bn254::{Bn254, Fr};
use ark_groth16::Groth16;

use super::{proof::Proof, verifying_key::VerifyingKey};

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not as many inputs as the key has points for: an input more would bind nothing.
    #[error("the verifying key takes {expected} inputs, there are {found}")]
    InputCount {
        /// What the key takes.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// The pairing product is not 1: the proof is not of these inputs under this key.
    #[error("the pairing equation does not hold")]
    Pairing,
}

/// Checks `e(A, B) = e(alpha, beta) e(sum of x_i ic_i, gamma) e(C, delta)`.
///
/// Points are valid by the types of key and proof, inputs are canonical by theirs.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(key: &VerifyingKey, inputs: &[Fr], proof: &Proof) -> Result<(), VerifyError> {
    let expected = key.input_count();
    if inputs.len() != expected {
        return Err(VerifyError::InputCount {
            expected,
            found: inputs.len(),
        });
    }
    match Groth16::<Bn254>::verify_proof(key.prepared(), &proof.to_ark(), inputs) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(VerifyError::Pairing),
    }
}
