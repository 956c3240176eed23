//! Making a circuit's keys from a trapdoor.

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr as _, CurveGroup as _, scalar_mul::BatchMulPreprocessing};
use ark_ff::{AdditiveGroup as _, Field as _, Zero as _};
use ark_poly::{EvaluationDomain as _, Radix2EvaluationDomain};
use ark_relations::gr1cs::ConstraintSynthesizer;
use assay_arithmetic::{PointG1, PointG2, pack_g1, pack_g2};
use rand::{TryRngCore as _, rand_core::OsError, rngs::OsRng};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::{
    description::{DescribeError, Description},
    matrices::{Matrices, Side},
    proving_key::{ExportPoints, ProvingKey},
    qap,
    trapdoor::{Trapdoor, development_random},
    verifying_key::VerifyingKey,
};
use crate::stored::Stored;

pub use super::trapdoor::SetupRandomness;

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
    /// Points that only other provers use.
    PointsExport,
}

impl SetupStep {
    /// About how much of the work is done when the step starts, from 0 to 1.
    #[must_use]
    pub fn done_before(self) -> f32 {
        match self {
            Self::Synthesis => 0.0,
            Self::Matrices => 0.1,
            Self::Polynomials => 0.25,
            Self::PointsA => 0.3,
            Self::PointsB => 0.4,
            Self::PointsC => 0.55,
            Self::PointsExport => 0.85,
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
    Randomness(#[from] OsError),
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
    let trapdoor = sample(randomness, description, &domain)?;
    Ok(from_trapdoor(matrices, &domain, &trapdoor, observer))
}

/// A trapdoor that is sound for a domain.
fn sample(
    randomness: SetupRandomness,
    description: &Description,
    domain: &Radix2EvaluationDomain<Fr>,
) -> Result<Trapdoor, SetupError> {
    let mut random = match randomness {
        SetupRandomness::Development => development_random(&description.digest()),
        SetupRandomness::System => {
            let mut seed = Zeroizing::new([0u8; 32]);
            OsRng.try_fill_bytes(seed.as_mut())?;
            ChaCha20Rng::from_seed(*seed)
        }
    };
    loop {
        let trapdoor = Trapdoor::next(&mut random);
        if trapdoor.is_sound(domain) {
            return Ok(trapdoor);
        }
    }
}

/// Scalars that would tell the trapdoor; overwritten when they are no longer needed.
type Secrets = Zeroizing<Vec<Fr>>;

/// The wires' polynomials at tau.
struct WireValues {
    a: Secrets,
    b: Secrets,
    c: Secrets,
    /// `beta A + alpha B + C`.
    joined: Secrets,
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
        let ((mut a, b), c) = rayon::join(
            || rayon::join(|| values(Side::A), || values(Side::B)),
            || values(Side::C),
        );
        for (value, row) in a.iter_mut().take(matrices.inputs()).zip(of_inputs) {
            *value += row;
        }
        let join = |((a, b), c): ((&Fr, &Fr), &Fr)| trapdoor.beta * a + trapdoor.alpha * b + c;
        let joined = a.par_iter().zip(b.par_iter()).zip(c.par_iter()).map(join);
        Self {
            joined: Zeroizing::new(joined.collect()),
            a,
            b,
            c,
        }
    }
}

/// The scalar of every point of a key, and the wires that have one.
struct Scalars {
    a_wires: Vec<u32>,
    a: Secrets,
    b_wires: Vec<u32>,
    b: Secrets,
    c_wires: Vec<u32>,
    c: Secrets,
    basis: Secrets,
    /// `(beta A + alpha B + C) / delta` per private wire of `c_wires`.
    l: Secrets,
    ic: Secrets,
}

impl Scalars {
    fn of(matrices: &Matrices, domain: &Radix2EvaluationDomain<Fr>, trapdoor: &Trapdoor) -> Self {
        let values = WireValues::at_tau(matrices, domain, trapdoor);
        let inverse = |value: Fr| value.inverse().expect("a sound trapdoor holds no zero");
        let gamma_inverse = inverse(trapdoor.gamma);
        let delta_inverse = inverse(trapdoor.delta);
        let inputs = matrices.inputs();
        let (of_inputs, of_private) = values.joined.split_at(inputs);
        let ic = of_inputs.iter().map(|v| *v * gamma_inverse).collect();
        // A public input is in C only through the quotient.
        let mut l = Zeroizing::new(vec![Fr::ZERO; inputs]);
        l.par_extend(of_private.par_iter().map(|v| *v * delta_inverse));
        let quotient = domain.evaluate_vanishing_polynomial(trapdoor.tau)
            * delta_inverse
            * inverse(Fr::from(2u8));
        let c = l.par_iter().zip(values.c.par_iter());
        let c: Secrets = Zeroizing::new(c.map(|(l, c)| *l + quotient * c).collect());
        let basis = qap::coset_basis(domain, trapdoor.tau, delta_inverse)
            .expect("a domain is made only with a root of twice its order");
        let a_wires = wires_where(&values.a, |value| !value.is_zero());
        let b_wires = wires_where(&values.b, |value| !value.is_zero());
        let pairs: Zeroizing<Vec<[Fr; 2]>> =
            Zeroizing::new(l.iter().zip(c.iter()).map(|(l, c)| [*l, *c]).collect());
        let c_wires = wires_where(&pairs, |[l, c]| !(l.is_zero() && c.is_zero()));
        let first_private = c_wires.partition_point(|wire| (*wire as usize) < inputs);
        Self {
            a: of_wires(&values.a, &a_wires),
            b: of_wires(&values.b, &b_wires),
            c: of_wires(&c, &c_wires),
            l: of_wires(&l, &c_wires[first_private..]),
            a_wires,
            b_wires,
            c_wires,
            basis: Zeroizing::new(basis),
            ic: Zeroizing::new(ic),
        }
    }
}

/// The wires whose value is asked for.
fn wires_where<T>(values: &[T], wanted: impl Fn(&T) -> bool) -> Vec<u32> {
    // Wires are counted in 32 bits by the description.
    let wires = (0u32..).zip(values);
    let wanted = wires.filter(|(_, value)| wanted(value));
    wanted.map(|(wire, _)| wire).collect()
}

fn of_wires(values: &[Fr], wires: &[u32]) -> Secrets {
    Zeroizing::new(wires.iter().map(|wire| values[*wire as usize]).collect())
}

fn store_g1(points: &[G1Affine]) -> Stored<PointG1> {
    Stored::from(points.par_iter().map(pack_g1).collect::<Vec<_>>())
}

fn store_g2(points: &[G2Affine]) -> Stored<PointG2> {
    Stored::from(points.par_iter().map(pack_g2).collect::<Vec<_>>())
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
    let scalars = Scalars::of(&matrices, domain, trapdoor);
    let in_g1 = [
        &scalars.a,
        &scalars.b,
        &scalars.c,
        &scalars.basis,
        &scalars.l,
    ];
    let g1_count = in_g1.iter().map(|values| values.len()).sum();
    let g1 = BatchMulPreprocessing::new(G1Projective::from(G1Affine::generator()), g1_count);
    let g2 = G2Projective::from(G2Affine::generator());
    observe(SetupStep::PointsA);
    let a_points = store_g1(&g1.batch_mul(&scalars.a));
    observe(SetupStep::PointsB);
    let b_points = BatchMulPreprocessing::new(g2, scalars.b.len()).batch_mul(&scalars.b);
    let b_points = store_g2(&b_points);
    observe(SetupStep::PointsC);
    let mut c_points = g1.batch_mul(&scalars.c);
    c_points.extend(g1.batch_mul(&scalars.basis));
    let c_points = store_g1(&c_points);
    observe(SetupStep::PointsExport);
    let export = ExportPoints {
        l_points: store_g1(&g1.batch_mul(&scalars.l)),
        b_g1_points: store_g1(&g1.batch_mul(&scalars.b)),
        blinding_points: store_g1(&g1.batch_mul(&[trapdoor.beta, trapdoor.delta])),
    };
    let verifying_key = ark_groth16::VerifyingKey::<Bn254> {
        alpha_g1: (G1Affine::generator() * trapdoor.alpha).into_affine(),
        beta_g2: (g2 * trapdoor.beta).into_affine(),
        gamma_g2: (g2 * trapdoor.gamma).into_affine(),
        delta_g2: (g2 * trapdoor.delta).into_affine(),
        gamma_abc_g1: g1.batch_mul(&scalars.ic),
    };
    ProvingKey {
        matrices,
        verifying_key: VerifyingKey::from_ark(verifying_key),
        a_wires: scalars.a_wires.into(),
        a_points,
        b_wires: scalars.b_wires.into(),
        b_points,
        c_wires: scalars.c_wires.into(),
        c_points,
        export,
    }
}
