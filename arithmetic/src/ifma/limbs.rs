//! Values of eight lanes in five limbs of 52 bits.
//!
//! Every function here is `inline(always)`. There are loops where a closure would do: a closure is a
//! function of its own, which the compiler may leave out of line, without the instructions of this
//! backend.

use super::token::Ifma;
use super::vector::{
    Vector, add, and, blend, greater, high, low, permute, signed_right, splat, sub, sub_or,
};
use crate::constants::{Constants, DESCENT_UNITS, Descent, LIMB_BITS, LIMB_MASK};
use crate::line::Line;

/// A value per lane: limb `i` weighs `2^(52 i)`.
pub(super) type Limbs = [Vector; 5];

/// What a limb carries over to the next: a signed number.
#[inline(always)]
fn carry(limb: Vector) -> Vector {
    signed_right::<LIMB_BITS>(limb)
}

#[inline(always)]
pub(super) fn splat_limbs(arch: Ifma, limbs: &[u64; 5]) -> Limbs {
    [
        splat(arch, limbs[0]),
        splat(arch, limbs[1]),
        splat(arch, limbs[2]),
        splat(arch, limbs[3]),
        splat(arch, limbs[4]),
    ]
}

/// `a - b` in the lanes of `mask`, `a` elsewhere.
#[inline(always)]
fn sub_where(mask: u8, mut a: Limbs, b: &Limbs) -> Limbs {
    for i in 0..5 {
        a[i] = sub_or(mask, a[i], b[i], a[i]);
    }
    a
}

/// `minuend - a` in the lanes of `mask`, `a` elsewhere.
#[inline(always)]
pub(super) fn complement_where(mask: u8, minuend: &Limbs, mut a: Limbs) -> Limbs {
    for i in 0..5 {
        a[i] = sub_or(mask, minuend[i], a[i], a[i]);
    }
    a
}

#[inline(always)]
pub(super) fn add_limbs(mut a: Limbs, b: &Limbs) -> Limbs {
    for i in 0..5 {
        a[i] = add(a[i], b[i]);
    }
    a
}

#[inline(always)]
pub(super) fn sub_limbs(mut a: Limbs, b: &Limbs) -> Limbs {
    for i in 0..5 {
        a[i] = sub(a[i], b[i]);
    }
    a
}

/// Carries signed limbs over, so that all but the top one lie in `0..2^52`.
#[inline(always)]
pub(super) fn carried(mut a: Limbs) -> Limbs {
    let mask = splat(a[0].arch(), LIMB_MASK);
    for i in 0..4 {
        a[i + 1] = add(a[i + 1], carry(a[i]));
        a[i] = and(a[i], mask);
    }
    a
}

/// Limbs from `a` in the lanes of `mask`, from `b` elsewhere.
#[inline(always)]
pub(super) fn blend_limbs(mask: u8, mut a: Limbs, b: &Limbs) -> Limbs {
    for i in 0..5 {
        a[i] = blend(mask, a[i], b[i]);
    }
    a
}

/// Subtracts `k p` where the value is above it, judged by the top limb alone.
///
/// The limbs may be uncarried, each of the lower four within `-2^54..2^54`, so what lies below the
/// top limb weighs less than `2^3` units of it. A lane is reduced if its top limb exceeds that of
/// `k p` by more than 8: then the difference is not negative. A lane left alone is below
/// `k p + 2^4` units: below `k p + 2^212`.
#[inline(always)]
pub(super) fn sub_multiple(a: Limbs, constants: &Constants, k: usize) -> Limbs {
    let multiple = &constants.multiples[k];
    let arch = a[0].arch();
    let mask = greater(a[4], splat(arch, multiple[4] + 8));
    sub_where(mask, a, &splat_limbs(arch, multiple))
}

/// Lane `i` is word `index[i]` of the table.
#[inline(always)]
fn lookup(table: &[Line; 2], index: Vector) -> Vector {
    let arch = index.arch();
    let [low, high] = [Vector::new(arch, table[0].0), Vector::new(arch, table[1].0)];
    permute(low, index, high)
}

/// Raises a value and brings it below `4.26p` (see [`Descent`]), its limbs uncarried.
///
/// The raised value lies in `0.9p..51.9p`. Its limbs may be uncarried, each of the lower four within
/// `-2^61..2^61`: then the top limb is off by less than `2^10`, and positive all the same.
#[inline(always)]
pub(super) fn descended(mut a: Limbs, descent: &Descent) -> Limbs {
    let arch = a[0].arch();
    let top = add(a[4], splat(arch, descent.raise));
    let quotient = high(splat(arch, 0), top, splat(arch, DESCENT_UNITS));
    for (limb, table) in a.iter_mut().zip(&descent.down) {
        *limb = add(*limb, lookup(table, quotient));
    }
    a
}

/// The product of two values as ten uncarried columns, each below `10 * 2^52`.
///
/// Only the low 52 bits of each limb count: the factors must be carried and below `2^260`.
#[inline(always)]
pub(super) fn columns(a: &Limbs, b: &Limbs) -> [Vector; 10] {
    let mut columns = [splat(a[0].arch(), 0); 10];
    for i in 0..5 {
        for j in 0..5 {
            columns[i + j] = low(columns[i + j], a[j], b[i]);
            columns[i + j + 1] = high(columns[i + j + 1], a[j], b[i]);
        }
    }
    columns
}

/// The square of a value as ten uncarried columns; as [`columns`] with 30 products, not 50.
#[inline(always)]
pub(super) fn square_columns(a: &Limbs) -> [Vector; 10] {
    let mut columns = [splat(a[0].arch(), 0); 10];
    for i in 0..5 {
        for j in i + 1..5 {
            columns[i + j] = low(columns[i + j], a[j], a[i]);
            columns[i + j + 1] = high(columns[i + j + 1], a[j], a[i]);
        }
    }
    for column in &mut columns[1..9] {
        *column = add(*column, *column);
    }
    for i in 0..5 {
        columns[2 * i] = low(columns[2 * i], a[i], a[i]);
        columns[2 * i + 1] = high(columns[2 * i + 1], a[i], a[i]);
    }
    columns
}

/// Divides a product `T >= 0` by `2^260` modulo `p`: Montgomery's reduction, with uncarried limbs
/// as its result.
///
/// Four limbs are folded: `T = t + 2^52 T'` is `2^52 (T' + t F)` modulo `p`, where `F = 2^-52 mod p`
/// is a constant, so no factor has to be computed first. Only the last limb goes the usual way: with
/// `q = -T / p mod 2^52`, `T + q p` is a multiple of `2^52`. Each fold adds less than `2^52 p`; the
/// first three are divided by `2^52` once more at least. Hence
///
/// result `<= T / 2^260 + p + p (1 + 2^-52 + 2^-104 + 2^-156) < T / 2^260 + 2p + 2^203`.
///
/// The columns may be signed, of less than 60 bits, as long as `T` is not negative.
#[inline(always)]
pub(super) fn reduced(mut columns: [Vector; 10], constants: &Constants) -> Limbs {
    let arch = columns[0].arch();
    let fold = splat_limbs(arch, &constants.fold);
    for i in 0..4 {
        columns[i + 1] = add(columns[i + 1], carry(columns[i]));
        for j in 0..5 {
            columns[i + 1 + j] = low(columns[i + 1 + j], columns[i], fold[j]);
            columns[i + 2 + j] = high(columns[i + 2 + j], columns[i], fold[j]);
        }
    }
    let modulus = splat_limbs(arch, &constants.multiples[1]);
    let quotient = low(
        splat(arch, 0),
        columns[4],
        splat(arch, constants.neg_inverse),
    );
    for j in 0..5 {
        columns[4 + j] = low(columns[4 + j], quotient, modulus[j]);
        columns[5 + j] = high(columns[5 + j], quotient, modulus[j]);
    }
    columns[5] = add(columns[5], carry(columns[4]));
    [columns[5], columns[6], columns[7], columns[8], columns[9]]
}
