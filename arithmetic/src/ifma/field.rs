//! Lazy field elements in 52-bit limbs, in Montgomery form with `R = 2^260`.
//!
//! Bounds, with `2^260 > 84.5 p` for both primes: a tight value is below `16p + 2^216`, a loose one
//! below `33p + 2^218`, and both have carried limbs. A factor of a transform is below `p`.
//!
//! | operation          | before reduction                                | after            |
//! |--------------------|-------------------------------------------------|------------------|
//! | `add`              | `32p + 2^217`                                   | loose as it is   |
//! | `sub`              | `a + 17p - b`, in `p - 2^216 .. 33p + 2^216`    | loose as it is   |
//! | `mul`              | `33.01p * 16.01p / 2^260 + 2p < 8.3p`           | tight as it is   |
//! | `reduce`           | `33p + 2^218`, raised by `17p`                  | `4.26p`          |
//! | `sub_tight`, `mul_sub` | `a + 17p - b < 33.01p`                      | `4.26p`          |
//! | `sub_both`, `square_sub` | `a + 33p - b - c < 49.01p`                | `4.26p`          |
//! | bases              | `16 X < 16p`; negated `16p - 16 X`              | tight as it is   |
//! | `wide`             | words: `5.3p`; else as `reduce`                 | `5.3p`           |
//! | `split`            | `b w < 24p * p / 2^260 + 2p < 2.3p`; adds that or `3p` to `a` | 24p after 6 |
//! | `join`, sum        | `16p + 2^219`, minus `8p`                       | `8p + 2^219`     |
//! | `join`, product    | `(a + 9p - b) w < 18p * p / 2^260 + 2p`         | `2.3p`           |
//! | `narrow`           | `24p`, raised by `17p`                          | `4.26p`          |
//! | quadratic `c0`     | `a0 b0 - a1 b1 + 7p 2^260`, over `2^260`        | `15.3p`          |
//! | quadratic `c1`     | `a0 b1 + a1 b0 <= 2 * 33.01p * 16.01p`, over `2^260` | `14.6p`     |
//! | quadratic square   | `(a0 + a1) (a0 + 17p - a1) <= 32.01p * 33.01p`, over `2^260` | `14.6p` |
//!
//! Bases come in arkworks' form, `X = x 2^256 mod p`. Loading them four bits further left gives
//! `16 X = x 2^260`, which is this backend's form but for the bound: no multiplication is spent, and no
//! subtraction either. Only values that fit four words can be stored: those below `5.28p`.

use std::array::from_fn;
use std::marker::PhantomData;

use ark_ff::Field;

use super::exact::{canonical, exactly_zero, inverses};
use super::limbs::{self as l, Limbs};
use super::memory;
use super::token::Ifma;
use super::vector::{self as v, FourWords, Vector};
use crate::constants::{Constants, LIMB_MASK, Modulus, limbs};
use crate::lanes::{Lanes, PrimeLanes};
use crate::line::{Line, WIDTH};

/// Eight tight values.
#[derive(Clone, Copy)]
pub(crate) struct Tight<M>(Limbs, PhantomData<M>);

/// Eight loose values.
#[derive(Clone, Copy)]
pub(crate) struct Loose<M>(Limbs, PhantomData<M>);

/// Eight values below `24p`, in the middle of a transform; limbs are signed and below `2^60`.
#[derive(Clone, Copy)]
pub(crate) struct Wide<M>(Limbs, PhantomData<M>);

impl<M: Modulus> Tight<M> {
    #[inline(always)]
    fn new(limbs: Limbs) -> Self {
        debug_assert_below::<M>(&limbs, 16, "tight");
        Self(limbs, PhantomData)
    }
}

impl<M: Modulus> Loose<M> {
    #[inline(always)]
    fn new(limbs: Limbs) -> Self {
        debug_assert_below::<M>(&limbs, 33, "loose");
        Self(limbs, PhantomData)
    }
}

/// Asserts in debug builds that limbs are carried and values below `k p + 2^218`.
#[inline(always)]
fn debug_assert_below<M: Modulus>(limbs: &Limbs, k: usize, bound: &str) {
    if cfg!(debug_assertions) {
        let words = limbs.map(Vector::words);
        let top = M::CONSTANTS.multiples[k][4];
        let lanes = (0..WIDTH).map(|lane| -> [u64; 5] { from_fn(|i| words[i][lane]) });
        for value in lanes {
            assert!(
                value[..4].iter().all(|&limb| limb <= LIMB_MASK) && value[4] <= top + (1 << 10),
                "a {bound} value is out of bounds: {value:x?}"
            );
        }
    }
}

#[inline(always)]
fn constants<M: Modulus>() -> &'static Constants {
    const { &M::CONSTANTS }
}

#[inline(always)]
fn multiple<M: Modulus>(arch: Ifma, k: usize) -> Limbs {
    l::splat_limbs(arch, &constants::<M>().multiples[k])
}

impl<M: Modulus> Lanes for Tight<M> {
    type Arch = Ifma;
    type Field = M::Field;
    type Loose = Loose<M>;
    const SPILL: usize = 5;

    #[inline(always)]
    fn one(arch: Ifma) -> Self {
        Self::new(l::splat_limbs(arch, &constants::<M>().one))
    }
    #[inline(always)]
    fn zero(arch: Ifma) -> Self {
        Self::new([v::splat(arch, 0); 5])
    }
    #[inline(always)]
    fn arch(&self) -> Ifma {
        self.0[0].arch()
    }
    #[inline(always)]
    fn loose(&self) -> Loose<M> {
        Loose(self.0, PhantomData)
    }
    #[inline(always)]
    fn add(&self, other: &Self) -> Loose<M> {
        Loose::new(l::carried(l::add_limbs(self.0, &other.0)))
    }
    #[inline(always)]
    fn sub(&self, other: &Self) -> Loose<M> {
        let raised = l::add_limbs(self.0, &multiple::<M>(self.arch(), 17));
        Loose::new(l::carried(l::sub_limbs(raised, &other.0)))
    }
    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        let columns = l::columns(&self.0, &other.0);
        Self::new(l::carried(l::reduced(columns, constants::<M>())))
    }
    #[inline(always)]
    fn mul_loose(a: &Loose<M>, b: &Self) -> Self {
        let columns = l::columns(&a.0, &b.0);
        Self::new(l::carried(l::reduced(columns, constants::<M>())))
    }
    #[inline(always)]
    fn mul_assign(&mut self, a: &Loose<M>) {
        *self = Self::mul_loose(a, self);
    }
    #[inline(always)]
    fn square(&self) -> Self {
        let columns = l::square_columns(&self.0);
        Self::new(l::carried(l::reduced(columns, constants::<M>())))
    }
    #[inline(always)]
    fn reduce(a: &Loose<M>) -> Self {
        Self::new(near::<M>(a.0))
    }
    #[inline(always)]
    fn sub_tight(&self, other: &Self) -> Self {
        Self::new(near::<M>(l::sub_limbs(self.0, &other.0)))
    }
    #[inline(always)]
    fn sub_both(&self, b: &Self, c: &Self) -> Self {
        Self::new(minus_both::<M>(self.0, b, c))
    }
    #[inline(always)]
    fn mul_sub(a: &Loose<M>, b: &Self, c: &Self) -> Self {
        let product = l::reduced(l::columns(&a.0, &b.0), constants::<M>());
        Self::new(near::<M>(l::sub_limbs(product, &c.0)))
    }
    #[inline(always)]
    fn square_sub(&self, b: &Self, c: &Self) -> Self {
        let square = l::reduced(l::square_columns(&self.0), constants::<M>());
        Self::new(minus_both::<M>(square, b, c))
    }
    #[inline(always)]
    fn zero_mask(a: &Loose<M>) -> u8 {
        // A multiple k p has the low limb k p0; dividing by p0 modulo 2^52 gives k, 0 to 33. Any
        // other value passes once in 2^46.
        let constants = constants::<M>();
        let arch = a.0[0].arch();
        let inverse = v::splat(arch, constants.inverse);
        let quotient = v::low(v::splat(arch, 0), a.0[0], inverse);
        let candidates = v::greater(v::splat(arch, 34), quotient);
        if candidates == 0 {
            return 0;
        }
        exactly_zero::<M>(a.0.map(Vector::words))
    }
    #[inline(always)]
    fn select(mask: u8, a: &Self, b: &Self) -> Self {
        Self::new(l::blend_limbs(mask, a.0, &b.0))
    }
    #[inline(always)]
    fn select_loose(mask: u8, a: &Loose<M>, b: &Loose<M>) -> Loose<M> {
        Loose::new(l::blend_limbs(mask, a.0, &b.0))
    }
    #[inline(always)]
    fn invert(&self) -> Self {
        let words = inverses::<M>(self.0.map(Vector::words));
        Self::new(from_fn(|limb| {
            Vector::new(self.arch(), from_fn(|lane| limbs(words[lane])[limb]))
        }))
    }
    #[inline(always)]
    fn spill(&self, lines: &mut [Line]) {
        for (line, limb) in lines[..5].iter_mut().zip(self.0) {
            *line = Line(limb.words());
        }
    }
    #[inline(always)]
    fn unspill(arch: Ifma, lines: &[Line]) -> Self {
        let lines = &lines[..5];
        Self::new(from_fn(|i| Vector::new(arch, lines[i].0)))
    }
}

/// Words `x 2^256 mod p`, shifted into the form of this backend; negated in the lanes of `negate`.
#[inline(always)]
fn from_ark<M: Modulus>(words: [Vector; 4], negate: u8) -> Tight<M> {
    let shifted = memory::unpack_shifted(words);
    if negate == 0 {
        return Tight::new(shifted);
    }
    let signed = l::complement_where(negate, &multiple::<M>(words[0].arch(), 16), shifted);
    Tight::new(l::carried(signed))
}

/// A value of `-16.01p..34p`, of which the limbs may be uncarried, below `4.26p`.
#[inline(always)]
fn near<M: Modulus>(a: Limbs) -> Limbs {
    l::carried(l::descended(a, &constants::<M>().descent_17))
}

/// `a - b - c` for `a` below `16.01p`, of which the limbs may be uncarried, below `4.26p`.
#[inline(always)]
fn minus_both<M: Modulus>(a: Limbs, b: &Tight<M>, c: &Tight<M>) -> Limbs {
    let difference = l::sub_limbs(l::sub_limbs(a, &b.0), &c.0);
    l::carried(l::descended(difference, &constants::<M>().descent_33))
}

/// The same values where they fit four words, else reduced.
#[inline(always)]
fn in_words<M: Modulus>(a: &Tight<M>) -> Limbs {
    let arch = a.arch();
    if v::greater(a.0[4], v::splat(arch, (1 << 48) - 1)) == 0 {
        return a.0;
    }
    let near = near_out_of_line::<M>(arch, a.0.map(Vector::words));
    near.map(|limb| Vector::new(arch, limb))
}

#[cold]
#[inline(never)]
fn near_out_of_line<M: Modulus>(arch: Ifma, words: [[u64; WIDTH]; 5]) -> [[u64; WIDTH]; 5] {
    // SAFETY: `arch` proves every feature that `near_compiled` enables.
    unsafe { near_compiled::<M>(arch, words) }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma,avx512vbmi2")]
fn near_compiled<M: Modulus>(arch: Ifma, words: [[u64; WIDTH]; 5]) -> [[u64; WIDTH]; 5] {
    near::<M>(words.map(|limb| Vector::new(arch, limb))).map(Vector::words)
}

impl<M: Modulus<Field: FourWords>> PrimeLanes for Tight<M> {
    type Wide = Wide<M>;

    #[inline(always)]
    fn load_line(arch: Ifma, lines: [&Line; WIDTH], negate: (u8, u8)) -> (Self, Self, u8) {
        let w = memory::load_lines(arch, lines);
        let zero = v::zero_lanes(memory::any(w));
        let first = from_ark([w[0], w[1], w[2], w[3]], negate.0);
        (first, from_ark([w[4], w[5], w[6], w[7]], negate.1), zero)
    }
    #[inline(always)]
    fn load_own_line(arch: Ifma, lines: [&Line; WIDTH]) -> (Self, Self, u8) {
        let w = memory::load_lines(arch, lines);
        let zero = v::zero_lanes(memory::any(w));
        let first = Self::new(memory::unpack([w[0], w[1], w[2], w[3]]));
        (
            first,
            Self::new(memory::unpack([w[4], w[5], w[6], w[7]])),
            zero,
        )
    }
    #[inline(always)]
    fn load_first_half(arch: Ifma, lines: [&Line; WIDTH]) -> (Self, u8) {
        let words = memory::first_halves(arch, lines);
        let zero = v::zero_lanes(memory::any_of_four(words));
        (from_ark(words, 0), zero)
    }
    #[inline(always)]
    fn load_own_first_half(arch: Ifma, lines: [&Line; WIDTH]) -> (Self, u8) {
        let words = memory::first_halves(arch, lines);
        let zero = v::zero_lanes(memory::any_of_four(words));
        (Self::new(memory::unpack(words)), zero)
    }
    #[inline(always)]
    fn store_line(first: &Self, second: &Self, zero: u8) -> [Line; WIDTH] {
        let (a, b) = (
            memory::pack(in_words(first)),
            memory::pack(in_words(second)),
        );
        let mut words = [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]];
        if zero != 0 {
            for word in &mut words {
                *word = v::blend(zero, v::splat(word.arch(), 0), *word);
            }
        }
        memory::transpose(words).map(|line| Line(line.words()))
    }
    fn export_line(line: &Line) -> (M::Field, M::Field) {
        let w = line.0;
        let sixteenth = M::Field::from(16u64).inverse().expect("16 is not zero");
        let element = |words| M::from_words(canonical::<M>(limbs(words))) * sixteenth;
        (
            element([w[0], w[1], w[2], w[3]]),
            element([w[4], w[5], w[6], w[7]]),
        )
    }
    #[inline(always)]
    fn prefetch_line(line: &Line) {
        v::prefetch(line);
    }

    #[inline(always)]
    fn factors(arch: Ifma, elements: [M::Field; WIDTH]) -> Self {
        let shift = M::Field::from(16u64);
        let words = elements.map(|element| M::words(&(element * shift)));
        Self::new(memory::unpack(from_fn(|i| {
            Vector::new(arch, from_fn(|lane| words[lane][i]))
        })))
    }
    #[inline(always)]
    fn load_words(arch: Ifma, elements: &[M::Field; WIDTH]) -> Self {
        Self::new(memory::unpack(memory::load_elements(arch, elements)))
    }
    #[inline(always)]
    fn store_words(&self, elements: &mut [M::Field; WIDTH]) {
        memory::store_elements(memory::pack(in_words(self)), elements);
    }
    #[inline(always)]
    fn store_canonical(&self, elements: &mut [M::Field; WIDTH]) {
        // 5.3p, minus 2p, p and p, each judged by the top limb: below 1.3p, so that one exact
        // subtraction is enough.
        let twice = l::sub_multiple(in_words(self), constants::<M>(), 2);
        let once = l::sub_multiple(twice, constants::<M>(), 1);
        let near = l::carried(l::sub_multiple(once, constants::<M>(), 1));
        let below = l::carried(l::sub_limbs(near, &multiple::<M>(self.arch(), 1)));
        let negative = v::greater(v::splat(self.arch(), 0), below[4]);
        let exact = l::blend_limbs(negative, near, &below);
        memory::store_elements(memory::pack(exact), elements);
    }
    fn factor(element: M::Field) -> Line {
        let [a, b, c, d, e] = limbs(M::words(&(element * M::Field::from(16u64))));
        Line([a, b, c, d, e, 0, 0, 0])
    }
    #[inline(always)]
    fn splat(arch: Ifma, factor: &Line) -> Self {
        let [a, b, c, d, e, ..] = factor.0;
        Self::new(l::splat_limbs(arch, &[a, b, c, d, e]))
    }
    #[inline(always)]
    fn wide(self) -> Wide<M> {
        Wide(in_words(&self), PhantomData)
    }
    #[inline(always)]
    fn split(a: &mut Wide<M>, b: &mut Wide<M>, factor: &Self) {
        let columns = l::columns(&l::carried(b.0), &factor.0);
        let product = l::reduced(columns, constants::<M>());
        let raised = l::add_limbs(a.0, &multiple::<M>(factor.arch(), 3));
        a.0 = l::add_limbs(a.0, &product);
        b.0 = l::sub_limbs(raised, &product);
    }
    #[inline(always)]
    fn join(a: &mut Wide<M>, b: &mut Wide<M>, factor: &Self) {
        let sum = l::sub_multiple(l::add_limbs(a.0, &b.0), constants::<M>(), 8);
        let raised = l::add_limbs(a.0, &multiple::<M>(factor.arch(), 9));
        let difference = l::carried(l::sub_limbs(raised, &b.0));
        let columns = l::columns(&difference, &factor.0);
        a.0 = l::carried(sum);
        b.0 = l::carried(l::reduced(columns, constants::<M>()));
    }
    #[inline(always)]
    fn narrow(a: &Wide<M>) -> Self {
        if cfg!(debug_assertions) {
            debug_assert_below::<M>(&l::carried(a.0), 24, "wide");
        }
        Self::new(near::<M>(a.0))
    }
    #[inline(always)]
    fn transpose(rows: &mut [Wide<M>; WIDTH]) {
        let mut turned = *rows;
        for limb in 0..5 {
            let mut column = [rows[0].0[limb]; WIDTH];
            for row in 0..WIDTH {
                column[row] = rows[row].0[limb];
            }
            let column = memory::transpose(column);
            for row in 0..WIDTH {
                turned[row].0[limb] = column[row];
            }
        }
        *rows = turned;
    }

    #[inline(always)]
    fn quadratic_mul(a: [&Loose<M>; 2], b: [&Self; 2]) -> [Self; 2] {
        let (a_sum, b_sum) = (
            l::carried(l::add_limbs(a[0].0, &a[1].0)),
            l::carried(l::add_limbs(b[0].0, &b[1].0)),
        );
        let (first, second) = (l::columns(&a[0].0, &b[0].0), l::columns(&a[1].0, &b[1].0));
        let cross = l::columns(&a_sum, &b_sum);
        let (mut c0, mut c1) = (first, cross);
        for i in 0..10 {
            c0[i] = v::sub(c0[i], second[i]);
            c1[i] = v::sub(v::sub(c1[i], first[i]), second[i]);
        }
        // Columns 5 to 9 weigh 2^260 and more: 7p there keeps the difference positive.
        let raise = multiple::<M>(b[0].arch(), 7);
        for i in 0..5 {
            c0[5 + i] = v::add(c0[5 + i], raise[i]);
        }
        let c0 = Self::new(l::carried(l::reduced(c0, constants::<M>())));
        let c1 = Self::new(l::carried(l::reduced(c1, constants::<M>())));
        [c0, c1]
    }
    #[inline(always)]
    fn quadratic_square(a: [&Self; 2]) -> [Self; 2] {
        let (sum, difference) = (a[0].add(a[1]), a[0].sub(a[1]));
        let columns = l::columns(&sum.0, &difference.0);
        let norm = Self::new(l::carried(l::reduced(columns, constants::<M>())));
        [norm, Self::mul_loose(&a[0].add(a[0]), a[1])]
    }
}
