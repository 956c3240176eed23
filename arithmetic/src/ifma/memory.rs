//! Between memory, where an element is four 64-bit words, and limbs of eight elements.

use super::limbs::Limbs;
use super::token::Ifma;
use super::vector::{
    FourWords, Vector, and, funnel, halves, left, load_pairs, or, pair, permute, quad, right,
    splat, store_pairs,
};
use crate::constants::LIMB_MASK;
use crate::line::{Line, WIDTH};

/// The words of eight lines, turned around: vector `i` holds word `i` of every line.
#[inline(always)]
pub(super) fn load_lines(arch: Ifma, lines: [&Line; WIDTH]) -> [Vector; WIDTH] {
    let mut rows = [Vector::new(arch, lines[0].0); WIDTH];
    for i in 1..WIDTH {
        rows[i] = Vector::new(arch, lines[i].0);
    }
    transpose(rows)
}

/// The bits set in any of the words.
#[inline(always)]
pub(super) fn any(w: [Vector; WIDTH]) -> Vector {
    or(
        any_of_four([w[0], w[1], w[2], w[3]]),
        any_of_four([w[4], w[5], w[6], w[7]]),
    )
}

/// The bits set in any of the words of an element.
#[inline(always)]
pub(super) fn any_of_four(w: [Vector; 4]) -> Vector {
    or(or(w[0], w[1]), or(w[2], w[3]))
}

/// Limbs of words.
#[inline(always)]
pub(super) fn unpack(w: [Vector; 4]) -> Limbs {
    let mask = splat(w[0].arch(), LIMB_MASK);
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
pub(super) fn unpack_shifted(w: [Vector; 4]) -> Limbs {
    let mask = splat(w[0].arch(), LIMB_MASK);
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
pub(super) fn pack(l: Limbs) -> [Vector; 4] {
    [
        or(l[0], left::<52>(l[1])),
        or(right::<12>(l[1]), left::<40>(l[2])),
        or(right::<24>(l[2]), left::<28>(l[3])),
        or(right::<36>(l[3]), left::<16>(l[4])),
    ]
}

/// The first four words of eight lines, turned around: vector `i` holds word `i` of every line.
#[inline(always)]
pub(super) fn first_halves(arch: Ifma, lines: [&Line; WIDTH]) -> [Vector; 4] {
    let l = lines;
    let (r02, r13) = (halves(arch, l[0], l[2]), halves(arch, l[1], l[3]));
    let (r46, r57) = (halves(arch, l[4], l[6]), halves(arch, l[5], l[7]));
    let ((e0, o0), (e4, o4)) = (pair(r02, r13), pair(r46, r57));
    let ((w0, w2), (w1, w3)) = (quad(e0, e4), quad(o0, o4));
    [w0, w1, w2, w3]
}

/// The words of eight adjacent elements.
#[inline(always)]
pub(super) fn load_elements<E: FourWords>(arch: Ifma, elements: &[E; WIDTH]) -> [Vector; 4] {
    let r = load_pairs(arch, elements);
    let ((even01, odd01), (even23, odd23)) = (pair(r[0], r[1]), pair(r[2], r[3]));
    const FIRST: [u64; WIDTH] = [0, 4, 1, 5, 8, 12, 9, 13];
    const SECOND: [u64; WIDTH] = [2, 6, 3, 7, 10, 14, 11, 15];
    let (first, second) = (Vector::new(arch, FIRST), Vector::new(arch, SECOND));
    [
        permute(even01, first, even23),
        permute(odd01, first, odd23),
        permute(even01, second, even23),
        permute(odd01, second, odd23),
    ]
}

/// Writes what [`load_elements`] reads.
#[inline(always)]
pub(super) fn store_elements<E: FourWords>(w: [Vector; 4], elements: &mut [E; WIDTH]) {
    const FIRST: [u64; WIDTH] = [0, 2, 8, 10, 1, 3, 9, 11];
    const SECOND: [u64; WIDTH] = [4, 6, 12, 14, 5, 7, 13, 15];
    let arch = w[0].arch();
    let (first, second) = (Vector::new(arch, FIRST), Vector::new(arch, SECOND));
    let (even01, even23) = (permute(w[0], first, w[2]), permute(w[0], second, w[2]));
    let (odd01, odd23) = (permute(w[1], first, w[3]), permute(w[1], second, w[3]));
    let ((r0, r1), (r2, r3)) = (pair(even01, odd01), pair(even23, odd23));
    store_pairs([r0, r1, r2, r3], elements);
}

/// The transpose of an 8 by 8 matrix of words.
#[inline(always)]
pub(super) fn transpose(rows: [Vector; WIDTH]) -> [Vector; WIDTH] {
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
