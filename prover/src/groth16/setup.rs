//! Making a circuit's keys from a trapdoor.

use std::fmt;

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr as _, CurveGroup as _, scalar_mul::BatchMulPreprocessing};
use ark_ff::{Field as _, PrimeField as _, Zero as _};
use ark_poly::{EvaluationDomain as _, Radix2EvaluationDomain};
use ark_relations::gr1cs::ConstraintSynthesizer;
use rand::{TryRngCore as _, rngs::OsRng};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    ProvingKey,
    description::{DescribeError, Description},
    matrices::{Matrices, Side},
    qap,
    verifying_key::VerifyingKey,
};

/// Where the trapdoor of a key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SetupRandomness {
    /// From the circuit's digest, by ChaCha20: every machine makes the same keys, and everybody
    /// knows the trapdoor and can prove anything. For development chains only.
    Development,
    /// From the operating system; forgotten when the key is made. Whoever ran it had to be
    /// trusted for that moment.
    System,
}

impl fmt::Display for SetupRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development (insecure: everybody knows the trapdoor)",
            Self::System => "system randomness",
        })
    }
}

/// The parts of a setup, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupStep {
    /// The circuit is described.
    Synthesis,
    /// Its linear combinations are inlined into matrices.
    Matrices,
    /// Every wire's polynomials are evaluated at tau.
    Polynomials,
    /// Points of A.
    PointsA,
    /// Points of B, in G2.
    PointsB,
    /// Points of C: wires and quotient.
    PointsC,
}

impl SetupStep {
    /// About how much of the work is done when the step starts, from 0 to 1.
    #[must_use]
    pub fn done_before(self) -> f32 {
        match self {
            Self::Synthesis => 0.0,
            Self::Matrices => 0.1,
            Self::Polynomials => 0.3,
            Self::PointsA => 0.35,
            Self::PointsB => 0.5,
            Self::PointsC => 0.7,
        }
    }
}

/// Told at the start of each step how much of the work is done (0 to 1).
pub type SetupObserver<'a> = &'a (dyn Fn(SetupStep, f32) + Sync);

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The circuit has no matrices.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    /// No domain of the scalar field is large enough.
    #[error("{rows} rows are more than the scalar field has a domain for")]
    TooManyRows {
        /// Constraints and inputs.
        rows: usize,
    },
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system: {0}")]
    Randomness(String),
}

/// Makes the proving key of a circuit; the values that the circuit carries do not matter.
///
/// # Errors
/// [`SetupError`].
pub fn setup<C: ConstraintSynthesizer<Fr>>(
    circuit: C,
    randomness: SetupRandomness,
    observer: SetupObserver<'_>,
) -> Result<ProvingKey, SetupError> {
    observer(SetupStep::Synthesis, SetupStep::Synthesis.done_before());
    setup_described(&Description::of(circuit)?, randomness, observer)
}

/// [`setup`] of a circuit that is described already.
///
/// # Errors
/// [`SetupError`].
pub fn setup_described(
    description: &Description,
    randomness: SetupRandomness,
    observer: SetupObserver<'_>,
) -> Result<ProvingKey, SetupError> {
    observer(SetupStep::Matrices, SetupStep::Matrices.done_before());
    let matrices = Matrices::of(description)?;
    let rows = matrices.rows_used();
    let domain = qap::domain(rows).ok_or(SetupError::TooManyRows { rows })?;
    let trapdoor = Trapdoor::sample(randomness, description, &domain)?;
    Ok(from_trapdoor(matrices, &domain, &trapdoor, observer))
}

/// What must be forgotten: who knows it can prove anything.
pub(crate) struct Trapdoor {
    pub(crate) alpha: Fr,
    pub(crate) beta: Fr,
    pub(crate) gamma: Fr,
    pub(crate) delta: Fr,
    pub(crate) tau: Fr,
}

impl Drop for Trapdoor {
    fn drop(&mut self) {
        for secret in [
            &mut self.alpha,
            &mut self.beta,
            &mut self.gamma,
            &mut self.delta,
            &mut self.tau,
        ] {
            secret.zeroize();
        }
    }
}

impl Trapdoor {
    fn sample(
        randomness: SetupRandomness,
        description: &Description,
        domain: &Radix2EvaluationDomain<Fr>,
    ) -> Result<Self, SetupError> {
        let mut seed = Zeroizing::new([0u8; 32]);
        match randomness {
            SetupRandomness::Development => {
                let mut hasher = Sha256::new_with_prefix(b"assay/development setup/1");
                hasher.update(description.digest());
                *seed = hasher.finalize().into();
            }
            SetupRandomness::System => OsRng
                .try_fill_bytes(seed.as_mut())
                .map_err(|error| SetupError::Randomness(error.to_string()))?,
        }
        let mut random = ChaCha20Rng::from_seed(*seed);
        loop {
            let [alpha, beta, gamma, delta, tau] = std::array::from_fn(|_| scalar(&mut random));
            let trapdoor = Self {
                alpha,
                beta,
                gamma,
                delta,
                tau,
            };
            if trapdoor.is_sound(domain) {
                return Ok(trapdoor);
            }
        }
    }

    /// Nothing is zero, gamma is not delta, and tau is outside the domain and its odd coset.
    fn is_sound(&self, domain: &Radix2EvaluationDomain<Fr>) -> bool {
        let all = [self.alpha, self.beta, self.gamma, self.delta, self.tau];
        all.iter().all(|value| !value.is_zero())
            && self.gamma != self.delta
            && self.tau.pow([2 * domain.size]) != Fr::ONE
    }
}

/// A scalar from 64 bytes: the bias of the reduction is below 2^-250.
fn scalar(random: &mut ChaCha20Rng) -> Fr {
    use rand_chacha::rand_core::RngCore as _;
    let mut bytes = Zeroizing::new([0u8; 64]);
    random.fill_bytes(bytes.as_mut());
    Fr::from_le_bytes_mod_order(bytes.as_ref())
}

/// The wires' polynomials at tau.
struct WireValues {
    a: Zeroizing<Vec<Fr>>,
    b: Zeroizing<Vec<Fr>>,
    /// `beta A + alpha B + C`.
    joined: Zeroizing<Vec<Fr>>,
}

impl WireValues {
    fn at_tau(
        matrices: &Matrices,
        domain: &Radix2EvaluationDomain<Fr>,
        trapdoor: &Trapdoor,
    ) -> Self {
        let basis = Zeroizing::new(domain.evaluate_all_lagrange_coefficients(trapdoor.tau));
        let (of_constraints, of_inputs) = basis.split_at(matrices.constraints());
        let values = |side| {
            let weights = Zeroizing::new(matrices.combination_weights(side, of_constraints));
            Zeroizing::new(matrices.wire_weights(&weights))
        };
        let ((mut a, b), mut joined) = rayon::join(
            || rayon::join(|| values(Side::A), || values(Side::B)),
            || values(Side::C),
        );
        for (value, row) in a.iter_mut().take(matrices.inputs()).zip(of_inputs) {
            *value += row;
        }
        joined
            .par_iter_mut()
            .zip(a.par_iter())
            .zip(b.par_iter())
            .for_each(|((c, a), b)| {
                *c += trapdoor.beta * a + trapdoor.alpha * b;
            });
        Self { a, b, joined }
    }
}

/// The wires with a value, and the values.
fn nonzero(values: &[Fr], first_wire: usize) -> (Vec<u32>, Zeroizing<Vec<Fr>>) {
    // Wires are counted in 32 bits by the description.
    let wires: Vec<u32> = (first_wire..values.len())
        .filter(|w| !values[*w].is_zero())
        .map(|w| w as u32)
        .collect();
    let values = wires.iter().map(|wire| values[*wire as usize]).collect();
    (wires, Zeroizing::new(values))
}

/// The keys of these matrices under a trapdoor.
pub(crate) fn from_trapdoor(
    matrices: Matrices,
    domain: &Radix2EvaluationDomain<Fr>,
    trapdoor: &Trapdoor,
    observer: SetupObserver<'_>,
) -> ProvingKey {
    let observe = |step: SetupStep| observer(step, step.done_before());
    observe(SetupStep::Polynomials);
    let values = WireValues::at_tau(&matrices, domain, trapdoor);
    let [gamma_inverse, delta_inverse] = [trapdoor.gamma, trapdoor.delta]
        .map(|value| value.inverse().expect("a sound trapdoor holds no zero"));
    let inputs = matrices.inputs();
    let (a_wires, a_values) = nonzero(&values.a, 0);
    let (b_wires, b_values) = nonzero(&values.b, 0);
    let (c_wires, mut c_values) = nonzero(&values.joined, inputs);
    c_values
        .par_iter_mut()
        .for_each(|value| *value *= delta_inverse);
    let ic_values: Zeroizing<Vec<Fr>> = Zeroizing::new(
        values.joined[..inputs]
            .iter()
            .map(|v| *v * gamma_inverse)
            .collect(),
    );
    let basis = qap::coset_basis(domain, trapdoor.tau, delta_inverse)
        .expect("a domain is made only with a root of twice its order");
    let basis = Zeroizing::new(basis);

    let g1_count = a_values.len() + c_values.len() + basis.len();
    let g1 = BatchMulPreprocessing::new(G1Projective::from(G1Affine::generator()), g1_count);
    observe(SetupStep::PointsA);
    let a_points = g1.batch_mul(&a_values);
    observe(SetupStep::PointsB);
    let g2 = G2Projective::from(G2Affine::generator());
    let b_points = BatchMulPreprocessing::new(g2, b_values.len()).batch_mul(&b_values);
    observe(SetupStep::PointsC);
    let mut c_points = g1.batch_mul(&c_values);
    c_points.extend(g1.batch_mul(&basis));
    let verifying_key = ark_groth16::VerifyingKey::<Bn254> {
        alpha_g1: (G1Affine::generator() * trapdoor.alpha).into_affine(),
        beta_g2: (g2 * trapdoor.beta).into_affine(),
        gamma_g2: (g2 * trapdoor.gamma).into_affine(),
        delta_g2: (g2 * trapdoor.delta).into_affine(),
        gamma_abc_g1: g1.batch_mul(&ic_values),
    };
    ProvingKey {
        matrices,
        verifying_key: VerifyingKey::from_ark(verifying_key),
        a_wires,
        a_points,
        b_wires,
        b_points,
        c_wires,
        c_points,
    }
}
