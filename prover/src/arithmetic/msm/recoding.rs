//! Scalars as signed digits, sorted by digit: the part of a multi-scalar multiplication that does
//! not depend on the points.

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use rayon::prelude::*;

/// Scalars a thread recodes at a time.
const CHUNK: usize = 4096;

/// Widths of windows, in bits.
const WIDTHS: std::ops::RangeInclusive<u32> = 3..=16;

/// Bits of a scalar that is at most half the order, and one for the sign of its top digit.
const SIGNED_BITS: u32 = 254;

/// The nonzero digits of a list of scalars, sorted in every window by their magnitude.
///
/// A scalar above half the order is replaced by its negative and all signs of its digits change:
/// small negative numbers have few digits, as small positive ones do.
#[derive(Debug)]
pub struct Recoding {
    len: usize,
    pub(crate) window_bits: u32,
    pub(crate) windows: Vec<Window>,
}

/// The digits of one window.
#[derive(Debug)]
pub(crate) struct Window {
    /// Where the entries of each bucket start, and the number of entries at the end.
    pub(crate) offsets: Vec<u32>,
    /// Index of the scalar, shifted left by one, and the sign of its digit in the lowest bit.
    pub(crate) entries: Vec<u32>,
}

impl Recoding {
    /// Recodes scalars for the window width that suits their number.
    pub fn new(scalars: &[Fr]) -> Self {
        Self::with_window(scalars, best_window(scalars.len()))
    }

    /// Recodes scalars in windows of 3 to 16 bits. Multi-scalar multiplications that are to be
    /// added up in one set of buckets need the same width.
    pub fn with_window(scalars: &[Fr], window_bits: u32) -> Self {
        assert!(WIDTHS.contains(&window_bits), "a window has 3 to 16 bits");
        assert!(
            scalars.len() < 1 << 30,
            "an entry holds an index of 30 bits and a sign"
        );
        let windows = SIGNED_BITS.div_ceil(window_bits) as usize;
        let bias = bias(window_bits, windows);
        let mut negated = vec![false; scalars.len()];
        // Per chunk of scalars one row of digits for each window.
        let mut rows = vec![0u16; scalars.len().div_ceil(CHUNK) * windows * CHUNK];
        rows.par_chunks_mut(windows * CHUNK)
            .zip(scalars.par_chunks(CHUNK))
            .zip(negated.par_chunks_mut(CHUNK))
            .for_each(|((rows, scalars), negated)| {
                for (i, scalar) in scalars.iter().enumerate() {
                    let (magnitude, minus) = magnitude(scalar);
                    negated[i] = minus;
                    let biased = add(magnitude, bias);
                    for window in 0..windows {
                        rows[window * CHUNK + i] = digit(&biased, window, window_bits);
                    }
                }
            });
        let row = |chunk: usize, window: usize| {
            let len = CHUNK.min(scalars.len() - chunk * CHUNK);
            &rows[(chunk * windows + window) * CHUNK..][..len]
        };
        let chunks = scalars.len().div_ceil(CHUNK);
        let windows = (0..windows)
            .into_par_iter()
            .map(|window| {
                let digits: Vec<_> = (0..chunks).map(|chunk| row(chunk, window)).collect();
                Window::sort(&digits, &negated, window_bits)
            })
            .collect();
        Self {
            len: scalars.len(),
            window_bits,
            windows,
        }
    }

    /// Number of scalars.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no scalars.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bits of a window.
    pub fn window_bits(&self) -> u32 {
        self.window_bits
    }
}

impl Window {
    /// Counts, then places. `rows` are the biased digits of [`CHUNK`] scalars each.
    fn sort(rows: &[&[u16]], negated: &[bool], window_bits: u32) -> Self {
        let zero = 1i32 << (window_bits - 1);
        let magnitude = |biased: u16| (i32::from(biased) - zero).unsigned_abs() as usize;
        let mut offsets = vec![0u32; zero as usize + 2];
        for row in rows {
            for &biased in *row {
                offsets[magnitude(biased) + 1] += 1;
            }
        }
        // Digit zero has no bucket; digit d is counted at d + 1 and starts at offsets[d].
        offsets[1] = 0;
        for bucket in 1..offsets.len() {
            offsets[bucket] += offsets[bucket - 1];
        }
        let total = offsets[zero as usize + 1];
        let mut entries = vec![0u32; total as usize];
        let mut index = 0;
        for (row, negated) in rows.iter().zip(negated.chunks(CHUNK)) {
            for (&biased, &minus) in row.iter().zip(negated) {
                if i32::from(biased) != zero {
                    let start = &mut offsets[magnitude(biased)];
                    let sign = u32::from((i32::from(biased) < zero) != minus);
                    entries[*start as usize] = index | sign;
                    *start += 1;
                }
                index += 2;
            }
        }
        // Each start has moved to the next bucket's: offsets[d] is the end of digit d, and the
        // start of digit d + 1, which is bucket d.
        offsets.truncate(zero as usize + 1);
        Self { offsets, entries }
    }
}

/// The width that costs the fewest additions: one per scalar and window, and about
/// `2^(bits - 1) * 5 / 2` per window for its buckets.
fn best_window(len: usize) -> u32 {
    let cost =
        |bits: u32| u64::from(SIGNED_BITS.div_ceil(bits)) * (len as u64 + (5u64 << bits) / 4);
    WIDTHS.min_by_key(|&bits| cost(bits)).unwrap_or(16)
}

/// `sum of 2^(bits - 1) 2^(bits i)` over all windows: added to a scalar, it makes digit `i` of the
/// sum the signed digit plus `2^(bits - 1)`, without carries from window to window.
fn bias(bits: u32, windows: usize) -> [u64; 5] {
    let mut bias = [0; 5];
    for window in 0..windows {
        let bit = window * bits as usize + bits as usize - 1;
        bias[bit / 64] |= 1 << (bit % 64);
    }
    bias
}

/// The scalar or, if it is above half the order, its negative; and which it is.
fn magnitude(scalar: &Fr) -> ([u64; 4], bool) {
    let plain = scalar.into_bigint();
    if plain <= Fr::MODULUS_MINUS_ONE_DIV_TWO {
        return (plain.0, false);
    }
    let BigInt(modulus) = Fr::MODULUS;
    let (mut difference, mut borrow) = ([0; 4], false);
    for i in 0..4 {
        let (partial, below) = modulus[i].overflowing_sub(plain.0[i]);
        let (word, under) = partial.overflowing_sub(u64::from(borrow));
        (difference[i], borrow) = (word, below | under);
    }
    (difference, true)
}

fn add(a: [u64; 4], b: [u64; 5]) -> [u64; 5] {
    let (mut sum, mut carry) = (b, 0u128);
    for i in 0..5 {
        carry += u128::from(a.get(i).copied().unwrap_or(0)) + u128::from(b[i]);
        sum[i] = carry as u64;
        carry >>= 64;
    }
    sum
}

/// The bits of one window.
#[inline(always)]
fn digit(words: &[u64; 5], window: usize, bits: u32) -> u16 {
    let bit = window * bits as usize;
    let (word, shift) = (bit / 64, bit % 64);
    let above = words.get(word + 1).copied().unwrap_or(0);
    let pair = u128::from(above) << 64 | u128::from(words[word]);
    ((pair >> shift) as u64 & ((1 << bits) - 1)) as u16
}
