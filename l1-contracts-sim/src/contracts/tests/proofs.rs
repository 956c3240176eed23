//! Real Groth16 proofs over BN254 of a circuit that any inputs satisfy.

use std::sync::OnceLock;

use alloy::primitives::U256;
use ark_bn254::{Bn254, Fq, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ark_ff::{BigInteger as _, PrimeField};
use ark_groth16::{Groth16, Proof, ProvingKey};
use ark_relations::{
    gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError},
    lc,
};
use ark_snark::{CircuitSpecificSetupSNARK as _, SNARK as _};
use ark_std::rand::{SeedableRng as _, rngs::StdRng};

use crate::batch::{ProofWords, VerifyingKeyWords, Word};

/// Each input times a secret is something: satisfied by any inputs, and uses all of them.
#[derive(Clone)]
struct AnyInputs(Vec<Fr>);

impl ConstraintSynthesizer<Fr> for AnyInputs {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let secret = Fr::from(5);
        let factor = cs.new_witness_variable(|| Ok(secret))?;
        for value in self.0 {
            let input = cs.new_input_variable(|| Ok(value))?;
            let product = cs.new_witness_variable(|| Ok(value * secret))?;
            cs.enforce_r1cs_constraint(|| lc!() + input, || lc!() + factor, || lc!() + product)?;
        }
        Ok(())
    }
}

/// Keys of the circuit.
pub(crate) struct Toy {
    key: ProvingKey<Bn254>,
}

/// One of two sets of keys for batches, made once.
pub(crate) fn toy(which: usize) -> &'static Toy {
    static KEYS: [OnceLock<Toy>; 2] = [OnceLock::new(), OnceLock::new()];
    KEYS[which].get_or_init(|| Toy::new(which as u64, 3))
}

/// Keys for escapes.
pub(crate) fn escape_toy() -> &'static Toy {
    static KEY: OnceLock<Toy> = OnceLock::new();
    KEY.get_or_init(|| Toy::new(2, 4))
}

impl Toy {
    fn new(seed: u64, inputs: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let circuit = AnyInputs(vec![Fr::from(0); inputs]);
        let (key, _) = Groth16::<Bn254>::setup(circuit, &mut rng).unwrap();
        Self { key }
    }

    pub(crate) fn key_words(&self) -> VerifyingKeyWords {
        let vk = &self.key.vk;
        VerifyingKeyWords {
            alpha: g1(&vk.alpha_g1),
            beta: g2(&vk.beta_g2),
            gamma: g2(&vk.gamma_g2),
            delta: g2(&vk.delta_g2),
            ic: vk.gamma_abc_g1.iter().map(g1).collect(),
        }
    }

    /// The key as a constructor takes it.
    pub(crate) fn words(&self) -> Vec<U256> {
        let words = self.key_words().words();
        words.into_iter().map(U256::from_be_bytes).collect()
    }

    pub(crate) fn prove(&self, inputs: &[Word]) -> ProofWords {
        proof_words(&self.proof(inputs))
    }

    pub(crate) fn proof(&self, inputs: &[Word]) -> Proof<Bn254> {
        let fr = |word: &Word| Fr::from_be_bytes_mod_order(word);
        let inputs = inputs.iter().map(fr).collect();
        let mut rng = StdRng::seed_from_u64(7);
        Groth16::<Bn254>::prove(&self.key, AnyInputs(inputs), &mut rng).unwrap()
    }

    /// Another proof of the same.
    pub(crate) fn rerandomize(&self, proof: &Proof<Bn254>) -> Proof<Bn254> {
        Groth16::<Bn254>::rerandomize_proof(&self.key.vk, proof, &mut StdRng::seed_from_u64(8))
    }
}

pub(crate) fn proof_words(proof: &Proof<Bn254>) -> ProofWords {
    let ([ax, ay], [bx1, bx0, by1, by0], [cx, cy]) = (g1(&proof.a), g2(&proof.b), g1(&proof.c));
    ProofWords([ax, ay, bx1, bx0, by1, by0, cx, cy])
}

/// Coordinates, big-endian.
pub(crate) fn g1(point: &G1Affine) -> [Word; 2] {
    let (x, y) = point.xy().unwrap();
    [fq(x), fq(y)]
}

/// x1, x0, y1, y0.
pub(crate) fn g2(point: &G2Affine) -> [Word; 4] {
    let (x, y) = point.xy().unwrap();
    [fq(x.c1), fq(x.c0), fq(y.c1), fq(y.c0)]
}

fn fq(value: Fq) -> Word {
    value.into_bigint().to_bytes_be().try_into().unwrap()
}
