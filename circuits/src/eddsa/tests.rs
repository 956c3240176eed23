//! One attack for each rule of a signature, natively.

use super::*;
use ark_ff::{AdditiveGroup, Field, UniformRand};
use ark_std::rand::{SeedableRng, rngs::StdRng};

fn signed() -> (SecretKey, PublicKey, Fr, Signature) {
    let secret = SecretKey::from_seed([7; 32]);
    let message = Fr::from(123_456_789u64);
    let signature = secret.sign(message);
    (
        SecretKey::from_seed([7; 32]),
        secret.public_key(),
        message,
        signature,
    )
}

/// `(0, -1)`, of order 2.
const ORDER_TWO: Point = Point {
    x: Fr::ZERO,
    y: ark_ff::MontFp!("-1"),
};

#[test]
fn random_messages_verify_and_only_they_do() {
    let mut rng = StdRng::seed_from_u64(3);
    for i in 0..20 {
        let secret = SecretKey::from_seed([i; 32]);
        let (key, message) = (secret.public_key(), Fr::rand(&mut rng));
        let signature = secret.sign(message);
        assert_eq!(key.verify(message, &signature), Ok(()));
        let fails = Err(SignatureError::EquationFails);
        assert_eq!(key.verify(message + Fr::ONE, &signature), fails);
        assert_eq!(
            SecretKey::from_seed([99; 32])
                .public_key()
                .verify(message, &signature),
            fails
        );
        let other = Signature {
            r8: signature.r8.add(&Point::BASE8),
            ..signature
        };
        assert_eq!(key.verify(message, &other), fails);
        let mut other = signature;
        other.s.0[0] ^= 1;
        assert_eq!(key.verify(message, &other), fails);
    }
}

#[test]
fn each_rule_has_its_error() {
    let (_, key, message, signature) = signed();
    let off_curve = Point {
        x: Fr::ONE,
        y: Fr::ONE,
    };
    assert_eq!(
        PublicKey(off_curve).verify(message, &signature),
        Err(SignatureError::KeyOffCurve)
    );
    let mut forged = Signature {
        r8: off_curve,
        ..signature
    };
    assert_eq!(
        key.verify(message, &forged),
        Err(SignatureError::NonceOffCurve)
    );

    forged = signature;
    assert!(!forged.s.add_with_carry(&Scalar::MODULUS));
    assert_eq!(
        key.verify(message, &forged),
        Err(SignatureError::ResponseTooLarge)
    );

    for low_order in [Point::IDENTITY, ORDER_TWO] {
        // S B8 = R8 + h 0 would hold for S = 0, R8 = the identity.
        let trivial = Signature {
            r8: Point::IDENTITY,
            s: BigInt::zero(),
        };
        assert_eq!(
            PublicKey(low_order).verify(message, &trivial),
            Err(SignatureError::LowOrderKey)
        );
    }

    // R8 with a small-order part: the equation is not multiplied by the cofactor.
    forged = Signature {
        r8: signature.r8.add(&ORDER_TWO),
        ..signature
    };
    assert_eq!(
        key.verify(message, &forged),
        Err(SignatureError::EquationFails)
    );
}

#[test]
fn a_key_with_a_small_order_part_signs_like_circomlib() {
    // A' = A + (0, -1): 8 A' = 8 A, and h is over A', so the holder of the secret can sign.
    let (secret, key, message, _) = signed();
    let key = PublicKey(key.0.add(&ORDER_TWO));
    let nonce = Scalar::from(5u64);
    let r8 = Point::BASE8.mul(&nonce);
    let h = reduce(challenge(&r8, &key.0, message).into_bigint());
    let s = (nonce + h * secret.scalar_by_8).into_bigint();
    assert_eq!(key.verify(message, &Signature { r8, s }), Ok(()));
}

#[test]
fn json_refuses_what_is_not_canonical() {
    let (_, _, _, signature) = signed();
    let json = serde_json::to_string(&signature).unwrap();
    assert_eq!(serde_json::from_str::<Signature>(&json).unwrap(), signature);
    let mut alias = signature.s;
    alias.add_with_carry(&Scalar::MODULUS);
    let bad = json.replace(&signature.s.to_string(), &alias.to_string());
    let error = serde_json::from_str::<Signature>(&bad)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("s is not a decimal number less than l"),
        "{error}"
    );
}

#[test]
fn a_secret_key_is_not_printed() {
    assert_eq!(format!("{:?}", signed().0), "SecretKey(..)");
}
