//! What an offline check of a batch's bundle comes to.

use assay_circuits::{circuit::CircuitId, shape::Shape};
use serde::Serialize;

use super::{
    check::{Check, Outcome},
    file::Bundle,
};
use crate::{circuit_digest::is_development_key, groth16::verifying_key::VerifyingKey};

/// What was found out about a bundle.
#[derive(Debug, Serialize)]
pub struct Verdict {
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
pub fn verdict(bundle: &Bundle, trusted: Option<&VerifyingKey>) -> Verdict {
    let own = bundle.verifying_key().ok();
    let key = trusted.or(own.as_ref());
    of_checks(bundle, bundle.check(trusted), trusted.is_some(), key)
}

/// Makes all checks of a bundle under the key whose [`VerifyingKey::digest`] is trusted.
#[must_use]
pub fn verdict_by_digest(bundle: &Bundle, trusted: [u8; 32]) -> Verdict {
    let own = bundle.verifying_key().ok();
    of_checks(bundle, bundle.check_by_digest(trusted), true, own.as_ref())
}

fn of_checks(
    bundle: &Bundle,
    checks: Vec<Check>,
    is_trusted: bool,
    key: Option<&VerifyingKey>,
) -> Verdict {
    let first_failure = checks
        .iter()
        .find(|check| check.outcome != Outcome::Passed)
        .map(|check| check.name);
    let circuit = Shape::from_id(bundle.shape.id).map(CircuitId::Batch);
    Verdict {
        valid: first_failure.is_none(),
        batch: bundle.batch().0,
        key: if is_trusted { "trusted" } else { "bundle" },
        insecure_development_key: circuit
            .zip(key)
            .is_some_and(|(circuit, key)| is_development_key(circuit, key)),
        first_failure,
        checks,
    }
}
