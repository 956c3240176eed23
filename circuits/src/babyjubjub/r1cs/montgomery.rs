//! Montgomery coordinates `v^2 = u^3 + 168698 u^2 + u`, in which an addition takes three rows but
//! has exceptions.
//!
//! `u = (1 + y) / (1 - y)`, `v = u / x`. Every point but the identity has coordinates; `(0, -1)`, of
//! order 2, is `(0, 0)`. Two points have the same `u` exactly when they are equal or opposite. No
//! point has `u = -1`: there `v^2` would be `d`, which is no square.

use ark_bn254::Fr;
use ark_ec::twisted_edwards::MontCurveConfig;
use ark_ff::{AdditiveGroup, Field, fields::serial_batch_inversion_and_mul};
use ark_r1cs_std::{GR1CSVar, fields::fp::FpVar};
use taceo_ark_babyjubjub::EdwardsConfig;

use super::{PointVar, inverses, quotient_by};
use crate::babyjubjub::Projective;
use crate::constraint::{Cs, Result, difference, enforce_product, linear, witness};

const MONTGOMERY_A: Fr = <EdwardsConfig as MontCurveConfig>::COEFF_A;

/// A point of the curve other than the identity.
#[derive(Clone)]
pub(super) struct MontgomeryVar {
    pub u: FpVar<Fr>,
    pub v: FpVar<Fr>,
}

impl MontgomeryVar {
    /// Two rows; for points with `x != 0`.
    pub(super) fn from_edwards(cs: &Cs, point: &PointVar) -> Result<MontgomeryVar> {
        let numerator = linear(cs, &[(Fr::ONE, &point.y)], Fr::ONE);
        let denominator = linear(cs, &[(-Fr::ONE, &point.y)], Fr::ONE);
        let [by_denominator, by_x] = inverses(&denominator, &point.x);
        let u = quotient_by(cs, &numerator, &denominator, by_denominator)?;
        let v = quotient_by(cs, &u, &point.x, by_x)?;
        Ok(MontgomeryVar { u, v })
    }

    /// Two rows; for points with `v != 0`, that is of order more than 2.
    pub(super) fn to_edwards(&self, cs: &Cs) -> Result<PointVar> {
        let below = linear(cs, &[(Fr::ONE, &self.u)], -Fr::ONE);
        let above = linear(cs, &[(Fr::ONE, &self.u)], Fr::ONE);
        let [by_v, by_above] = inverses(&self.v, &above);
        Ok(PointVar {
            x: quotient_by(cs, &self.u, &self.v, by_v)?,
            y: quotient_by(cs, &below, &above, by_above)?,
        })
    }

    /// `self + (u, v)` for a point with another `u`: three rows. `expected_inverse` is
    /// `1 / (u - self.u)`, where known.
    pub(super) fn add(
        &self,
        cs: &Cs,
        other: &MontgomeryVar,
        expected_inverse: Option<Fr>,
    ) -> Result<MontgomeryVar> {
        let rise = difference(cs, &other.v, &self.v);
        let run = difference(cs, &other.u, &self.u);
        let slope = quotient_by(cs, &rise, &run, expected_inverse)?;
        let u = self.third(cs, &slope, &other.u)?;
        let v = self.below(cs, &slope, &u)?;
        Ok(MontgomeryVar { u, v })
    }

    /// `2 self + other = (self + other) + self` without the `v` of the sum between: five rows. The
    /// `u` of `self` must differ from the `u` of `other` and of `self + other`; the
    /// expected inverses are `1 / (other.u - self.u)` and `1 / (self.u - (self + other).u)`.
    pub(super) fn double_and_add(
        &self,
        cs: &Cs,
        other: &MontgomeryVar,
        expected_inverses: Option<[Fr; 2]>,
    ) -> Result<MontgomeryVar> {
        let [first, second] = expected_inverses.map_or([None; 2], |inverses| inverses.map(Some));
        let rise = difference(cs, &other.v, &self.v);
        let run = difference(cs, &other.u, &self.u);
        let slope = quotient_by(cs, &rise, &run, first)?;
        let middle = self.third(cs, &slope, &other.u)?;

        // With v' = slope (u - u') - v of the sum, the second slope (v' - v) / (u' - u) is
        // 2 v / (u - u') - slope.
        let twice = linear(cs, &[(Fr::ONE.double(), &self.v)], Fr::ZERO);
        let run = difference(cs, &self.u, &middle);
        let slopes = quotient_by(cs, &twice, &run, second)?;
        let slope = difference(cs, &slopes, &slope);
        let u = self.third(cs, &slope, &middle)?;
        let v = self.below(cs, &slope, &u)?;
        Ok(MontgomeryVar { u, v })
    }

    /// `slope^2 - A - self.u - other_u`: the third point's `u`.
    fn third(&self, cs: &Cs, slope: &FpVar<Fr>, other_u: &FpVar<Fr>) -> Result<FpVar<Fr>> {
        let u = witness(cs, || {
            Ok(slope.value()?.square() - MONTGOMERY_A - self.u.value()? - other_u.value()?)
        })?;
        let one = Fr::ONE;
        let square = linear(
            cs,
            &[(one, &u), (one, &self.u), (one, other_u)],
            MONTGOMERY_A,
        );
        enforce_product(cs, slope, slope, &square)?;
        Ok(u)
    }

    /// `slope (self.u - u) - self.v`: the sum's `v`.
    fn below(&self, cs: &Cs, slope: &FpVar<Fr>, u: &FpVar<Fr>) -> Result<FpVar<Fr>> {
        let run = difference(cs, &self.u, u);
        let fall = witness(cs, || Ok(slope.value()? * run.value()? - self.v.value()?))?;
        let sum = linear(cs, &[(Fr::ONE, &fall), (Fr::ONE, &self.v)], Fr::ZERO);
        enforce_product(cs, &run, slope, &sum)?;
        Ok(fall)
    }
}

/// `1 / (u_a - u_b)` for each pair of points: one inversion for all. What has none is 0.
pub(super) fn inverse_differences(pairs: &[(Projective, Projective)]) -> Vec<Fr> {
    // With u = (z + y) / (z - y):
    // u_a - u_b = 2 (y_a z_b - z_a y_b) / ((z_a - y_a) (z_b - y_b)).
    let mut inverses: Vec<Fr> = pairs
        .iter()
        .map(|(a, b)| (a.y * b.z - a.z * b.y).double())
        .collect();
    serial_batch_inversion_and_mul(&mut inverses, &Fr::ONE);
    for (inverse, (a, b)) in inverses.iter_mut().zip(pairs) {
        *inverse *= (a.z - a.y) * (b.z - b.y);
    }
    inverses
}
