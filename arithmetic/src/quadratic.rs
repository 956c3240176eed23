//! Lanes of `Fq2 = Fq[u] / (u^2 + 1)` over lanes of `Fq`: what points of G2 are added with.

use ark_bn254::{Fq, Fq2};

use crate::lanes::{Lanes, PrimeLanes};
use crate::line::{Line, WIDTH};
use crate::point_lanes::PointLanes;

/// Eight elements `c0 + c1 u`; both coordinates keep the bounds of `L`.
#[derive(Clone, Copy)]
pub(crate) struct Quadratic<L>(L, L);

impl<L: PrimeLanes<Field = Fq>> Lanes for Quadratic<L> {
    type Arch = L::Arch;
    type Field = Fq2;
    type Loose = (L::Loose, L::Loose);
    const SPILL: usize = 2 * L::SPILL;

    #[inline(always)]
    fn one(arch: L::Arch) -> Self {
        Self(L::one(arch), L::zero(arch))
    }
    #[inline(always)]
    fn zero(arch: L::Arch) -> Self {
        Self(L::zero(arch), L::zero(arch))
    }
    #[inline(always)]
    fn arch(&self) -> L::Arch {
        self.0.arch()
    }
    #[inline(always)]
    fn loose(&self) -> Self::Loose {
        (self.0.loose(), self.1.loose())
    }
    #[inline(always)]
    fn add(&self, other: &Self) -> Self::Loose {
        (self.0.add(&other.0), self.1.add(&other.1))
    }
    #[inline(always)]
    fn sub(&self, other: &Self) -> Self::Loose {
        (self.0.sub(&other.0), self.1.sub(&other.1))
    }
    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        let [c0, c1] = L::quadratic_mul_tight([&self.0, &self.1], [&other.0, &other.1]);
        Self(c0, c1)
    }
    #[inline(always)]
    fn mul_loose(a: &Self::Loose, b: &Self) -> Self {
        let [c0, c1] = L::quadratic_mul([&a.0, &a.1], [&b.0, &b.1]);
        Self(c0, c1)
    }
    #[inline(always)]
    fn mul_assign(&mut self, a: &Self::Loose) {
        L::quadratic_mul_assign([&mut self.0, &mut self.1], [&a.0, &a.1]);
    }
    #[inline(always)]
    fn square(&self) -> Self {
        let [c0, c1] = L::quadratic_square([&self.0, &self.1]);
        Self(c0, c1)
    }
    #[inline(always)]
    fn reduce(a: &Self::Loose) -> Self {
        Self(L::reduce(&a.0), L::reduce(&a.1))
    }
    #[inline(always)]
    fn sub_tight(&self, other: &Self) -> Self {
        Self(self.0.sub_tight(&other.0), self.1.sub_tight(&other.1))
    }
    #[inline(always)]
    fn sub_both(&self, b: &Self, c: &Self) -> Self {
        Self(self.0.sub_both(&b.0, &c.0), self.1.sub_both(&b.1, &c.1))
    }
    #[inline(always)]
    fn zero_mask(a: &Self::Loose) -> u8 {
        L::zero_mask(&a.0) & L::zero_mask(&a.1)
    }
    #[inline(always)]
    fn select(mask: u8, a: &Self, b: &Self) -> Self {
        Self(L::select(mask, &a.0, &b.0), L::select(mask, &a.1, &b.1))
    }
    #[inline(always)]
    fn select_loose(mask: u8, a: &Self::Loose, b: &Self::Loose) -> Self::Loose {
        (
            L::select_loose(mask, &a.0, &b.0),
            L::select_loose(mask, &a.1, &b.1),
        )
    }
    /// `(c0 - c1 u) / (c0^2 + c1^2)`; -1 is no square in Fq, so the norm is zero for zero only.
    #[inline(always)]
    fn invert(&self) -> Self {
        let norm = L::reduce(&self.0.square().add(&self.1.square()));
        let inverse = norm.invert();
        let minus = L::zero(self.0.arch()).sub(&self.1);
        Self(self.0.mul(&inverse), L::mul_loose(&minus, &inverse))
    }
    #[inline(always)]
    fn spill(&self, lines: &mut [Line]) {
        let (first, second) = lines.split_at_mut(L::SPILL);
        self.0.spill(first);
        self.1.spill(second);
    }
    #[inline(always)]
    fn unspill(arch: L::Arch, lines: &[Line]) -> Self {
        let (first, second) = lines.split_at(L::SPILL);
        Self(L::unspill(arch, first), L::unspill(arch, second))
    }
}

impl<L: PrimeLanes<Field = Fq>> PointLanes for Quadratic<L> {
    type Point = [Line; 2];

    #[inline(always)]
    fn load_bases(arch: L::Arch, points: [&[Line; 2]; WIDTH], negate: u8) -> (Self, Self, u8) {
        let (x0, x1, _) = L::load_line(arch, points.map(|point| &point[0]), (0, 0));
        let (y0, y1, infinite) =
            L::load_line(arch, points.map(|point| &point[1]), (negate, negate));
        (Self(x0, x1), Self(y0, y1), infinite)
    }
    #[inline(always)]
    fn load(arch: L::Arch, points: [&[Line; 2]; WIDTH]) -> (Self, Self, u8) {
        let (x0, x1, _) = L::load_own_line(arch, points.map(|point| &point[0]));
        let (y0, y1, infinite) = L::load_own_line(arch, points.map(|point| &point[1]));
        (Self(x0, x1), Self(y0, y1), infinite)
    }
    #[inline(always)]
    fn load_bases_x(arch: L::Arch, points: [&[Line; 2]; WIDTH]) -> (Self, u8) {
        let (x0, x1, infinite) = L::load_line(arch, points.map(|point| &point[0]), (0, 0));
        (Self(x0, x1), infinite)
    }
    #[inline(always)]
    fn load_x(arch: L::Arch, points: [&[Line; 2]; WIDTH]) -> (Self, u8) {
        let (x0, x1, infinite) = L::load_own_line(arch, points.map(|point| &point[0]));
        (Self(x0, x1), infinite)
    }
    #[inline(always)]
    fn store(x: &Self, y: &Self, infinite: u8) -> [[Line; 2]; WIDTH] {
        let first = L::store_line(&x.0, &x.1, infinite);
        let second = L::store_line(&y.0, &y.1, infinite);
        std::array::from_fn(|i| [first[i], second[i]])
    }
    fn export(point: &[Line; 2]) -> Option<(Fq2, Fq2)> {
        (*point != <[Line; 2]>::default()).then(|| {
            let (x0, x1) = L::export_line(&point[0]);
            let (y0, y1) = L::export_line(&point[1]);
            (Fq2::new(x0, x1), Fq2::new(y0, y1))
        })
    }
    #[inline(always)]
    fn prefetch(point: &[Line; 2]) {
        L::prefetch_line(&point[0]);
        L::prefetch_line(&point[1]);
    }
}
