//! Against arkworks' radix-2 domain, whose output is in natural order.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, FftField, Field, PrimeField, UniformRand};
use ark_poly::{EvaluationDomain as _, Radix2EvaluationDomain};
use ark_std::test_rng;

use super::EvaluationDomain;
use crate::backend::Backend;

fn check(backend: Backend, log_n: u32, shift: Fr) {
    let mut rng = test_rng();
    let n = 1usize << log_n;
    let mut coefficients: Vec<Fr> = (0..n).map(|_| Fr::rand(&mut rng)).collect();
    // Extreme representatives among the random ones.
    for (i, value) in coefficients
        .iter_mut()
        .enumerate()
        .filter(|(i, _)| i % 5 == 3)
    {
        *value = [Fr::ZERO, -Fr::ONE, Fr::ONE][i % 3];
    }
    let ark = Radix2EvaluationDomain::<Fr>::new(n).expect("small enough");
    let ark = ark.get_coset(shift).expect("the shift is not zero");
    let expected = ark.fft(&coefficients);
    let domain = EvaluationDomain::coset(backend, log_n, shift);
    let mut values = coefficients.clone();
    domain.forward(&mut values);
    for (i, value) in expected.iter().enumerate() {
        assert_eq!(
            values[domain.position(i)],
            *value,
            "{log_n} {}",
            backend.name()
        );
    }
    assert!(
        values.iter().all(|value| value.0 < Fr::MODULUS),
        "not canonical"
    );
    domain.inverse(&mut values);
    assert!(values == coefficients, "{log_n} {}", backend.name());
}

#[test]
fn transforms_agree_with_arkworks() {
    for backend in Backend::all() {
        for log_n in 0..=16 {
            check(backend, log_n, Fr::ONE);
            check(backend, log_n, Fr::GENERATOR);
        }
    }
}

#[test]
fn an_inverse_of_values_of_all_extremes_is_canonical() {
    for backend in Backend::all() {
        for log_n in [3, 7, 10] {
            let domain = EvaluationDomain::coset(backend, log_n, -Fr::ONE);
            let mut values = vec![-Fr::ONE; domain.len()];
            domain.inverse(&mut values);
            assert!(values[0] == -Fr::ONE && values[1..].iter().all(|v| *v == Fr::ZERO));
            domain.forward(&mut values);
            assert!(values.iter().all(|v| *v == -Fr::ONE));
        }
    }
}

#[test]
fn a_large_transform_comes_back() {
    for backend in Backend::all() {
        let mut rng = test_rng();
        let domain = EvaluationDomain::coset(backend, 18, Fr::GENERATOR);
        let coefficients: Vec<Fr> = (0..domain.len()).map(|_| Fr::rand(&mut rng)).collect();
        let mut values = coefficients.clone();
        domain.forward(&mut values);
        assert!(values != coefficients);
        domain.inverse(&mut values);
        assert!(values == coefficients);
    }
}
