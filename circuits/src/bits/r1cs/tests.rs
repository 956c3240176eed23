//! Bits and comparisons against the integers themselves, honest and hostile.

use super::*;
use crate::babyjubjub::Scalar;
use crate::constraint::fault::{Groups, with_override};
use crate::constraint::group;
use ark_ff::UniformRand;
use ark_relations::gr1cs::ConstraintSystem;
use ark_std::rand::{SeedableRng, rngs::StdRng};
use std::collections::BTreeSet;

fn plus(a: &BigInt<4>, b: &BigInt<4>) -> BigInt<4> {
    let mut sum = *a;
    assert!(!sum.add_with_carry(b));
    sum
}

#[test]
fn every_small_comparison_has_one_verdict() {
    const N: usize = 5;
    for bound in 0..=1u64 << N {
        let bound = BigInt::from(bound);
        for x in 0..1u64 << N {
            let x = BigInt::from(x);
            let synthesise = |cs: &Cs| {
                let bits = alloc_integer_bits(cs, N, Some(x))?;
                assert_eq!(is_below_constant(cs, &bits, &bound)?.value()?, x < bound);
                Ok::<(), SynthesisError>(())
            };
            let cs = Cs::from(ConstraintSystem::new_ref());
            synthesise(&cs).unwrap();
            assert!(cs.ark().is_satisfied().unwrap(), "{x} < {bound}");

            let enforced = Cs::from(ConstraintSystem::new_ref());
            let bits = alloc_integer_bits(&enforced, N, Some(x)).unwrap();
            if !bound.is_zero() {
                enforce_below_constant(&enforced, &bits, &bound).unwrap();
                assert_eq!(
                    enforced.ark().is_satisfied().unwrap(),
                    x < bound,
                    "{x} < {bound}"
                );
            }
        }
    }
}

#[test]
fn a_false_verdict_satisfies_nothing() {
    const N: usize = 4;
    for bound in 1..1u64 << N {
        for x in 0..1u64 << N {
            let synthesise = |cs: &Cs| {
                let bits = alloc_integer_bits(cs, N, Some(BigInt::from(x)))?;
                group(cs, "below", || {
                    is_below_constant(cs, &bits, &BigInt::from(bound))
                })
                .map(drop)
            };
            let groups = Groups::record(|cs| {
                let bits = alloc_integer_bits(cs, N, None)?;
                group(cs, "below", || {
                    is_below_constant(cs, &bits, &BigInt::from(bound))
                })
                .map(drop)
            })
            .unwrap();
            let flip = |value: Fr| Fr::ONE - value;
            let violated = with_override(N, flip, || groups.violated_by(synthesise).unwrap());
            assert_eq!(
                violated,
                BTreeSet::from(["below".to_owned()]),
                "{x} < {bound}"
            );
        }
    }
}

#[test]
fn field_bits_are_canonical() {
    let mut rng = StdRng::seed_from_u64(4);
    let mut values = vec![Fr::ZERO, Fr::ONE, -Fr::ONE];
    values.extend((0..20).map(|_| Fr::rand(&mut rng)));
    for x in values {
        let cs = Cs::from(ConstraintSystem::new_ref());
        let wire = witness(&cs, || Ok(x)).unwrap();
        let bits = to_bits_canonical(&cs, &wire).unwrap();
        assert_eq!(integer(&bits).unwrap(), x.into_bigint());
        assert!(cs.ark().is_satisfied().unwrap());
        assert_eq!(cs.ark().num_constraints(), 308);
    }
}

#[test]
fn aliases_of_field_bits_are_refused_by_the_comparison_alone() {
    for x in [0u64, 1, 1 << 40] {
        let alias = plus(&BigInt::from(x), &Fr::MODULUS);
        let cs = Cs::from(ConstraintSystem::new_ref());
        let wire = witness(&cs, || Ok(Fr::from(x))).unwrap();
        let bits = alloc_integer_bits(&cs, FIELD_BITS, Some(alias)).unwrap();
        enforce_equal(&cs, &wire, &from_bits(&cs, &bits)).unwrap();
        assert!(cs.ark().is_satisfied().unwrap(), "x + r packs to x");
        enforce_below_constant(&cs, &bits, &Fr::MODULUS).unwrap();
        assert!(!cs.ark().is_satisfied().unwrap());
    }
}

#[test]
fn numbers_around_the_order_of_the_base_point() {
    let one = BigInt::one();
    let l = Scalar::MODULUS;
    let largest = predecessor(&l).unwrap();
    for (s, is_below) in [
        (largest, true),
        (l, false),
        (plus(&l, &one), false),
        (one, true),
    ] {
        let cs = Cs::from(ConstraintSystem::new_ref());
        let bits = alloc_integer_bits(&cs, 254, Some(s)).unwrap();
        let verdict = is_below_constant(&cs, &bits, &l).unwrap();
        assert_eq!(verdict.value().unwrap(), is_below);
        assert!(cs.ark().is_satisfied().unwrap());
    }
}

#[test]
fn a_number_too_large_has_no_bits() {
    let cs = Cs::from(ConstraintSystem::new_ref());
    let x = witness(&cs, || Ok(Fr::from(256u64))).unwrap();
    to_bits(&cs, &x, 9).unwrap();
    assert!(cs.ark().is_satisfied().unwrap());
    to_bits(&cs, &x, 8).unwrap();
    assert!(!cs.ark().is_satisfied().unwrap());
}

#[test]
fn zero_and_nothing_else_is_zero() {
    for x in [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(1000u64)] {
        let synthesise = |cs: &Cs| {
            let x = witness(cs, || Ok(x))?;
            group(cs, "zero", || is_zero(cs, &x)).map(drop)
        };
        let groups = Groups::record(synthesise).unwrap();
        assert_eq!(groups.labels().len(), 2);
        assert!(groups.violated_by(synthesise).unwrap().is_empty());
        for other in [Fr::from(u64::from(x != Fr::ZERO)), Fr::from(2u64)] {
            let violated = with_override(1, move |_| other, || groups.violated_by(synthesise));
            assert!(!violated.unwrap().is_empty(), "{x} with verdict {other}");
        }

        let cs = Cs::from(ConstraintSystem::new_ref());
        enforce_nonzero(&cs, &witness(&cs, || Ok(x)).unwrap()).unwrap();
        assert_eq!(cs.ark().is_satisfied().unwrap(), x != Fr::ZERO);
    }
}

#[test]
fn constants_need_no_system() {
    let cs = Cs::values_only();
    let bits = to_bits(&cs, &FpVar::Constant(Fr::from(6u64)), 4).unwrap();
    assert_eq!(
        is_below_constant(&cs, &bits, &BigInt::from(7u64)).unwrap(),
        Boolean::Constant(true)
    );
    assert_eq!(
        is_below_constant(&cs, &bits, &BigInt::from(6u64)).unwrap(),
        Boolean::Constant(false)
    );
    assert_eq!(from_bits(&cs, &bits).value().unwrap(), Fr::from(6u64));
    assert!(
        is_zero(&cs, &FpVar::Constant(Fr::ZERO))
            .unwrap()
            .value()
            .unwrap()
    );
    assert!(enforce_nonzero(&cs, &FpVar::Constant(Fr::ZERO)).is_err());
    let cs = Cs::values_only();
    let bit = witness_bit(&cs, || Ok(true)).unwrap();
    assert!(
        and(&cs, &bit, &Boolean::Constant(true))
            .unwrap()
            .value()
            .unwrap()
    );
    assert!(
        !and(&cs, &bit, &Boolean::Constant(false))
            .unwrap()
            .value()
            .unwrap()
    );
}
