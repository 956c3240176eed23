//! Curve points as the EVM's pairing precompile takes them: 32-byte big-endian words, the
//! imaginary part of a G2 coordinate before the real one (EIP-197).

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ff::{BigInt, BigInteger, PrimeField};

/// A word of the pairing precompile.
pub type Word = [u8; 32];

/// Why words are no point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// A coordinate is not below the order of the base field.
    #[error("a coordinate is not below the order of the base field")]
    Coordinate,
    /// The point at infinity, which no honest key or proof holds.
    #[error("the point at infinity")]
    Infinity,
    /// The coordinates are of no point of the curve.
    #[error("not on the curve")]
    NotOnCurve,
    /// A point of the twist outside the subgroup of order r.
    #[error("not in the subgroup of order r")]
    NotInSubgroup,
}

/// Big-endian bytes as an integer.
fn integer(word: &Word) -> BigInt<4> {
    let mut limbs = [0u64; 4];
    for (limb, bytes) in limbs.iter_mut().rev().zip(word.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*bytes);
    }
    BigInt::new(limbs)
}

fn word(value: BigInt<4>) -> Word {
    let mut word = [0; 32];
    word.copy_from_slice(&value.to_bytes_be());
    word
}

/// A scalar as 32 big-endian bytes.
#[must_use]
pub fn scalar_to_word(scalar: &Fr) -> Word {
    word(scalar.into_bigint())
}

fn coordinate(bytes: &Word) -> Result<Fq, PointError> {
    Fq::from_bigint(integer(bytes)).ok_or(PointError::Coordinate)
}

/// `x, y` of a point that is not infinity.
#[must_use]
pub fn g1_to_words(point: &G1Affine) -> [Word; 2] {
    [word(point.x.into_bigint()), word(point.y.into_bigint())]
}

/// `x1, x0, y1, y0` of a point that is not infinity, where `x = x0 + x1 u`.
#[must_use]
pub fn g2_to_words(point: &G2Affine) -> [Word; 4] {
    [point.x.c1, point.x.c0, point.y.c1, point.y.c0].map(|c| word(c.into_bigint()))
}

/// The point of G1 with these coordinates.
///
/// # Errors
/// [`PointError`], never [`PointError::NotInSubgroup`]: the curve's order is r.
pub fn g1_from_words(words: &[Word; 2]) -> Result<G1Affine, PointError> {
    if words.iter().all(|word| *word == [0; 32]) {
        return Err(PointError::Infinity);
    }
    let point = G1Affine::new_unchecked(coordinate(&words[0])?, coordinate(&words[1])?);
    if point.is_on_curve() {
        Ok(point)
    } else {
        Err(PointError::NotOnCurve)
    }
}

/// The point of G2 with these coordinates, in the order of [`g2_to_words`].
///
/// # Errors
/// [`PointError`].
pub fn g2_from_words(words: &[Word; 4]) -> Result<G2Affine, PointError> {
    if words.iter().all(|word| *word == [0; 32]) {
        return Err(PointError::Infinity);
    }
    let x = Fq2::new(coordinate(&words[1])?, coordinate(&words[0])?);
    let y = Fq2::new(coordinate(&words[3])?, coordinate(&words[2])?);
    let point = G2Affine::new_unchecked(x, y);
    if !point.is_on_curve() {
        return Err(PointError::NotOnCurve);
    }
    if !point.is_in_correct_subgroup_assuming_on_curve() {
        return Err(PointError::NotInSubgroup);
    }
    Ok(point)
}
