//! Points in memory: affine coordinates in arkworks' Montgomery form, infinity as zeros.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use rayon::prelude::*;

use crate::constants::{BaseField, Modulus};
use crate::line::Line;

/// A point of G1: x, y.
pub type PointG1 = [Line; 1];
/// A point of G2: x, then y, each its real part and its imaginary part.
pub type PointG2 = [Line; 2];

fn line(first: &Fq, second: &Fq) -> Line {
    let (a, b) = (BaseField::words(first), BaseField::words(second));
    Line([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]])
}

/// The coordinates of a line, which are below the modulus.
fn coordinates(Line([a, b, c, d, e, f, g, h]): &Line) -> [Fq; 2] {
    [[*a, *b, *c, *d], [*e, *f, *g, *h]].map(BaseField::from_words)
}

/// Whether all coordinates are below the modulus, as the kernels take for granted.
#[must_use]
pub fn are_reduced(lines: &[Line]) -> bool {
    let reduced = |words: &[u64]| words.iter().rev().lt(Fq::MODULUS.0.iter().rev());
    lines
        .par_iter()
        .all(|Line(words)| words.chunks_exact(4).all(reduced))
}

/// A point of G1 in memory.
#[must_use]
pub fn pack_g1(point: &G1Affine) -> PointG1 {
    point
        .xy()
        .map_or_else(Default::default, |(x, y)| [line(&x, &y)])
}

/// A point of G2 in memory.
#[must_use]
pub fn pack_g2(point: &G2Affine) -> PointG2 {
    point.xy().map_or_else(Default::default, |(x, y)| {
        [line(&x.c0, &x.c1), line(&y.c0, &y.c1)]
    })
}

/// The point that [`pack_g1`] packed.
pub fn unpack_g1(point: &PointG1) -> G1Affine {
    if *point == PointG1::default() {
        return G1Affine::zero();
    }
    let [x, y] = coordinates(&point[0]);
    G1Affine::new_unchecked(x, y)
}

/// The point that [`pack_g2`] packed.
pub fn unpack_g2(point: &PointG2) -> G2Affine {
    if *point == PointG2::default() {
        return G2Affine::zero();
    }
    let [[x0, x1], [y0, y1]] = [coordinates(&point[0]), coordinates(&point[1])];
    G2Affine::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1))
}
