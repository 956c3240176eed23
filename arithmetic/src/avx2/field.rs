//! Lazy field elements in 29-bit limbs, in Montgomery form with `R = 2^261 > 169.2 p`.
//!
//! Bounds: a tight value is below `33p` with carried limbs; a loose one is below `67p` with limbs below
//! `3 x 2^29`. A factor of a transform is below `1.001p`.
//!
//! | operation         | value                                              | after         |
//! |-------------------|----------------------------------------------------|---------------|
//! | `add`             | `66p`                                              | loose         |
//! | `sub`             | `a + 34p - b`                                      | loose         |
//! | `mul`             | `67p * 33p / 2^261 + 2.001p < 15.1p`               | tight         |
//! | `reduce`, `sub_tight`, `sub_both` | `33p + 68p` at most, minus a quotient times `p` | `1.001p` |
//! | `wide`            | words: `5.3p`; else as `reduce`                    | `5.3p`        |
//! | `split`           | `b w < 24p * 1.001p / 2^261 + 2.001p < 3p`; adds at most `3p` | `24p` after 6 |
//! | `join`, sum       | doubles: `5.3p * 2^6`, `7.1p * 2^5`                | `340p` after 6 |
//! | `join`, product   | `(a + 512p - b) w < 852p * 1.001p / 2^261 + 2.001p` | `7.1p`       |
//! | `narrow`          | `340p`, minus a quotient times `p`                 | `1.001p`      |
//! | bases             | `32 X <= 32p`                                      | `32p`         |
//! | quadratic `c0`    | `a0 b0 + a1 (34p - b1) <= 67p * 67p`, over `2^261` | `28.6p`       |
//! | quadratic `c1`    | `a0 b1 + a1 b0 <= 2 * 67p * 33p`, over `2^261`     | `28.2p`       |
//!
//! Bases come in arkworks' form, `X = x 2^256 mod p`. Loading them five bits further left gives
//! `32 X = x 2^261`, which is this backend's form but for the bound: no multiplication is spent, and no
//! subtraction either.

use std::array::from_fn;
use std::marker::PhantomData;

use ark_ff::Field;

use super::exact::{canonical, exactly_zero, inverses};
use super::limbs::{self, Halves, LIMBS, Limbs, MASK, Table};
use super::memory::{self, Words};
use super::product::{product, product_assign, product_sum, product_sum_assign};
use super::token::Avx2;
use super::vector::{self as v, Quad};
use crate::constants::Modulus;
use crate::lanes::{Lanes, PrimeLanes};
use crate::line::{Line, WIDTH};

/// Eight tight values.
#[derive(Clone, Copy)]
pub(crate) struct Tight<M>(Halves, PhantomData<M>);

/// Eight loose values.
#[derive(Clone, Copy)]
pub(crate) struct Loose<M>(Halves, PhantomData<M>);

/// Eight values below `340p`, in the middle of a transform; limbs are below `2^36`.
#[derive(Clone, Copy)]
pub(crate) struct Wide<M>(Halves, PhantomData<M>);

impl<M: Modulus> Tight<M> {
    const TABLE: &'static Table = &Table::of(&M::CONSTANTS);

    #[inline(always)]
    fn new(halves: Halves) -> Self {
        debug_assert_bounds::<M>(&halves, 33, MASK, "tight");
        Self(halves, PhantomData)
    }
}

impl<M: Modulus> Loose<M> {
    #[inline(always)]
    fn new(halves: Halves) -> Self {
        debug_assert_bounds::<M>(&halves, 67, 3 << 29, "loose");
        Self(halves, PhantomData)
    }
}

impl<M: Modulus> Wide<M> {
    #[inline(always)]
    fn new(halves: Halves) -> Self {
        debug_assert_bounds::<M>(&halves, 340, 1 << 36, "wide");
        Self(halves, PhantomData)
    }
}

/// Asserts in debug builds that values are below `k p` and the limbs but the top one at most `most`.
#[inline(always)]
fn debug_assert_bounds<M: Modulus>(halves: &Halves, k: u64, most: u64, bound: &str) {
    if cfg!(debug_assertions) {
        let top = k * (limbs::limbs(M::CONSTANTS.words)[8] + 1);
        for value in (0..WIDTH).map(|at| halves.lane(at)) {
            assert!(
                value[..8].iter().all(|&limb| limb <= most) && value[8] <= top,
                "a {bound} value is out of bounds: {value:x?}"
            );
        }
    }
}

/// `34p - a` for tight `a`, carried: below `34p`, what only [`product_sum`] may be given.
#[inline(always)]
fn opposite<M: Modulus>(a: &Halves) -> Halves {
    let table = Tight::<M>::TABLE;
    a.taken_from(&table.raised_34).carried(table)
}

#[inline(always)]
fn quadratic<M: Modulus>(a: [&Halves; 2], b: [&Tight<M>; 2]) -> [Tight<M>; 2] {
    let (table, opposite) = (Tight::<M>::TABLE, opposite::<M>(&b[1].0));
    [
        Tight::new(product_sum(table, (a[0], &b[0].0), (a[1], &opposite))),
        Tight::new(product_sum(table, (a[0], &b[1].0), (a[1], &b[0].0))),
    ]
}

/// Values that fit four words: the same where all do already, else in `room`.
#[inline(always)]
fn in_words<'a, M: Modulus>(a: &'a Halves, room: &'a mut Halves) -> &'a Halves {
    if v::none(v::right::<24>(v::or(a.0[0].0[8], a.0[1].0[8]))) {
        a
    } else {
        near_out_of_line::<M>(a, room);
        room
    }
}

#[cold]
#[inline(never)]
fn near_out_of_line<M: Modulus>(a: &Halves, room: &mut Halves) {
    // SAFETY: there are vectors, so there is AVX2.
    unsafe { near_compiled::<M>(a, room) }
}

#[target_feature(enable = "avx2")]
fn near_compiled<M: Modulus>(a: &Halves, room: &mut Halves) {
    *room = a.near(Tight::<M>::TABLE);
}

#[inline(always)]
fn unpack(words: &[Words; 2]) -> Halves {
    Halves([memory::unpack(words[0]), memory::unpack(words[1])])
}

/// Words `x 2^256 mod p` in this backend's form, below `32p`, `32p - x` in the lanes of `negate`.
#[inline(always)]
fn from_ark<M: Modulus>(words: [Words; 2], negate: u8) -> Halves {
    let shifted = Halves([
        memory::unpack_shifted(words[0]),
        memory::unpack_shifted(words[1]),
    ]);
    if negate == 0 {
        return shifted;
    }
    let table = Tight::<M>::TABLE;
    let opposite = shifted.taken_from(&table.raised_32);
    Halves::select(negate, &opposite.carried(table), &shifted)
}

impl<M: Modulus> Lanes for Tight<M> {
    type Arch = Avx2;
    type Field = M::Field;
    type Loose = Loose<M>;
    const SPILL: usize = LIMBS;

    #[inline(always)]
    fn one(arch: Avx2) -> Self {
        Self::splat(arch, &Self::factor(M::Field::ONE))
    }
    #[inline(always)]
    fn zero(arch: Avx2) -> Self {
        Self::new(Halves::zero(arch))
    }
    #[inline(always)]
    fn arch(&self) -> Avx2 {
        self.0.arch()
    }
    #[inline(always)]
    fn loose(&self) -> Loose<M> {
        Loose::new(self.0)
    }
    #[inline(always)]
    fn add(&self, other: &Self) -> Loose<M> {
        Loose::new(self.0.plus(&other.0))
    }
    #[inline(always)]
    fn sub(&self, other: &Self) -> Loose<M> {
        Loose::new(self.0.minus(&Self::TABLE.raised_34, &other.0))
    }
    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        Self::new(product(Self::TABLE, &self.0, &other.0))
    }
    #[inline(always)]
    fn mul_loose(a: &Loose<M>, b: &Self) -> Self {
        Self::new(product(Self::TABLE, &a.0, &b.0))
    }
    #[inline(always)]
    fn mul_assign(&mut self, a: &Loose<M>) {
        product_assign(Self::TABLE, &mut self.0, &a.0);
        debug_assert_bounds::<M>(&self.0, 33, MASK, "tight");
    }
    #[inline(always)]
    fn square(&self) -> Self {
        Self::new(product(Self::TABLE, &self.0, &self.0))
    }
    #[inline(always)]
    fn reduce(a: &Loose<M>) -> Self {
        Self::new(a.0.near(Self::TABLE))
    }
    #[inline(always)]
    fn sub_tight(&self, other: &Self) -> Self {
        Self::reduce(&self.sub(other))
    }
    #[inline(always)]
    fn sub_both(&self, b: &Self, c: &Self) -> Self {
        let difference = self.0.minus(&Self::TABLE.raised_68, &b.0);
        Self::new(difference.less(&c.0).near(Self::TABLE))
    }
    #[inline(always)]
    fn zero_mask(a: &Loose<M>) -> u8 {
        let candidates = v::or(
            a.0.0[0].zero_candidates(68, Self::TABLE),
            a.0.0[1].zero_candidates(68, Self::TABLE),
        );
        if v::none(candidates) {
            return 0;
        }
        exactly_zero::<M>(&a.0)
    }
    #[inline(always)]
    fn select(mask: u8, a: &Self, b: &Self) -> Self {
        Self::new(Halves::select(mask, &a.0, &b.0))
    }
    #[inline(always)]
    fn select_loose(mask: u8, a: &Loose<M>, b: &Loose<M>) -> Loose<M> {
        Loose::new(Halves::select(mask, &a.0, &b.0))
    }
    #[inline(always)]
    fn invert(&self) -> Self {
        Self::of_words(self.arch(), &inverses::<M>(&self.0))
    }
    #[inline(always)]
    fn spill(&self, lines: &mut [Line]) {
        for (line, limb) in lines[..LIMBS].iter_mut().zip(0..) {
            *line = line_of([self.0.0[0].0[limb], self.0.0[1].0[limb]]);
        }
    }
    #[inline(always)]
    fn unspill(arch: Avx2, lines: &[Line]) -> Self {
        let lines = &lines[..LIMBS];
        let mut halves = Halves::zero(arch);
        for (i, line) in lines.iter().enumerate() {
            halves.0[0].0[i] = memory::half::<0>(arch, line);
            halves.0[1].0[i] = memory::half::<1>(arch, line);
        }
        Self::new(halves)
    }
}

#[inline(always)]
fn line_of(quads: [Quad; 2]) -> Line {
    let [a, b] = [v::words(quads[0]), v::words(quads[1])];
    Line([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]])
}

impl<M: Modulus> Tight<M> {
    /// Elements by their words in this backend's form.
    #[inline(always)]
    fn of_words(arch: Avx2, words: &[[u64; 4]; WIDTH]) -> Self {
        let mut halves = Halves::zero(arch);
        for (half, words) in halves.0.iter_mut().zip(words.as_chunks::<4>().0) {
            *half = memory::unpack(v::transpose([
                v::quad(arch, words[0]),
                v::quad(arch, words[1]),
                v::quad(arch, words[2]),
                v::quad(arch, words[3]),
            ]));
        }
        Self::new(halves)
    }

    /// Writes words that are below `2^256` and not reduced.
    #[inline(always)]
    fn write_words(halves: &Halves, elements: &mut [M::Field; WIDTH]) {
        for (half, elements) in halves.0.iter().zip(elements.as_chunks_mut::<4>().0) {
            let rows = v::transpose(memory::pack(half));
            for (element, row) in elements.iter_mut().zip(rows) {
                *element = M::from_words(v::words(row));
            }
        }
    }
}

impl<M: Modulus> PrimeLanes for Tight<M> {
    type Wide = Wide<M>;

    #[inline(always)]
    fn load_line(arch: Avx2, lines: [&Line; WIDTH], negate: (u8, u8)) -> (Self, Self, u8) {
        let first = memory::load_halves::<0>(arch, &lines);
        let second = memory::load_halves::<1>(arch, &lines);
        let zero = memory::zero_lanes([
            v::or(memory::any(&first[0]), memory::any(&second[0])),
            v::or(memory::any(&first[1]), memory::any(&second[1])),
        ]);
        (
            Self::new(from_ark::<M>(first, negate.0)),
            Self::new(from_ark::<M>(second, negate.1)),
            zero,
        )
    }
    #[inline(always)]
    fn load_own_line(arch: Avx2, lines: [&Line; WIDTH]) -> (Self, Self, u8) {
        let first = memory::load_halves::<0>(arch, &lines);
        let second = memory::load_halves::<1>(arch, &lines);
        let zero = memory::zero_lanes([
            v::or(memory::any(&first[0]), memory::any(&second[0])),
            v::or(memory::any(&first[1]), memory::any(&second[1])),
        ]);
        (Self::new(unpack(&first)), Self::new(unpack(&second)), zero)
    }
    #[inline(always)]
    fn load_first_half(arch: Avx2, lines: [&Line; WIDTH]) -> (Self, u8) {
        let words = memory::load_halves::<0>(arch, &lines);
        let zero = memory::zero_lanes([memory::any(&words[0]), memory::any(&words[1])]);
        (Self::new(from_ark::<M>(words, 0)), zero)
    }
    #[inline(always)]
    fn load_own_first_half(arch: Avx2, lines: [&Line; WIDTH]) -> (Self, u8) {
        let words = memory::load_halves::<0>(arch, &lines);
        let zero = memory::zero_lanes([memory::any(&words[0]), memory::any(&words[1])]);
        (Self::new(unpack(&words)), zero)
    }
    #[inline(always)]
    fn store_line(first: &Self, second: &Self, zero: u8) -> [Line; WIDTH] {
        let mut room = [Halves::zero(first.arch()); 2];
        let [first_room, second_room] = &mut room;
        let first = in_words::<M>(&first.0, first_room);
        let second = in_words::<M>(&second.0, second_room);
        let mut lines = [Line::default(); WIDTH];
        for half in 0..2 {
            let a = v::transpose(memory::pack(&first.0[half]));
            let b = v::transpose(memory::pack(&second.0[half]));
            for lane in 0..4 {
                lines[4 * half + lane] = line_of([a[lane], b[lane]]);
            }
        }
        if zero != 0 {
            for (lane, line) in lines.iter_mut().enumerate() {
                if zero >> lane & 1 == 1 {
                    *line = Line::default();
                }
            }
        }
        lines
    }
    fn export_line(line: &Line) -> (M::Field, M::Field) {
        let [first, second] = [line.0.as_chunks::<4>().0[0], line.0.as_chunks::<4>().0[1]];
        let fraction = M::Field::from(32u64).inverse().expect("32 is not zero");
        let element = |words| M::from_words(canonical::<M>(limbs::limbs(words))) * fraction;
        (element(first), element(second))
    }
    #[inline(always)]
    fn prefetch_line(line: &Line) {
        v::prefetch(line);
    }

    #[inline(always)]
    fn factors(arch: Avx2, elements: [M::Field; WIDTH]) -> Self {
        let shift = M::Field::from(32u64);
        Self::of_words(arch, &elements.map(|element| M::words(&(element * shift))))
    }
    #[inline(always)]
    fn load_words(arch: Avx2, elements: &[M::Field; WIDTH]) -> Self {
        Self::of_words(arch, &from_fn(|i| M::words(&elements[i])))
    }
    #[inline(always)]
    fn store_words(&self, elements: &mut [M::Field; WIDTH]) {
        let mut room = Halves::zero(self.arch());
        Self::write_words(in_words::<M>(&self.0, &mut room), elements);
    }
    #[inline(always)]
    fn store_canonical(&self, elements: &mut [M::Field; WIDTH]) {
        let near = self.0.near(Self::TABLE);
        let least = Halves([near.0[0].least(Self::TABLE), near.0[1].least(Self::TABLE)]);
        Self::write_words(&least, elements);
    }
    fn factor(element: M::Field) -> Line {
        let l = limbs::limbs(M::words(&(element * M::Field::from(32u64))));
        let pair = |i: usize| l[i] | l[i + 1] << 32;
        Line([pair(0), pair(2), pair(4), pair(6), l[8], 0, 0, 0])
    }
    #[inline(always)]
    fn splat(arch: Avx2, factor: &Line) -> Self {
        let mut limbs = Limbs::zero(arch);
        for i in 0..LIMBS {
            limbs.0[i] = v::splat(arch, factor.0[i / 2] >> (32 * (i % 2)) & MASK);
        }
        Self::new(Halves([limbs; 2]))
    }
    #[inline(always)]
    fn wide(self) -> Wide<M> {
        let mut room = Halves::zero(self.arch());
        Wide::new(*in_words::<M>(&self.0, &mut room))
    }
    #[inline(always)]
    fn split(u: &mut Wide<M>, v: &mut Wide<M>, factor: &Self) {
        let product = product(Self::TABLE, &v.0.carried(Self::TABLE), &factor.0);
        *v = Wide::new(u.0.minus(&Self::TABLE.raised_3, &product));
        *u = Wide::new(u.0.plus(&product));
    }
    #[inline(always)]
    fn join(u: &mut Wide<M>, v: &mut Wide<M>, factor: &Self) {
        let difference = u.0.minus(&Self::TABLE.raised_512, &v.0);
        *u = Wide::new(u.0.plus(&v.0));
        *v = Wide::new(product(
            Self::TABLE,
            &difference.carried(Self::TABLE),
            &factor.0,
        ));
    }
    #[inline(always)]
    fn narrow(a: &Wide<M>) -> Self {
        Self::new(a.0.near(Self::TABLE))
    }
    #[inline(always)]
    fn transpose(rows: &mut [Wide<M>; WIDTH]) {
        let mut turned = *rows;
        for limb in 0..LIMBS {
            for (to, from) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let block = v::transpose([
                    rows[4 * from].0.0[to].0[limb],
                    rows[4 * from + 1].0.0[to].0[limb],
                    rows[4 * from + 2].0.0[to].0[limb],
                    rows[4 * from + 3].0.0[to].0[limb],
                ]);
                for (i, block) in block.into_iter().enumerate() {
                    turned[4 * to + i].0.0[from].0[limb] = block;
                }
            }
        }
        *rows = turned;
    }

    #[inline(always)]
    fn quadratic_mul(a: [&Loose<M>; 2], b: [&Self; 2]) -> [Self; 2] {
        quadratic::<M>([&a[0].0, &a[1].0], b)
    }
    #[inline(always)]
    fn quadratic_mul_tight(a: [&Self; 2], b: [&Self; 2]) -> [Self; 2] {
        quadratic::<M>([&a[0].0, &a[1].0], b)
    }
    #[inline(always)]
    fn quadratic_mul_assign(b: [&mut Self; 2], a: [&Loose<M>; 2]) {
        let [b0, b1] = b;
        let opposite = opposite::<M>(&b1.0);
        let c0 = product_sum(Self::TABLE, (&a[0].0, &b0.0), (&a[1].0, &opposite));
        product_sum_assign(Self::TABLE, &mut b1.0, &a[0].0, (&a[1].0, &b0.0));
        *b0 = Self::new(c0);
        debug_assert_bounds::<M>(&b1.0, 33, MASK, "tight");
    }
    #[inline(always)]
    fn quadratic_square(a: [&Self; 2]) -> [Self; 2] {
        let (sum, difference) = (a[0].add(a[1]), a[0].sub(a[1]));
        [
            Self::new(product(Self::TABLE, &sum.0, &difference.0)),
            Self::mul_loose(&a[0].add(a[0]), a[1]),
        ]
    }
}
