//! The same key for stock ark-groth16: the other side of the benchmark, and an oracle in tests.

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ark_ff::AdditiveGroup as _;
use ark_groth16::Groth16;
use ark_relations::gr1cs::{Matrix, SynthesisError};
use assay_arithmetic::{unpack_g1, unpack_g2};

use super::{matrices::Side, proving_key::ProvingKey, qap::SnarkjsReduction};

/// A key as ark-groth16 keeps it, with the matrices cached.
pub struct StockProver {
    key: ark_groth16::ProvingKey<Bn254>,
    matrices: [Matrix<Fr>; 3],
    inputs: usize,
}

impl StockProver {
    /// Lays the key out as ark does, with infinity where a wire has no point. Of C it has the
    /// points for six transforms. What only blinding uses (B in G1, beta and delta in G1) is left
    /// out.
    #[must_use]
    pub fn new(key: &ProvingKey) -> Self {
        let matrices = &key.matrices;
        let (wires, inputs) = (matrices.wires(), matrices.inputs());
        let mut a_query = vec![G1Affine::zero(); wires];
        let mut b_g2_query = vec![G2Affine::zero(); wires];
        let mut l_query = vec![G1Affine::zero(); wires - inputs];
        for (wire, point) in key.a_wires.iter().zip(&*key.a_points) {
            a_query[*wire as usize] = unpack_g1(point);
        }
        for (wire, point) in key.b_wires.iter().zip(&*key.b_points) {
            b_g2_query[*wire as usize] = unpack_g2(point);
        }
        for (wire, point) in key.private_c_wires().zip(&*key.export.l_points) {
            l_query[wire as usize - inputs] = unpack_g1(point);
        }
        let h_points = &key.c_points[key.c_wires.len()..];
        Self {
            key: ark_groth16::ProvingKey {
                vk: key.verifying_key.as_ark().clone(),
                beta_g1: G1Affine::zero(),
                delta_g1: G1Affine::zero(),
                a_query,
                b_g1_query: Vec::new(),
                b_g2_query,
                h_query: h_points.iter().map(unpack_g1).collect(),
                l_query,
            },
            matrices: [Side::A, Side::B, Side::C].map(|side| matrices.to_ark(side)),
            inputs,
        }
    }

    /// The key as ark-groth16 has it.
    #[must_use]
    pub fn key(&self) -> &ark_groth16::ProvingKey<Bn254> {
        &self.key
    }

    /// ark-groth16's proof without blinding, in rayon's current pool.
    ///
    /// # Errors
    /// ark's own.
    pub fn prove(&self, assignment: &[Fr]) -> Result<ark_groth16::Proof<Bn254>, SynthesisError> {
        Groth16::<Bn254, SnarkjsReduction>::create_proof_with_reduction_and_matrices(
            &self.key,
            Fr::ZERO,
            Fr::ZERO,
            &self.matrices,
            self.inputs,
            self.matrices[0].len(),
            assignment,
        )
    }
}
