//! Points as the kernels and the key's file hold them: affine coordinates in arkworks' Montgomery
//! form, infinity as zeros.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ark_ff::{BigInt, Fp, PrimeField as _};
use rayon::prelude::*;

use crate::{
    arithmetic::{Curve as _, G1, G2, Line},
    stored::Stored,
};

/// A point of G1: x, y.
pub(crate) type PointG1 = [Line; 1];
/// A point of G2: x, then y, each its real part and its imaginary part.
pub(crate) type PointG2 = [Line; 2];

/// The coordinates of a line. Those that a setup wrote are below the modulus.
fn coordinates(Line([a, b, c, d, e, f, g, h]): &Line) -> [Fq; 2] {
    [[*a, *b, *c, *d], [*e, *f, *g, *h]].map(|limbs| Fp::new_unchecked(BigInt::new(limbs)))
}

/// Whether all coordinates are below the modulus, as the kernels take for granted.
pub(crate) fn are_reduced(lines: &[Line]) -> bool {
    let reduced = |words: &[u64]| words.iter().rev().lt(Fq::MODULUS.0.iter().rev());
    lines
        .par_iter()
        .all(|Line(words)| words.chunks_exact(4).all(reduced))
}

pub(crate) fn unpack_g1(point: &PointG1) -> G1Affine {
    if *point == PointG1::default() {
        return G1Affine::zero();
    }
    let [x, y] = coordinates(&point[0]);
    G1Affine::new_unchecked(x, y)
}

pub(crate) fn unpack_g2(point: &PointG2) -> G2Affine {
    if *point == PointG2::default() {
        return G2Affine::zero();
    }
    let [[x0, x1], [y0, y1]] = [coordinates(&point[0]), coordinates(&point[1])];
    G2Affine::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1))
}

/// Points of G1 for a key.
pub(crate) fn store_g1(points: &[G1Affine]) -> Stored<PointG1> {
    Stored::from(points.par_iter().map(G1::point).collect::<Vec<_>>())
}

/// Points of G2 for a key.
pub(crate) fn store_g2(points: &[G2Affine]) -> Stored<PointG2> {
    Stored::from(points.par_iter().map(G2::point).collect::<Vec<_>>())
}
