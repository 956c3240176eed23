//! Eight scalar elements: the reference, and the backend of machines without AVX-512 IFMA.
//!
//! Elements are always reduced, so both bounds of the contract hold trivially, and the backend's
//! own form is arkworks' form.

use std::array::from_fn;

use ark_ff::{AdditiveGroup, Field, Zero};

use crate::arithmetic::constants::{BaseField, Modulus, ScalarField};
use crate::arithmetic::inverse::invert;
use crate::arithmetic::lanes::{Arch, Lanes, Line, PrimeLanes, WIDTH};
use crate::arithmetic::montgomery;

/// The serial backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Serial;

impl Arch for Serial {
    type Base = Scalars<BaseField>;
    type Scalar = Scalars<ScalarField>;
}

/// Eight elements of a prime field.
#[derive(Clone, Copy)]
pub(crate) struct Scalars<M: Modulus>([M::Field; WIDTH]);

impl<M: Modulus> Scalars<M> {
    #[inline(always)]
    fn zip(mut self, other: Self, f: impl Fn([u64; 4], [u64; 4]) -> [u64; 4]) -> Self {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a = M::from_words(f(M::words(a), M::words(b)));
        }
        self
    }

    /// Negates the lanes of a mask.
    #[inline(always)]
    fn negate(self, mask: u8) -> Self {
        if mask == 0 {
            return self;
        }
        Self::select(mask, Self::zero().sub(self), self)
    }
}

fn halves<M: Modulus>(line: &Line) -> (M::Field, M::Field) {
    let w = line.0;
    (
        M::from_words([w[0], w[1], w[2], w[3]]),
        M::from_words([w[4], w[5], w[6], w[7]]),
    )
}

impl<M: Modulus> Lanes for Scalars<M> {
    type Field = M::Field;
    type Loose = Self;
    type Point = [Line; 1];
    const SPILL: usize = WIDTH / 2;

    #[inline(always)]
    fn one() -> Self {
        Self([M::Field::ONE; WIDTH])
    }
    #[inline(always)]
    fn zero() -> Self {
        Self([M::Field::ZERO; WIDTH])
    }
    #[inline(always)]
    fn loose(self) -> Self {
        self
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| {
            montgomery::sum(a, b, const { M::CONSTANTS.words })
        })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| {
            montgomery::less(a, b, const { M::CONSTANTS.words })
        })
    }
    #[inline(always)]
    fn mul(a: Self, b: Self) -> Self {
        let inverse = const { M::CONSTANTS.neg_inverse_64 };
        a.zip(b, |a, b| {
            montgomery::product(a, b, const { M::CONSTANTS.words }, inverse)
        })
    }
    #[inline(always)]
    fn square(self) -> Self {
        Self::mul(self, self)
    }
    #[inline(always)]
    fn reduce(a: Self) -> Self {
        a
    }
    #[inline(always)]
    fn sub_tight(self, other: Self) -> Self {
        self.sub(other)
    }
    #[inline(always)]
    fn sub_both(self, b: Self, c: Self) -> Self {
        self.sub(b).sub(c)
    }
    #[inline(always)]
    fn zero_mask(a: Self) -> u8 {
        (0..WIDTH).fold(0, |mask, i| mask | u8::from(a.0[i].is_zero()) << i)
    }
    #[inline(always)]
    fn select(mask: u8, a: Self, b: Self) -> Self {
        Self(from_fn(
            |i| if mask >> i & 1 == 1 { a.0[i] } else { b.0[i] },
        ))
    }
    #[inline(always)]
    fn select_loose(mask: u8, a: Self, b: Self) -> Self {
        Self::select(mask, a, b)
    }
    fn invert(self) -> Self {
        let mut prefix = [M::Field::ONE; WIDTH];
        for i in 1..WIDTH {
            prefix[i] = prefix[i - 1] * self.0[i - 1];
        }
        let mut suffix = invert::<M>(&(prefix[WIDTH - 1] * self.0[WIDTH - 1]));
        let mut inverses = prefix;
        for i in (0..WIDTH).rev() {
            inverses[i] *= suffix;
            suffix *= self.0[i];
        }
        Self(inverses)
    }

    #[inline(always)]
    fn load_bases(points: [&[Line; 1]; WIDTH], negate: u8) -> (Self, Self, u8) {
        Self::load_line(points.map(|point| &point[0]), (0, negate))
    }
    #[inline(always)]
    fn load(points: [&[Line; 1]; WIDTH]) -> (Self, Self, u8) {
        Self::load_own_line(points.map(|point| &point[0]))
    }
    #[inline(always)]
    fn store(x: Self, y: Self, infinite: u8) -> [[Line; 1]; WIDTH] {
        Self::store_line(x, y, infinite).map(|line| [line])
    }
    fn export(point: &[Line; 1]) -> Option<(M::Field, M::Field)> {
        (*point != <[Line; 1]>::default()).then(|| Self::export_line(&point[0]))
    }
    #[inline(always)]
    fn spill(self, lines: &mut [Line]) {
        for (i, line) in lines.iter_mut().take(Self::SPILL).enumerate() {
            let (a, b) = (M::words(&self.0[2 * i]), M::words(&self.0[2 * i + 1]));
            *line = Line([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]]);
        }
    }
    #[inline(always)]
    fn unspill(lines: &[Line]) -> Self {
        let pairs: [_; WIDTH / 2] = from_fn(|i| halves::<M>(&lines[i]));
        Self(from_fn(|i| {
            if i % 2 == 0 {
                pairs[i / 2].0
            } else {
                pairs[i / 2].1
            }
        }))
    }
    #[inline(always)]
    fn prefetch(point: &[Line; 1]) {
        Self::prefetch_line(&point[0]);
    }
}

impl<M: Modulus> PrimeLanes for Scalars<M> {
    type Prime = M;
    type Wide = Self;

    #[inline(always)]
    fn load_line(lines: [&Line; WIDTH], negate: (u8, u8)) -> (Self, Self, u8) {
        let (first, second, zero) = Self::load_own_line(lines);
        (first.negate(negate.0), second.negate(negate.1), zero)
    }
    #[inline(always)]
    fn load_own_line(lines: [&Line; WIDTH]) -> (Self, Self, u8) {
        let pairs = lines.map(halves::<M>);
        let (first, second) = (Self(pairs.map(|p| p.0)), Self(pairs.map(|p| p.1)));
        let zero = Self::zero_mask(first) & Self::zero_mask(second);
        (first, second, zero)
    }
    #[inline(always)]
    fn store_line(first: Self, second: Self, zero: u8) -> [Line; WIDTH] {
        from_fn(|i| {
            if zero >> i & 1 == 1 {
                return Line::default();
            }
            let (a, b) = (M::words(&first.0[i]), M::words(&second.0[i]));
            Line([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]])
        })
    }
    fn export_line(line: &Line) -> (M::Field, M::Field) {
        halves::<M>(line)
    }
    #[inline(always)]
    fn prefetch_line(_: &Line) {}

    #[inline(always)]
    fn factors(elements: [M::Field; WIDTH]) -> Self {
        Self(elements)
    }
    #[inline(always)]
    fn load_words(elements: &[M::Field; WIDTH]) -> Self {
        Self(*elements)
    }
    #[inline(always)]
    fn store_words(self, elements: &mut [M::Field; WIDTH]) {
        *elements = self.0;
    }
    #[inline(always)]
    fn store_canonical(self, elements: &mut [M::Field; WIDTH]) {
        *elements = self.0;
    }
    fn factor(element: M::Field) -> Line {
        let w = M::words(&element);
        Line([w[0], w[1], w[2], w[3], 0, 0, 0, 0])
    }
    #[inline(always)]
    fn splat(factor: &Line) -> Self {
        Self([halves::<M>(factor).0; WIDTH])
    }
    #[inline(always)]
    fn wide(self) -> Self {
        self
    }
    #[inline(always)]
    fn split(u: Self, v: Self, factor: Self) -> (Self, Self) {
        let product = Self::mul(v, factor);
        (u.add(product), u.sub(product))
    }
    #[inline(always)]
    fn join(u: Self, v: Self, factor: Self) -> (Self, Self) {
        (u.add(v), Self::mul(u.sub(v), factor))
    }
    #[inline(always)]
    fn narrow(a: Self) -> Self {
        a
    }
    #[inline(always)]
    fn transpose(rows: [Self; WIDTH]) -> [Self; WIDTH] {
        from_fn(|i| Self(from_fn(|j| rows[j].0[i])))
    }
    #[inline(always)]
    fn quadratic_mul(a: [Self; 2], b: [Self; 2]) -> [Self; 2] {
        let (low, high) = (Self::mul(a[0], b[0]), Self::mul(a[1], b[1]));
        let cross = Self::mul(a[0].add(a[1]), b[0].add(b[1]));
        [low.sub(high), cross.sub_both(low, high)]
    }
    #[inline(always)]
    fn quadratic_square(a: [Self; 2]) -> [Self; 2] {
        let product = Self::mul(a[0], a[1]);
        [
            Self::mul(a[0].add(a[1]), a[0].sub(a[1])),
            product.add(product),
        ]
    }
}
