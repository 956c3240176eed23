//! Points in the circuit: complete Edwards arithmetic.

pub(crate) mod fixed_base;
mod montgomery;
pub(crate) mod variable_base;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_r1cs_std::{GR1CSVar, boolean::Boolean, fields::fp::FpVar};
use ark_relations::gr1cs::SynthesisError;

use super::{A, D, Point};
use crate::bits::r1cs::is_zero;
use crate::constraint::{
    Cs, Result, bit_value, difference, enforce_product, linear, product, witness,
};

/// Two coordinates, on the curve or not. Arithmetic expects points of the curve: only for them do
/// its denominators never vanish.
#[derive(Clone)]
pub struct PointVar {
    /// First coordinate.
    pub x: FpVar<Fr>,
    /// Second coordinate.
    pub y: FpVar<Fr>,
}

impl PointVar {
    /// Two fresh coordinates; nothing says that they are on the curve.
    ///
    /// # Errors
    /// Those of `value`.
    pub fn new(cs: &Cs, value: impl FnOnce() -> Result<Point>) -> Result<PointVar> {
        let point = if cs.is_in_setup_mode() {
            None
        } else {
            Some(value()?)
        };
        let coordinate = |of: fn(&Point) -> Fr| {
            witness(cs, || {
                point
                    .as_ref()
                    .map(of)
                    .ok_or(SynthesisError::AssignmentMissing)
            })
        };
        Ok(PointVar {
            x: coordinate(|point| point.x)?,
            y: coordinate(|point| point.y)?,
        })
    }

    /// A constant point.
    #[must_use]
    pub fn constant(point: Point) -> PointVar {
        PointVar {
            x: FpVar::Constant(point.x),
            y: FpVar::Constant(point.y),
        }
    }

    /// The point's value.
    ///
    /// # Errors
    /// [`SynthesisError::AssignmentMissing`] in setup.
    pub fn value(&self) -> Result<Point> {
        Ok(Point {
            x: self.x.value()?,
            y: self.y.value()?,
        })
    }

    /// `a x^2 + y^2 - 1 - d x^2 y^2`, zero exactly for points of the curve: three rows.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn curve_residual(&self, cs: &Cs) -> Result<FpVar<Fr>> {
        let xx = product(cs, &self.x, &self.x)?;
        let yy = product(cs, &self.y, &self.y)?;
        let xxyy = product(cs, &xx, &yy)?;
        Ok(linear(
            cs,
            &[(A, &xx), (Fr::ONE, &yy), (-D, &xxyy)],
            -Fr::ONE,
        ))
    }

    /// Whether the point is on the curve: five rows.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn is_on_curve(&self, cs: &Cs) -> Result<Boolean<Fr>> {
        is_zero(cs, &self.curve_residual(cs)?)
    }

    /// The sum of two points of the curve: six rows.
    ///
    /// `x3 (1 + d t) = x1 y2 + y1 x2` and `y3 (1 - d t) = y1 y2 - a x1 x2` with
    /// `t = x1 x2 y1 y2`; on the curve neither factor of `x3`, `y3` is zero, since `a` is a square
    /// and `d` is none, so both are determined.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn add(&self, cs: &Cs, other: &PointVar) -> Result<PointVar> {
        let one = Fr::ONE;
        let cross = product(cs, &self.x, &other.y)?;
        let crossed = product(cs, &self.y, &other.x)?;
        // (y1 - a x1) (x2 + y2) = y1 y2 - a x1 x2 + y1 x2 - a x1 y2
        let left = linear(cs, &[(one, &self.y), (-A, &self.x)], Fr::ZERO);
        let right = linear(cs, &[(one, &other.x), (one, &other.y)], Fr::ZERO);
        let mixed = product(cs, &left, &right)?;
        let t = product(cs, &cross, &crossed)?;
        let x = linear(cs, &[(one, &cross), (one, &crossed)], Fr::ZERO);
        let y = linear(
            cs,
            &[(one, &mixed), (A, &cross), (-one, &crossed)],
            Fr::ZERO,
        );
        let (plus, minus) = (linear(cs, &[(D, &t)], one), linear(cs, &[(-D, &t)], one));
        let [by_plus, by_minus] = inverses(&plus, &minus);
        Ok(PointVar {
            x: quotient_by(cs, &x, &plus, by_plus)?,
            y: quotient_by(cs, &y, &minus, by_minus)?,
        })
    }

    /// The double of a point of the curve: five rows. By the curve's equation
    /// `1 + d x^2 y^2 = a x^2 + y^2`, so this is [`PointVar::add`] of the point to itself.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn double(&self, cs: &Cs) -> Result<PointVar> {
        let one = Fr::ONE;
        let xy = product(cs, &self.x, &self.y)?;
        let xx = product(cs, &self.x, &self.x)?;
        let yy = product(cs, &self.y, &self.y)?;
        let x = linear(cs, &[(one.double(), &xy)], Fr::ZERO);
        let y = linear(cs, &[(one, &yy), (-A, &xx)], Fr::ZERO);
        let plus = linear(cs, &[(A, &xx), (one, &yy)], Fr::ZERO);
        let minus = linear(cs, &[(-A, &xx), (-one, &yy)], one.double());
        let [by_plus, by_minus] = inverses(&plus, &minus);
        Ok(PointVar {
            x: quotient_by(cs, &x, &plus, by_plus)?,
            y: quotient_by(cs, &y, &minus, by_minus)?,
        })
    }

    /// `self` where the bit is set, else `other`: two rows.
    ///
    /// # Errors
    /// Those of synthesis.
    pub fn select(
        cs: &Cs,
        bit: &Boolean<Fr>,
        if_set: &PointVar,
        if_clear: &PointVar,
    ) -> Result<PointVar> {
        let choose = |set: &FpVar<Fr>, clear: &FpVar<Fr>| {
            let step = product(cs, &difference(cs, set, clear), &bit_value(bit))?;
            Ok(linear(cs, &[(Fr::ONE, clear), (Fr::ONE, &step)], Fr::ZERO))
        };
        Ok(PointVar {
            x: choose(&if_set.x, &if_clear.x)?,
            y: choose(&if_set.y, &if_clear.y)?,
        })
    }
}

/// The inverses of two denominators, with one inversion; nothing in setup and where one is zero.
pub(crate) fn inverses(a: &FpVar<Fr>, b: &FpVar<Fr>) -> [Option<Fr>; 2] {
    let both = || {
        let (a, b) = (a.value().ok()?, b.value().ok()?);
        let inverse = (a * b).inverse()?;
        Some([inverse * b, inverse * a])
    };
    both().map_or([None; 2], |inverses| inverses.map(Some))
}

/// `numerator / denominator` for a denominator that the caller has shown not to be zero: one row.
/// The denominator's inverse is given as it is expected to be; what it is not, is computed.
pub(crate) fn quotient_by(
    cs: &Cs,
    numerator: &FpVar<Fr>,
    denominator: &FpVar<Fr>,
    expected_inverse: Option<Fr>,
) -> Result<FpVar<Fr>> {
    let quotient = witness(cs, || {
        let denominator = denominator.value()?;
        let inverse = expected_inverse
            .filter(|inverse| *inverse * denominator == Fr::ONE)
            .unwrap_or_else(|| denominator.inverse().unwrap_or_default());
        Ok(numerator.value()? * inverse)
    })?;
    enforce_product(cs, denominator, &quotient, numerator)?;
    Ok(quotient)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
