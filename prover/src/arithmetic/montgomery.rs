//! Scalar Montgomery arithmetic on four words, without branches.
//!
//! arkworks decides by a branch whether to subtract the modulus; on random values that is
//! mispredicted too often to be cheap. Here the difference is always computed and then chosen.
//! All values are below the modulus, before and after.

/// `a + b * c + carry`: low word and carry.
#[inline(always)]
fn multiply_add(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let sum = u128::from(a) + u128::from(b) * u128::from(c) + u128::from(carry);
    (sum as u64, (sum >> 64) as u64)
}

/// `a - b`, and whether it is negative.
#[inline(always)]
fn difference(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let (mut out, mut borrow) = ([0; 4], false);
    for i in 0..4 {
        let (partial, below) = a[i].overflowing_sub(b[i]);
        let (word, under) = partial.overflowing_sub(u64::from(borrow));
        (out[i], borrow) = (word, below | under);
    }
    (out, borrow)
}

/// `a` modulo `p`, for `a < 2p`.
#[inline(always)]
fn reduced(a: [u64; 4], p: [u64; 4]) -> [u64; 4] {
    let (less, negative) = difference(a, p);
    let keep = u64::from(negative).wrapping_neg();
    std::array::from_fn(|i| (a[i] & keep) | (less[i] & !keep))
}

/// `a * b / 2^256` modulo `p`; `inverse` is `-1 / p` modulo `2^64`.
///
/// The modulus has two spare bits, so the two carries of a row add up without overflow.
#[inline(always)]
pub(crate) fn product(a: [u64; 4], b: [u64; 4], p: [u64; 4], inverse: u64) -> [u64; 4] {
    let mut sum = [0; 4];
    for factor in b {
        let (low, mut carry) = multiply_add(sum[0], a[0], factor, 0);
        let quotient = low.wrapping_mul(inverse);
        let (_, mut fold) = multiply_add(low, quotient, p[0], 0);
        for j in 1..4 {
            let word;
            (word, carry) = multiply_add(sum[j], a[j], factor, carry);
            (sum[j - 1], fold) = multiply_add(word, quotient, p[j], fold);
        }
        sum[3] = carry.wrapping_add(fold);
    }
    reduced(sum, p)
}

/// `a + b` modulo `p`.
#[inline(always)]
pub(crate) fn sum(a: [u64; 4], b: [u64; 4], p: [u64; 4]) -> [u64; 4] {
    let (mut out, mut carry) = ([0; 4], false);
    for i in 0..4 {
        let (partial, above) = a[i].overflowing_add(b[i]);
        let (word, over) = partial.overflowing_add(u64::from(carry));
        (out[i], carry) = (word, above | over);
    }
    reduced(out, p)
}

/// `a - b` modulo `p`.
#[inline(always)]
pub(crate) fn less(a: [u64; 4], b: [u64; 4], p: [u64; 4]) -> [u64; 4] {
    let (mut out, negative) = difference(a, b);
    let mask = u64::from(negative).wrapping_neg();
    let mut carry = false;
    for i in 0..4 {
        let (partial, above) = out[i].overflowing_add(p[i] & mask);
        let (word, over) = partial.overflowing_add(u64::from(carry));
        (out[i], carry) = (word, above | over);
    }
    out
}
