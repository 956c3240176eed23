//! Scalars as signed digits, sorted by digit: the part of a multi-scalar multiplication that does
//! not depend on the points.

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use rayon::prelude::*;

/// Scalars a thread recodes at a time.
const CHUNK: usize = 4096;

/// Scalars that are cut into digits at a time: their words stay in the first-level cache.
const BLOCK: usize = 256;

/// Words of a scalar with its bias, and one of zeros above them.
const WORDS: usize = 6;

/// Widths of windows, in bits.
const WIDTHS: std::ops::RangeInclusive<u32> = 3..=16;

/// Bits of a scalar that is at most half the order, and one for the sign of its top digit.
const SIGNED_BITS: u32 = 254;

/// The nonzero digits of a list of scalars, sorted in every window by their magnitude.
///
/// A scalar above half the order is replaced by its negative and all signs of its digits change:
/// small negative numbers have few digits, as small positive ones do.
///
/// The memory, some six bytes a digit, can be used again ([`Recoding::renew`]): asking the system for it
/// can take as long as the recoding.
#[derive(Debug, Default)]
pub(crate) struct Recoding {
    len: usize,
    window_bits: u32,
    count: usize,
    /// `count` windows in use, and others that were.
    windows: Vec<Window>,
    /// By chunk and window, the biased digits of [`CHUNK`] scalars.
    rows: Vec<u16>,
    /// Whether a scalar was replaced by its negative.
    negated: Vec<bool>,
}

/// The digits of one window.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// Where the entries of each bucket start, and the number of entries at the end.
    pub(crate) offsets: Vec<u32>,
    /// Entries, and room that is not in use.
    entries: Vec<u32>,
}

impl Recoding {
    /// Recodes scalars for the window width that suits their number.
    #[cfg(test)]
    pub(crate) fn new(scalars: &[Fr]) -> Self {
        let mut recoding = Self::default();
        recoding.renew(scalars.len(), |i| scalars[i]);
        recoding
    }

    /// Recodes scalars in windows of 3 to 16 bits. Multi-scalar multiplications that are to be
    /// added up in one set of buckets need the same width.
    #[cfg(test)]
    pub(crate) fn with_window(scalars: &[Fr], window_bits: u32) -> Self {
        let mut recoding = Self::default();
        recoding.recode(scalars.len(), window_bits, |i| scalars[i]);
        recoding
    }

    /// Recodes the scalars that `scalar` gives for the indices below `len`, for the window width that
    /// suits their number, in the memory of what was recoded before.
    pub(crate) fn renew(&mut self, len: usize, scalar: impl Fn(usize) -> Fr + Sync) {
        self.recode(len, best_window(len), scalar);
    }

    fn recode(&mut self, len: usize, window_bits: u32, scalar: impl Fn(usize) -> Fr + Sync) {
        assert!(WIDTHS.contains(&window_bits), "a window has 3 to 16 bits");
        assert!(
            len < 1 << 30,
            "an entry holds an index of 30 bits and a sign"
        );
        let count = SIGNED_BITS.div_ceil(window_bits) as usize;
        let bias = bias(window_bits, count);
        let chunk_len = count * CHUNK;
        let rows = room(&mut self.rows, len.div_ceil(CHUNK) * chunk_len);
        let negated = room(&mut self.negated, len);
        rows.par_chunks_mut(chunk_len)
            .zip(negated.par_chunks_mut(CHUNK))
            .enumerate()
            .for_each(|(chunk, (rows, negated))| {
                for (block, negated) in negated.chunks_mut(BLOCK).enumerate() {
                    let mut words = Words([[0; BLOCK]; WORDS]);
                    for (i, negated) in negated.iter_mut().enumerate() {
                        let (magnitude, minus) =
                            magnitude(&scalar(chunk * CHUNK + block * BLOCK + i));
                        *negated = minus;
                        words.set(i, add(magnitude, bias));
                    }
                    for (window, row) in rows.chunks_exact_mut(CHUNK).enumerate() {
                        words.cut(window, window_bits, &mut row[block * BLOCK..][..BLOCK]);
                    }
                }
            });
        if self.windows.len() < count {
            self.windows.resize_with(count, Window::default);
        }
        let (rows, negated) = (&*rows, &*negated);
        self.windows[..count]
            .par_iter_mut()
            .enumerate()
            .for_each(|(window, sorted)| {
                let digits: Vec<_> = rows
                    .chunks(chunk_len)
                    .zip(negated.chunks(CHUNK))
                    .map(|(rows, negated)| (&rows[window * CHUNK..][..negated.len()], negated))
                    .collect();
                sorted.sort(&digits, window_bits);
            });
        (self.len, self.window_bits, self.count) = (len, window_bits, count);
    }

    /// Number of scalars.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bits of a window.
    pub(crate) fn window_bits(&self) -> u32 {
        self.window_bits
    }

    /// From the lowest digits to the highest.
    pub(crate) fn windows(&self) -> &[Window] {
        &self.windows[..self.count]
    }
}

/// The first `len` elements, of which nothing is known.
fn room<T: Copy + Default>(memory: &mut Vec<T>, len: usize) -> &mut [T] {
    if memory.len() < len {
        // New memory, which the system gives zeroed; what the old held is not needed.
        *memory = Vec::new();
        *memory = vec![T::default(); len];
    }
    &mut memory[..len]
}

impl Window {
    /// Index of the scalar, shifted left by one, and the sign of its digit in the lowest bit.
    pub(crate) fn entries(&self) -> &[u32] {
        let total = self.offsets.last().map_or(0, |total| *total as usize);
        &self.entries[..total]
    }

    /// Counts, then places. Digits are biased and come in chunks, with what tells which scalars were
    /// negated.
    fn sort(&mut self, digits: &[(&[u16], &[bool])], window_bits: u32) {
        let zero = 1i32 << (window_bits - 1);
        let magnitude = |biased: u16| (i32::from(biased) - zero).unsigned_abs() as usize;
        let offsets = &mut self.offsets;
        offsets.clear();
        offsets.resize(zero as usize + 2, 0);
        for (row, _) in digits {
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
        let entries = room(&mut self.entries, total as usize);
        let mut index = 0;
        for (row, negated) in digits {
            for (&biased, &minus) in row.iter().zip(*negated) {
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

/// The words of a block of biased scalars, least significant first: all of one weight together.
struct Words([[u64; BLOCK]; WORDS]);

impl Words {
    fn set(&mut self, i: usize, biased: [u64; 5]) {
        for (words, word) in self.0.iter_mut().zip(biased) {
            words[i] = word;
        }
    }

    /// The bits of one window.
    fn cut(&self, window: usize, bits: u32, digits: &mut [u16]) {
        let bit = window * bits as usize;
        let (word, shift) = (bit / 64, bit % 64);
        let mask = (1u64 << bits) - 1;
        let words = self.0[word].iter().zip(&self.0[word + 1]);
        for (digit, (low, high)) in digits.iter_mut().zip(words) {
            // In two steps, for a shift by 64 is none.
            *digit = ((low >> shift | high << 1 << (63 - shift)) & mask) as u16;
        }
    }
}
