//! A prover who knows an owner's secrets and signs anew what has become of the signature's rows.
//!
//! Where the circuit wants a valid signature, a row of the signature's gadget can be broken alone only
//! when what follows still fits: a point that comes out wrong has to be another one on the curve
//! whose multiple of the base point is known, so that there is an `S` for it.

use std::ops::Range;

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, Field, One, PrimeField, Zero};
use assay_circuits::babyjubjub::{Point, Scalar};

use super::{rows::Rows, scenes::Scene};

/// What the owner knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secrets {
    /// `R8` is so many times the base point.
    pub(crate) nonce: Scalar,
    /// And 8 times the key.
    pub(crate) key_by_8: Scalar,
}

/// Where a signature's gadget has what a forger looks at.
pub(crate) struct Forger<'a> {
    rows: &'a Rows,
    r8: Vec<u32>,
    challenge: Vec<u32>,
    response: Vec<u32>,
    /// The rows that hold the response's digits to 0 and 1.
    digits: Range<u32>,
    equation: Range<u32>,
    base: Range<u32>,
    multiple: Range<u32>,
    /// The coordinates of `R8 + h (8 A)`.
    right: [u32; 2],
}

const CHALLENGE_BITS: usize = 254;
const RESPONSE_BITS: usize = 251;
/// Windows of two bits in a multiple of the base point.
const WINDOWS: u32 = 125;
/// The first step of a multiple of another point, and the last in Montgomery coordinates; one more is
/// numbered down.
const FIRST_STEP: usize = 252;
const LAST_MONTGOMERY: usize = 3;
/// Rows before the steps, of a step in Montgomery coordinates, and of one in Edwards coordinates.
const PREPARATION: u32 = 4;
const MONTGOMERY: u32 = 6;
const EDWARDS: u32 = 12;
/// Coefficient of the curve in Montgomery form.
const CURVE_A: u64 = 168_698;
/// Rows before the steps in Edwards coordinates, the last two of which change coordinates.
const FIRST_EDWARDS: u32 = PREPARATION + MONTGOMERY * (FIRST_STEP - LAST_MONTGOMERY + 1) as u32 + 2;

/// The values that meet in an addition `P + E` in Montgomery coordinates.
struct Addition {
    p: (Fr, Fr),
    e: (Fr, Fr),
    slope: Fr,
}

impl<'a> Forger<'a> {
    /// For a circuit with one signature, in the group `signature`.
    pub(crate) fn new(rows: &'a Rows) -> Self {
        let wires = |group: &str, skipped: usize, length: usize| {
            let all = 0..rows.wires() as u32;
            let of_group = all.filter(|wire| &**rows.group_of_wire(*wire) == group);
            of_group.skip(skipped).take(length).collect::<Vec<_>>()
        };
        let range = |group: &str| {
            let rows = rows.of_group(group);
            rows[0]..rows[0] + rows.len() as u32
        };
        let equation = range("signature/equation");
        let owned = |row: u32| {
            rows.owned(row)
                .expect("an addition ends with quotients")
                .wire
        };
        Self {
            rows,
            r8: wires("signature", 0, 2),
            challenge: wires("signature/challenge-bits", 0, CHALLENGE_BITS),
            response: wires("signature", 2, RESPONSE_BITS),
            base: range("signature/base"),
            multiple: range("signature/multiple"),
            right: [equation.start + 4, equation.start + 5].map(owned),
            digits: range("signature"),
            equation,
        }
    }

    /// Values of the wire that a row defines with which the point that it is part of stays on the
    /// curve.
    pub(crate) fn wrong_points(&self, row: u32, scene: &Scene) -> Vec<Fr> {
        let windows = self.base.start + WINDOWS;
        let steps = self.multiple.start + PREPARATION;
        if (windows..windows + 3 * (WINDOWS - 1)).contains(&row) {
            let place = (row - windows) % 3;
            let addition = self.addition(row - place, row - place + 2, scene);
            return match place {
                0 => addition.other_slope().into_iter().collect(),
                1 => vec![addition.p.0],
                _ => Vec::new(),
            };
        }
        if (steps..self.multiple.start + FIRST_EDWARDS - 2).contains(&row) {
            let place = (row - steps) % MONTGOMERY;
            let first = row - place;
            let middle = self.owned(first + 2, scene);
            return self
                .addition(first + 1, first + 5, scene)
                .wrong_steps(place, middle);
        }
        Vec::new()
    }

    /// Whether points come out of the row, or their comparison.
    pub(crate) fn is_of_points(&self, row: u32) -> bool {
        [&self.base, &self.multiple, &self.equation]
            .iter()
            .any(|rows| rows.contains(&row))
    }

    /// `R8` plus the point of order 2.
    pub(crate) fn other_r8(&self, scene: &Scene) -> [(u32, Fr); 2] {
        [0, 1].map(|at| (self.r8[at], -scene.wires[self.r8[at] as usize]))
    }

    /// The window whose digit a row of the response's bits is about, and which of its bits.
    fn digit_of(&self, row: u32) -> Option<(usize, usize)> {
        let bit = self
            .digits
            .contains(&row)
            .then(|| (row - self.digits.start) as usize)?;
        (bit / 2 < WINDOWS as usize).then_some((bit / 2, bit % 2))
    }

    /// A third value of one of the response's bits with which its window's point is on the curve: that
    /// on the line through the points of the two others.
    pub(crate) fn wrong_digit(&self, row: u32, scene: &Scene) -> Option<Vec<(u32, Fr)>> {
        let (window, bit) = self.digit_of(row)?;
        let wire = self.response[2 * window + bit];
        let other = scene.wires[self.response[2 * window + 1 - bit] as usize].is_one();
        let unit = Scalar::from(2u8).inverse()? * Scalar::from(4u8).pow([window as u64]);
        let point = |digit: i64| {
            let scalar = Scalar::from(digit.unsigned_abs()) * unit;
            let point = Point::BASE8.mul(&if digit < 0 { -scalar } else { scalar });
            let u = (Fr::one() + point.y) * (Fr::one() - point.y).inverse()?;
            Some((u, u * point.x.inverse()?))
        };
        let [low, high] = digits(bit, other);
        let (low, high) = (point(low)?, point(high)?);
        let run = (high.0 - low.0).inverse()?;
        let slope = (high.1 - low.1) * run;
        let third = slope.square() - Fr::from(CURVE_A) - low.0 - high.0;
        Some(vec![(wire, (third - low.0) * run)])
    }

    fn owned(&self, row: u32, scene: &Scene) -> Fr {
        let owned = self.rows.owned(row).expect("it defines a coordinate");
        scene.wires[owned.wire as usize]
    }

    /// What is added where these rows make the slope, and the second coordinate of the sum.
    fn addition(&self, slope: u32, below: u32, scene: &Scene) -> Addition {
        let of = |row: u32| self.rows.row(row).map(|at| scene.sums[at as usize]);
        let [run, slope, rise] = of(slope);
        let [back, _, fall] = of(below);
        let (u, v) = (self.owned(below - 1, scene), self.owned(below, scene));
        let p = (back + u, fall - v);
        Addition {
            p,
            e: (run + p.0, rise + p.1),
            slope,
        }
    }

    /// Signatures with which the equation may hold as the wires are.
    pub(crate) fn signatures(
        &self,
        secrets: &Secrets,
        row: u32,
        wires: &[Fr],
    ) -> Vec<Vec<(u32, Fr)>> {
        let bits: Vec<bool> = self
            .challenge
            .iter()
            .map(|bit| wires[*bit as usize].is_one())
            .collect();
        let right = Point {
            x: wires[self.right[0] as usize],
            y: wires[self.right[1] as usize],
        };
        let mut responses = Vec::new();
        for multiple in self.multiples(row, &bits) {
            for nonce in [secrets.nonce, -secrets.nonce] {
                for multiple in [multiple, -multiple] {
                    let s = nonce + multiple * secrets.key_by_8;
                    if Point::BASE8.mul(&s) == right {
                        responses.push(s.into_bigint());
                    }
                }
            }
        }
        let h = numbers(&bits, &Fault::default())[0];
        let honest = secrets.nonce + h * secrets.key_by_8;
        responses.extend(self.responses_of_base(row, honest));
        if let Some((window, bit)) = self.digit_of(row) {
            let other = wires[self.response[2 * window + 1 - bit] as usize].is_one();
            responses.extend(with_digit(&honest.into_bigint(), window, bit, other));
        }
        responses.push((-honest).into_bigint());
        responses.push((honest + Scalar::one()).into_bigint());
        let bits = |s: BigInt<4>| {
            let bits = self.response.iter().enumerate();
            bits.map(|(at, bit)| (*bit, Fr::from(s.get_bit(at))))
                .collect()
        };
        responses.into_iter().map(bits).collect()
    }

    /// Of what number the multiple of the key may be, when a row of it is broken.
    fn multiples(&self, row: u32, bits: &[bool]) -> Vec<Scalar> {
        let mut fault = Fault::default();
        if self.multiple.contains(&row) {
            let at = row - self.multiple.start;
            match at {
                1 => fault.negates = (true, false),
                3 => fault.negates = (false, true),
                0 | 2 => {}
                _ if at < FIRST_EDWARDS - 2 => {
                    fault.step = Some(FIRST_STEP - ((at - PREPARATION) / MONTGOMERY) as usize);
                }
                _ => {
                    fault.step = Some(
                        2usize
                            .saturating_sub((at.saturating_sub(FIRST_EDWARDS) / EDWARDS) as usize),
                    )
                }
            }
        }
        numbers(bits, &fault)
    }

    /// The `S` of which a multiple of the base point with a broken row is that of `honest`.
    fn responses_of_base(&self, row: u32, honest: Scalar) -> Vec<BigInt<4>> {
        let windows = self.base.start + WINDOWS;
        let additions = 3 * (WINDOWS - 1);
        if !(windows..windows + additions + 1).contains(&row) {
            return Vec::new();
        }
        let honest = honest.into_bigint();
        let (window, place) = (1 + (row - windows) / 3, (row - windows) % 3);
        let with = |other: &dyn Fn(usize) -> bool| {
            let bits: Vec<bool> = (0..256).map(|at| honest.get_bit(at) ^ other(at)).collect();
            BigInt::from_bits_le(&bits)
        };
        let window = 2 * window as usize;
        let last = 2 * WINDOWS as usize;
        match place {
            _ if row == windows + additions => vec![with(&|bit| bit < last)],
            0 => vec![with(&|bit| bit / 2 == window / 2)],
            1 => without_window(&honest, window).into_iter().collect(),
            _ => vec![with(&|bit| bit < window + 2)],
        }
    }
}

/// The number whose digits but the one at `window` make the sum that all digits of `number` make, those
/// below it being negated.
fn without_window(number: &BigInt<4>, window: usize) -> Option<BigInt<4>> {
    // Digits are 2 b' - 3 for two bits b': a sum of digits at places below j is 2 N - (4^j - 1) where N
    // is the number of the bits. With u the digits above the window and v those below:
    // (2 N - (4^125 - 1)) = 4^(j+1) (2 u - (4^(124-j) - 1)) - (2 v - (4^j - 1)), so
    // 2 N = 2 4^(j+1) u + 4^(j+1) + 4^j - 2 - 2 v.
    // N = 4^(j+1) u + w, w = (4^(j+1) + 4^j) / 2 - 1 - v with 0 <= v < 4^j: 0 < w < 4^(j+1).
    let mut found = number.to_bits_le();
    let low = BigInt::from_bits_le(&found[..window + 2]);
    let mut most = power_of_two(window + 1);
    most.add_with_carry(&power_of_two(window - 1));
    most.sub_with_borrow(&BigInt::one());
    let borrowed = most.sub_with_borrow(&low);
    if borrowed || most.num_bits() as usize > window {
        return None;
    }
    for (at, bit) in found.iter_mut().enumerate().take(window + 2) {
        *bit = at < window && most.get_bit(at);
    }
    Some(BigInt::from_bits_le(&found))
}

/// The digits of a window whose bits are 0 and 1 at `bit`, and `other` at the other place.
fn digits(bit: usize, other: bool) -> [i64; 2] {
    match (bit, other) {
        (0, false) => [-3, -1],
        (0, true) => [1, 3],
        (_, false) => [-3, 1],
        (_, true) => [-1, 3],
    }
}

/// The number that with minus the sum of [`digits`] at a window makes the sum that all digits of `number`
/// make.
fn with_digit(number: &BigInt<4>, window: usize, bit: usize, other: bool) -> Option<BigInt<4>> {
    // As above, with e for the digit: 2 N = 2 4^(j+1) u + 2 v + 4^(j+1) - 4^j + e 4^j, so
    // N = 4^(j+1) u + v + 4^j (3 + e) / 2.
    let shift = 2 * window.checked_sub(1)? + 1;
    let [low, high] = digits(bit, other);
    let offset = 3 - low - high;
    let quarter = BigInt::<4>::from(offset.unsigned_abs()) << shift as u32;
    let mut rest = *number;
    if offset < 0 {
        rest.add_with_carry(&quarter);
    } else if rest.sub_with_borrow(&quarter) {
        return None;
    }
    let mut bits = rest.to_bits_le();
    let is_free = !bits[2 * window] && !bits[2 * window + 1];
    bits[2 * window + 1 - bit] = other;
    is_free.then(|| BigInt::from_bits_le(&bits))
}

fn power_of_two(exponent: usize) -> BigInt<4> {
    BigInt::one() << exponent as u32
}

impl Addition {
    /// That of the line through `P` and `-E`.
    fn other_slope(&self) -> Option<Fr> {
        Some((-self.e.1 - self.p.1) * (self.e.0 - self.p.0).inverse()?)
    }

    /// For the wires of a step `(P + E) + P`, whose middle has this `u`: the product, slope, `u`, sum of slopes,
    /// `u`, `v`.
    fn wrong_steps(&self, place: u32, middle: Fr) -> Vec<Fr> {
        match place {
            1 => self.other_slope().into_iter().collect(),
            2 => vec![self.e.0],
            3 => {
                let v = self.slope * (self.p.0 - middle) - self.p.1;
                let inverse = (middle - self.p.0).inverse();
                let other = inverse.map(|inverse| (-v - self.p.1) * inverse + self.slope);
                other.into_iter().collect()
            }
            4 => vec![self.p.0, middle],
            _ => Vec::new(),
        }
    }
}

/// What is wrong in a multiple.
#[derive(Default)]
struct Fault {
    /// Whether the points of odd steps, and of even ones, are negated.
    negates: (bool, bool),
    /// The step that goes wrong.
    step: Option<usize>,
}

/// The numbers that a chain of `2 n + s` may make of a challenge; one where nothing is wrong.
fn numbers(bits: &[bool], fault: &Fault) -> Vec<Scalar> {
    let one = Scalar::one();
    let mut found = vec![if fault.negates.0 { -one } else { one }];
    for step in (0..=FIRST_STEP).rev() {
        let is_negated = if step >= LAST_MONTGOMERY && step % 2 == 0 {
            fault.negates.1
        } else {
            step >= LAST_MONTGOMERY && fault.negates.0
        };
        let s = if bits[step + 1] != is_negated {
            one
        } else {
            -one
        };
        let after = |n: Scalar| n + n + s;
        found = if fault.step == Some(step) {
            let wrong = |n: Scalar| [n + n - s, n - s, -s, -n, -n - s, -after(n)];
            found.into_iter().flat_map(wrong).collect()
        } else {
            found.into_iter().map(after).collect()
        };
    }
    let taken = if bits[0] { Scalar::zero() } else { one };
    let sums = found.into_iter();
    if fault.step == Some(0) {
        sums.flat_map(|n| [n - taken, n + taken]).collect()
    } else {
        sums.map(|n| n - taken).collect()
    }
}
