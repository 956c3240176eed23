//! The kernel of a multi-scalar multiplication: many independent affine additions at once.
//!
//! An affine addition needs the inverse of `x2 - x1`. Montgomery's trick shares one inversion
//! among a batch at three products each, so an addition costs five products and a square. A forward
//! pass multiplies the denominators up, one chain of products in each lane and [`CHAINS`] of them
//! interleaved; a backward pass takes the inverses apart and finishes the additions. Points are
//! read in both passes, in the first one `x` alone: that is cheaper than keeping them in lanes, for
//! the second time they come from the cache.
//!
//! The addition is complete. Lanes in which a point is infinite, or both have the same `x`, are
//! found by masks that are almost always empty; only then the numerators, denominators and results
//! of these lanes are replaced.

use std::marker::PhantomData;

use crate::kernel::Kernel;
use crate::lanes::{Arch, Lanes};
use crate::line::{Line, WIDTH};
use crate::msm::curve::Curve;
use crate::point_lanes::PointLanes;

/// Pairs that share an inversion, at most: the points of a batch, 256 KiB in G1, stay in the
/// second-level cache between the passes.
pub(crate) const BATCH: usize = 2048;

/// Independent chains of products, so that one hides the latency of the other.
const CHAINS: usize = 2;

/// Vectors of pairs that points are asked for ahead of their use.
const AHEAD: usize = 6;

/// Adds the points at positions `first` and `first + 1` of a source into `target`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) first: u32,
    pub(crate) target: u32,
}

/// Points that lanes are loaded with, and the mask of those to be negated.
type Group<'a, P> = ([&'a P; WIDTH], u8);

/// The first and the second points of a vector of pairs.
type Groups<'a, P> = [Group<'a, P>; 2];

/// Where points are read from.
pub(crate) trait Source<'a, P: 'a>: Copy {
    /// The points at a position and the next, and whether they are to be negated.
    fn pair(self, first: u32) -> [(&'a P, bool); 2];
    /// The point at a position.
    fn single(self, position: u32) -> (&'a P, bool);
    /// `x`, `y` and the mask of infinite ones.
    fn load<L: PointLanes<Point = P>>(arch: L::Arch, points: Group<'a, P>) -> (L, L, u8);
    /// `x` and the mask of infinite ones.
    fn load_x<L: PointLanes<Point = P>>(arch: L::Arch, points: Group<'a, P>) -> (L, u8);
}

/// Base points picked by entries: an index and, in the lowest bit, a sign.
#[derive(Clone, Copy)]
pub(crate) struct Picked<'a, P> {
    pub(crate) points: &'a [P],
    pub(crate) entries: &'a [u32],
}

impl<'a, P> Picked<'a, P> {
    #[inline(always)]
    fn pick(self, entry: u32) -> (&'a P, bool) {
        (&self.points[(entry >> 1) as usize], entry & 1 == 1)
    }
}

impl<'a, P: Copy> Source<'a, P> for Picked<'a, P> {
    #[inline(always)]
    fn pair(self, first: u32) -> [(&'a P, bool); 2] {
        let [a, b] = two(self.entries, first);
        [self.pick(*a), self.pick(*b)]
    }
    #[inline(always)]
    fn single(self, position: u32) -> (&'a P, bool) {
        self.pick(self.entries[position as usize])
    }
    #[inline(always)]
    fn load<L: PointLanes<Point = P>>(arch: L::Arch, (points, negate): Group<'a, P>) -> (L, L, u8) {
        L::load_bases(arch, points, negate)
    }
    #[inline(always)]
    fn load_x<L: PointLanes<Point = P>>(arch: L::Arch, (points, _): Group<'a, P>) -> (L, u8) {
        L::load_bases_x(arch, points)
    }
}

/// Sums of an earlier level.
#[derive(Clone, Copy)]
pub(crate) struct Sums<'a, P>(pub(crate) &'a [P]);

impl<'a, P: Copy> Source<'a, P> for Sums<'a, P> {
    #[inline(always)]
    fn pair(self, first: u32) -> [(&'a P, bool); 2] {
        let [a, b] = two(self.0, first);
        [(a, false), (b, false)]
    }
    #[inline(always)]
    fn single(self, position: u32) -> (&'a P, bool) {
        (&self.0[position as usize], false)
    }
    #[inline(always)]
    fn load<L: PointLanes<Point = P>>(arch: L::Arch, (points, _): Group<'a, P>) -> (L, L, u8) {
        L::load(arch, points)
    }
    #[inline(always)]
    fn load_x<L: PointLanes<Point = P>>(arch: L::Arch, (points, _): Group<'a, P>) -> (L, u8) {
        L::load_x(arch, points)
    }
}

/// The elements at a position and the next.
#[inline(always)]
fn two<T>(of: &[T], first: u32) -> &[T; 2] {
    of[first as usize..]
        .first_chunk()
        .expect("a pair is two points")
}

/// A vector of pairs; the last pair fills up what is missing.
#[inline(always)]
fn padded(pairs: &[Pair]) -> [Pair; WIDTH] {
    match pairs.first_chunk() {
        Some(full) => *full,
        None => std::array::from_fn(|lane| pairs[lane.min(pairs.len() - 1)]),
    }
}

/// Looks a vector of pairs up.
#[inline(always)]
fn groups<'a, P, S: Source<'a, P>>(source: S, pairs: &[Pair]) -> Groups<'a, P> {
    let pairs = padded(pairs);
    let start = source.pair(pairs[0].first);
    let mut points = [[start[0].0; WIDTH], [start[1].0; WIDTH]];
    let mut negate = [0; 2];
    for (lane, pair) in pairs.into_iter().enumerate() {
        let [first, second] = source.pair(pair.first);
        (points[0][lane], points[1][lane]) = (first.0, second.0);
        negate[0] |= u8::from(first.1) << lane;
        negate[1] |= u8::from(second.1) << lane;
    }
    [(points[0], negate[0]), (points[1], negate[1])]
}

/// Adds pairs of points.
pub(crate) struct AddPairs<'a, C: Curve, S> {
    pub(crate) source: S,
    pub(crate) pairs: &'a [Pair],
    pub(crate) out: &'a mut [C::Point],
    /// Room for the chains, kept between calls.
    pub(crate) scratch: &'a mut Vec<Line>,
    pub(crate) curve: PhantomData<C>,
}

/// Two points to be added in each lane.
struct Operands<L: PointLanes> {
    x: (L, L),
    y: (L, L),
    infinite: (u8, u8),
    /// Lanes that the plain formulas do not cover.
    exceptional: u8,
}

impl<L: PointLanes> Operands<L> {
    /// Also the denominators of the slopes, which are nowhere zero.
    #[inline(always)]
    fn load<'a, S: Source<'a, L::Point>>(
        arch: L::Arch,
        [first, second]: Groups<'a, L::Point>,
    ) -> (Self, L::Loose) {
        let (x1, y1, infinite1) = S::load::<L>(arch, first);
        let (x2, y2, infinite2) = S::load::<L>(arch, second);
        let mut denominator = x2.sub(&x1);
        let operands = Self {
            x: (x1, x2),
            y: (y1, y2),
            infinite: (infinite1, infinite2),
            exceptional: L::zero_mask(&denominator) | infinite1 | infinite2,
        };
        if operands.exceptional != 0 {
            denominator = operands.exceptional_denominator(&denominator);
        }
        (operands, denominator)
    }

    /// The denominators of the slopes alone, for which nearly always `x` is enough.
    #[inline(always)]
    fn load_denominator<'a, S: Source<'a, L::Point>>(
        arch: L::Arch,
        groups: Groups<'a, L::Point>,
    ) -> L::Loose {
        let (x1, infinite1) = S::load_x::<L>(arch, groups[0]);
        let (x2, infinite2) = S::load_x::<L>(arch, groups[1]);
        let mut denominator = x2.sub(&x1);
        if L::zero_mask(&denominator) | infinite1 | infinite2 != 0 {
            denominator = Self::load::<S>(arch, groups).1;
        }
        denominator
    }

    /// Lanes in which a point is doubled, and lanes whose sum takes no addition.
    #[inline(always)]
    fn exceptions(&self) -> (u8, u8) {
        let either = self.infinite.0 | self.infinite.1;
        let opposite = L::zero_mask(&self.y.0.add(&self.y.1));
        let doubled = self.exceptional & !either & !opposite;
        (doubled, self.exceptional & !doubled)
    }

    /// The denominators of the slopes where there are exceptions among the lanes.
    #[inline(always)]
    fn exceptional_denominator(&self, denominator: &L::Loose) -> L::Loose {
        let (doubled, settled) = self.exceptions();
        let tangent = L::select_loose(doubled, &self.y.0.add(&self.y.0), denominator);
        L::select_loose(settled, &L::one(self.x.0.arch()).loose(), &tangent)
    }

    /// The slopes, given the inverses of the denominators.
    #[inline(always)]
    fn slope(&self, inverse: &L) -> L {
        let mut numerator = self.y.1.sub(&self.y.0);
        if self.exceptional != 0 {
            // Of a copy: whatever a product is given the address of has to be in memory.
            let square = { self.x.0 }.square();
            let triple = L::reduce(&square.add(&square)).add(&square);
            numerator = L::select_loose(self.exceptions().0, &triple, &numerator);
        }
        L::mul_loose(&numerator, inverse)
    }

    /// The `x` of the sums.
    #[inline(always)]
    fn sum_x(&self, slope: &L) -> L {
        slope.square_sub(&self.x.0, &self.x.1)
    }

    /// The sums in memory, given their `x`.
    #[inline(always)]
    fn sum(&self, x: &L, slope: &L) -> [L::Point; WIDTH] {
        let y = &L::mul_sub(&self.x.0.sub(x), slope, &self.y.0);
        if self.exceptional == 0 {
            return L::store(x, y, 0);
        }
        // Where nothing is added, the sum is the finite point of the two, or none.
        let (_, settled) = self.exceptions();
        let (none1, none2) = self.infinite;
        let (first, second) = (settled & !none1 & none2, settled & none1 & !none2);
        let x = L::select(first, &self.x.0, &L::select(second, &self.x.1, x));
        let y = L::select(first, &self.y.0, &L::select(second, &self.y.1, y));
        L::store(&x, &y, settled & !first & !second)
    }
}

/// Asks for the points of a vector of pairs.
#[inline(always)]
fn prefetch<L: PointLanes>([first, second]: &Groups<'_, L::Point>) {
    for (first, second) in first.0.iter().zip(second.0) {
        L::prefetch(first);
        L::prefetch(second);
    }
}

impl<'s, C: Curve, S: Source<'s, C::Point>> AddPairs<'_, C, S> {
    /// Adds the pairs `from..to`; `found` is room for what they are looked up as.
    #[inline(always)]
    fn batch<L: PointLanes<Point = C::Point>>(
        &mut self,
        arch: L::Arch,
        from: usize,
        to: usize,
        found: &mut Vec<Groups<'s, C::Point>>,
    ) {
        let pairs = &self.pairs[from..to];
        let count = pairs.len().div_ceil(WIDTH);
        let mut vectors = pairs.chunks(WIDTH);
        let mut find = |found: &mut Vec<_>| {
            if let Some(vector) = vectors.next() {
                let groups = groups(self.source, vector);
                prefetch::<L>(&groups);
                found.push(groups);
            }
        };
        found.clear();
        for _ in 0..AHEAD {
            find(found);
        }
        let mut chains = [L::one(arch); CHAINS];
        for i in 0..count {
            find(found);
            let denominator = Operands::<L>::load_denominator::<S>(arch, found[i]);
            let chain = &mut chains[i % CHAINS];
            chain.spill(&mut self.scratch[i * L::SPILL..][..L::SPILL]);
            chain.mul_assign(&denominator);
        }
        let inverse = chains[0].mul(&chains[1]).invert();
        let mut running = [inverse.mul(&chains[1]), inverse.mul(&chains[0])];
        for (i, vector) in pairs.chunks(WIDTH).enumerate().rev() {
            prefetch::<L>(&found[i.saturating_sub(AHEAD)]);
            let (operands, denominator) = Operands::<L>::load::<S>(arch, found[i]);
            let before = L::unspill(arch, &self.scratch[i * L::SPILL..][..L::SPILL]);
            let chain = &mut running[i % CHAINS];
            let inverse = chain.mul(&before);
            chain.mul_assign(&denominator);
            let slope = operands.slope(&inverse);
            let x = operands.sum_x(&slope);
            let sums = operands.sum(&x, &slope);
            for (pair, sum) in vector.iter().zip(sums) {
                self.out[pair.target as usize] = sum;
            }
        }
    }
}

impl<'s, C: Curve, S: Source<'s, C::Point>> Kernel for AddPairs<'_, C, S> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        let vectors = self.pairs.len().min(BATCH).div_ceil(WIDTH);
        let spill = <C::Lanes<A> as Lanes>::SPILL;
        if self.scratch.len() < vectors * spill {
            self.scratch.resize(vectors * spill, Line::default());
        }
        let mut found = Vec::with_capacity(vectors);
        let mut from = 0;
        while from < self.pairs.len() {
            let to = self.pairs.len().min(from + BATCH);
            self.batch::<C::Lanes<A>>(arch, from, to, &mut found);
            from = to;
        }
    }
}

/// Brings points without a partner into the backend's own form.
pub(crate) struct Import<'a, C: Curve, S> {
    pub(crate) source: S,
    /// Only `first` of each pair is read.
    pub(crate) singles: &'a [Pair],
    pub(crate) out: &'a mut [C::Point],
    pub(crate) curve: PhantomData<C>,
}

impl<'s, C: Curve, S: Source<'s, C::Point>> Kernel for Import<'_, C, S> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        for singles in self.singles.chunks(WIDTH) {
            let vector = padded(singles);
            let start = self.source.single(vector[0].first);
            let (mut points, mut negate) = ([start.0; WIDTH], 0);
            for (lane, single) in vector.into_iter().enumerate() {
                let (point, sign) = self.source.single(single.first);
                points[lane] = point;
                negate |= u8::from(sign) << lane;
            }
            let (x, y, infinite) = S::load::<C::Lanes<A>>(arch, (points, negate));
            let points = <C::Lanes<A> as PointLanes>::store(&x, &y, infinite);
            for (single, point) in singles.iter().zip(points) {
                self.out[single.target as usize] = point;
            }
        }
    }
}

/// Gives points in the backend's own form to arkworks.
pub(crate) struct Export<'a, C: Curve> {
    pub(crate) points: &'a [C::Point],
}

impl<C: Curve> Kernel for Export<'_, C> {
    type Output = Vec<C::Projective>;
    #[inline(always)]
    fn run<A: Arch>(self, _: A) -> Self::Output {
        let export = <C::Lanes<A> as PointLanes>::export;
        let affine = |point| export(point).map_or_else(Default::default, C::affine);
        self.points
            .iter()
            .map(|point| affine(point).into())
            .collect()
    }
}
