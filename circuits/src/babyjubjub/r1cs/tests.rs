//! Point arithmetic in the circuit against the native one, where exceptions would be.

use super::*;
use crate::babyjubjub::{Projective, Scalar};
use crate::bits::r1cs::{FIELD_BITS, alloc_integer_bits};
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ff::{BigInt, BigInteger, PrimeField, UniformRand};
use ark_relations::gr1cs::ConstraintSystem;
use ark_std::rand::{SeedableRng, rngs::StdRng};
use taceo_ark_babyjubjub::EdwardsConfig;

const ORDER_TWO: Point = Point {
    x: Fr::ZERO,
    y: ark_ff::MontFp!("-1"),
};

/// A point of order 8: `l` times a point of full order.
fn order_eight() -> Point {
    let full = (2u64..)
        .filter_map(|y| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&y.to_le_bytes());
            Point::decompress(&bytes).ok()
        })
        .map(|point| EdwardsConfig::mul_projective(&point.projective(), &Scalar::MODULUS.0))
        .find(|point| point.double().double() != Projective::ZERO)
        .unwrap();
    full.into()
}

fn specimens() -> Vec<Point> {
    let eighth = order_eight();
    let random = Point::BASE8.mul(&Scalar::rand(&mut StdRng::seed_from_u64(5)));
    let negated = Point {
        x: -random.x,
        y: random.y,
    };
    vec![
        Point::IDENTITY,
        ORDER_TWO,
        eighth.double(),
        eighth,
        Point::BASE8,
        random,
        negated,
        random.add(&eighth),
    ]
}

#[test]
fn complete_formulas_have_no_exception() {
    let points = specimens();
    for a in &points {
        let cs = Cs::from(ConstraintSystem::new_ref());
        let var = PointVar::new(&cs, || Ok(*a)).unwrap();
        assert_eq!(var.double(&cs).unwrap().value().unwrap(), a.double());
        assert_eq!(cs.ark().num_constraints(), 5);
        for b in &points {
            let other = PointVar::new(&cs, || Ok(*b)).unwrap();
            assert_eq!(var.add(&cs, &other).unwrap().value().unwrap(), a.add(b));
        }
        assert_eq!(cs.ark().num_constraints(), 5 + 6 * points.len());
        assert!(cs.ark().is_satisfied().unwrap());
    }
}

#[test]
fn only_points_are_on_the_curve() {
    let strays = [(0, 0), (1, 1), (0, 2), (2, 0)].map(|(x, y): (u64, u64)| Point {
        x: Fr::from(x),
        y: Fr::from(y),
    });
    for point in specimens().into_iter().chain(strays) {
        let cs = Cs::from(ConstraintSystem::new_ref());
        let var = PointVar::new(&cs, || Ok(point)).unwrap();
        let verdict = var.is_on_curve(&cs).unwrap().value().unwrap();
        assert_eq!(verdict, point.is_on_curve());
        assert!(cs.ark().is_satisfied().unwrap());
        assert_eq!(cs.ark().num_constraints(), 5);
    }
}

fn power_of_two(exponent: usize) -> BigInt<4> {
    let mut power = BigInt::zero();
    power.0[exponent / 64] = 1 << (exponent % 64);
    power
}

fn multiple(factor: u64, offset: i64) -> BigInt<4> {
    let mut product = BigInt::zero();
    for _ in 0..factor {
        product.add_with_carry(&Scalar::MODULUS);
    }
    let magnitude = BigInt::from(offset.unsigned_abs());
    if offset < 0 {
        product.sub_with_borrow(&magnitude);
    } else {
        product.add_with_carry(&magnitude);
    }
    product
}

fn times(point: &Point, integer: &BigInt<4>) -> Point {
    EdwardsConfig::mul_projective(&point.projective(), &integer.0).into()
}

#[test]
fn the_base_point_takes_every_number_of_251_bits() {
    let mut rng = StdRng::seed_from_u64(6);
    let mut numbers = vec![
        BigInt::zero(),
        BigInt::one(),
        multiple(1, -1),
        multiple(1, 0),
    ];
    numbers.extend([multiple(1, 1), power_of_two(250), power_of_two(249)]);
    let mut largest = power_of_two(251);
    largest.sub_with_borrow(&BigInt::one());
    numbers.push(largest);
    numbers.extend((0..4).map(|_| Scalar::rand(&mut rng).into_bigint()));
    for number in numbers {
        let cs = Cs::from(ConstraintSystem::new_ref());
        let bits = alloc_integer_bits(&cs, fixed_base::SCALAR_BITS, Some(number)).unwrap();
        let product = fixed_base::multiply(&cs, &bits).unwrap();
        assert_eq!(
            product.value().unwrap(),
            times(&Point::BASE8, &number),
            "{number}"
        );
        assert!(cs.ark().is_satisfied().unwrap(), "{number}");
        assert_eq!(cs.ark().num_constraints() - fixed_base::SCALAR_BITS, 505);
    }
}

#[test]
fn any_point_of_order_l_takes_every_challenge() {
    let mut rng = StdRng::seed_from_u64(7);
    let mut numbers: Vec<BigInt<4>> = (0..20u64).map(BigInt::from).collect();
    for factor in 1..8 {
        numbers.extend((-5..=5).map(|offset| multiple(factor, offset)));
    }
    numbers.extend([1, 2, 100, 128, 250, 251, 252, 253].map(power_of_two));
    numbers.push((-Fr::ONE).into_bigint());
    numbers.extend((0..4).map(|_| Fr::rand(&mut rng).into_bigint()));
    let point = Point::BASE8.mul(&Scalar::rand(&mut rng));
    for number in numbers {
        assert!(number < Fr::MODULUS);
        let cs = Cs::from(ConstraintSystem::new_ref());
        let var = PointVar::new(&cs, || Ok(point)).unwrap();
        let bits = alloc_integer_bits(&cs, FIELD_BITS, Some(number)).unwrap();
        let product = variable_base::multiply(&cs, &var, &bits).unwrap();
        assert_eq!(product.value().unwrap(), times(&point, &number), "{number}");
        assert!(cs.ark().is_satisfied().unwrap(), "{number}");
        assert_eq!(cs.ark().num_constraints() - FIELD_BITS, 1550);
    }
}

#[test]
fn the_bound_that_the_argument_rests_on() {
    // 8 l - r > 2^125, and l > 2^250.
    let mut gap = multiple(8, 0);
    assert!(!gap.sub_with_borrow(&Fr::MODULUS));
    assert!(gap > power_of_two(125));
    assert!(Scalar::MODULUS > power_of_two(250));
    // d is no square, a is one.
    assert!(D.sqrt().is_none());
    assert!(A.sqrt().is_some());
}
