//! Vectors of four 64-bit lanes, and the instructions on them.
//!
//! A vector carries the proof that the machine has the instructions: it is made of a token or of other
//! vectors. So every function here is safe, whoever calls it. All are `inline(always)`, for only what is
//! inlined into code compiled for the instructions becomes one of them.

use std::arch::x86_64::*;
use std::mem::transmute;

use super::token::Avx2;

/// Four 64-bit words, where the machine has the instructions.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Quad(__m256i, Avx2);

impl Quad {
    /// The proof that this vector was made of.
    #[inline(always)]
    pub(super) fn arch(self) -> Avx2 {
        self.1
    }
}

/// A vector of words.
#[inline(always)]
pub(super) fn quad(arch: Avx2, words: [u64; 4]) -> Quad {
    // SAFETY: both types are 32 bytes of plain data.
    Quad(unsafe { transmute::<[u64; 4], __m256i>(words) }, arch)
}

/// The words of a vector.
#[inline(always)]
pub(super) fn words(quad: Quad) -> [u64; 4] {
    // SAFETY: both types are 32 bytes of plain data.
    unsafe { transmute::<__m256i, [u64; 4]>(quad.0) }
}

#[inline(always)]
pub(super) fn splat(arch: Avx2, word: u64) -> Quad {
    quad(arch, [word; 4])
}

#[inline(always)]
pub(super) fn add(a: Quad, b: Quad) -> Quad {
    // SAFETY: there is a vector, so there is AVX2.
    Quad(unsafe { _mm256_add_epi64(a.0, b.0) }, a.1)
}

#[inline(always)]
pub(super) fn sub(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_sub_epi64(a.0, b.0) }, a.1)
}

#[inline(always)]
pub(super) fn and(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_and_si256(a.0, b.0) }, a.1)
}

#[inline(always)]
pub(super) fn or(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_or_si256(a.0, b.0) }, a.1)
}

/// The product of the low 32 bits of both, in full.
#[inline(always)]
pub(super) fn mul(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_mul_epu32(a.0, b.0) }, a.1)
}

#[inline(always)]
pub(super) fn right<const BITS: i32>(a: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_srli_epi64::<BITS>(a.0) }, a.1)
}

#[inline(always)]
pub(super) fn left<const BITS: i32>(a: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_slli_epi64::<BITS>(a.0) }, a.1)
}

/// All bits of the lanes in which `a` is greater than `b`, as signed numbers.
#[inline(always)]
pub(super) fn greater(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_cmpgt_epi64(a.0, b.0) }, a.1)
}

/// All bits of the lanes in which `a` equals `b`.
#[inline(always)]
pub(super) fn equal(a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_cmpeq_epi64(a.0, b.0) }, a.1)
}

/// Lanes from `a` where all bits of `chosen` are set, from `b` where none is.
#[inline(always)]
pub(super) fn blend(chosen: Quad, a: Quad, b: Quad) -> Quad {
    // SAFETY: as in `add`.
    Quad(unsafe { _mm256_blendv_epi8(b.0, a.0, chosen.0) }, a.1)
}

/// Whether no bit is set.
#[inline(always)]
pub(super) fn none(a: Quad) -> bool {
    // SAFETY: as in `add`.
    unsafe { _mm256_testz_si256(a.0, a.0) == 1 }
}

/// Bit `i` is the top bit of lane `i`.
#[inline(always)]
pub(super) fn signs(a: Quad) -> u8 {
    // SAFETY: as in `add`.
    unsafe { _mm256_movemask_pd(_mm256_castsi256_pd(a.0)) as u8 }
}

/// All bits of the lanes whose bit among the low four of `mask` is set.
#[inline(always)]
pub(super) fn spread(arch: Avx2, mask: u8) -> Quad {
    let bits = quad(arch, [1, 2, 4, 8]);
    equal(and(splat(arch, u64::from(mask)), bits), bits)
}

/// The transpose of a 4 by 4 matrix of words.
#[inline(always)]
pub(super) fn transpose(r: [Quad; 4]) -> [Quad; 4] {
    let arch = r[0].1;
    // SAFETY: as in `add`.
    let columns = unsafe {
        let (even01, odd01) = (
            _mm256_unpacklo_epi64(r[0].0, r[1].0),
            _mm256_unpackhi_epi64(r[0].0, r[1].0),
        );
        let (even23, odd23) = (
            _mm256_unpacklo_epi64(r[2].0, r[3].0),
            _mm256_unpackhi_epi64(r[2].0, r[3].0),
        );
        [
            _mm256_permute2x128_si256::<0x20>(even01, even23),
            _mm256_permute2x128_si256::<0x20>(odd01, odd23),
            _mm256_permute2x128_si256::<0x31>(even01, even23),
            _mm256_permute2x128_si256::<0x31>(odd01, odd23),
        ]
    };
    let [a, b, c, d] = columns;
    [Quad(a, arch), Quad(b, arch), Quad(c, arch), Quad(d, arch)]
}

/// Asks for what is at an address to be brought into the nearest cache.
#[inline(always)]
pub(super) fn prefetch<T>(at: &T) {
    // SAFETY: SSE is part of x86-64, and a prefetch reads nothing.
    unsafe { _mm_prefetch::<_MM_HINT_T0>((&raw const *at).cast()) }
}
