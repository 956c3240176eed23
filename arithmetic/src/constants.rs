//! Constants of the two prime fields in five limbs of 52 bits, derived from the modulus at compile
//! time.

use ark_bn254::{Fq, Fr};
use ark_ff::{BigInt, MontConfig, PrimeField};

use crate::line::{Line, WIDTH};

/// Bits of a limb: the width of the product halves that `vpmadd52` yields.
pub(crate) const LIMB_BITS: u32 = 52;
/// Mask of one limb.
pub(crate) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// What a backend with 52-bit limbs needs to know of a prime `p` of 254 bits.
pub(crate) struct Constants {
    /// `k * p` in limbs, at index `k`; the top limb is not reduced to 52 bits but does not need it.
    pub(crate) multiples: [[u64; 5]; MULTIPLES],
    /// Raises by `17p` and reduces.
    pub(crate) descent_17: Descent,
    /// Raises by `33p` and reduces.
    pub(crate) descent_33: Descent,
    /// `2^-52 mod p`: folds the lowest limb of a product into the limbs above it.
    pub(crate) fold: [u64; 5],
    /// `-p^-1 mod 2^52`.
    pub(crate) neg_inverse: u64,
    /// `p^-1 mod 2^52`.
    pub(crate) inverse: u64,
    /// The words of `p`.
    pub(crate) words: [u64; 4],
    /// `-p^-1 mod 2^64`.
    pub(crate) neg_inverse_64: u64,
    /// `p^-1 mod 2^62`.
    pub(crate) inverse_62: u64,
    /// `2^768 mod p`: the words of `2^512` in arkworks' form.
    pub(crate) inverse_scale: [u64; 4],
    /// `2^260 mod p`: one in the Montgomery form of the limbs.
    pub(crate) one: [u64; 5],
}

/// Multiples of the prime that are kept.
const MULTIPLES: usize = 53;

/// A reduction by table: what is added to a value, by its quotient by `U = 2^260 / 26 < 3.252p`.
///
/// A value raised to `v` in `0..52p` has a quotient `i` below 16, and loses the largest multiple of
/// `p` that is below `i U - 2^220`. What is left is at least zero and below `U + p + 2^221 < 4.26p`.
/// The quotient may be told from the top limb of `v` alone and that one be off by `2^11`.
pub(crate) struct Descent {
    /// The top limb of what the value is raised by.
    pub(crate) raise: u64,
    /// The raise minus that multiple of `p`: limb by limb, signed, by quotient.
    pub(crate) down: [[Line; 2]; 5],
}

/// `2^260 / U` of [`Descent`].
pub(crate) const DESCENT_UNITS: u64 = 26;

impl Descent {
    const fn derive(multiples: &[[u64; 5]; MULTIPLES], raise: usize) -> Self {
        let mut down = [[Line([0; WIDTH]); 2]; 5];
        let (mut i, mut k) = (0, 0);
        while i < 16 {
            // The top limb of `i U - 2^220`, rounded down.
            let top = ((i as u64) << 52) / DESCENT_UNITS;
            while k + 1 < MULTIPLES && multiples[k + 1][4] + (1 << 12) < top {
                k += 1;
            }
            let mut limb = 0;
            while limb < 5 {
                down[limb][i / WIDTH].0[i % WIDTH] =
                    multiples[raise][limb].wrapping_sub(multiples[k][limb]);
                limb += 1;
            }
            i += 1;
        }
        Self {
            raise: multiples[raise][4],
            down,
        }
    }
}

/// A prime field the backends know.
pub(crate) trait Modulus: Copy + Send + Sync + 'static {
    /// The same field in arkworks.
    type Field: PrimeField<BigInt = BigInt<4>>;
    /// Its constants in limbs.
    const CONSTANTS: Constants;
    /// An element from its words in arkworks' Montgomery form, which must be below the modulus.
    fn from_words(words: [u64; 4]) -> Self::Field;
    /// The words of an element in arkworks' Montgomery form.
    fn words(element: &Self::Field) -> [u64; 4];
}

/// The base field of BN254.
#[derive(Clone, Copy)]
pub(crate) struct BaseField;

/// The scalar field of BN254.
#[derive(Clone, Copy)]
pub(crate) struct ScalarField;

impl Modulus for BaseField {
    type Field = Fq;
    const CONSTANTS: Constants = derive(ark_bn254::FqConfig::MODULUS.0);
    #[inline(always)]
    fn from_words(words: [u64; 4]) -> Fq {
        Fq::new_unchecked(BigInt(words))
    }
    #[inline(always)]
    fn words(element: &Fq) -> [u64; 4] {
        element.0.0
    }
}

impl Modulus for ScalarField {
    type Field = Fr;
    const CONSTANTS: Constants = derive(ark_bn254::FrConfig::MODULUS.0);
    #[inline(always)]
    fn from_words(words: [u64; 4]) -> Fr {
        Fr::new_unchecked(BigInt(words))
    }
    #[inline(always)]
    fn words(element: &Fr) -> [u64; 4] {
        element.0.0
    }
}

/// Splits four words into five limbs.
pub(crate) const fn limbs(w: [u64; 4]) -> [u64; 5] {
    [
        w[0] & LIMB_MASK,
        (w[0] >> 52 | w[1] << 12) & LIMB_MASK,
        (w[1] >> 40 | w[2] << 24) & LIMB_MASK,
        (w[2] >> 28 | w[3] << 36) & LIMB_MASK,
        w[3] >> 16,
    ]
}

const fn derive(p: [u64; 4]) -> Constants {
    let modulus = limbs(p);
    let mut multiples = [[0; 5]; MULTIPLES];
    let mut k = 0;
    while k < MULTIPLES {
        let (mut carry, mut i) = (0u64, 0);
        while i < 5 {
            let limb = modulus[i] as u128 * k as u128 + carry as u128;
            multiples[k][i] = limb as u64 & LIMB_MASK;
            carry = (limb >> LIMB_BITS) as u64;
            i += 1;
        }
        multiples[k][4] += carry << LIMB_BITS;
        k += 1;
    }
    let inverse = word_inverse(p[0]);
    let (mut fold, mut power, mut one) = ([1, 0, 0, 0], [1, 0, 0, 0], [0; 4]);
    let mut bit = 0;
    while bit < 768 {
        if bit < LIMB_BITS {
            fold = half(fold, p);
        }
        if bit == 260 {
            one = power;
        }
        power = double(power, p);
        bit += 1;
    }
    Constants {
        descent_17: Descent::derive(&multiples, 17),
        descent_33: Descent::derive(&multiples, 33),
        multiples,
        fold: limbs(fold),
        neg_inverse: inverse.wrapping_neg() & LIMB_MASK,
        inverse: inverse & LIMB_MASK,
        words: p,
        neg_inverse_64: inverse.wrapping_neg(),
        inverse_62: inverse & (u64::MAX >> 2),
        inverse_scale: power,
        one: limbs(one),
    }
}

/// The inverse of an odd word modulo `2^64`.
pub(crate) const fn word_inverse(odd: u64) -> u64 {
    // Newton: each step doubles the number of correct low bits, from the 3 that the word itself has.
    let (mut inverse, mut step) = (odd, 0);
    while step < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

/// `a / 2 mod p` for `a < p`.
pub(crate) const fn half(a: [u64; 4], p: [u64; 4]) -> [u64; 4] {
    let (mut sum, mut carry, mut i) = (a, 0u128, 0);
    if a[0] & 1 == 1 {
        while i < 4 {
            carry += a[i] as u128 + p[i] as u128;
            sum[i] = carry as u64;
            carry >>= 64;
            i += 1;
        }
    }
    [
        sum[0] >> 1 | sum[1] << 63,
        sum[1] >> 1 | sum[2] << 63,
        sum[2] >> 1 | sum[3] << 63,
        sum[3] >> 1,
    ]
}

/// `2 a mod p` for `a < p`.
const fn double(a: [u64; 4], p: [u64; 4]) -> [u64; 4] {
    let twice = [
        a[0] << 1,
        a[1] << 1 | a[0] >> 63,
        a[2] << 1 | a[1] >> 63,
        a[3] << 1 | a[2] >> 63,
    ];
    let (mut reduced, mut borrow, mut i) = (twice, false, 0);
    while i < 4 {
        let (partial, below) = twice[i].overflowing_sub(p[i]);
        let (word, under) = partial.overflowing_sub(borrow as u64);
        reduced[i] = word;
        borrow = below | under;
        i += 1;
    }
    if borrow { twice } else { reduced }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a descent leaves of the value with these limbs, raised, when its top limb is taken for one
    /// that is off by `error`: carried limbs, the top one signed.
    fn left(descent: &Descent, raise: &[u64; 5], raised: [u64; 5], error: i64) -> [i64; 5] {
        let top = raised[4].wrapping_add_signed(error);
        let quotient = ((u128::from(top) * u128::from(DESCENT_UNITS)) >> LIMB_BITS) as usize;
        let mut carry = 0;
        std::array::from_fn(|i| {
            let down = descent.down[i][quotient / WIDTH].0[quotient % WIDTH] as i64;
            let limb = raised[i] as i64 - raise[i] as i64 + down + carry;
            if i == 4 {
                return limb;
            }
            carry = limb >> LIMB_BITS;
            limb & LIMB_MASK as i64
        })
    }

    fn check<M: Modulus>(descent: &Descent, raise: usize) {
        let multiples = &M::CONSTANTS.multiples;
        assert_eq!(descent.raise, multiples[raise][4]);
        let most = multiples[1][4] * 426 / 100;
        // At the borders of all quotients, and at both ends.
        let ends = [multiples[1][4], 519 * (multiples[1][4] / 10)];
        let borders = (1..16).map(|i| ((i as u64) << LIMB_BITS) / DESCENT_UNITS);
        for top in ends
            .into_iter()
            .chain(borders)
            .flat_map(|top| top - 1..=top + 1)
        {
            for below in [0, LIMB_MASK] {
                for error in [-(1 << 10), 0, 1 << 10] {
                    let raised = [below, below, below, below, top];
                    let left = left(descent, &multiples[raise], raised, error);
                    assert!(
                        (0..most as i64).contains(&left[4]),
                        "{raised:x?}, off by {error}, leaves {left:x?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_descent_leaves_what_fits_four_words_at_every_border() {
        check::<BaseField>(&BaseField::CONSTANTS.descent_17, 17);
        check::<BaseField>(&BaseField::CONSTANTS.descent_33, 33);
        check::<ScalarField>(&ScalarField::CONSTANTS.descent_17, 17);
        check::<ScalarField>(&ScalarField::CONSTANTS.descent_33, 33);
    }
}
