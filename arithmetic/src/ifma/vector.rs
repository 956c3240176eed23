//! Vectors of eight 64-bit lanes, and the instructions on them.
//!
//! A vector carries the proof that the machine has the instructions: it is made of a token or of other
//! vectors. So every function here is safe, whoever calls it. All are `inline(always)`, for only what is
//! inlined into code compiled for the instructions becomes one of them.

use std::arch::x86_64::*;
use std::mem::transmute;

use ark_bn254::{Fq, Fr};

use super::token::Ifma;
use crate::line::{Line, WIDTH};

/// Eight 64-bit words, where the machine has the instructions.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Vector(__m512i, Ifma);

/// Four words as memory holds them: 32 bytes without padding, of which every pattern of bits is a value.
///
/// # Safety
///
/// The type is as this says.
pub(super) unsafe trait FourWords: Copy {
    /// Fails to compile for a type of another size.
    const SIZE: () = assert!(size_of::<Self>() == 32);
}

// SAFETY: an element is an array of four words and a type without a size. That it stands for a number
// below the modulus is arkworks' concern, and nothing that memory safety rests on.
unsafe impl FourWords for Fq {}

// SAFETY: as for `Fq`.
unsafe impl FourWords for Fr {}

impl Vector {
    /// A vector of words.
    #[inline(always)]
    pub(super) fn new(arch: Ifma, words: [u64; WIDTH]) -> Self {
        // SAFETY: both types are 64 bytes of plain data.
        Self(unsafe { transmute::<[u64; WIDTH], __m512i>(words) }, arch)
    }

    /// The proof that this vector was made of.
    #[inline(always)]
    pub(super) fn arch(self) -> Ifma {
        self.1
    }

    /// The words of a vector.
    #[inline(always)]
    pub(super) fn words(self) -> [u64; WIDTH] {
        // SAFETY: both types are 64 bytes of plain data.
        unsafe { transmute::<__m512i, [u64; WIDTH]>(self.0) }
    }
}

#[inline(always)]
pub(super) fn splat(arch: Ifma, word: u64) -> Vector {
    // SAFETY: `arch` proves AVX-512 F.
    Vector(unsafe { _mm512_set1_epi64(word as i64) }, arch)
}

#[inline(always)]
pub(super) fn add(a: Vector, b: Vector) -> Vector {
    // SAFETY: there is a vector, so there is AVX-512 F.
    Vector(unsafe { _mm512_add_epi64(a.0, b.0) }, a.1)
}

#[inline(always)]
pub(super) fn sub(a: Vector, b: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(unsafe { _mm512_sub_epi64(a.0, b.0) }, a.1)
}

#[inline(always)]
pub(super) fn and(a: Vector, b: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(unsafe { _mm512_and_si512(a.0, b.0) }, a.1)
}

#[inline(always)]
pub(super) fn or(a: Vector, b: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(unsafe { _mm512_or_si512(a.0, b.0) }, a.1)
}

/// `accumulator + low 52 bits of a * b`, of the low 52 bits of both factors.
#[inline(always)]
pub(super) fn low(accumulator: Vector, a: Vector, b: Vector) -> Vector {
    // SAFETY: there is a vector, so there is AVX-512 IFMA.
    Vector(
        unsafe { _mm512_madd52lo_epu64(accumulator.0, a.0, b.0) },
        a.1,
    )
}

/// `accumulator + (a * b >> 52)`, of the low 52 bits of both factors.
#[inline(always)]
pub(super) fn high(accumulator: Vector, a: Vector, b: Vector) -> Vector {
    // SAFETY: as in `low`.
    Vector(
        unsafe { _mm512_madd52hi_epu64(accumulator.0, a.0, b.0) },
        a.1,
    )
}

#[inline(always)]
pub(super) fn right<const BITS: u32>(a: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(unsafe { _mm512_srli_epi64::<BITS>(a.0) }, a.1)
}

/// As [`right`], of signed numbers.
#[inline(always)]
pub(super) fn signed_right<const BITS: u32>(a: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(unsafe { _mm512_srai_epi64::<BITS>(a.0) }, a.1)
}

#[inline(always)]
pub(super) fn left<const BITS: u32>(a: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(unsafe { _mm512_slli_epi64::<BITS>(a.0) }, a.1)
}

/// The low words of `(high, low) >> BITS`.
#[inline(always)]
pub(super) fn funnel<const BITS: i32>(high: Vector, low: Vector) -> Vector {
    // SAFETY: there is a vector, so there is AVX-512 VBMI2.
    Vector(unsafe { _mm512_shrdi_epi64::<BITS>(low.0, high.0) }, high.1)
}

/// Bit `i` is set where lane `i` of `a` is greater than that of `b`, as signed numbers.
#[inline(always)]
pub(super) fn greater(a: Vector, b: Vector) -> u8 {
    // SAFETY: as in `add`.
    unsafe { _mm512_cmpgt_epi64_mask(a.0, b.0) }
}

/// Bit `i` is set where lane `i` of `a` is zero.
#[inline(always)]
pub(super) fn zero_lanes(a: Vector) -> u8 {
    // SAFETY: as in `add`.
    unsafe { _mm512_testn_epi64_mask(a.0, a.0) }
}

/// Lane `i` from `a` where bit `i` of `mask` is set, from `b` elsewhere.
#[inline(always)]
pub(super) fn blend(mask: u8, a: Vector, b: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(unsafe { _mm512_mask_blend_epi64(mask, b.0, a.0) }, a.1)
}

/// `a - b` in the lanes of `mask`, `other` elsewhere.
#[inline(always)]
pub(super) fn sub_or(mask: u8, a: Vector, b: Vector, other: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(
        unsafe { _mm512_mask_sub_epi64(other.0, mask, a.0, b.0) },
        a.1,
    )
}

/// Lane `i` is lane `order[i]` of `a` followed by `b`.
#[inline(always)]
pub(super) fn permute(a: Vector, order: Vector, b: Vector) -> Vector {
    // SAFETY: as in `add`.
    Vector(unsafe { _mm512_permutex2var_epi64(a.0, order.0, b.0) }, a.1)
}

/// The even lanes of both, alternating, and the odd ones.
#[inline(always)]
pub(super) fn pair(a: Vector, b: Vector) -> (Vector, Vector) {
    // SAFETY: as in `add`.
    unsafe {
        (
            Vector(_mm512_unpacklo_epi64(a.0, b.0), a.1),
            Vector(_mm512_unpackhi_epi64(a.0, b.0), a.1),
        )
    }
}

/// The even pairs of lanes of both, one after the other, and the odd ones.
#[inline(always)]
pub(super) fn quad(a: Vector, b: Vector) -> (Vector, Vector) {
    // SAFETY: as in `add`.
    unsafe {
        (
            Vector(_mm512_shuffle_i64x2::<0x88>(a.0, b.0), a.1),
            Vector(_mm512_shuffle_i64x2::<0xdd>(a.0, b.0), a.1),
        )
    }
}

/// The first four words of two lines.
#[inline(always)]
pub(super) fn halves(arch: Ifma, first: &Line, second: &Line) -> Vector {
    // SAFETY: `arch` proves AVX-512 F; half a line is 32 bytes of plain data, and the loads ask for no
    // alignment.
    let both = unsafe {
        let first = _mm256_loadu_si256((&raw const *first).cast());
        let second = _mm256_loadu_si256((&raw const *second).cast());
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(first), second)
    };
    Vector(both, arch)
}

/// Adjacent elements, two a vector.
#[inline(always)]
pub(super) fn load_pairs<E: FourWords>(arch: Ifma, elements: &[E; WIDTH]) -> [Vector; 4] {
    let () = E::SIZE;
    // SAFETY: by `FourWords` the elements are the bytes of four vectors; `read_unaligned` asks for no
    // alignment.
    let [a, b, c, d] = unsafe {
        (&raw const *elements)
            .cast::<[__m512i; 4]>()
            .read_unaligned()
    };
    [
        Vector(a, arch),
        Vector(b, arch),
        Vector(c, arch),
        Vector(d, arch),
    ]
}

/// Writes what [`load_pairs`] reads.
#[inline(always)]
pub(super) fn store_pairs<E: FourWords>([a, b, c, d]: [Vector; 4], elements: &mut [E; WIDTH]) {
    let () = E::SIZE;
    // SAFETY: as in `load_pairs`; by `FourWords` every pattern of bits is a value.
    unsafe {
        (&raw mut *elements)
            .cast::<[__m512i; 4]>()
            .write_unaligned([a.0, b.0, c.0, d.0])
    }
}

/// Asks for a line to be brought into the nearest cache.
#[inline(always)]
pub(super) fn prefetch(line: &Line) {
    // SAFETY: SSE is part of x86-64, and a prefetch reads nothing.
    unsafe { _mm_prefetch::<_MM_HINT_T0>((&raw const *line).cast()) }
}
