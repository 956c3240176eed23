//! From matrices to polynomials: the domain, its odd coset, and snarkjs's quotient.
//!
//! Let `n` be the size of the domain `<w>` and `e` the primitive 2n-th root with `e^2 = w`. On
//! the odd coset `e <w>` the vanishing polynomial `X^n - 1` is -2 everywhere, and the quotient
//! `(A B - C) / Z` has degree below `n - 1`, so its values there determine it:
//!
//! ```text
//! h(tau) Z(tau) = sum over i of (a_i b_i - c_i) * Z(tau) / -2 * M_i(tau)
//! ```
//!
//! with `a_i, b_i, c_i` the values at `x_i = e w^i` and `M_i` the coset's Lagrange basis. The
//! factor after the star is `(tau^2n - 1) x_i / (2n (tau - x_i))`, element 2i + 1 of the Lagrange
//! basis of the domain of size 2n: these are the points of the key.
//!
//! C has degree below `n`, so its values on the coset determine it too, and the part of C in the
//! sum is `- C(tau) Z(tau) / -2`, which is linear in the wires: our keys have it in the wires'
//! points, and the prover transforms A and B only. ark and snarkjs transform C as well; it is
//! `A B` on the domain, since the rows are known to be satisfied.

use ark_bn254::Fr;
use ark_ff::{FftField as _, PrimeField, batch_inversion};
use ark_groth16::r1cs_to_qap::{LibsnarkReduction, R1CSToQAP, evaluate_constraint};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ark_relations::gr1cs::{ConstraintSystemRef, Matrix, Result as R1csResult, SynthesisError};
use rayon::prelude::*;

/// The domain of a circuit that uses so many rows, or `None` when none is that large.
pub(crate) fn domain(rows: usize) -> Option<Radix2EvaluationDomain<Fr>> {
    // The odd coset needs a root of unity of twice the order.
    let domain = Radix2EvaluationDomain::new(rows)?;
    Fr::get_root_of_unity(2 * domain.size)?;
    Some(domain)
}

/// The values of `A B - C` on the odd coset from those of A and B on the domain.
///
/// `a` and `b` are as long as the domain.
pub(crate) fn quotient<F: PrimeField, D: EvaluationDomain<F>>(
    domain: &D,
    mut a: Vec<F>,
    mut b: Vec<F>,
) -> Vec<F> {
    let coset = odd_coset(domain).expect("a domain is made only with a root of twice its order");
    let mut c: Vec<F> = a.par_iter().zip(&b).map(|(a, b)| *a * b).collect();
    for values in [&mut a, &mut b, &mut c] {
        domain.ifft_in_place(values);
        coset.fft_in_place(values);
    }
    a.par_iter_mut()
        .zip(b)
        .zip(c)
        .for_each(|((a, b), c)| *a = *a * b - c);
    a
}

fn odd_coset<F: PrimeField, D: EvaluationDomain<F>>(domain: &D) -> Option<D> {
    let root = F::get_root_of_unity(2 * domain.size() as u64)?;
    domain.get_coset(root)
}

/// `(tau^2n - 1) x_i / (2n (tau - x_i))` for each `x_i` of the odd coset, times `factor`; `tau`
/// is no 2n-th root of unity.
pub(crate) fn coset_basis<F: PrimeField, D: EvaluationDomain<F>>(
    domain: &D,
    tau: F,
    factor: F,
) -> Option<Vec<F>> {
    let order = 2 * domain.size() as u64;
    let numerator = (tau.pow([order]) - F::ONE) * F::from(order).inverse()? * factor;
    let points: Vec<F> = odd_coset(domain)?.elements().collect();
    let mut basis: Vec<F> = points.iter().map(|x| tau - x).collect();
    batch_inversion(&mut basis);
    basis
        .par_iter_mut()
        .zip(points)
        .for_each(|(value, x)| *value *= x * numerator);
    Some(basis)
}

/// snarkjs's reduction for stock ark-groth16, so that it proves with the same keys.
pub struct SnarkjsReduction;

impl R1CSToQAP for SnarkjsReduction {
    fn instance_map_with_evaluation<F: PrimeField, D: EvaluationDomain<F>>(
        cs: ConstraintSystemRef<F>,
        t: &F,
    ) -> R1csResult<(Vec<F>, Vec<F>, Vec<F>, F, usize, usize)> {
        LibsnarkReduction::instance_map_with_evaluation::<F, D>(cs, t)
    }

    fn witness_map_from_matrices<F: PrimeField, D: EvaluationDomain<F>>(
        matrices: &[Matrix<F>],
        num_inputs: usize,
        num_constraints: usize,
        full_assignment: &[F],
    ) -> R1csResult<Vec<F>> {
        let domain =
            D::new(num_constraints + num_inputs).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let rows = |matrix: &Matrix<F>| {
            let mut values: Vec<F> = matrix
                .par_iter()
                .map(|terms| evaluate_constraint(terms, full_assignment))
                .collect();
            values.resize(domain.size(), F::ZERO);
            values
        };
        let [a, b] = [0, 1].map(|side| rows(&matrices[side]));
        let mut a = a;
        a[num_constraints..num_constraints + num_inputs]
            .copy_from_slice(&full_assignment[..num_inputs]);
        Ok(quotient(&domain, a, b))
    }

    fn h_query_scalars<F: PrimeField, D: EvaluationDomain<F>>(
        max_power: usize,
        t: F,
        _zt: F,
        delta_inverse: F,
    ) -> R1csResult<Vec<F>> {
        // ark passes the domain's size less one.
        let domain = D::new(max_power + 1).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        coset_basis(&domain, t, delta_inverse).ok_or(SynthesisError::PolynomialDegreeTooLarge)
    }
}
