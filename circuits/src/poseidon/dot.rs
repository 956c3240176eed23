//! Inner products with one reduction.

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};

use super::parameters::MAX_INPUTS;

/// `sum of a_i b_i`, for up to 17 products: `17 r^2 + 2^256 r < 2^512`, so that neither the sum nor
/// its Montgomery reduction leaves eight limbs.
#[inline]
pub(super) fn dot<const T: usize>(a: &[Fr; T], b: &[Fr; T]) -> Fr {
    const { assert!(T <= MAX_INPUTS + 1) };
    let mut sum = [0u64; 8];
    for (a, b) in a.iter().zip(b) {
        for i in 0..4 {
            add_product(&mut sum, i, a.0.0[i], &b.0.0);
        }
    }
    for i in 0..4 {
        let factor = sum[i].wrapping_mul(Fr::INV);
        add_product(&mut sum, i, factor, &Fr::MODULUS.0);
    }
    // Less than (17 r^2 + 2^256 r) / 2^256 < 5 r.
    let mut reduced = BigInt([sum[4], sum[5], sum[6], sum[7]]);
    while reduced >= Fr::MODULUS {
        reduced.sub_with_borrow(&Fr::MODULUS);
    }
    Fr::new_unchecked(reduced)
}

/// `sum += factor * number * 2^(64 at)`.
#[inline(always)]
fn add_product(sum: &mut [u64; 8], at: usize, factor: u64, number: &[u64; 4]) {
    let mut carry = 0u64;
    for (limb, digit) in sum[at..].iter_mut().zip(number) {
        // At most (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1.
        let wide = (u128::from(factor) * u128::from(*digit))
            .wrapping_add(u128::from(*limb))
            .wrapping_add(u128::from(carry));
        *limb = wide as u64;
        carry = (wide >> 64) as u64;
    }
    for limb in &mut sum[at + 4..] {
        let (next, overflow) = limb.overflowing_add(carry);
        *limb = next;
        carry = u64::from(overflow);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{Field, UniformRand};
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn equals_the_sum_of_products() {
        let mut rng = StdRng::seed_from_u64(10);
        for _ in 0..200 {
            let a: [Fr; 17] = std::array::from_fn(|_| Fr::rand(&mut rng));
            let b: [Fr; 17] = std::array::from_fn(|_| Fr::rand(&mut rng));
            let expected: Fr = a.iter().zip(&b).map(|(a, b)| *a * b).sum();
            assert_eq!(dot(&a, &b), expected);
        }
    }

    #[test]
    fn the_largest_operands_fit() {
        // The largest Montgomery representation, r - 1, in every place.
        let mut largest = Fr::MODULUS;
        largest.sub_with_borrow(&BigInt::one());
        let largest = Fr::new_unchecked(largest);
        let expected = largest.square() * Fr::from(17u64);
        assert_eq!(dot(&[largest; 17], &[largest; 17]), expected);
    }
}
