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

use crate::arithmetic::backend::Kernel;
use crate::arithmetic::lanes::{Arch, Lanes, Line, WIDTH};
use crate::arithmetic::msm::curve::Curve;

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

/// Where points are read from.
pub(crate) trait Source<P>: Copy {
    /// The points at eight positions: `x`, `y` and the mask of infinite ones.
    fn load<L: Lanes<Point = P>>(self, positions: [u32; WIDTH]) -> (L, L, u8);
    /// Their `x` and the mask of infinite ones.
    fn load_x<L: Lanes<Point = P>>(self, positions: [u32; WIDTH]) -> (L, u8);
    /// Asks for the point at a position.
    fn prefetch<L: Lanes<Point = P>>(self, position: u32);
}

/// Base points picked by entries: an index and, in the lowest bit, a sign.
#[derive(Clone, Copy)]
pub(crate) struct Picked<'a, P> {
    pub(crate) points: &'a [P],
    pub(crate) entries: &'a [u32],
}

impl<P: Copy> Source<P> for Picked<'_, P> {
    #[inline(always)]
    fn load<L: Lanes<Point = P>>(self, positions: [u32; WIDTH]) -> (L, L, u8) {
        let entries = positions.map(|position| self.entries[position as usize]);
        let mut negate = 0;
        for (lane, entry) in entries.into_iter().enumerate() {
            negate |= ((entry & 1) as u8) << lane;
        }
        L::load_bases(
            entries.map(|entry| &self.points[(entry >> 1) as usize]),
            negate,
        )
    }
    #[inline(always)]
    fn load_x<L: Lanes<Point = P>>(self, positions: [u32; WIDTH]) -> (L, u8) {
        let index = |position: u32| (self.entries[position as usize] >> 1) as usize;
        L::load_bases_x(positions.map(|position| &self.points[index(position)]))
    }
    #[inline(always)]
    fn prefetch<L: Lanes<Point = P>>(self, position: u32) {
        L::prefetch(&self.points[(self.entries[position as usize] >> 1) as usize]);
    }
}

/// Sums of an earlier level.
#[derive(Clone, Copy)]
pub(crate) struct Sums<'a, P>(pub(crate) &'a [P]);

impl<P: Copy> Source<P> for Sums<'_, P> {
    #[inline(always)]
    fn load<L: Lanes<Point = P>>(self, positions: [u32; WIDTH]) -> (L, L, u8) {
        L::load(positions.map(|position| &self.0[position as usize]))
    }
    #[inline(always)]
    fn load_x<L: Lanes<Point = P>>(self, positions: [u32; WIDTH]) -> (L, u8) {
        L::load_x(positions.map(|position| &self.0[position as usize]))
    }
    #[inline(always)]
    fn prefetch<L: Lanes<Point = P>>(self, position: u32) {
        L::prefetch(&self.0[position as usize]);
    }
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
struct Operands<L: Lanes> {
    x: (L, L),
    y: (L, L),
    denominator: L::Loose,
    infinite: (u8, u8),
    /// Lanes that the plain formulas do not cover.
    exceptional: u8,
}

impl<L: Lanes> Operands<L> {
    #[inline(always)]
    fn load<S: Source<L::Point>>(source: S, pairs: &[Pair]) -> Self {
        let first = positions(pairs);
        let (x1, y1, infinite1) = source.load::<L>(first);
        let (x2, y2, infinite2) = source.load::<L>(first.map(|position| position + 1));
        let denominator = x2.sub(&x1);
        Self {
            x: (x1, x2),
            y: (y1, y2),
            denominator,
            infinite: (infinite1, infinite2),
            exceptional: L::zero_mask(&denominator) | infinite1 | infinite2,
        }
    }

    /// The denominators of the slopes alone, for which nearly always `x` is enough.
    #[inline(always)]
    fn load_denominator<S: Source<L::Point>>(source: S, pairs: &[Pair]) -> L::Loose {
        let first = positions(pairs);
        let (x1, infinite1) = source.load_x::<L>(first);
        let (x2, infinite2) = source.load_x::<L>(first.map(|position| position + 1));
        let denominator = x2.sub(&x1);
        if L::zero_mask(&denominator) | infinite1 | infinite2 == 0 {
            denominator
        } else {
            Self::load(source, pairs).denominator()
        }
    }

    /// Lanes in which a point is doubled, and lanes whose sum takes no addition.
    #[inline(always)]
    fn exceptions(&self) -> (u8, u8) {
        let either = self.infinite.0 | self.infinite.1;
        let opposite = L::zero_mask(&self.y.0.add(&self.y.1));
        let doubled = self.exceptional & !either & !opposite;
        (doubled, self.exceptional & !doubled)
    }

    /// The denominator of the slope: nowhere zero.
    #[inline(always)]
    fn denominator(&self) -> L::Loose {
        if self.exceptional == 0 {
            return self.denominator;
        }
        let (doubled, settled) = self.exceptions();
        let tangent = L::select_loose(doubled, &self.y.0.add(&self.y.0), &self.denominator);
        L::select_loose(settled, &L::one().loose(), &tangent)
    }

    /// The sums, given the inverses of the denominators.
    #[inline(always)]
    fn finish(&self, inverse: &L) -> [L::Point; WIDTH] {
        let ((x1, x2), (y1, y2)) = (&self.x, &self.y);
        let mut numerator = y2.sub(y1);
        if self.exceptional != 0 {
            let square = x1.square();
            let triple = L::reduce(&square.add(&square)).add(&square);
            numerator = L::select_loose(self.exceptions().0, &triple, &numerator);
        }
        let slope = L::mul_loose(&numerator, inverse);
        let x = slope.square().sub_both(x1, x2);
        let y = L::mul_loose(&x1.sub(&x), &slope).sub_tight(y1);
        if self.exceptional == 0 {
            return L::store(&x, &y, 0);
        }
        // Where nothing is added, the sum is the finite point of the two, or none.
        let (_, settled) = self.exceptions();
        let (none1, none2) = self.infinite;
        let (first, second) = (settled & !none1 & none2, settled & none1 & !none2);
        let x = L::select(first, x1, &L::select(second, x2, &x));
        let y = L::select(first, y1, &L::select(second, y2, &y));
        L::store(&x, &y, settled & !first & !second)
    }
}

/// Where the first points of a vector of pairs are; the last pair fills up what is missing.
#[inline(always)]
fn positions(pairs: &[Pair]) -> [u32; WIDTH] {
    std::array::from_fn(|lane| pairs[lane.min(pairs.len() - 1)].first)
}

impl<C: Curve, S: Source<C::Point>> AddPairs<'_, C, S> {
    /// Asks for the points of the vector of pairs that starts at `at`.
    #[inline(always)]
    fn prefetch<L: Lanes<Point = C::Point>>(&self, at: usize) {
        if let Some(vector) = self.pairs.get(at..at + WIDTH) {
            for pair in vector {
                self.source.prefetch::<L>(pair.first);
                self.source.prefetch::<L>(pair.first + 1);
            }
        }
    }

    #[inline(always)]
    fn batch<L: Lanes<Point = C::Point>>(&mut self, from: usize, to: usize) {
        let pairs = &self.pairs[from..to];
        let mut chains = [L::one(); CHAINS];
        for (i, vector) in pairs.chunks(WIDTH).enumerate() {
            self.prefetch::<L>(from + (i + AHEAD) * WIDTH);
            let denominator = Operands::<L>::load_denominator(self.source, vector);
            let chain = &mut chains[i % CHAINS];
            chain.spill(&mut self.scratch[i * L::SPILL..][..L::SPILL]);
            *chain = L::mul_loose(&denominator, chain);
        }
        let inverse = chains[0].mul(&chains[1]).invert();
        let mut running = [inverse.mul(&chains[1]), inverse.mul(&chains[0])];
        for (i, vector) in pairs.chunks(WIDTH).enumerate().rev() {
            self.prefetch::<L>(from + i.saturating_sub(AHEAD) * WIDTH);
            let operands = Operands::<L>::load(self.source, vector);
            let before = L::unspill(&self.scratch[i * L::SPILL..][..L::SPILL]);
            let chain = &mut running[i % CHAINS];
            let inverse = chain.mul(&before);
            *chain = L::mul_loose(&operands.denominator(), chain);
            let sums = operands.finish(&inverse);
            for (pair, sum) in vector.iter().zip(sums) {
                self.out[pair.target as usize] = sum;
            }
        }
    }
}

impl<C: Curve, S: Source<C::Point>> Kernel for AddPairs<'_, C, S> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arch>(mut self) {
        let spill = <C::Lanes<A> as Lanes>::SPILL;
        let vectors = self.pairs.len().min(BATCH).div_ceil(WIDTH);
        if self.scratch.len() < vectors * spill {
            self.scratch.resize(vectors * spill, Line::default());
        }
        let mut from = 0;
        while from < self.pairs.len() {
            let to = self.pairs.len().min(from + BATCH);
            self.batch::<C::Lanes<A>>(from, to);
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

impl<C: Curve, S: Source<C::Point>> Kernel for Import<'_, C, S> {
    type Output = ();
    #[inline(always)]
    fn run<A: Arch>(self) {
        for vector in self.singles.chunks(WIDTH) {
            let positions = std::array::from_fn(|lane| vector[lane.min(vector.len() - 1)].first);
            let (x, y, infinite) = self.source.load::<C::Lanes<A>>(positions);
            let points = <C::Lanes<A> as Lanes>::store(&x, &y, infinite);
            for (single, point) in vector.iter().zip(points) {
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
    fn run<A: Arch>(self) -> Self::Output {
        let export = <C::Lanes<A> as Lanes>::export;
        let affine = |point| export(point).map_or_else(Default::default, C::affine);
        self.points
            .iter()
            .map(|point| affine(point).into())
            .collect()
    }
}
