//! circomlib's Poseidon parameters: made from their definition, then brought into sparse form.
//!
//! Round constants and MDS matrix come from the Grain LFSR that the Poseidon paper prescribes
//! (field = prime, S-box = x^5, 254 bits, 8 full rounds); tests compare the resulting hashes with
//! light-poseidon and circomlibjs.
//!
//! Sparse form. Write a partial round as `x -> M S(x + c)`, `S` raising element 0 only.
//! *Constants*: what a round adds to elements 1.. commutes with `S`, so it is carried through `M`
//! into the next round and, at the end, into the first full round after. *Matrix*: with
//! `M = [[m, v], [w, M^]]`, `M = P N` where `N = diag(1, M^)` commutes with `S` and
//! `P = [[m, v M^^-1], [w, 1]]` has one row and one column. From the last partial round to the first,
//! `N` is moved into the round before, and at last into the full round before them all.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField};
use std::sync::OnceLock;

/// The most inputs a hash takes.
pub const MAX_INPUTS: usize = 16;

/// Full rounds before the partial rounds, and again after them.
pub(super) const FULL_ROUNDS_HALF: usize = 4;

/// Partial rounds for widths 2 to 17 (docs/spec/primitives.md).
const PARTIAL_ROUNDS: [usize; 16] = [
    56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68,
];

/// Everything one width needs; `t` is the width, matrices are row after row.
pub(super) struct Parameters {
    /// 8 rounds of `t`: the four before the partial rounds, the four after (the fifth includes
    /// what the partial rounds carried over).
    pub full_constants: Vec<Fr>,
    /// `t * t`.
    pub mds: Vec<Fr>,
    /// `t * t`: stands for the MDS matrix in the last full round before the partial ones.
    pub into_sparse: Vec<Fr>,
    /// One for each partial round, for element 0.
    pub partial_constants: Vec<Fr>,
    /// For each partial round the row of `t`, then the column of `t - 1` below its first element.
    pub sparse: Vec<Fr>,
}

impl Parameters {
    /// The parameters of width 2 to 17, made at the first call.
    pub(super) fn of_width(width: usize) -> &'static Parameters {
        static BY_WIDTH: [OnceLock<Parameters>; 16] = [const { OnceLock::new() }; 16];
        BY_WIDTH[width - 2].get_or_init(|| Parameters::derive(width))
    }

    fn derive(t: usize) -> Parameters {
        let partial_rounds = PARTIAL_ROUNDS[t - 2];
        let mut grain = Grain::new(t, partial_rounds);
        let constants: Vec<Vec<Fr>> = (0..2 * FULL_ROUNDS_HALF + partial_rounds)
            .map(|_| (0..t).map(|_| grain.element_below_modulus()).collect())
            .collect();
        let mds = grain.mds(t);

        let (first, rest) = constants.split_at(FULL_ROUNDS_HALF);
        let (partial, last) = rest.split_at(partial_rounds);
        let mut carried = vec![Fr::ZERO; t];
        let mut partial_constants = Vec::with_capacity(partial_rounds);
        for constants in partial {
            add(&mut carried, constants);
            partial_constants.push(std::mem::replace(&mut carried[0], Fr::ZERO));
            carried = apply(&mds, &carried);
        }
        let mut full_constants = first.concat();
        add(&mut carried, &last[0]);
        full_constants.extend(carried);
        full_constants.extend(last[1..].concat());

        let mut sparse_rounds = Vec::with_capacity(partial_rounds);
        let mut matrix = mds.clone();
        for _ in 0..partial_rounds {
            let (sparse, commuting) = split(&matrix);
            sparse_rounds.push(sparse);
            matrix = multiply(&commuting, &mds);
        }
        sparse_rounds.reverse();
        Parameters {
            full_constants,
            mds: mds.concat(),
            into_sparse: matrix.concat(),
            partial_constants,
            sparse: sparse_rounds.concat(),
        }
    }
}

type Matrix = Vec<Vec<Fr>>;

/// `matrix = P N`: the row and column of `P`, and `N = diag(1, M^)`.
fn split(matrix: &Matrix) -> (Vec<Fr>, Matrix) {
    let t = matrix.len();
    let lower: Matrix = matrix[1..].iter().map(|row| row[1..].to_vec()).collect();
    let inverse = invert(&lower);
    let mut sparse = vec![matrix[0][0]];
    sparse.extend((0..t - 1).map(|j| {
        (0..t - 1)
            .map(|k| matrix[0][k + 1] * inverse[k][j])
            .sum::<Fr>()
    }));
    sparse.extend(matrix[1..].iter().map(|row| row[0]));

    let mut commuting = matrix.clone();
    for (i, row) in commuting.iter_mut().enumerate() {
        row[0] = if i == 0 { Fr::ONE } else { Fr::ZERO };
    }
    commuting[0][1..].fill(Fr::ZERO);
    (sparse, commuting)
}

fn add(a: &mut [Fr], b: &[Fr]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
}

fn apply(matrix: &Matrix, vector: &[Fr]) -> Vec<Fr> {
    matrix
        .iter()
        .map(|row| row.iter().zip(vector).map(|(a, b)| *a * b).sum())
        .collect()
}

fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let columns = b[0].len();
    a.iter()
        .map(|row| {
            (0..columns)
                .map(|j| row.iter().zip(b).map(|(x, b_row)| *x * b_row[j]).sum())
                .collect()
        })
        .collect()
}

/// Gauss-Jordan inversion.
fn invert(matrix: &Matrix) -> Matrix {
    let n = matrix.len();
    let mut rows: Matrix = matrix
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let unit = (0..n).map(|j| if i == j { Fr::ONE } else { Fr::ZERO });
            row.iter().copied().chain(unit).collect()
        })
        .collect();
    for i in 0..n {
        let pivot = (i..n)
            .find(|&k| rows[k][i] != Fr::ZERO)
            .expect("every square part of an MDS matrix is invertible");
        rows.swap(i, pivot);
        let scale = rows[i][i].inverse().expect("the pivot is not zero");
        rows[i].iter_mut().for_each(|x| *x *= scale);
        let pivot_row = rows[i].clone();
        for (k, row) in rows.iter_mut().enumerate() {
            let factor = row[i];
            if k != i && factor != Fr::ZERO {
                row.iter_mut()
                    .zip(&pivot_row)
                    .for_each(|(x, p)| *x -= factor * p);
            }
        }
    }
    rows.into_iter().map(|row| row[n..].to_vec()).collect()
}

/// The 80-bit Grain LFSR in self-shrinking mode; bit `i` of `register` is `b_i`.
struct Grain {
    register: u128,
}

impl Grain {
    const LENGTH: u32 = 80;
    const WARM_UP: usize = 160;

    fn new(width: usize, partial_rounds: usize) -> Grain {
        let fields: [(usize, u32); 6] = [
            (1, 2),
            (0, 4),
            (Fr::MODULUS_BIT_SIZE as usize, 12),
            (width, 12),
            (2 * FULL_ROUNDS_HALF, 10),
            (partial_rounds, 10),
        ];
        let mut register = 0u128;
        let mut position = 0;
        for (value, bits) in fields {
            for i in (0..bits).rev() {
                register |= ((value as u128 >> i) & 1) << position;
                position += 1;
            }
        }
        register |= ((1u128 << (Self::LENGTH - position)) - 1) << position;
        let mut grain = Grain { register };
        for _ in 0..Self::WARM_UP {
            grain.clock();
        }
        grain
    }

    fn clock(&mut self) -> bool {
        let taps = [62, 51, 38, 23, 13, 0];
        let bit = taps.iter().fold(0, |bit, tap| bit ^ (self.register >> tap)) & 1;
        self.register = self.register >> 1 | bit << (Self::LENGTH - 1);
        bit == 1
    }

    /// The second bit of the next pair whose first bit is set.
    fn bit(&mut self) -> bool {
        while !self.clock() {
            self.clock();
        }
        self.clock()
    }

    /// 254 bits, first the most significant.
    fn integer(&mut self) -> BigInt<4> {
        let mut limbs = [0u64; 4];
        for i in (0..Fr::MODULUS_BIT_SIZE as usize).rev() {
            limbs[i / 64] |= u64::from(self.bit()) << (i % 64);
        }
        BigInt(limbs)
    }

    fn element_below_modulus(&mut self) -> Fr {
        loop {
            if let Some(element) = Fr::from_bigint(self.integer()) {
                return element;
            }
        }
    }

    /// `1 / (x_i + y_j)`; for every circomlib width the first draw passes the paper's tests.
    fn mds(&mut self, t: usize) -> Matrix {
        let mut draw = || -> Vec<Fr> {
            (0..t)
                .map(|_| {
                    let integer = self.integer();
                    Fr::from_bigint(integer).unwrap_or_else(|| reduce(integer))
                })
                .collect()
        };
        let (xs, ys) = (draw(), draw());
        xs.iter()
            .map(|x| {
                ys.iter()
                    .map(|y| {
                        (*x + y)
                            .inverse()
                            .expect("circomlib's draws have no zero sum")
                    })
                    .collect()
            })
            .collect()
    }
}

/// An integer of 254 bits, modulo `r`.
fn reduce(mut integer: BigInt<4>) -> Fr {
    integer.sub_with_borrow(&Fr::MODULUS);
    Fr::from_bigint(integer).expect("2^254 < 2 r")
}
