//! Inverse of one element, in variable time: what every batch of additions waits for.
//!
//! Bernstein and Yang's division steps ("Fast constant-time gcd computation and modular inversion",
//! 2019), 62 at a time. From `f = p`, `g = x` a step keeps `f` odd and halves `g` after adding a
//! multiple of `f` that makes it even; `f` and `g` trade places when `f` has become the larger one.
//! Sixty-two steps depend on the lowest 62 bits only, and are a matrix of small integers over `2^62`.
//! The same matrices, applied modulo `p` to `d = 0`, `e = 1`, keep `d x = f` and `e x = g`; at the end
//! `g = 0`, `f` is 1 or -1 and `d` is the inverse or its negative. About 1.5 us, where
//! arkworks' binary algorithm takes 5.5.
//!
//! Running time depends on the value: only public values may be inverted with it.

use ark_ff::Field;

use crate::constants::{Constants, Modulus};
use crate::line::WIDTH;

const BITS: u32 = 62;
const MASK: u64 = (1 << BITS) - 1;

/// A signed number: limbs of 62 bits, the top one signed.
type Signed = [i64; 5];

/// A matrix `[[u, v], [q, r]]`, to be divided by `2^62`: rows of absolute sum at most `2^62`.
type Matrix = [[i64; 2]; 2];

/// The inverse of an element that is not zero; zero for zero.
pub(crate) fn invert<M: Modulus>(element: &M::Field) -> M::Field {
    let constants = const { &M::CONSTANTS };
    // The words hold x 2^256; the inverse of that number is x^-1 2^-256, which as words stands for
    // x^-1 2^-512.
    let inverse = invert_words(M::words(element), constants);
    M::from_words(inverse) * M::from_words(constants.inverse_scale)
}

/// `scale` times the inverses of eight elements, none of which may be zero, by one inversion.
pub(crate) fn invert_all<M: Modulus>(
    values: [M::Field; WIDTH],
    scale: M::Field,
) -> [M::Field; WIDTH] {
    let mut inverses = [M::Field::ONE; WIDTH];
    for i in 1..WIDTH {
        inverses[i] = inverses[i - 1] * values[i - 1];
    }
    let product = inverses[WIDTH - 1] * values[WIDTH - 1];
    let mut suffix = invert::<M>(&product) * scale;
    for i in (0..WIDTH).rev() {
        inverses[i] *= suffix;
        suffix *= values[i];
    }
    inverses
}

fn invert_words(value: [u64; 4], constants: &Constants) -> [u64; 4] {
    let modulus = signed(constants.words);
    let (mut f, mut g) = (modulus, signed(value));
    let (mut d, mut e) = ([0; 5], [1, 0, 0, 0, 0]);
    let mut eta = -1;
    while g != [0; 5] {
        let matrix = steps(&mut eta, f[0] as u64, g[0] as u64);
        (d, e) = apply_modulo(&matrix, d, e, &modulus, constants.inverse_62);
        (f, g) = apply(&matrix, f, g);
    }
    // d lies in -2p..p, and f in {1, -1}.
    if d[4] < 0 {
        d = add(d, &modulus);
    }
    if f[4] < 0 {
        d = d.map(|limb| -limb);
    }
    d = add(d, &[0; 5]);
    while d[4] < 0 {
        d = add(d, &modulus);
    }
    words(d)
}

/// Sixty-two division steps from the low bits of `f` and `g`. `eta` is minus the delta of the paper.
fn steps(eta: &mut i64, mut f: u64, mut g: u64) -> Matrix {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let mut left = BITS;
    loop {
        // Halve g as often as it is even, but not beyond the steps that are left.
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        (u, v) = (u << zeros, v << zeros);
        *eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            return [[u as i64, v as i64], [q as i64, r as i64]];
        }
        if *eta < 0 {
            *eta = -*eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // No swap happens in the next eta + 1 steps, so as many bits of g can be cleared at once.
        // f is its own inverse modulo 8, and f (2 - f f) modulo 64.
        let limit = 6.min(left).min(eta.unsigned_abs().min(6) as u32 + 1);
        let inverse = f.wrapping_mul(2u64.wrapping_sub(f.wrapping_mul(f)));
        let w = g.wrapping_mul(inverse).wrapping_neg() & ((1 << limit) - 1);
        g = g.wrapping_add(f.wrapping_mul(w));
        q = q.wrapping_add(u.wrapping_mul(w));
        r = r.wrapping_add(v.wrapping_mul(w));
    }
}

/// `matrix (f, g) / 2^62`, which is exact.
fn apply(matrix: &Matrix, f: Signed, g: Signed) -> (Signed, Signed) {
    let row = |[a, b]: [i64; 2]| {
        let mut out = [0; 5];
        let mut sum = product(a, f[0]) + product(b, g[0]);
        sum >>= BITS;
        for i in 1..5 {
            sum += product(a, f[i]) + product(b, g[i]);
            out[i - 1] = (sum as u64 & MASK) as i64;
            sum >>= BITS;
        }
        out[4] = sum as i64;
        out
    };
    (row(matrix[0]), row(matrix[1]))
}

/// `matrix (d, e) / 2^62` modulo `p`: multiples of `p` make it exact and keep it in `-2p..p`.
fn apply_modulo(
    matrix: &Matrix,
    d: Signed,
    e: Signed,
    modulus: &Signed,
    inverse: u64,
) -> (Signed, Signed) {
    let row = |[a, b]: [i64; 2]| {
        // Adding p to what is negative first keeps the bounds.
        let mut multiple = (a & (d[4] >> 63)) + (b & (e[4] >> 63));
        let mut sum = product(a, d[0]) + product(b, e[0]);
        let exact = inverse
            .wrapping_mul(sum as u64)
            .wrapping_add(multiple as u64)
            & MASK;
        multiple -= exact as i64;
        sum += product(modulus[0], multiple);
        sum >>= BITS;
        let mut out = [0; 5];
        for i in 1..5 {
            sum += product(a, d[i]) + product(b, e[i]) + product(modulus[i], multiple);
            out[i - 1] = (sum as u64 & MASK) as i64;
            sum >>= BITS;
        }
        out[4] = sum as i64;
        out
    };
    (row(matrix[0]), row(matrix[1]))
}

fn product(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// `a + b`, carried.
fn add(a: Signed, b: &Signed) -> Signed {
    let (mut sum, mut carry) = ([0; 5], 0);
    for i in 0..4 {
        carry += a[i] + b[i];
        sum[i] = carry & MASK as i64;
        carry >>= BITS;
    }
    sum[4] = carry + a[4] + b[4];
    sum
}

fn signed(w: [u64; 4]) -> Signed {
    [
        w[0] & MASK,
        (w[0] >> 62 | w[1] << 2) & MASK,
        (w[1] >> 60 | w[2] << 4) & MASK,
        (w[2] >> 58 | w[3] << 6) & MASK,
        w[3] >> 56,
    ]
    .map(|limb| limb as i64)
}

/// Words of a carried number that is not negative and below `2^256`.
fn words(s: Signed) -> [u64; 4] {
    let l = s.map(|limb| limb as u64);
    [
        l[0] | l[1] << 62,
        l[1] >> 2 | l[2] << 60,
        l[2] >> 4 | l[3] << 58,
        l[3] >> 6 | l[4] << 56,
    ]
}
