//! Keys whose secrets are known, and proofs of anything under them.

use std::sync::OnceLock;

use alloy::primitives::U256;
use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _, PrimeGroup as _};
use ark_ff::{Field as _, PrimeField as _, UniformRand as _};
use ark_std::rand::{SeedableRng as _, rngs::StdRng};

use super::super::proofs::{g1, g2};
use crate::batch::{ProofWords, VerifyingKeyWords, Word};

/// Keys for batches; a shape may have any of them.
pub(super) const BATCH_KEYS: usize = 3;
/// The key for escapes.
pub(super) const ESCAPE_KEY: usize = BATCH_KEYS;

/// So many first halves of a proof are made once.
const HALVES: usize = 4;

pub(super) struct Key {
    /// alpha beta, gamma / delta, 1 / delta.
    product: Fr,
    gamma_by_delta: Fr,
    by_delta: Fr,
    inputs: Vec<Fr>,
    words: VerifyingKeyWords,
    /// a b, and the words of A and B.
    halves: Vec<(Fr, [Word; 2], [Word; 4])>,
}

/// Key number `which`.
pub(super) fn key(which: usize) -> &'static Key {
    static KEYS: [OnceLock<Key>; BATCH_KEYS + 1] = [const { OnceLock::new() }; BATCH_KEYS + 1];
    let inputs = if which == ESCAPE_KEY { 4 } else { 3 };
    KEYS[which].get_or_init(|| Key::new(which as u64, inputs))
}

fn in_g1(scalar: Fr) -> G1Affine {
    (G1Projective::generator() * scalar).into_affine()
}

fn in_g2(scalar: Fr) -> G2Affine {
    (G2Affine::generator() * scalar).into_affine()
}

impl Key {
    fn new(seed: u64, inputs: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(1000 + seed);
        let mut random = || Fr::rand(&mut rng);
        let [alpha, beta, gamma, delta] = [random(), random(), random(), random()];
        let points: Vec<Fr> = (0..=inputs).map(|_| random()).collect();
        let half = |(a, b)| (a * b, g1(&in_g1(a)), g2(&in_g2(b)));
        let halves = (0..HALVES).map(|_| half((random(), random()))).collect();
        let by_delta = delta.inverse().unwrap();
        Self {
            product: alpha * beta,
            gamma_by_delta: gamma * by_delta,
            by_delta,
            words: VerifyingKeyWords {
                alpha: g1(&in_g1(alpha)),
                beta: g2(&in_g2(beta)),
                gamma: g2(&in_g2(gamma)),
                delta: g2(&in_g2(delta)),
                ic: points.iter().map(|point| g1(&in_g1(*point))).collect(),
            },
            inputs: points,
            halves,
        }
    }

    /// As constructors take it.
    pub(super) fn words(&self) -> Vec<U256> {
        let words = self.words.words();
        words.into_iter().map(U256::from_be_bytes).collect()
    }

    /// A proof of the inputs: C is what makes e(A, B) = e(alpha, beta) e(x, gamma) e(C, delta).
    pub(super) fn prove(&self, inputs: &[Word], half: usize) -> Vec<u8> {
        let fr = |word: &Word| Fr::from_be_bytes_mod_order(word);
        let terms = self.inputs[1..].iter().zip(inputs);
        let x = self.inputs[0] + terms.map(|(point, word)| *point * fr(word)).sum::<Fr>();
        let (ab, [ax, ay], [bx1, bx0, by1, by0]) = self.halves[half % HALVES];
        let c = (ab - self.product) * self.by_delta - x * self.gamma_by_delta;
        let [cx, cy] = g1(&in_g1(c));
        ProofWords([ax, ay, bx1, bx0, by1, by0, cx, cy]).to_bytes()
    }
}
