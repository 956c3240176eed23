//! A verifying key whose trapdoor is known: proofs of anything cost no proving, and the real
//! verifiers take them.

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::{BigInteger as _, Field as _, PrimeField as _};
use assay_l1::batch::{ProofWords, VerifyingKeyWords, Word};
use assay_prover::groth16::verifying_key::VerifyingKey;

pub(crate) struct Forge {
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
    ic: Vec<Fr>,
}

impl Forge {
    /// For so many inputs.
    pub(crate) fn new(seed: u64, inputs: u64) -> Self {
        let number = |at: u64| Fr::from(seed * 1_000 + at).pow([5u64]);
        Self {
            alpha: number(2),
            beta: number(3),
            gamma: number(4),
            delta: number(5),
            ic: (0..=inputs).map(|at| number(10 + at)).collect(),
        }
    }

    pub(crate) fn words(&self) -> VerifyingKeyWords {
        VerifyingKeyWords {
            alpha: g1(self.alpha),
            beta: g2(self.beta),
            gamma: g2(self.gamma),
            delta: g2(self.delta),
            ic: self.ic.iter().map(|at| g1(*at)).collect(),
        }
    }

    pub(crate) fn key(&self) -> VerifyingKey {
        VerifyingKey::from_words(&self.words().words()).unwrap()
    }

    /// A valid proof of any inputs.
    pub(crate) fn prove(&self, inputs: &[Fr]) -> ProofWords {
        let terms = inputs.iter().zip(&self.ic[1..]);
        let l = self.ic[0] + terms.map(|(x, ic)| *x * ic).sum::<Fr>();
        let (a, b) = (Fr::from(7u8), Fr::from(11u8));
        let rest = a * b - self.alpha * self.beta - l * self.gamma;
        let c = rest * self.delta.inverse().unwrap();
        let ([ax, ay], [bx1, bx0, by1, by0], [cx, cy]) = (g1(a), g2(b), g1(c));
        ProofWords([ax, ay, bx1, bx0, by1, by0, cx, cy])
    }
}

fn g1(scalar: Fr) -> [Word; 2] {
    let point = (G1Affine::generator() * scalar).into_affine();
    let (x, y) = point.xy().unwrap();
    [fq(x), fq(y)]
}

fn g2(scalar: Fr) -> [Word; 4] {
    let point = (G2Affine::generator() * scalar).into_affine();
    let (x, y) = point.xy().unwrap();
    [fq(x.c1), fq(x.c0), fq(y.c1), fq(y.c0)]
}

fn fq(value: Fq) -> Word {
    value.into_bigint().to_bytes_be().try_into().unwrap()
}
