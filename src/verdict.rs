//! What an offline check of a batch's bundle comes to.

use assay_circuits::{circuit::CircuitId, shape::Shape};
use assay_prover::{
    bundle::{Bundle, Check, Outcome as CheckOutcome},
    groth16::verifying_key::VerifyingKey,
    known_circuits::is_development_key,
};
use serde::Serialize;

/// What was found out about a bundle.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    /// Whether all checks passed.
    pub valid: bool,
    /// The batch's number, as the bundle has it.
    pub batch: u64,
    /// Whose key the proof was checked under: `bundle` or `trusted`.
    pub key: &'static str,
    /// Whether everybody can forge proofs under that key, because it was made for development.
    pub insecure_development_key: bool,
    /// The first check that did not pass.
    pub first_failure: Option<&'static str>,
    /// All checks, in order.
    pub checks: Vec<Check>,
}

/// Makes all checks of a bundle.
#[must_use]
pub(crate) fn verdict(bundle: &Bundle, trusted: Option<&VerifyingKey>) -> Verdict {
    let checks = bundle.check(trusted);
    let first_failure = checks
        .iter()
        .find(|check| check.outcome != CheckOutcome::Passed);
    Verdict {
        valid: first_failure.is_none(),
        batch: bundle.batch().0,
        key: if trusted.is_some() {
            "trusted"
        } else {
            "bundle"
        },
        insecure_development_key: is_insecure(bundle, trusted),
        first_failure: first_failure.map(|check| check.name),
        checks,
    }
}

/// Whether the key that a proof is checked under is the development key of its circuit.
fn is_insecure(bundle: &Bundle, trusted: Option<&VerifyingKey>) -> bool {
    let own = bundle.verifying_key().ok();
    let circuit = Shape::from_id(bundle.shape.id).map(CircuitId::Batch);
    circuit
        .zip(trusted.or(own.as_ref()))
        .is_some_and(|(circuit, key)| is_development_key(circuit, key))
}
