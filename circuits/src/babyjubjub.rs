//! Baby Jubjub in circomlib's form (`docs/spec/primitives.md`): `a x^2 + y^2 = 1 + d x^2 y^2` over
//! `Fr`, `a` a square and `d` none, so that the addition law holds for every pair of points.

pub mod r1cs;

use ark_bn254::Fr;
use ark_ec::{AffineRepr, CurveGroup, twisted_edwards::TECurveConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, MontFp, PrimeField};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use taceo_ark_babyjubjub::{EdwardsAffine, EdwardsConfig};

/// An integer modulo the order `l` of [`Point::BASE8`].
pub type Scalar = taceo_ark_babyjubjub::Fr;
/// Projective coordinates, for chains of additions.
pub(crate) type Projective = taceo_ark_babyjubjub::EdwardsProjective;

/// The curve's `a`.
pub const A: Fr = EdwardsConfig::COEFF_A;
/// The curve's `d`.
pub const D: Fr = EdwardsConfig::COEFF_D;

/// The sign bit of `x` in a compressed point's last byte.
const SIGN_BIT: u8 = 0x80;

/// Two canonical coordinates, on the curve or not: what comes from users may be anything, so
/// [`Point::is_on_curve`] is the caller's to ask. Arithmetic expects points of the curve.
///
/// JSON: `["<x decimal>", "<y decimal>"]`, each less than `r`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Point {
    /// First coordinate.
    pub x: Fr,
    /// Second coordinate.
    pub y: Fr,
}

/// Why 32 bytes are not a compressed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// `y` is not less than `r`.
    #[error("y is not a canonical field element")]
    NonCanonicalY,
    /// No `x` satisfies the curve's equation with this `y`.
    #[error("no point of the curve has y = {y}")]
    NotOnCurve {
        /// The coordinate given.
        y: Fr,
    },
    /// The sign bit is set although `x` is zero: a second encoding of the same point.
    #[error("the sign bit is set for x = 0")]
    SignOfZero,
}

impl Point {
    /// The neutral element `(0, 1)`.
    pub const IDENTITY: Point = Point {
        x: Fr::ZERO,
        y: Fr::ONE,
    };

    /// The base point of order `l`, `Base8` in circomlib.
    pub const BASE8: Point = Point {
        x: MontFp!("5299619240641551281634865583518297030282874472190772894086521144482721001553"),
        y: MontFp!("16950150798460657717958625567821834550301663161624707787222815936182638968203"),
    };

    /// Whether `a x^2 + y^2 = 1 + d x^2 y^2`.
    #[must_use]
    pub fn is_on_curve(&self) -> bool {
        let (xx, yy) = (self.x.square(), self.y.square());
        A * xx + yy == Fr::ONE + D * xx * yy
    }

    /// Whether somebody can sign for it: it is a point of the curve, and its order does not divide
    /// the cofactor 8, so `x y (y^2 - a x^2)` is not 0. No signature verifies under another, and the
    /// contract refuses deposits for it.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        let (xx, yy) = (self.x.square(), self.y.square());
        self.is_on_curve() && self.x != Fr::ZERO && self.y != Fr::ZERO && yy != A * xx
    }

    /// The sum of two points of the curve.
    #[must_use]
    pub fn add(&self, other: &Point) -> Point {
        (self.projective() + other.projective()).into()
    }

    /// The double of a point of the curve.
    #[must_use]
    pub fn double(&self) -> Point {
        self.projective().double().into()
    }

    /// `scalar * self` for a point of the curve, by the same sequence of operations whatever the
    /// scalar: fit for secrets.
    #[must_use]
    pub fn mul(&self, scalar: &Scalar) -> Point {
        EdwardsAffine::new_unchecked(self.x, self.y)
            .mul_bigint(scalar.into_bigint())
            .into()
    }

    /// `y` little-endian, with the top bit set when `x > (r - 1) / 2`.
    #[must_use]
    pub fn compress(&self) -> [u8; 32] {
        let mut bytes = little_endian(&self.y);
        if is_negative(&self.x) {
            bytes[31] |= SIGN_BIT;
        }
        bytes
    }

    /// The point of the curve that compresses to `bytes`.
    ///
    /// # Errors
    /// [`PointError`] where no point does.
    pub fn decompress(bytes: &[u8; 32]) -> Result<Point, PointError> {
        let mut bytes = *bytes;
        let negative = bytes[31] & SIGN_BIT != 0;
        bytes[31] &= !SIGN_BIT;
        let y = from_little_endian(&bytes).ok_or(PointError::NonCanonicalY)?;
        let yy = y.square();
        let denominator = (A - D * yy).inverse().expect("a / d is not a square");
        let x = ((Fr::ONE - yy) * denominator)
            .sqrt()
            .ok_or(PointError::NotOnCurve { y })?;
        if negative && x == Fr::ZERO {
            return Err(PointError::SignOfZero);
        }
        let x = if is_negative(&x) == negative { x } else { -x };
        Ok(Point { x, y })
    }

    pub(crate) fn projective(&self) -> Projective {
        Projective::new_unchecked(self.x, self.y, self.x * self.y, Fr::ONE)
    }
}

impl From<Projective> for Point {
    fn from(point: Projective) -> Point {
        let affine = point.into_affine();
        Point {
            x: affine.x,
            y: affine.y,
        }
    }
}

/// A field element as 32 bytes, little-endian.
pub(crate) fn little_endian(element: &Fr) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(element.into_bigint().0) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}

fn from_little_endian(bytes: &[u8; 32]) -> Option<Fr> {
    let (limbs, _) = bytes.as_chunks::<8>();
    Fr::from_bigint(BigInt(std::array::from_fn(|i| {
        u64::from_le_bytes(limbs[i])
    })))
}

fn is_negative(x: &Fr) -> bool {
    x.into_bigint() > Fr::MODULUS_MINUS_ONE_DIV_TWO
}

/// A non-negative decimal number below 2^256 without sign, blanks or leading zeros.
pub(crate) fn parse_decimal(text: &str) -> Option<BigInt<4>> {
    let canonical = text == "0" || !text.starts_with('0');
    if !canonical || text.is_empty() {
        return None;
    }
    text.bytes()
        .try_fold(BigInt::zero(), |value: BigInt<4>, byte| {
            let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
            let mut carry = u128::from(digit);
            let mut next = [0; 4];
            for (next, limb) in next.iter_mut().zip(value.0) {
                carry += u128::from(limb) * 10;
                *next = carry as u64;
                carry >>= 64;
            }
            (carry == 0).then_some(BigInt(next))
        })
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.x.to_string(), self.y.to_string()].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let coordinates = <[String; 2]>::deserialize(deserializer)?;
        let parse = |name: &str, text: &str| {
            parse_decimal(text)
                .and_then(Fr::from_bigint)
                .ok_or_else(|| {
                    de::Error::custom(format!("{name} is not a decimal number less than r"))
                })
        };
        Ok(Point {
            x: parse("x", &coordinates[0])?,
            y: parse("y", &coordinates[1])?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ark_ff::UniformRand;
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn compression_is_one_to_one() {
        let mut rng = StdRng::seed_from_u64(2);
        for _ in 0..50 {
            let point = Point::BASE8.mul(&Scalar::rand(&mut rng));
            assert!(point.is_on_curve());
            assert_eq!(Point::decompress(&point.compress()), Ok(point));
            let negated = Point {
                x: -point.x,
                y: point.y,
            };
            assert_eq!(Point::decompress(&negated.compress()), Ok(negated));
            assert_ne!(negated.compress(), point.compress());
        }
        assert_eq!(
            Point::decompress(&Point::IDENTITY.compress()),
            Ok(Point::IDENTITY)
        );
    }

    #[test]
    fn second_encodings_are_refused() {
        let mut signed_zero = Point::IDENTITY.compress();
        signed_zero[31] |= SIGN_BIT;
        assert_eq!(Point::decompress(&signed_zero), Err(PointError::SignOfZero));

        let mut too_large = [0; 32];
        for (chunk, limb) in too_large.chunks_exact_mut(8).zip(Fr::MODULUS.0) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        assert_eq!(
            Point::decompress(&too_large),
            Err(PointError::NonCanonicalY)
        );
        too_large[0] += 1; // r + 1, an alias of the identity's y
        assert_eq!(
            Point::decompress(&too_large),
            Err(PointError::NonCanonicalY)
        );
    }

    #[test]
    fn about_half_of_all_y_have_no_point() {
        let missing = (0..200u64).filter(|y| {
            let bytes = little_endian(&Fr::from(*y));
            matches!(
                Point::decompress(&bytes),
                Err(PointError::NotOnCurve { .. })
            )
        });
        assert!((70..130).contains(&missing.count()));
    }

    #[test]
    fn json_is_canonical_decimal() {
        let json = serde_json::to_string(&Point::IDENTITY).unwrap();
        assert_eq!(json, r#"["0","1"]"#);
        assert_eq!(
            serde_json::from_str::<Point>(&json).unwrap(),
            Point::IDENTITY
        );
        let modulus = Fr::MODULUS.to_string();
        let huge = "1".repeat(100);
        for bad in [modulus.as_str(), "01", "-1", "+1", "", " 1", "0x1", &huge] {
            let text = format!(r#"["{bad}","1"]"#);
            let error = serde_json::from_str::<Point>(&text)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("x is not a decimal number less than r"),
                "{bad}: {error}"
            );
        }
    }
}
