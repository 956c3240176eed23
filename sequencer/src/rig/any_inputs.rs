//! Keys and proofs of a circuit that proves any public inputs.

use std::sync::{Arc, OnceLock};

use ark_bn254::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError,
};
use assay_prover::groth16::{
    proof::Proof,
    prove::Prover,
    setup::{SetupRandomness, setup},
    unobserved,
};

/// Takes any three public inputs.
struct AnyInputs([Fr; 3]);

impl ConstraintSynthesizer<Fr> for AnyInputs {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let mut inputs = Vec::new();
        for value in self.0 {
            inputs.push(cs.new_input_variable(|| Ok(value))?);
        }
        let product = cs.new_witness_variable(|| Ok(self.0[0] * self.0[1]))?;
        let one = |wire| move || LinearCombination(vec![(Fr::from(1u8), wire)]);
        cs.enforce_r1cs_constraint(one(inputs[0]), one(inputs[1]), one(product))
    }
}

pub(super) fn prover() -> &'static Prover {
    static PROVER: OnceLock<Prover> = OnceLock::new();
    PROVER.get_or_init(|| {
        let zero = [Fr::from(0u8); 3];
        let key = setup(AnyInputs(zero), SetupRandomness::Development, &|_, _| {}).unwrap();
        Prover::new(Arc::new(key), None).unwrap()
    })
}

/// A proof of any inputs that the rig's keys accept.
pub(crate) fn prove(inputs: [Fr; 3]) -> Proof {
    prover()
        .prove(AnyInputs(inputs), &unobserved)
        .unwrap()
        .proof
}
