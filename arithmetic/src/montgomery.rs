//! Scalar Montgomery arithmetic on four words, without branches.
//!
//! arkworks decides by a branch whether to subtract the modulus; on random values that is
//! mispredicted too often to be cheap. Here the difference is always computed and then chosen.
//!
//! Values are residues below `2p`. With `p < 0.19 * 2^256` a product of two needs no subtraction:
//! `(2p)^2 / 2^256 + p < 1.76p`.

use crate::constants::Constants;
use crate::line::Line;

/// What the arithmetic reads of a prime of 254 bits.
///
/// The order of the fields is what the instructions of a backend address them by.
#[repr(C, align(64))]
pub(crate) struct Words {
    /// The prime.
    pub(crate) p: [u64; 4],
    /// Twice the prime.
    pub(crate) twice: [u64; 4],
    /// `-1 / p` modulo `2^64`.
    pub(crate) neg_inverse: u64,
}

impl Words {
    /// Those of a prime.
    pub(crate) const fn of(constants: &Constants) -> Self {
        let p = constants.words;
        let twice = [
            p[0] << 1,
            p[1] << 1 | p[0] >> 63,
            p[2] << 1 | p[1] >> 63,
            p[3] << 1 | p[2] >> 63,
        ];
        Self {
            p,
            twice,
            neg_inverse: constants.neg_inverse_64,
        }
    }
}

/// How four words are multiplied: what a serial backend may have instructions for.
///
/// All arguments and results are below `2p`. A multiplier is the proof that the machine has its
/// instructions.
pub(crate) trait Multiplier: Copy + Send + Sync + 'static {
    /// `a b / 2^256`.
    fn product(self, a: &[u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4];
    /// `(a[0] b[0] + a[1] b[1]) / 2^256`; a factor in `b` may be `2p` as well.
    fn product_sum(self, a: [&[u64; 4]; 2], b: &[[u64; 4]; 2], words: &Words) -> [u64; 4];
    /// `a + b`.
    fn sum(self, a: [u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4];
    /// `a - b`.
    fn less(self, a: [u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4];
    /// Asks for a line to be brought into the nearest cache.
    fn prefetch(_: &Line) {}
}

/// The multiplier of every machine, and the reference of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Portable;

impl Multiplier for Portable {
    #[inline(always)]
    fn product(self, a: &[u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4] {
        product(a, b, words)
    }
    #[inline(always)]
    fn product_sum(self, a: [&[u64; 4]; 2], b: &[[u64; 4]; 2], words: &Words) -> [u64; 4] {
        product_sum(a, b, words)
    }
    #[inline(always)]
    fn sum(self, a: [u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4] {
        sum(a, *b, words)
    }
    #[inline(always)]
    fn less(self, a: [u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4] {
        less(a, *b, words)
    }
}

/// `a - b`, and whether it is negative.
#[inline(always)]
fn difference(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let (mut out, mut borrow) = ([0; 4], false);
    for i in 0..4 {
        (out[i], borrow) = a[i].borrowing_sub(b[i], borrow);
    }
    (out, borrow)
}

/// `a + b`, which must be below `2^256`.
#[inline(always)]
fn addition(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let (mut out, mut carry) = ([0; 4], false);
    for i in 0..4 {
        (out[i], carry) = a[i].carrying_add(b[i], carry);
    }
    out
}

/// Whether a value is below a bound; for assertions.
pub(crate) fn below(a: &[u64; 4], bound: &[u64; 4]) -> bool {
    difference(*a, *bound).1
}

/// `bound - a`, for a multiple of the prime that is not less than `a`.
#[inline(always)]
pub(crate) fn opposite(a: [u64; 4], bound: &[u64; 4]) -> [u64; 4] {
    difference(*bound, a).0
}

/// `a`, or `a - m` where that is not negative.
#[inline(always)]
pub(crate) fn reduced(a: [u64; 4], m: &[u64; 4]) -> [u64; 4] {
    let (less, negative) = difference(a, *m);
    let keep = u64::from(negative).wrapping_neg();
    std::array::from_fn(|i| (a[i] & keep) | (less[i] & !keep))
}

/// `a + b`, below `2p`.
#[inline(always)]
fn sum(a: [u64; 4], b: [u64; 4], words: &Words) -> [u64; 4] {
    reduced(addition(a, b), &words.twice)
}

/// `a - b`, below `2p`.
#[inline(always)]
fn less(a: [u64; 4], b: [u64; 4], words: &Words) -> [u64; 4] {
    let (out, negative) = difference(a, b);
    let mask = u64::from(negative).wrapping_neg();
    addition(out, words.twice.map(|word| word & mask))
}

/// `a b / 2^256`, below `2p`.
///
/// A row leaves less than `a + p < 2^256`, so four words hold it between rows.
#[inline(always)]
fn product(a: &[u64; 4], b: &[u64; 4], words: &Words) -> [u64; 4] {
    let mut sum = [0; 4];
    for factor in b {
        let (low, mut carry) = a[0].carrying_mul_add(*factor, sum[0], 0);
        let quotient = low.wrapping_mul(words.neg_inverse);
        let (_, mut fold) = words.p[0].carrying_mul(quotient, low);
        for j in 1..4 {
            let word;
            (word, carry) = a[j].carrying_mul_add(*factor, sum[j], carry);
            (sum[j - 1], fold) = words.p[j].carrying_mul_add(quotient, word, fold);
        }
        sum[3] = carry.wrapping_add(fold);
    }
    sum
}

/// `(a[0] b[0] + a[1] b[1]) / 2^256`, below `2p`; a factor `2p` is allowed.
///
/// A row leaves less than `a[0] + a[1] + p < 5p < 2^256`, and the last one
/// `8p^2 / 2^256 + p < 2.52p`.
#[inline(always)]
fn product_sum(a: [&[u64; 4]; 2], b: &[[u64; 4]; 2], words: &Words) -> [u64; 4] {
    let mut sum = [0; 5];
    for i in 0..4 {
        sum[4] = 0;
        for (a, b) in a.into_iter().zip(b) {
            let mut carry = 0;
            for j in 0..4 {
                (sum[j], carry) = a[j].carrying_mul_add(b[i], sum[j], carry);
            }
            sum[4] = sum[4].wrapping_add(carry);
        }
        let quotient = sum[0].wrapping_mul(words.neg_inverse);
        let (_, mut carry) = words.p[0].carrying_mul(quotient, sum[0]);
        for j in 1..4 {
            (sum[j - 1], carry) = words.p[j].carrying_mul_add(quotient, sum[j], carry);
        }
        sum[3] = sum[4].wrapping_add(carry);
    }
    reduced([sum[0], sum[1], sum[2], sum[3]], &words.p)
}
