//! The steps by arkworks alone, for tests: rows by ark-groth16's own evaluation, transforms by
//! ark-poly, sums by ark-ec.

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::VariableBaseMSM as _;
use ark_ff::{AdditiveGroup as _, FftField as _};
use ark_groth16::r1cs_to_qap::evaluate_constraint;
use ark_poly::{EvaluationDomain as _, Radix2EvaluationDomain};
use ark_relations::gr1cs::Matrix;
use assay_arithmetic::{unpack_g1, unpack_g2};

use super::{Engine, Unsatisfied};
use crate::groth16::{matrices::Side, proving_key::ProvingKey};

/// An engine for small circuits.
pub(crate) struct Plain {
    matrices: [Matrix<Fr>; 3],
    inputs: usize,
    a: (Vec<u32>, Vec<G1Affine>),
    b: (Vec<u32>, Vec<G2Affine>),
    /// Wires of C, their points, and the coset's basis.
    c: (Vec<u32>, Vec<G1Affine>),
}

impl Plain {
    pub(crate) fn new(key: &ProvingKey) -> Self {
        let g1 = |points: &[_]| points.iter().map(unpack_g1).collect();
        Self {
            matrices: [Side::A, Side::B, Side::C].map(|side| key.matrices.to_ark(side)),
            inputs: key.matrices.inputs(),
            a: (key.a_wires.to_vec(), g1(&key.a_points)),
            b: (
                key.b_wires.to_vec(),
                key.b_points.iter().map(unpack_g2).collect(),
            ),
            c: (key.c_wires.to_vec(), g1(&key.c_points)),
        }
    }

    fn domain(&self) -> Radix2EvaluationDomain<Fr> {
        let rows = self.matrices[0].len() + self.inputs;
        Radix2EvaluationDomain::new(rows).expect("a small circuit")
    }
}

fn scalars(wires: &[u32], assignment: &[Fr]) -> Vec<Fr> {
    wires.iter().map(|w| assignment[*w as usize]).collect()
}

impl Engine for Plain {
    type Rows = [Vec<Fr>; 2];
    type Quotient = Vec<Fr>;

    fn rows(&self, assignment: &[Fr]) -> Result<Self::Rows, Unsatisfied> {
        let of = |matrix: &Matrix<Fr>| -> Vec<Fr> {
            let rows = matrix.iter();
            rows.map(|terms| evaluate_constraint(terms, assignment))
                .collect()
        };
        let [mut a, b, c] = self.matrices.each_ref().map(of);
        if let Some(row) = (0..a.len()).find(|row| a[*row] * b[*row] != c[*row]) {
            return Err(Unsatisfied { row });
        }
        a.extend(&assignment[..self.inputs]);
        Ok([a, b])
    }

    fn quotient(&self, rows: Self::Rows) -> Vec<Fr> {
        let domain = self.domain();
        let root = Fr::get_root_of_unity(2 * domain.size).expect("a small circuit");
        let coset = domain.get_coset(root).expect("a root is not zero");
        let [a, b] = rows.map(|mut values| {
            values.resize(domain.size(), Fr::ZERO);
            coset.fft(&domain.ifft(&values))
        });
        a.iter().zip(b).map(|(a, b)| *a * b).collect()
    }

    fn sum_a(&self, assignment: &[Fr]) -> G1Projective {
        let (wires, points) = &self.a;
        G1Projective::msm(points, &scalars(wires, assignment)).expect("a scalar for each point")
    }

    fn sum_b(&self, assignment: &[Fr]) -> G2Projective {
        let (wires, points) = &self.b;
        G2Projective::msm(points, &scalars(wires, assignment)).expect("a scalar for each point")
    }

    fn sum_c(&self, assignment: &[Fr], quotient: &Vec<Fr>) -> G1Projective {
        let (wires, points) = &self.c;
        let scalars = [scalars(wires, assignment), quotient.clone()].concat();
        G1Projective::msm(points, &scalars).expect("a scalar for each point")
    }
}
