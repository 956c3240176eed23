//! Multiples of the base point.
//!
//! Two bits `b0, b1` make a digit `d = 2 s1 + s0` of -3, -1, 1, 3, with `s = 2 b - 1`. Of the point
//! `d P` in Montgomery coordinates `u` depends on `s0 s1` alone and `v` is linear in `s0` and `s1`,
//! so a window costs one row for `b0 b1` and three for an addition.
//!
//! **No exception.** Let `P = B8 / 2` (of order `l`) and `a` the sum of the digits below window `i`,
//! so that the sum so far is `a P` and the next addend `d 4^i P`. `a` is odd, or 0 before the first
//! window, which is taken without an addition, and `|a| <= 4^i - 1 < |d| 4^i`. So `a + d 4^i` and
//! `a - d 4^i` are not 0 and at most `4^(i+1) - 1 <= 4^125 - 1 = 2^250 - 1 < l` in absolute value:
//! the two points are neither equal nor opposite, and no sum is the identity. This holds for all
//! bits, also of numbers `l` and above. Windows end at bit 249; bit 250 and the constant that
//! makes up for the signs are added last, in complete form.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_r1cs_std::{GR1CSVar, boolean::Boolean};

use super::PointVar;
use super::montgomery::{MontgomeryVar, inverse_differences};
use crate::babyjubjub::{Point, Projective, Scalar};
use crate::constraint::{Cs, Result, bit_value, linear, product};

/// Bits of `l`, and of the numbers that are multiplied.
pub(crate) const SCALAR_BITS: usize = 251;
const WINDOWS: usize = (SCALAR_BITS - 1) / 2;

/// `4^i P` and `3 * 4^i P` in Montgomery coordinates.
struct Window {
    once: (Fr, Fr),
    thrice: (Fr, Fr),
}

struct Table {
    windows: Vec<Window>,
    /// `(4^125 - 1) P`: what the windows fall short of the number.
    shortfall: Point,
    /// `shortfall + 2^250 B8`.
    shortfall_and_top: Point,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let half = Scalar::from(2u64).inverse().expect("l is odd");
        let mut point = Point::BASE8.mul(&half);
        let mut power = Scalar::ONE;
        let windows = (0..WINDOWS)
            .map(|_| {
                let doubled = point.double();
                let window = Window {
                    once: montgomery(&point),
                    thrice: montgomery(&doubled.add(&point)),
                };
                point = doubled.double();
                power *= Scalar::from(4u64);
                window
            })
            .collect();
        let shortfall = Point::BASE8.mul(&(half * (power - Scalar::ONE)));
        let shortfall_and_top = shortfall.add(&Point::BASE8.mul(&power));
        Table {
            windows,
            shortfall,
            shortfall_and_top,
        }
    })
}

fn montgomery(point: &Point) -> (Fr, Fr) {
    let inverse = |x: Fr| x.inverse().expect("the point has order l");
    let u = (Fr::ONE + point.y) * inverse(Fr::ONE - point.y);
    (u, u * inverse(point.x))
}

/// `s B8`, where `s` is the number that the lowest 251 of the bits make, any from 0 to `2^251 - 1`.
pub(crate) fn multiply(cs: &Cs, bits: &[Boolean<Fr>]) -> Result<PointVar> {
    let table = table();
    let (windows, _) = bits[..SCALAR_BITS - 1].as_chunks::<2>();
    let points = windows
        .iter()
        .zip(&table.windows)
        .map(|(bits, window)| window.choose(cs, bits))
        .collect::<Result<Vec<_>>>()?;
    let expected = expected_inverses(windows);
    let mut expected = expected.iter().flatten();
    let mut points = points.into_iter();
    let mut sum = points.next().expect("there are 125 windows");
    for point in points {
        sum = sum.add(cs, &point, expected.next().copied())?;
    }

    let top = bit_value(&bits[SCALAR_BITS - 1]);
    let (low, high) = (&table.shortfall, &table.shortfall_and_top);
    let rest = PointVar {
        x: linear(cs, &[(high.x - low.x, &top)], low.x),
        y: linear(cs, &[(high.y - low.y, &top)], low.y),
    };
    sum.to_edwards(cs)?.add(cs, &rest)
}

impl Window {
    /// The point that the digit of two bits selects: one row.
    fn choose(&self, cs: &Cs, [b0, b1]: &[Boolean<Fr>; 2]) -> Result<MontgomeryVar> {
        let (b0, b1) = (bit_value(b0), bit_value(b1));
        let both = product(cs, &b0, &b1)?;
        // u: of 3 P where the bits agree, else of P.
        let step = self.thrice.0 - self.once.0;
        let u = [(step.double(), &both), (-step, &b0), (-step, &b1)];
        // v: with (s1, s0) = (1, 1) of 3 P, with (1, -1) of P; 2 v = (v3 + v1) s1 + (v3 - v1) s0.
        let (sum, rest) = (self.thrice.1 + self.once.1, self.thrice.1 - self.once.1);
        let v = [(sum, &b1), (rest, &b0)];
        Ok(MontgomeryVar {
            u: linear(cs, &u, self.thrice.0),
            v: linear(cs, &v, -self.thrice.1),
        })
    }
}

/// `1 / (u of the addend - u of the sum)` for each addition; nothing in setup.
fn expected_inverses(windows: &[[Boolean<Fr>; 2]]) -> Option<Vec<Fr>> {
    static MULTIPLES: OnceLock<Vec<[Projective; 4]>> = OnceLock::new();
    let multiples = MULTIPLES.get_or_init(|| {
        let half = Scalar::from(2u64).inverse().expect("l is odd");
        let mut point = Point::BASE8.mul(&half).projective();
        let mut digits = || {
            let (doubled, once) = (point + point, point);
            let thrice = doubled + once;
            point = doubled + doubled;
            [-thrice, -once, once, thrice]
        };
        (0..WINDOWS).map(|_| digits()).collect()
    });
    let mut sum: Option<Projective> = None;
    let mut pairs = Vec::with_capacity(WINDOWS);
    for ([b0, b1], multiples) in windows.iter().zip(multiples) {
        let digit = usize::from(b0.value().ok()?) + 2 * usize::from(b1.value().ok()?);
        let addend = multiples[digit];
        if let Some(sum) = sum {
            pairs.push((addend, sum));
        }
        sum = Some(sum.map_or(addend, |sum| sum + addend));
    }
    Some(inverse_differences(&pairs))
}
