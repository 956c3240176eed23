//! The engine that every machine has: vector arithmetic on the threads of the current rayon pool.

use std::sync::Arc;

use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ff::{AdditiveGroup as _, FftField as _};
use assay_arithmetic::{Backend, BasesG1, BasesG2, EvaluationDomain, Msm};
use rayon::prelude::*;

use super::{Engine, Unsatisfied};
use crate::groth16::proving_key::ProvingKey;

/// An engine on an arithmetic of [`assay_arithmetic`]. The key's points are used where they are.
#[derive(Debug)]
pub(crate) struct Cpu {
    key: Arc<ProvingKey>,
    backend: Backend,
    msm: Msm,
    a: BasesG1<'static>,
    b: BasesG2<'static>,
    c: BasesG1<'static>,
    transforms: Transforms,
}

impl Cpu {
    pub(crate) fn new(key: Arc<ProvingKey>, backend: Backend) -> Self {
        Self {
            backend,
            msm: Msm::new(backend),
            a: BasesG1::shared(Arc::new(key.a_points.clone())),
            b: BasesG2::shared(Arc::new(key.b_points.clone())),
            c: BasesG1::shared(Arc::new(key.c_points.clone())),
            transforms: Transforms::new(backend, key.matrices.rows_used()),
            key,
        }
    }

    /// The name of its arithmetic.
    pub(crate) fn arithmetic(&self) -> &'static str {
        self.backend.name()
    }
}

/// `A w` and `B w` on the domain, in the order of the transforms.
pub(crate) struct Rows {
    a: Vec<Fr>,
    b: Vec<Fr>,
}

/// `A B` on the odd coset, in the order of the transforms.
pub(crate) struct Products(Vec<Fr>);

impl Engine for Cpu {
    type Rows = Rows;
    type Quotient = Products;

    fn rows(&self, assignment: &[Fr]) -> Result<Rows, Unsatisfied> {
        let matrices = &self.key.matrices;
        let values = matrices.evaluate(assignment);
        if let Some(row) = matrices.unsatisfied(&values) {
            return Err(Unsatisfied { row });
        }
        let side = |rows: &[u32], inputs: &[Fr]| -> Vec<Fr> {
            let mut side = vec![Fr::ZERO; self.transforms.len()];
            let rows = rows
                .iter()
                .map(|combination| &values[*combination as usize]);
            for (row, value) in rows.chain(inputs).enumerate() {
                side[self.transforms.position(row)] = *value;
            }
            side
        };
        let inputs = &assignment[..matrices.inputs()];
        let (a, b) = rayon::join(
            || side(&matrices.rows[0], inputs),
            || side(&matrices.rows[1], &[]),
        );
        Ok(Rows { a, b })
    }

    fn quotient(&self, Rows { a, b }: Rows) -> Products {
        Products(self.transforms.products(a, b))
    }

    fn sum_a(&self, assignment: &[Fr]) -> G1Projective {
        let wires = &*self.key.a_wires;
        self.msm.g1(&self.a, |i| assignment[wires[i] as usize])
    }

    fn sum_b(&self, assignment: &[Fr]) -> G2Projective {
        let wires = &*self.key.b_wires;
        self.msm.g2(&self.b, |i| assignment[wires[i] as usize])
    }

    fn sum_c(&self, assignment: &[Fr], Products(products): &Products) -> G1Projective {
        // Wires and quotient share one multiplication: larger ones are cheaper per point.
        let wires = &*self.key.c_wires;
        self.msm.g1(&self.c, |i| match wires.get(i) {
            Some(wire) => assignment[*wire as usize],
            None => products[self.transforms.position(i - wires.len())],
        })
    }
}

/// The four transforms of a key's domain.
#[derive(Debug)]
struct Transforms {
    group: EvaluationDomain,
    odd_coset: EvaluationDomain,
}

impl Transforms {
    /// Those of the domain that a key with so many rows was made with.
    fn new(backend: Backend, rows: usize) -> Self {
        let size = rows.next_power_of_two();
        let shift = Fr::get_root_of_unity(2 * size as u64)
            .expect("a key's domain has a root of twice its order");
        let log_n = size.trailing_zeros();
        Self {
            group: EvaluationDomain::new(backend, log_n),
            odd_coset: EvaluationDomain::coset(backend, log_n, shift),
        }
    }

    /// Size of the domain.
    fn len(&self) -> usize {
        self.group.len()
    }

    /// Where row `i` of the domain, or the value at point `i` of the odd coset, is found.
    fn position(&self, i: usize) -> usize {
        self.group.position(i)
    }

    /// The values of `A B` on the odd coset from those of A and B on the domain, all at their
    /// [`Transforms::position`].
    fn products(&self, mut a: Vec<Fr>, mut b: Vec<Fr>) -> Vec<Fr> {
        for values in [&mut a, &mut b] {
            self.group.inverse(values);
            self.odd_coset.forward(values);
        }
        a.par_iter_mut().zip(b).for_each(|(a, b)| *a *= b);
        a
    }
}
