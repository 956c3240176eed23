//! The two groups, and their points in memory.

use std::{fmt, ops::Deref, sync::Arc};

use ark_bn254::{Fq, Fq2, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup};

use crate::lanes::{Arch, Lanes};
use crate::point_lanes::PointLanes;
use crate::points::{PointG1, PointG2, pack_g1, pack_g2};
use crate::quadratic::Quadratic;

/// A group the kernels add in.
pub(crate) trait Curve: Copy + Send + Sync + 'static {
    /// The field of the coordinates.
    type Coordinate;
    /// A point in memory.
    type Point: Copy + Default + Send + Sync + PartialEq + 'static;
    /// Its lanes on a backend.
    type Lanes<A: Arch>: PointLanes<Point = Self::Point> + Lanes<Arch = A, Field = Self::Coordinate>;
    /// Points in arkworks, affine.
    type Affine: AffineRepr<Group = Self::Projective>;
    /// Points in arkworks, projective.
    type Projective: CurveGroup<Affine = Self::Affine>;

    /// A point in memory, in arkworks' Montgomery form.
    fn point(affine: &Self::Affine) -> Self::Point;
    /// A point of arkworks from coordinates that satisfy the equation.
    fn affine(coordinates: (Self::Coordinate, Self::Coordinate)) -> Self::Affine;
}

/// G1 of BN254.
#[derive(Clone, Copy, Debug)]
pub(crate) struct G1;

/// G2 of BN254.
#[derive(Clone, Copy, Debug)]
pub(crate) struct G2;

impl Curve for G1 {
    type Coordinate = Fq;
    type Point = PointG1;
    type Lanes<A: Arch> = A::Base;
    type Affine = G1Affine;
    type Projective = G1Projective;

    fn point(affine: &G1Affine) -> PointG1 {
        pack_g1(affine)
    }
    fn affine((x, y): (Fq, Fq)) -> G1Affine {
        G1Affine::new_unchecked(x, y)
    }
}

impl Curve for G2 {
    type Coordinate = Fq2;
    type Point = PointG2;
    type Lanes<A: Arch> = Quadratic<A::Base>;
    type Affine = G2Affine;
    type Projective = G2Projective;

    fn point(affine: &G2Affine) -> PointG2 {
        pack_g2(affine)
    }
    fn affine((x, y): (Fq2, Fq2)) -> G2Affine {
        G2Affine::new_unchecked(x, y)
    }
}

/// An array that somebody else owns, or shares.
#[derive(Clone)]
pub(crate) enum Points<'a, T> {
    Borrowed(&'a [T]),
    Shared(Arc<dyn AsRef<[T]> + Send + Sync>),
}

impl<T> Deref for Points<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Borrowed(points) => points,
            Self::Shared(owner) => (**owner).as_ref(),
        }
    }
}

impl<T> fmt::Debug for Points<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} points", self.len())
    }
}

/// Base points in the layout of the kernels: one line a point of G1, `[x, y]`, two a point of G2,
/// `[[x.c0, x.c1], [y.c0, y.c1]]`; coordinates as in arkworks (`x 2^256 mod q`), infinity as zero.
///
/// The layout is the same on every machine, so that a key can be mapped from a file and used in
/// place.
#[derive(Clone, Debug)]
pub struct BasesG1<'a>(pub(crate) Points<'a, PointG1>);

/// As [`BasesG1`], for G2.
#[derive(Clone, Debug)]
pub struct BasesG2<'a>(pub(crate) Points<'a, PointG2>);

impl<'a> BasesG1<'a> {
    /// Copies points from arkworks.
    pub fn new(points: &[G1Affine]) -> Self {
        Self::shared(Arc::new(points.iter().map(G1::point).collect::<Vec<_>>()))
    }
    /// Uses points where they are. They are trusted: coordinates below the modulus, on the curve
    /// and in the group of order `r`.
    pub fn borrowed(points: &'a [PointG1]) -> Self {
        Self(Points::Borrowed(points))
    }
    /// Uses points where their owner keeps them, trusted as in [`BasesG1::borrowed`].
    pub fn shared(owner: Arc<dyn AsRef<[PointG1]> + Send + Sync>) -> Self {
        Self(Points::Shared(owner))
    }
    /// The points in memory.
    pub fn points(&self) -> &[PointG1] {
        &self.0
    }
}

impl<'a> BasesG2<'a> {
    /// Copies points from arkworks.
    pub fn new(points: &[G2Affine]) -> Self {
        Self::shared(Arc::new(points.iter().map(G2::point).collect::<Vec<_>>()))
    }
    /// Uses points where they are, trusted as in [`BasesG1::borrowed`].
    pub fn borrowed(points: &'a [PointG2]) -> Self {
        Self(Points::Borrowed(points))
    }
    /// Uses points where their owner keeps them, trusted as in [`BasesG1::borrowed`].
    pub fn shared(owner: Arc<dyn AsRef<[PointG2]> + Send + Sync>) -> Self {
        Self(Points::Shared(owner))
    }
    /// The points in memory.
    pub fn points(&self) -> &[PointG2] {
        &self.0
    }
}
