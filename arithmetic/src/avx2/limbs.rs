//! Values of four lanes in nine limbs of 29 bits: the steps that multiply nothing, or little.

use super::token::Avx2;
use super::vector::{self as v, Quad, quad, splat};
use crate::constants::{Constants, half, word_inverse};

/// Limbs of a value: `2^261 > 169.2 p` for both primes.
pub(super) const LIMBS: usize = 9;
/// Bits of a limb.
pub(super) const BITS: i32 = 29;
/// Mask of one limb.
pub(super) const MASK: u64 = (1 << BITS) - 1;

/// A value per lane: limb `i` weighs `2^(29 i)`.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(super) struct Limbs(pub(super) [Quad; LIMBS]);

/// Eight lanes: the first four, then the others.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Halves(pub(super) [Limbs; 2]);

/// A word in all four lanes, in memory.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(super) struct Word([u64; 4]);

/// A number in all four lanes, in memory: laid out as [`Limbs`] are.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Number([Word; LIMBS]);

/// What the steps need to know of a prime `p`, in all four lanes. The assembly of `product` knows
/// where the first four fields are.
#[repr(C, align(32))]
pub(super) struct Table {
    /// `2^-29 mod p`.
    pub(super) fold: Number,
    /// `p`.
    pub(super) modulus: Number,
    /// [`MASK`].
    pub(super) mask: Word,
    /// `-p^-1 mod 2^29`.
    pub(super) neg_inverse: Word,
    /// `p^-1 mod 2^29`.
    inverse: Word,
    /// `2^53 / (p / 2^232)`, a little less: what the top limb is multiplied by for a quotient.
    reciprocal: Word,
    /// Multiples of `p` whose limbs are so large that the limbs of a value can be subtracted one by
    /// one: `3p` and `34p` for carried limbs, `68p` for two carried values, `512p` for limbs below
    /// `2^36`.
    pub(super) raised_3: Number,
    pub(super) raised_34: Number,
    pub(super) raised_68: Number,
    pub(super) raised_512: Number,
    /// `32p`, raised for carried limbs.
    pub(super) raised_32: Number,
    /// Zero, raised for limbs below `2^39`.
    raised_0: Number,
}

/// Splits words into limbs; the top limb takes what is left.
pub(super) const fn limbs(w: [u64; 4]) -> [u64; LIMBS] {
    [
        w[0] & MASK,
        w[0] >> 29 & MASK,
        (w[0] >> 58 | w[1] << 6) & MASK,
        w[1] >> 23 & MASK,
        (w[1] >> 52 | w[2] << 12) & MASK,
        w[2] >> 17 & MASK,
        (w[2] >> 46 | w[3] << 18) & MASK,
        w[3] >> 11 & MASK,
        w[3] >> 40,
    ]
}

impl Word {
    const fn new(word: u64) -> Self {
        Self([word; 4])
    }

    #[inline(always)]
    fn load(&self, arch: Avx2) -> Quad {
        quad(arch, self.0)
    }
}

const fn in_all_lanes(limbs: [u64; LIMBS]) -> Number {
    let mut lanes = [Word::new(0); LIMBS];
    let mut i = 0;
    while i < LIMBS {
        lanes[i] = Word::new(limbs[i]);
        i += 1;
    }
    Number(lanes)
}

/// `k p`, with `2^bits` more in all limbs but the top one, taken from the limbs above.
const fn raised(p: [u64; 4], k: u64, bits: i32) -> Number {
    let (p, mut out) = (limbs(p), [0; LIMBS]);
    let (mut carry, mut i) = (0, 0);
    while i < LIMBS {
        let limb = p[i] * k + carry;
        carry = limb >> BITS;
        out[i] = if i + 1 < LIMBS { limb & MASK } else { limb };
        i += 1;
    }
    let mut i = 0;
    while i + 1 < LIMBS {
        out[i] = out[i].wrapping_add(1 << bits);
        out[i + 1] = out[i + 1].wrapping_sub(1 << (bits - BITS));
        i += 1;
    }
    in_all_lanes(out)
}

impl Table {
    /// Derives everything from the words of the prime.
    pub(super) const fn of(constants: &Constants) -> Self {
        let p = constants.words;
        let (mut fold, mut bit) = ([1, 0, 0, 0], 0);
        while bit < BITS {
            fold = half(fold, p);
            bit += 1;
        }
        let inverse = word_inverse(p[0]);
        Self {
            fold: in_all_lanes(limbs(fold)),
            modulus: in_all_lanes(limbs(p)),
            mask: Word::new(MASK),
            neg_inverse: Word::new(inverse.wrapping_neg() & MASK),
            inverse: Word::new(inverse & MASK),
            reciprocal: Word::new((1 << 53) / (limbs(p)[8] + 1)),
            raised_3: raised(p, 3, 29),
            raised_34: raised(p, 34, 29),
            raised_68: raised(p, 68, 30),
            raised_512: raised(p, 512, 36),
            raised_32: raised(p, 32, 29),
            raised_0: raised(p, 0, 40),
        }
    }
}

impl Limbs {
    #[inline(always)]
    pub(super) fn zero(arch: Avx2) -> Self {
        Self([splat(arch, 0); LIMBS])
    }

    /// The proof that the vectors were made of.
    #[inline(always)]
    fn arch(&self) -> Avx2 {
        self.0[0].arch()
    }

    /// `self + number`, uncarried.
    #[inline(always)]
    fn raised(mut self, number: &Number) -> Self {
        let arch = self.arch();
        for i in 0..LIMBS {
            self.0[i] = v::add(self.0[i], number.0[i].load(arch));
        }
        self
    }

    /// `self + other`, uncarried.
    #[inline(always)]
    fn plus(mut self, other: &Self) -> Self {
        for i in 0..LIMBS {
            self.0[i] = v::add(self.0[i], other.0[i]);
        }
        self
    }

    /// `self - other`, uncarried; no limb may be less than that of `other`.
    #[inline(always)]
    fn minus(mut self, other: &Self) -> Self {
        for i in 0..LIMBS {
            self.0[i] = v::sub(self.0[i], other.0[i]);
        }
        self
    }

    /// Carries limbs over, so that all but the top one lie in `0..2^29`.
    #[inline(always)]
    pub(super) fn carried(mut self, table: &Table) -> Self {
        let mask = table.mask.load(self.arch());
        for i in 0..LIMBS - 1 {
            self.0[i + 1] = v::add(self.0[i + 1], v::right::<BITS>(self.0[i]));
            self.0[i] = v::and(self.0[i], mask);
        }
        self
    }

    /// The same residue below `(1 + 2^-11) p`, of a value below `512p` with limbs below `2^36`.
    ///
    /// The quotient is `T R / 2^53`, where `T` is the top limb and `R` at most `2^53 / (P + 1)` with
    /// `P` the top limb of `p`. As `T 2^232` is not above the value and `(P + 1) 2^232` is above `p`,
    /// it is never too large. The limbs below the top weigh less than `2^8` units of it together, so it
    /// is too small by less than `1 + 512 / P + 2^8 / P + 2^-20 < 1 + 2^-11`, for `P > 2^21`.
    #[inline(always)]
    pub(super) fn near(self, table: &Table) -> Self {
        let arch = self.arch();
        let quotient = v::right::<53>(v::mul(self.0[8], table.reciprocal.load(arch)));
        let mut rest = self.raised(&table.raised_0);
        for i in 0..LIMBS {
            let multiple = v::mul(quotient, table.modulus.0[i].load(arch));
            rest.0[i] = v::sub(rest.0[i], multiple);
        }
        rest.carried(table)
    }

    /// The least representative of a value below `2p` with carried limbs.
    #[inline(always)]
    pub(super) fn least(self, table: &Table) -> Self {
        let arch = self.arch();
        let mut below = self.raised(&table.raised_0);
        for i in 0..LIMBS {
            below.0[i] = v::sub(below.0[i], table.modulus.0[i].load(arch));
        }
        let below = below.carried(table);
        let negative = v::greater(splat(arch, 0), below.0[8]);
        Self::blend(negative, &self, below)
    }

    /// Lanes from `a` where all bits of `chosen` are set, from `b` where none is.
    #[inline(always)]
    pub(super) fn blend(chosen: Quad, a: &Self, mut b: Self) -> Self {
        for i in 0..LIMBS {
            b.0[i] = v::blend(chosen, a.0[i], b.0[i]);
        }
        b
    }

    /// All bits of the lanes that may be multiples of `p`, among values below `bound p`: those that
    /// are, and `bound` in `2^29` of the others.
    #[inline(always)]
    pub(super) fn zero_candidates(&self, bound: u64, table: &Table) -> Quad {
        // A multiple k p has the low limb k p0; dividing by p0 modulo 2^29 gives k.
        let arch = self.arch();
        let inverse = table.inverse.load(arch);
        let multiple = v::and(v::mul(self.0[0], inverse), table.mask.load(arch));
        v::greater(splat(arch, bound), multiple)
    }
}

impl Halves {
    #[inline(always)]
    pub(super) fn zero(arch: Avx2) -> Self {
        Self([Limbs::zero(arch); 2])
    }

    /// The proof that the vectors were made of.
    #[inline(always)]
    pub(super) fn arch(&self) -> Avx2 {
        self.0[0].arch()
    }

    /// `self + other`, uncarried.
    #[inline(always)]
    pub(super) fn plus(&self, other: &Self) -> Self {
        let ([a, b], [c, d]) = (&self.0, &other.0);
        Self([a.plus(c), b.plus(d)])
    }

    /// `self + raised - other`, uncarried; no limb of `raised` may be less than that of `other`.
    #[inline(always)]
    pub(super) fn minus(&self, raised: &Number, other: &Self) -> Self {
        let ([a, b], [c, d]) = (&self.0, &other.0);
        Self([a.raised(raised).minus(c), b.raised(raised).minus(d)])
    }

    /// `self - other`, uncarried; no limb may be less than that of `other`.
    #[inline(always)]
    pub(super) fn less(&self, other: &Self) -> Self {
        let ([a, b], [c, d]) = (&self.0, &other.0);
        Self([a.minus(c), b.minus(d)])
    }

    /// `raised - self`, uncarried; no limb of `raised` may be less than that of `self`.
    #[inline(always)]
    pub(super) fn taken_from(&self, raised: &Number) -> Self {
        Self::zero(self.arch()).minus(raised, self)
    }

    /// As [`Limbs::carried`].
    #[inline(always)]
    pub(super) fn carried(&self, table: &Table) -> Self {
        Self([self.0[0].carried(table), self.0[1].carried(table)])
    }

    /// As [`Limbs::near`].
    #[inline(always)]
    pub(super) fn near(&self, table: &Table) -> Self {
        Self([self.0[0].near(table), self.0[1].near(table)])
    }

    /// Lane `i` from `a` where bit `i` of `mask` is set, from `b` elsewhere.
    #[inline(always)]
    pub(super) fn select(mask: u8, a: &Self, b: &Self) -> Self {
        Self([
            Limbs::blend(v::spread(a.arch(), mask), &a.0[0], b.0[0]),
            Limbs::blend(v::spread(a.arch(), mask >> 4), &a.0[1], b.0[1]),
        ])
    }

    /// The limbs of one lane.
    pub(super) fn lane(&self, lane: usize) -> [u64; LIMBS] {
        std::array::from_fn(|i| v::words(self.0[lane / 4].0[i])[lane % 4])
    }
}
