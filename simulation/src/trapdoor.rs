//! Proofs at no cost, under keys whose trapdoor everybody knows.
//!
//! Development keys are made from a public seed (`assay-prover`, `groth16/setup.rs`), so whoever derives
//! the same scalars can prove anything under them: with `A = a`, `B = b` in the exponent the equation
//! `ab = alpha beta + gamma IC + delta C` has a solution `C` for any public inputs. Such proofs pass every
//! verifier as honest ones do, and take milliseconds where honest ones take seconds.

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::{Field as _, PrimeField as _};
use assay_prover::{groth16::proof::Proof, keys::VerifyingKeyFile};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};
use sha2::{Digest as _, Sha256};

/// Proves anything under one development key.
#[derive(Debug)]
pub(crate) struct Forger {
    alpha_beta: Fr,
    gamma: Fr,
    delta_inverse: Fr,
    /// Of the key: the constant's point and one for each public input.
    ic: Vec<G1Affine>,
}

/// The key is none of development.
#[derive(Debug, thiserror::Error)]
#[error("the key is not made from the public seed of development keys")]
pub struct NotPublic;

impl Forger {
    /// Derives the trapdoor and compares it with the key.
    pub(crate) fn new(file: &VerifyingKeyFile) -> Result<Self, NotPublic> {
        let mut hasher = Sha256::new_with_prefix(b"assay/development setup/1");
        hasher.update(file.circuit_digest);
        let mut random = ChaCha20Rng::from_seed(hasher.finalize().into());
        let [alpha, beta, gamma, delta, _tau] = std::array::from_fn(|_| scalar(&mut random));
        let key = file.verifying_key.as_ark();
        let in_g2 = |scalar: Fr| (G2Affine::generator() * scalar).into_affine();
        let is_public = key.alpha_g1 == (G1Affine::generator() * alpha).into_affine()
            && key.beta_g2 == in_g2(beta)
            && key.gamma_g2 == in_g2(gamma)
            && key.delta_g2 == in_g2(delta);
        let delta_inverse = delta.inverse().filter(|_| is_public).ok_or(NotPublic)?;
        Ok(Self {
            alpha_beta: alpha * beta,
            gamma,
            delta_inverse,
            ic: key.gamma_abc_g1.clone(),
        })
    }

    /// A proof of these public inputs; another one for each `salt`.
    pub(crate) fn prove(&self, inputs: &[Fr], salt: u64) -> Proof {
        let mut random = ChaCha20Rng::seed_from_u64(salt);
        let [a, b] = std::array::from_fn(|_| scalar(&mut random));
        let mut ic = G1Projective::from(self.ic[0]);
        for (point, input) in self.ic[1..].iter().zip(inputs) {
            ic += *point * input;
        }
        let generator = G1Affine::generator();
        let c = (generator * (a * b - self.alpha_beta) - ic * self.gamma) * self.delta_inverse;
        let ark = ark_proof(
            (generator * a).into_affine(),
            (G2Affine::generator() * b).into_affine(),
            c.into_affine(),
        );
        Proof::from_words(&ark).expect("random points are none at infinity")
    }
}

/// Points in the words of a proof.
fn ark_proof(a: G1Affine, b: G2Affine, c: G1Affine) -> [[u8; 32]; Proof::WORDS] {
    let word = |value: ark_bn254::Fq| {
        let mut bytes = [0; 32];
        for (limb, bytes) in value
            .into_bigint()
            .0
            .iter()
            .rev()
            .zip(bytes.as_chunks_mut::<8>().0)
        {
            *bytes = limb.to_be_bytes();
        }
        bytes
    };
    [
        word(a.x),
        word(a.y),
        word(b.x.c1),
        word(b.x.c0),
        word(b.y.c1),
        word(b.y.c0),
        word(c.x),
        word(c.y),
    ]
}

/// A scalar from 64 bytes, as the setup draws it.
fn scalar(random: &mut ChaCha20Rng) -> Fr {
    let mut bytes = [0; 64];
    random.fill_bytes(&mut bytes);
    Fr::from_le_bytes_mod_order(&bytes)
}
