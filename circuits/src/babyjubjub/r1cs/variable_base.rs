//! Multiples `h Q` of a point `Q` of order `l`, for any integer `0 <= h < r`.
//!
//! With bits `b_0 .. b_253` of `h` and signs `s_i = 2 b_{i+1} - 1`, the odd number
//! `h + 1 - b_0` is `2^253 + sum of s_i 2^i` over `i` from 252 down to 0. The sum is taken from the
//! top: before step `i` the accumulator is `n Q` with `n = 1 + 2 floor(h / 2^(i+2))`, which is 1
//! before step 252, and after it `n' Q` with `n' = 2 n + s_i`. At the end `Q` is taken away
//! where `b_0 = 0`.
//!
//! A step in Montgomery coordinates, `(n Q + s_i Q) + n Q` in six rows, fails where two points that
//! it adds are equal or opposite. With the multiples above it would where `n = 1`, that is
//! for every `h` with leading zeros. So a point `T = (0, -1)` of order 2 keeps the summands in
//! different cosets of the group of order `l`:
//!
//! - *Even steps* begin with `P = n Q` and add `E = +-(Q + T)`: they end with `n' Q + T`. `P + E` is in
//!   the coset of `T` like `E`, `P` is not: neither sum has equal or opposite summands. The result is
//!   not the identity.
//! - *Odd steps* begin with `P = n Q + T` and add `E = +-Q`: they end with `n' Q`. `P` is in the coset of
//!   `T`, `E` is not. `P + E = (n +- 1) Q + T` equals `P` never, and `-P` exactly when
//!   `n' = 0 mod l`; there too the result would be the identity.
//!
//! After step `i`, `n' = 1 + 2 floor(h / 2^(i+1)) <= 1 + (r - 1) / 2^i`. For `i >= 3` this is at most
//! `1 + (r - 1) / 8 < l`, because `8 l - r > 2^125`; and `n' > 0`. So steps 252 to 3 have no
//! exception, whatever `h < r`; each slope is a quotient with a denominator that is not zero, and so
//! the only one that satisfies its row. Step 3 is odd and leaves `n' Q`, of order `l`. Steps 2 to 0 and
//! the last subtraction, where multiples of `l` do occur, use the complete formulas.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_r1cs_std::{GR1CSVar, boolean::Boolean, fields::fp::FpVar};

use super::PointVar;
use super::montgomery::{MontgomeryVar, inverse_differences};
use crate::bits::r1cs::FIELD_BITS;
use crate::constraint::{Cs, Result, bit_value, linear, product};

/// The steps that have no exception in Montgomery coordinates.
const STEPS: std::ops::RangeInclusive<usize> = 3..=FIELD_BITS - 2;

/// `h Q` for `Q` of order `l` and the 254 bits of `h < r`; the caller proves both.
pub(crate) fn multiply(cs: &Cs, point: &PointVar, bits: &[Boolean<Fr>]) -> Result<PointVar> {
    assert_eq!(bits.len(), FIELD_BITS, "a challenge is a field element");
    let minus = -Fr::ONE;
    let plain = MontgomeryVar::from_edwards(cs, point)?;
    // Q + T = (-x, -y)
    let moved = MontgomeryVar::from_edwards(
        cs,
        &PointVar {
            x: linear(cs, &[(minus, &point.x)], Fr::ZERO),
            y: linear(cs, &[(minus, &point.y)], Fr::ZERO),
        },
    )?;
    let expected = expected_inverses(point, bits);
    let mut expected = expected.iter().flatten();
    let mut sum = plain.clone();
    for i in STEPS.rev() {
        let base = if i % 2 == 0 { &moved } else { &plain };
        let addend = MontgomeryVar {
            u: base.u.clone(),
            v: product(cs, &sign(cs, &bits[i + 1]), &base.v)?,
        };
        sum = sum.double_and_add(cs, &addend, expected.next().copied())?;
    }

    let mut sum = sum.to_edwards(cs)?;
    for i in (0..*STEPS.start()).rev() {
        let x = product(cs, &sign(cs, &bits[i + 1]), &point.x)?;
        let addend = PointVar {
            x,
            y: point.y.clone(),
        };
        sum = sum.double(cs)?.add(cs, &addend)?;
    }
    // -Q where b_0 = 0, else the identity.
    let even = linear(cs, &[(minus, &bit_value(&bits[0]))], Fr::ONE);
    let x = product(cs, &even, &point.x)?;
    let y = product(cs, &even, &linear(cs, &[(Fr::ONE, &point.y)], minus))?;
    let correction = PointVar {
        x: linear(cs, &[(minus, &x)], Fr::ZERO),
        y: linear(cs, &[(Fr::ONE, &y)], Fr::ONE),
    };
    sum.add(cs, &correction)
}

/// `2 b - 1`.
fn sign(cs: &Cs, bit: &Boolean<Fr>) -> FpVar<Fr> {
    linear(cs, &[(Fr::ONE.double(), &bit_value(bit))], -Fr::ONE)
}

/// The inverses that [`MontgomeryVar::double_and_add`] takes, for each step; nothing in setup.
fn expected_inverses(point: &PointVar, bits: &[Boolean<Fr>]) -> Option<Vec<[Fr; 2]>> {
    let plain = point.value().ok()?.projective();
    let mut moved = plain;
    (moved.x, moved.y) = (-moved.x, -moved.y);
    let mut sum = plain;
    let mut pairs = Vec::with_capacity(2 * FIELD_BITS);
    for i in STEPS.rev() {
        let base = if i % 2 == 0 { moved } else { plain };
        let addend = if bits[i + 1].value().ok()? {
            base
        } else {
            -base
        };
        let middle = sum + addend;
        pairs.extend([(addend, sum), (sum, middle)]);
        sum += middle;
    }
    Some(inverse_differences(&pairs).as_chunks().0.to_vec())
}
