//! Between memory, where an element is four 64-bit words, and limbs of eight elements.

use std::arch::x86_64::*;
use std::mem::transmute;

use crate::constants::LIMB_MASK;
use crate::ifma::vector::{Limbs, and, or, splat};
use crate::lanes::{Line, WIDTH};

/// The words of a vector.
#[inline(always)]
pub(super) fn words(vector: __m512i) -> [u64; WIDTH] {
    // SAFETY: both types are 64 bytes of plain data.
    unsafe { transmute::<__m512i, [u64; WIDTH]>(vector) }
}

/// A vector of words.
#[inline(always)]
pub(super) fn vector(words: [u64; WIDTH]) -> __m512i {
    // SAFETY: both types are 64 bytes of plain data.
    unsafe { transmute::<[u64; WIDTH], __m512i>(words) }
}

#[inline(always)]
pub(super) fn load(line: &Line) -> __m512i {
    vector(line.0)
}

#[inline(always)]
pub(super) fn prefetch(line: &Line) {
    // SAFETY: SSE is part of x86-64, and a prefetch reads nothing.
    unsafe { _mm_prefetch::<_MM_HINT_T0>((&raw const *line).cast()) }
}

/// Four words from limbs of which all but the top one are carried.
pub(super) fn words_of_limbs(l: [u64; 5]) -> [u64; 4] {
    [
        l[0] | l[1] << 52,
        l[1] >> 12 | l[2] << 40,
        l[2] >> 24 | l[3] << 28,
        l[3] >> 36 | l[4] << 16,
    ]
}

/// The bits set in any of the words.
#[inline(always)]
pub(super) fn any(w: [__m512i; WIDTH]) -> __m512i {
    or(
        any_of_four([w[0], w[1], w[2], w[3]]),
        any_of_four([w[4], w[5], w[6], w[7]]),
    )
}

/// The bits set in any of the words of an element.
#[inline(always)]
pub(super) fn any_of_four(w: [__m512i; 4]) -> __m512i {
    or(or(w[0], w[1]), or(w[2], w[3]))
}

#[inline(always)]
fn right<const BITS: u32>(a: __m512i) -> __m512i {
    // SAFETY: AVX-512 F is present wherever this backend runs.
    unsafe { _mm512_srli_epi64::<BITS>(a) }
}

#[inline(always)]
fn left<const BITS: u32>(a: __m512i) -> __m512i {
    // SAFETY: as in `right`.
    unsafe { _mm512_slli_epi64::<BITS>(a) }
}

/// The low words of `(high, low) >> BITS`.
#[inline(always)]
fn funnel<const BITS: i32>(high: __m512i, low: __m512i) -> __m512i {
    // SAFETY: AVX-512 VBMI2 is present wherever this backend runs.
    unsafe { _mm512_shrdi_epi64::<BITS>(low, high) }
}

/// Limbs of words.
#[inline(always)]
pub(super) fn unpack(w: [__m512i; 4]) -> Limbs {
    let mask = splat(LIMB_MASK);
    [
        and(w[0], mask),
        and(funnel::<52>(w[1], w[0]), mask),
        and(funnel::<40>(w[2], w[1]), mask),
        and(funnel::<28>(w[3], w[2]), mask),
        right::<16>(w[3]),
    ]
}

/// Limbs of 16 times the words.
#[inline(always)]
pub(super) fn unpack_shifted(w: [__m512i; 4]) -> Limbs {
    let mask = splat(LIMB_MASK);
    [
        and(left::<4>(w[0]), mask),
        and(funnel::<48>(w[1], w[0]), mask),
        and(funnel::<36>(w[2], w[1]), mask),
        and(funnel::<24>(w[3], w[2]), mask),
        right::<12>(w[3]),
    ]
}

/// Words of carried limbs of a value below `2^256`.
#[inline(always)]
pub(super) fn pack(l: Limbs) -> [__m512i; 4] {
    [
        or(l[0], left::<52>(l[1])),
        or(right::<12>(l[1]), left::<40>(l[2])),
        or(right::<24>(l[2]), left::<28>(l[3])),
        or(right::<36>(l[3]), left::<16>(l[4])),
    ]
}

/// Lane `i` is lane `order[i]` of `a` followed by `b`.
#[inline(always)]
fn permute(a: __m512i, order: [u64; WIDTH], b: __m512i) -> __m512i {
    // SAFETY: as in `right`.
    unsafe { _mm512_permutex2var_epi64(a, vector(order), b) }
}

#[inline(always)]
fn pair(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    // SAFETY: as in `right`.
    unsafe { (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)) }
}

#[inline(always)]
fn quad(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    // SAFETY: as in `right`.
    unsafe {
        (
            _mm512_shuffle_i64x2::<0x88>(a, b),
            _mm512_shuffle_i64x2::<0xdd>(a, b),
        )
    }
}

/// The first four words of eight lines, turned around: vector `i` holds word `i` of every line.
#[inline(always)]
pub(super) fn first_halves(lines: [&Line; WIDTH]) -> [__m512i; 4] {
    let l = lines;
    let (r02, r13) = (halves(l[0], l[2]), halves(l[1], l[3]));
    let (r46, r57) = (halves(l[4], l[6]), halves(l[5], l[7]));
    let ((e0, o0), (e4, o4)) = (pair(r02, r13), pair(r46, r57));
    let ((w0, w2), (w1, w3)) = (quad(e0, e4), quad(o0, o4));
    [w0, w1, w2, w3]
}

/// The first four words of two lines.
#[inline(always)]
fn halves(first: &Line, second: &Line) -> __m512i {
    // SAFETY: half a line is 32 bytes of plain data; the loads ask for no alignment.
    unsafe {
        let first = _mm256_loadu_si256((&raw const *first).cast());
        let second = _mm256_loadu_si256((&raw const *second).cast());
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(first), second)
    }
}

/// The words of eight adjacent elements.
#[inline(always)]
pub(super) fn load_elements<E: Copy>(elements: &[E; WIDTH]) -> [__m512i; 4] {
    const { assert!(size_of::<E>() == 32) };
    // SAFETY: an element is 32 bytes without padding, four words of plain data, so eight of them
    // are the bytes of four vectors; `read_unaligned` asks for no alignment.
    let r = unsafe {
        (&raw const *elements)
            .cast::<[__m512i; 4]>()
            .read_unaligned()
    };
    let ((even01, odd01), (even23, odd23)) = (pair(r[0], r[1]), pair(r[2], r[3]));
    const FIRST: [u64; WIDTH] = [0, 4, 1, 5, 8, 12, 9, 13];
    const SECOND: [u64; WIDTH] = [2, 6, 3, 7, 10, 14, 11, 15];
    [
        permute(even01, FIRST, even23),
        permute(odd01, FIRST, odd23),
        permute(even01, SECOND, even23),
        permute(odd01, SECOND, odd23),
    ]
}

/// Writes what [`load_elements`] reads.
#[inline(always)]
pub(super) fn store_elements<E: Copy>(w: [__m512i; 4], elements: &mut [E; WIDTH]) {
    const { assert!(size_of::<E>() == 32) };
    const FIRST: [u64; WIDTH] = [0, 2, 8, 10, 1, 3, 9, 11];
    const SECOND: [u64; WIDTH] = [4, 6, 12, 14, 5, 7, 13, 15];
    let (even01, even23) = (permute(w[0], FIRST, w[2]), permute(w[0], SECOND, w[2]));
    let (odd01, odd23) = (permute(w[1], FIRST, w[3]), permute(w[1], SECOND, w[3]));
    let ((r0, r1), (r2, r3)) = (pair(even01, odd01), pair(even23, odd23));
    // SAFETY: as in `load_elements`; every pattern of bits is a value of the four words.
    unsafe {
        (&raw mut *elements)
            .cast::<[__m512i; 4]>()
            .write_unaligned([r0, r1, r2, r3])
    }
}

/// The transpose of an 8 by 8 matrix of words.
#[inline(always)]
pub(super) fn transpose(rows: [__m512i; WIDTH]) -> [__m512i; WIDTH] {
    let r = rows;
    // Pairs of words of two rows, then of four, then of eight.
    let ((e01, o01), (e23, o23)) = (pair(r[0], r[1]), pair(r[2], r[3]));
    let ((e45, o45), (e67, o67)) = (pair(r[4], r[5]), pair(r[6], r[7]));
    // `(0, 2)` of `e` holds words 0 and 4, `(1, 3)` words 2 and 6, for rows 0 1, 2 3, ...
    let ((e04, e26), (o15, o37)) = (quad(e01, e23), quad(o01, o23));
    let ((f04, f26), (p15, p37)) = (quad(e45, e67), quad(o45, o67));
    let ((w0, w4), (w1, w5)) = (quad(e04, f04), quad(o15, p15));
    let ((w2, w6), (w3, w7)) = (quad(e26, f26), quad(o37, p37));
    [w0, w1, w2, w3, w4, w5, w6, w7]
}
