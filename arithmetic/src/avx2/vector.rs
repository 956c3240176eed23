//! Vectors of four 64-bit lanes, and the instructions on them.
//!
//! Every function here is `inline(always)`, and reached from [`super::Avx2::enter`] only: the lanes
//! are private to this backend, whose token proves the feature.

use std::arch::x86_64::*;
use std::mem::transmute;

/// Four 64-bit words.
pub(super) type Quad = __m256i;

/// A vector of words.
#[inline(always)]
pub(super) const fn quad(words: [u64; 4]) -> Quad {
    // SAFETY: both types are 32 bytes of plain data.
    unsafe { transmute::<[u64; 4], Quad>(words) }
}

/// The words of a vector.
#[inline(always)]
pub(super) const fn words(quad: Quad) -> [u64; 4] {
    // SAFETY: both types are 32 bytes of plain data.
    unsafe { transmute::<Quad, [u64; 4]>(quad) }
}

#[inline(always)]
pub(super) const fn splat(word: u64) -> Quad {
    quad([word; 4])
}

#[inline(always)]
pub(super) fn add(a: Quad, b: Quad) -> Quad {
    // SAFETY: AVX2 is present wherever this backend runs.
    unsafe { _mm256_add_epi64(a, b) }
}

#[inline(always)]
pub(super) fn sub(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_sub_epi64(a, b) }
}

#[inline(always)]
pub(super) fn and(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_and_si256(a, b) }
}

#[inline(always)]
pub(super) fn or(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_or_si256(a, b) }
}

/// The product of the low 32 bits of both, in full.
#[inline(always)]
pub(super) fn mul(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_mul_epu32(a, b) }
}

#[inline(always)]
pub(super) fn right<const BITS: i32>(a: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_srli_epi64::<BITS>(a) }
}

#[inline(always)]
pub(super) fn left<const BITS: i32>(a: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_slli_epi64::<BITS>(a) }
}

/// All bits of the lanes in which `a` is greater than `b`, as signed numbers.
#[inline(always)]
pub(super) fn greater(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_cmpgt_epi64(a, b) }
}

/// All bits of the lanes in which `a` equals `b`.
#[inline(always)]
pub(super) fn equal(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_cmpeq_epi64(a, b) }
}

/// Lanes from `a` where all bits of `chosen` are set, from `b` where none is.
#[inline(always)]
pub(super) fn blend(chosen: Quad, a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    unsafe { _mm256_blendv_epi8(b, a, chosen) }
}

/// Whether no bit is set.
#[inline(always)]
pub(super) fn none(a: Quad) -> bool {
    // SAFETY: as in `add`.
    unsafe { _mm256_testz_si256(a, a) == 1 }
}

/// Bit `i` is the top bit of lane `i`.
#[inline(always)]
pub(super) fn signs(a: Quad) -> u8 {
    // SAFETY: as in `add`.
    unsafe { _mm256_movemask_pd(_mm256_castsi256_pd(a)) as u8 }
}

/// All bits of the lanes whose bit among the low four of `mask` is set.
#[inline(always)]
pub(super) fn spread(mask: u8) -> Quad {
    let bits = const { quad([1, 2, 4, 8]) };
    equal(and(splat(u64::from(mask)), bits), bits)
}

/// The transpose of a 4 by 4 matrix of words.
#[inline(always)]
pub(super) fn transpose(r: [Quad; 4]) -> [Quad; 4] {
    // SAFETY: as in `add`.
    unsafe {
        let (even01, odd01) = (
            _mm256_unpacklo_epi64(r[0], r[1]),
            _mm256_unpackhi_epi64(r[0], r[1]),
        );
        let (even23, odd23) = (
            _mm256_unpacklo_epi64(r[2], r[3]),
            _mm256_unpackhi_epi64(r[2], r[3]),
        );
        [
            _mm256_permute2x128_si256::<0x20>(even01, even23),
            _mm256_permute2x128_si256::<0x20>(odd01, odd23),
            _mm256_permute2x128_si256::<0x31>(even01, even23),
            _mm256_permute2x128_si256::<0x31>(odd01, odd23),
        ]
    }
}

/// Asks for what is at an address to be brought into the nearest cache.
#[inline(always)]
pub(super) fn prefetch<T>(at: &T) {
    // SAFETY: SSE is part of x86-64, and a prefetch reads nothing.
    unsafe { _mm_prefetch::<_MM_HINT_T0>((&raw const *at).cast()) }
}
