//! Eight scalar elements: the reference, and the backends of machines without vectors.
//!
//! Every value, tight, loose or in a transform, is a residue below `2p` in arkworks' Montgomery
//! form, so the backend's own form is arkworks' form up to a multiple of `p`. Sums and differences
//! are brought below `2p` at once: four words hold 5.29p, too little to wait for the next product.
//!
//! Vectors are 256 bytes and live in memory. A step on them is one function that is *not* inlined,
//! over references: its loop is a few hundred bytes of code that all kernels share, and a call is
//! cheap beside eight products.

use std::array::from_fn;
use std::marker::PhantomData;

use ark_ff::Field;

use crate::constants::{BaseField, Modulus, ScalarField};
use crate::inverse::invert_all;
use crate::lanes::{Arch, Lanes, PrimeLanes};
use crate::line::{Line, WIDTH};
use crate::montgomery::{self, Multiplier, Words};

/// A serial backend, by its multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Serial<U>(pub(crate) U);

impl<U: Multiplier> Arch for Serial<U> {
    type Base = Scalars<BaseField, U>;
    type Scalar = Scalars<ScalarField, U>;
}

/// The words of eight elements.
type Rows = [[u64; 4]; WIDTH];

/// Eight elements of a prime field, below `2p`.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Scalars<M, U>(Rows, U, PhantomData<M>);

impl<M: Modulus, U: Multiplier> Scalars<M, U> {
    const WORDS: &'static Words = &Words::of(&M::CONSTANTS);

    #[inline(always)]
    fn new(multiplier: U, rows: Rows) -> Self {
        if cfg!(debug_assertions) {
            for row in &rows {
                assert!(
                    montgomery::below(row, &Self::WORDS.twice),
                    "a value is out of bounds: {row:x?}"
                );
            }
        }
        Self(rows, multiplier, PhantomData)
    }

    #[inline(never)]
    fn products(a: &Self, b: &Self) -> Self {
        let mut out = [[0; 4]; WIDTH];
        for (i, out) in out.iter_mut().enumerate() {
            *out = a.1.product(&a.0[i], &b.0[i], Self::WORDS);
        }
        Self::new(a.1, out)
    }

    #[inline(never)]
    fn sums(a: &Self, b: &Self) -> Self {
        let mut out = [[0; 4]; WIDTH];
        for (i, out) in out.iter_mut().enumerate() {
            *out = a.1.sum(a.0[i], &b.0[i], Self::WORDS);
        }
        Self::new(a.1, out)
    }

    #[inline(never)]
    fn differences(a: &Self, b: &Self) -> Self {
        let mut out = [[0; 4]; WIDTH];
        for (i, out) in out.iter_mut().enumerate() {
            *out = a.1.less(a.0[i], &b.0[i], Self::WORDS);
        }
        Self::new(a.1, out)
    }

    #[inline(never)]
    fn two_differences(a: &Self, b: &Self, c: &Self) -> Self {
        let mut out = [[0; 4]; WIDTH];
        for (i, out) in out.iter_mut().enumerate() {
            let difference = a.1.less(a.0[i], &b.0[i], Self::WORDS);
            *out = a.1.less(difference, &c.0[i], Self::WORDS);
        }
        Self::new(a.1, out)
    }

    /// A forward step, in place.
    #[inline(never)]
    fn split_rows(u: &mut Self, v: &mut Self, factor: &Self) {
        for i in 0..WIDTH {
            let product = u.1.product(&v.0[i], &factor.0[i], Self::WORDS);
            v.0[i] = u.1.less(u.0[i], &product, Self::WORDS);
            u.0[i] = u.1.sum(u.0[i], &product, Self::WORDS);
        }
    }

    /// An inverse step, in place.
    #[inline(never)]
    fn join_rows(u: &mut Self, v: &mut Self, factor: &Self) {
        for i in 0..WIDTH {
            let difference = u.1.less(u.0[i], &v.0[i], Self::WORDS);
            u.0[i] = u.1.sum(u.0[i], &v.0[i], Self::WORDS);
            v.0[i] = u.1.product(&difference, &factor.0[i], Self::WORDS);
        }
    }

    /// `(a0 b0 - a1 b1, a0 b1 + a1 b0)`, a reduction each.
    #[inline(never)]
    fn quadratic_products(a: [&Self; 2], b: [&Self; 2]) -> [Self; 2] {
        let multiplier = a[0].1;
        let [mut first, mut second] = [[[0; 4]; WIDTH]; 2];
        for (i, (first, second)) in first.iter_mut().zip(&mut second).enumerate() {
            let (a, b) = ([&a[0].0[i], &a[1].0[i]], [b[0].0[i], b[1].0[i]]);
            let minus = montgomery::opposite(b[1], &Self::WORDS.twice);
            *first = multiplier.product_sum(a, &[b[0], minus], Self::WORDS);
            *second = multiplier.product_sum(a, &[b[1], b[0]], Self::WORDS);
        }
        [Self::new(multiplier, first), Self::new(multiplier, second)]
    }

    /// `((a0 + a1) (a0 - a1), 2 a0 a1)`.
    #[inline(never)]
    fn quadratic_squares(a: [&Self; 2]) -> [Self; 2] {
        let multiplier = a[0].1;
        let [mut first, mut second] = [[[0; 4]; WIDTH]; 2];
        for (i, (first, second)) in first.iter_mut().zip(&mut second).enumerate() {
            let (a0, a1) = (&a[0].0[i], &a[1].0[i]);
            let sum = multiplier.sum(*a0, a1, Self::WORDS);
            let difference = multiplier.less(*a0, a1, Self::WORDS);
            let twice = multiplier.sum(*a0, a0, Self::WORDS);
            *first = multiplier.product(&sum, &difference, Self::WORDS);
            *second = multiplier.product(&twice, a1, Self::WORDS);
        }
        [Self::new(multiplier, first), Self::new(multiplier, second)]
    }

    /// The least representatives.
    fn elements(&self) -> [M::Field; WIDTH] {
        self.0
            .map(|row| M::from_words(montgomery::reduced(row, &Self::WORDS.p)))
    }

    fn of_elements(multiplier: U, elements: &[M::Field; WIDTH]) -> Self {
        Self::new(multiplier, from_fn(|i| M::words(&elements[i])))
    }

    /// Half `HALF` of each line.
    #[inline(always)]
    fn halves<const HALF: usize>(multiplier: U, lines: &[&Line; WIDTH]) -> Self {
        let mut rows = [[0; 4]; WIDTH];
        for (row, line) in rows.iter_mut().zip(lines) {
            *row = line.0.as_chunks::<4>().0[HALF];
        }
        Self::new(multiplier, rows)
    }

    /// As [`Self::halves`] of words not above `p`, negated in the lanes of a mask.
    #[inline(never)]
    fn signed_halves<const HALF: usize>(multiplier: U, lines: &[&Line; WIDTH], negate: u8) -> Self {
        let mut rows = [[0; 4]; WIDTH];
        for (i, (row, line)) in rows.iter_mut().zip(lines).enumerate() {
            let plain = line.0.as_chunks::<4>().0[HALF];
            // A mask, not a branch: signs of digits are random.
            let chosen = u64::from(negate >> i & 1).wrapping_neg();
            let minus = montgomery::opposite(plain, &Self::WORDS.p);
            for word in 0..4 {
                row[word] = (plain[word] & !chosen) | (minus[word] & chosen);
            }
        }
        Self::new(multiplier, rows)
    }

    /// The mask of lines that are zero throughout.
    #[inline(always)]
    fn zero_lines(lines: &[&Line; WIDTH]) -> u8 {
        // The last word tells all but one line in 2^62.
        let mut candidates = false;
        for line in lines {
            candidates |= line.0[7] == 0;
        }
        if candidates { zero_lines(lines) } else { 0 }
    }
}

/// The mask of rows that are zero or `p`.
#[cold]
#[inline(never)]
fn exactly_zero(rows: &Rows, p: &[u64; 4]) -> u8 {
    (0..WIDTH).fold(0, |mask, i| {
        mask | u8::from(rows[i] == [0; 4] || rows[i] == *p) << i
    })
}

/// The mask of lines that are zero throughout.
#[cold]
#[inline(never)]
fn zero_lines(lines: &[&Line; WIDTH]) -> u8 {
    (0..WIDTH).fold(0, |mask, i| {
        mask | u8::from(*lines[i] == Line::default()) << i
    })
}

#[inline(always)]
fn halves(line: &Line) -> [[u64; 4]; 2] {
    let w = line.0;
    [[w[0], w[1], w[2], w[3]], [w[4], w[5], w[6], w[7]]]
}

#[inline(always)]
fn line(a: &[u64; 4], b: &[u64; 4]) -> Line {
    Line([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]])
}

impl<M: Modulus, U: Multiplier> Lanes for Scalars<M, U> {
    type Arch = Serial<U>;
    type Field = M::Field;
    type Loose = Self;
    const SPILL: usize = WIDTH / 2;

    #[inline(always)]
    fn one(Serial(multiplier): Serial<U>) -> Self {
        Self::of_elements(multiplier, &[M::Field::ONE; WIDTH])
    }
    #[inline(always)]
    fn zero(Serial(multiplier): Serial<U>) -> Self {
        Self::new(multiplier, [[0; 4]; WIDTH])
    }
    #[inline(always)]
    fn arch(&self) -> Serial<U> {
        Serial(self.1)
    }
    #[inline(always)]
    fn loose(&self) -> Self {
        *self
    }
    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        Self::sums(self, other)
    }
    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        Self::differences(self, other)
    }
    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        Self::products(self, other)
    }
    #[inline(always)]
    fn mul_loose(a: &Self, b: &Self) -> Self {
        Self::products(a, b)
    }
    #[inline(always)]
    fn mul_assign(&mut self, a: &Self) {
        *self = Self::mul_loose(a, self);
    }
    #[inline(always)]
    fn square(&self) -> Self {
        Self::products(self, self)
    }
    #[inline(always)]
    fn reduce(a: &Self) -> Self {
        *a
    }
    #[inline(always)]
    fn sub_tight(&self, other: &Self) -> Self {
        Self::differences(self, other)
    }
    #[inline(always)]
    fn sub_both(&self, b: &Self, c: &Self) -> Self {
        Self::two_differences(self, b, c)
    }
    #[inline(always)]
    fn zero_mask(a: &Self) -> u8 {
        // The lowest word tells all but one value in 2^63.
        let mut candidates = false;
        for row in &a.0 {
            candidates |= (row[0] == 0) | (row[0] == Self::WORDS.p[0]);
        }
        if candidates {
            exactly_zero(&a.0, &Self::WORDS.p)
        } else {
            0
        }
    }
    #[inline(always)]
    fn select(mask: u8, a: &Self, b: &Self) -> Self {
        let chosen = |i| if mask >> i & 1 == 1 { a.0[i] } else { b.0[i] };
        Self::new(a.1, from_fn(chosen))
    }
    #[inline(always)]
    fn select_loose(mask: u8, a: &Self, b: &Self) -> Self {
        Self::select(mask, a, b)
    }
    #[inline(never)]
    fn invert(&self) -> Self {
        Self::of_elements(self.1, &invert_all::<M>(self.elements(), M::Field::ONE))
    }
    #[inline(always)]
    fn spill(&self, lines: &mut [Line]) {
        for (to, rows) in lines.iter_mut().zip(self.0.as_chunks::<2>().0) {
            *to = line(&rows[0], &rows[1]);
        }
    }
    #[inline(always)]
    fn unspill(Serial(multiplier): Serial<U>, lines: &[Line]) -> Self {
        let mut rows = [[0; 4]; WIDTH];
        for (rows, line) in rows.as_chunks_mut::<2>().0.iter_mut().zip(lines) {
            *rows = halves(line);
        }
        Self::new(multiplier, rows)
    }
}

impl<M: Modulus, U: Multiplier> PrimeLanes for Scalars<M, U> {
    type Wide = Self;

    #[inline(always)]
    fn load_line(
        Serial(multiplier): Serial<U>,
        lines: [&Line; WIDTH],
        negate: (u8, u8),
    ) -> (Self, Self, u8) {
        (
            if negate.0 == 0 {
                Self::halves::<0>(multiplier, &lines)
            } else {
                Self::signed_halves::<0>(multiplier, &lines, negate.0)
            },
            if negate.1 == 0 {
                Self::halves::<1>(multiplier, &lines)
            } else {
                Self::signed_halves::<1>(multiplier, &lines, negate.1)
            },
            Self::zero_lines(&lines),
        )
    }
    #[inline(always)]
    fn load_own_line(Serial(multiplier): Serial<U>, lines: [&Line; WIDTH]) -> (Self, Self, u8) {
        (
            Self::halves::<0>(multiplier, &lines),
            Self::halves::<1>(multiplier, &lines),
            Self::zero_lines(&lines),
        )
    }
    #[inline(always)]
    fn load_first_half(arch: Serial<U>, lines: [&Line; WIDTH]) -> (Self, u8) {
        Self::load_own_first_half(arch, lines)
    }
    #[inline(always)]
    fn load_own_first_half(Serial(multiplier): Serial<U>, lines: [&Line; WIDTH]) -> (Self, u8) {
        let first = Self::halves::<0>(multiplier, &lines);
        (first, Self::zero_lines(&lines))
    }
    #[inline(always)]
    fn store_line(first: &Self, second: &Self, zero: u8) -> [Line; WIDTH] {
        let mut lines = [Line::default(); WIDTH];
        for (i, to) in lines.iter_mut().enumerate() {
            *to = line(&first.0[i], &second.0[i]);
        }
        if zero != 0 {
            for (i, to) in lines.iter_mut().enumerate() {
                if zero >> i & 1 == 1 {
                    *to = Line::default();
                }
            }
        }
        lines
    }
    fn export_line(line: &Line) -> (M::Field, M::Field) {
        let [first, second] =
            halves(line).map(|row| M::from_words(montgomery::reduced(row, &Self::WORDS.p)));
        (first, second)
    }
    #[inline(always)]
    fn prefetch_line(line: &Line) {
        U::prefetch(line);
    }

    #[inline(always)]
    fn factors(Serial(multiplier): Serial<U>, elements: [M::Field; WIDTH]) -> Self {
        Self::of_elements(multiplier, &elements)
    }
    #[inline(always)]
    fn load_words(Serial(multiplier): Serial<U>, elements: &[M::Field; WIDTH]) -> Self {
        Self::of_elements(multiplier, elements)
    }
    #[inline(always)]
    fn store_words(&self, elements: &mut [M::Field; WIDTH]) {
        for (element, row) in elements.iter_mut().zip(self.0) {
            *element = M::from_words(row);
        }
    }
    #[inline(always)]
    fn store_canonical(&self, elements: &mut [M::Field; WIDTH]) {
        *elements = self.elements();
    }
    fn factor(element: M::Field) -> Line {
        line(&M::words(&element), &[0; 4])
    }
    #[inline(always)]
    fn splat(Serial(multiplier): Serial<U>, factor: &Line) -> Self {
        Self::new(multiplier, [halves(factor)[0]; WIDTH])
    }
    #[inline(always)]
    fn wide(self) -> Self {
        self
    }
    #[inline(always)]
    fn split(u: &mut Self, v: &mut Self, factor: &Self) {
        Self::split_rows(u, v, factor);
    }
    #[inline(always)]
    fn join(u: &mut Self, v: &mut Self, factor: &Self) {
        Self::join_rows(u, v, factor);
    }
    #[inline(always)]
    fn narrow(a: &Self) -> Self {
        *a
    }
    #[inline(always)]
    fn transpose(rows: &mut [Self; WIDTH]) {
        let multiplier = rows[0].1;
        *rows = from_fn(|i| Self::new(multiplier, from_fn(|j| rows[j].0[i])));
    }
    #[inline(always)]
    fn quadratic_mul(a: [&Self; 2], b: [&Self; 2]) -> [Self; 2] {
        Self::quadratic_products(a, b)
    }
    #[inline(always)]
    fn quadratic_square(a: [&Self; 2]) -> [Self; 2] {
        Self::quadratic_squares(a)
    }
}
