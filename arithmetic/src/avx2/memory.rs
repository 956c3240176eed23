//! Between memory, where an element is four 64-bit words, and limbs of four elements.

use super::limbs::{Limbs, MASK};
use super::token::Avx2;
use super::vector::{Quad, and, equal, left, or, quad, right, signs, splat, transpose};
use crate::line::{Line, WIDTH};

/// Words of four elements: `w[i]` holds word `i` of each.
pub(super) type Words = [Quad; 4];

/// Half `HALF` of a line.
#[inline(always)]
pub(super) fn half<const HALF: usize>(arch: Avx2, line: &Line) -> Quad {
    quad(arch, line.0.as_chunks::<4>().0[HALF])
}

/// The words in half `HALF` of four of eight lines.
#[inline(always)]
fn words_of<const HALF: usize>(arch: Avx2, lines: &[&Line; WIDTH], from: usize) -> Words {
    transpose([
        half::<HALF>(arch, lines[from]),
        half::<HALF>(arch, lines[from + 1]),
        half::<HALF>(arch, lines[from + 2]),
        half::<HALF>(arch, lines[from + 3]),
    ])
}

/// The words in half `HALF` of eight lines: those of the first four, then those of the others.
#[inline(always)]
pub(super) fn load_halves<const HALF: usize>(arch: Avx2, lines: &[&Line; WIDTH]) -> [Words; 2] {
    [
        words_of::<HALF>(arch, lines, 0),
        words_of::<HALF>(arch, lines, 4),
    ]
}

/// The mask of lanes in which all words are zero, given their bits.
#[inline(always)]
pub(super) fn zero_lanes(bits: [Quad; 2]) -> u8 {
    let zero = splat(bits[0].arch(), 0);
    signs(equal(bits[0], zero)) | signs(equal(bits[1], zero)) << 4
}

/// The lowest limb of words.
#[inline(always)]
fn limb(words: Quad) -> Quad {
    and(words, splat(words.arch(), MASK))
}

/// Limbs of words.
#[inline(always)]
pub(super) fn unpack(w: Words) -> Limbs {
    Limbs([
        limb(w[0]),
        limb(right::<29>(w[0])),
        limb(or(right::<58>(w[0]), left::<6>(w[1]))),
        limb(right::<23>(w[1])),
        limb(or(right::<52>(w[1]), left::<12>(w[2]))),
        limb(right::<17>(w[2])),
        limb(or(right::<46>(w[2]), left::<18>(w[3]))),
        limb(right::<11>(w[3])),
        right::<40>(w[3]),
    ])
}

/// Limbs of 32 times the words.
#[inline(always)]
pub(super) fn unpack_shifted(w: Words) -> Limbs {
    Limbs([
        limb(left::<5>(w[0])),
        limb(right::<24>(w[0])),
        limb(or(right::<53>(w[0]), left::<11>(w[1]))),
        limb(right::<18>(w[1])),
        limb(or(right::<47>(w[1]), left::<17>(w[2]))),
        limb(right::<12>(w[2])),
        limb(or(right::<41>(w[2]), left::<23>(w[3]))),
        limb(right::<6>(w[3])),
        right::<35>(w[3]),
    ])
}

/// Words of carried limbs of a value below `2^256`.
#[inline(always)]
pub(super) fn pack(limbs: &Limbs) -> Words {
    let l = &limbs.0;
    [
        or(or(l[0], left::<29>(l[1])), left::<58>(l[2])),
        or(or(right::<6>(l[2]), left::<23>(l[3])), left::<52>(l[4])),
        or(or(right::<12>(l[4]), left::<17>(l[5])), left::<46>(l[6])),
        or(or(right::<18>(l[6]), left::<11>(l[7])), left::<40>(l[8])),
    ]
}

/// The bits set in any of the words.
#[inline(always)]
pub(super) fn any(w: &Words) -> Quad {
    or(or(w[0], w[1]), or(w[2], w[3]))
}
