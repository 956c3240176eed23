//! Baby Jubjub as `docs/spec/primitives.md` has it.

use alloy::primitives::U256;
use ark_bn254::{Fq, Fr};
use ark_ff::{BigInteger as _, Field as _, PrimeField};

fn modulus<F: PrimeField>() -> U256 {
    U256::from_be_slice(&F::MODULUS.to_bytes_be())
}

/// Order of BN254.
pub(in super::super) fn r() -> U256 {
    modulus::<Fr>()
}

/// Its base field's.
pub(in super::super) fn q() -> U256 {
    modulus::<Fq>()
}

/// Order of the base point.
pub(in super::super) fn l() -> U256 {
    "2736030358979909402780800718157159386076813972158567259200215660948447373041"
        .parse()
        .unwrap()
}

/// A point with canonical coordinates whose order does not divide 8.
pub(in super::super) fn is_owner(x: U256, y: U256) -> bool {
    if x >= r() || y >= r() {
        return false;
    }
    let fr = |word: U256| Fr::from_be_bytes_mod_order(&word.to_be_bytes::<32>());
    let (a, d, one) = (
        Fr::from(168_700_u64),
        Fr::from(168_696_u64),
        Fr::from(1_u64),
    );
    let (mut x, mut y) = (fr(x), fr(y));
    if a * x * x + y * y != one + d * x * x * y * y {
        return false;
    }
    for _ in 0..3 {
        // The addition law is complete: neither denominator is zero on the curve.
        let t = d * x * x * y * y;
        let sum_x = (x * y + x * y) * (one + t).inverse().unwrap();
        let sum_y = (y * y - a * x * x) * (one - t).inverse().unwrap();
        (x, y) = (sum_x, sum_y);
    }
    (x, y) != (Fr::from(0_u64), one)
}
