//! Points in memory and the lanes of their coordinates.

use crate::lanes::{Lanes, PrimeLanes};
use crate::line::{Line, WIDTH};

/// Lanes of coordinates of points.
pub(crate) trait PointLanes: Lanes {
    /// An affine point in memory. All words zero stand for infinity: on both curves no point of
    /// odd order has `y = 0`.
    type Point: Copy + Default + Send + Sync + PartialEq + 'static;

    /// Loads points in arkworks' Montgomery form, negating those whose bit in `negate` is set.
    /// Gives `x`, `y` and the mask of points at infinity.
    fn load_bases(arch: Self::Arch, points: [&Self::Point; WIDTH], negate: u8) -> (Self, Self, u8);
    /// Loads points stored by [`PointLanes::store`]; as [`PointLanes::load_bases`] otherwise.
    fn load(arch: Self::Arch, points: [&Self::Point; WIDTH]) -> (Self, Self, u8);
    /// The `x` of [`PointLanes::load_bases`] and the mask of points at infinity, known by `x = 0`: no
    /// finite point of either group has that, for it would be of order three.
    fn load_bases_x(arch: Self::Arch, points: [&Self::Point; WIDTH]) -> (Self, u8);
    /// The `x` of [`PointLanes::load`], and infinity as in [`PointLanes::load_bases_x`].
    fn load_x(arch: Self::Arch, points: [&Self::Point; WIDTH]) -> (Self, u8);
    /// Points in the backend's own form, infinity where `infinite` has a bit.
    fn store(x: &Self, y: &Self, infinite: u8) -> [Self::Point; WIDTH];
    /// Coordinates of a point in the backend's own form.
    fn export(point: &Self::Point) -> Option<(Self::Field, Self::Field)>;
    /// Asks for a point to be brought into the nearest cache.
    fn prefetch(point: &Self::Point);
}

/// A point over a prime field is one line.
impl<L: PrimeLanes> PointLanes for L {
    type Point = [Line; 1];

    #[inline(always)]
    fn load_bases(arch: L::Arch, points: [&[Line; 1]; WIDTH], negate: u8) -> (Self, Self, u8) {
        Self::load_line(arch, points.map(|[line]| line), (0, negate))
    }
    #[inline(always)]
    fn load(arch: L::Arch, points: [&[Line; 1]; WIDTH]) -> (Self, Self, u8) {
        Self::load_own_line(arch, points.map(|[line]| line))
    }
    #[inline(always)]
    fn load_bases_x(arch: L::Arch, points: [&[Line; 1]; WIDTH]) -> (Self, u8) {
        Self::load_first_half(arch, points.map(|[line]| line))
    }
    #[inline(always)]
    fn load_x(arch: L::Arch, points: [&[Line; 1]; WIDTH]) -> (Self, u8) {
        Self::load_own_first_half(arch, points.map(|[line]| line))
    }
    #[inline(always)]
    fn store(x: &Self, y: &Self, infinite: u8) -> [[Line; 1]; WIDTH] {
        Self::store_line(x, y, infinite).map(|line| [line])
    }
    fn export(point: &[Line; 1]) -> Option<(L::Field, L::Field)> {
        (*point != <[Line; 1]>::default()).then(|| Self::export_line(&point[0]))
    }
    #[inline(always)]
    fn prefetch([line]: &[Line; 1]) {
        Self::prefetch_line(line);
    }
}
