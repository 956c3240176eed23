//! Against arkworks' own multi-scalar multiplication and, for small sizes, the plain sum.
#![allow(clippy::unwrap_used)]

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{Field, UniformRand, Zero};
use ark_std::test_rng;

use super::curve::{Curve, G1, G2};
use super::{Recoding, sum};
use crate::backend::Backend;

const SIZES: [usize; 9] = [0, 1, 2, 7, 8, 9, 31, 1000, 1 << 14];

/// Multiples of the generator by a walk of random steps: cheap and without pattern.
fn points<C: Curve>(len: usize) -> Vec<C::Affine> {
    let mut rng = test_rng();
    let steps: Vec<C::Projective> = (0..16).map(|_| C::Projective::rand(&mut rng)).collect();
    let mut at = C::Projective::rand(&mut rng);
    let walk: Vec<_> = (0..len)
        .map(|i| {
            at += steps[(i * i + i / 5) % 16];
            at
        })
        .collect();
    C::Projective::normalize_batch(&walk)
}

fn check<
    C: Curve<
            Affine: AffineRepr<ScalarField = Fr>,
            Projective: VariableBaseMSM<MulBase = C::Affine, ScalarField = Fr>,
        >,
>(
    what: &str,
    bases: &[C::Affine],
    scalars: &[Fr],
) {
    let expected = if bases.len() <= 31 {
        bases
            .iter()
            .zip(scalars)
            .map(|(base, scalar)| *base * scalar)
            .sum()
    } else {
        C::Projective::msm(bases, scalars).unwrap()
    };
    let own: Vec<_> = bases.iter().map(C::point).collect();
    let recoding = Recoding::new(scalars);
    for backend in Backend::all() {
        let got = sum::<C>(backend, &[(&own, &recoding)]);
        assert_eq!(
            got,
            expected,
            "{what}, {} points, {}",
            bases.len(),
            backend.name()
        );
    }
}

macro_rules! suite {
    ($name:ident, $curve:ty, $affine:ty) => {
        mod $name {
            use super::*;

            #[test]
            fn random_scalars_of_all_sizes() {
                let (mut rng, all) = (test_rng(), points::<$curve>(1 << 14));
                for len in SIZES {
                    let scalars: Vec<_> = (0..len).map(|_| Fr::rand(&mut rng)).collect();
                    check::<$curve>("random", &all[..len], &scalars);
                }
            }

            #[test]
            fn special_scalars() {
                let all = points::<$curve>(1000);
                let half = Fr::from(2u64).inverse().unwrap();
                let special = [
                    Fr::zero(),
                    Fr::ONE,
                    -Fr::ONE,
                    Fr::from(2u64),
                    -Fr::from(2u64),
                    Fr::from(1u64 << 15),
                    Fr::from((1u64 << 15) - 1),
                    Fr::from(u64::MAX),
                    half,
                    half - Fr::ONE,
                ];
                for scalar in special {
                    check::<$curve>("one scalar", &all, &[scalar; 1000]);
                    check::<$curve>("one scalar", &all[..1], &[scalar]);
                    check::<$curve>("one scalar", &all[..9], &[scalar; 9]);
                }
                let mixed: Vec<_> = (0..1000).map(|i| special[i % special.len()]).collect();
                check::<$curve>("mixed", &all, &mixed);
                let small: Vec<_> = (0..1000u64).map(|i| Fr::from(i * i % 97)).collect();
                check::<$curve>("small", &all, &small);
            }

            #[test]
            fn equal_opposite_and_infinite_points() {
                let (mut rng, mut all) = (test_rng(), points::<$curve>(1000));
                let random: Vec<_> = (0..1000).map(|_| Fr::rand(&mut rng)).collect();
                let one = [all[0]; 1000];
                check::<$curve>("one point", &one, &random);
                check::<$curve>("one point, one scalar", &one, &[random[0]; 1000]);
                for i in 0..500 {
                    all[2 * i + 1] = match i % 5 {
                        0 => -all[2 * i],
                        1 => all[2 * i],
                        2 => <$affine>::zero(),
                        3 => all[0],
                        _ => all[2 * i + 1],
                    };
                }
                check::<$curve>("mixed points", &all, &random);
                check::<$curve>("mixed points, one scalar", &all, &[random[0]; 1000]);
                check::<$curve>("mixed points, scalar one", &all, &[Fr::ONE; 1000]);
                let few: Vec<_> = (0..1000u64).map(|i| Fr::from(i % 3)).collect();
                check::<$curve>("mixed points, few scalars", &all, &few);
                check::<$curve>("infinity", &[<$affine>::zero(); 1000], &random);
                let opposite: Vec<_> = (0..1000)
                    .map(|i| if i % 2 == 0 { all[0] } else { -all[0] })
                    .collect();
                check::<$curve>("cancelling", &opposite, &[random[1]; 1000]);
            }

            #[test]
            fn every_window_width() {
                let (mut rng, all) = (test_rng(), points::<$curve>(300));
                let mut scalars: Vec<_> = (0..300).map(|_| Fr::rand(&mut rng)).collect();
                (scalars[7], scalars[8]) = (-Fr::ONE, Fr::from(2u64).inverse().unwrap());
                let expected = <$curve as Curve>::Projective::msm(&all, &scalars).unwrap();
                let own: Vec<_> = all.iter().map(<$curve>::point).collect();
                for bits in 3..=16 {
                    let recoding = Recoding::with_window(&scalars, bits);
                    for backend in Backend::all() {
                        assert_eq!(
                            sum::<$curve>(backend, &[(&own, &recoding)]),
                            expected,
                            "{bits}"
                        );
                    }
                }
            }

            #[test]
            fn sums_of_several_share_their_buckets() {
                let (mut rng, all) = (test_rng(), points::<$curve>(1000));
                let scalars: Vec<_> = (0..1000).map(|_| Fr::rand(&mut rng)).collect();
                let expected = <$curve as Curve>::Projective::msm(&all, &scalars).unwrap();
                let own: Vec<_> = all.iter().map(<$curve>::point).collect();
                for cut in [0, 1, 300, 999, 1000] {
                    let parts = (&scalars[..cut], &scalars[cut..]);
                    let parts = (
                        Recoding::with_window(parts.0, 5),
                        Recoding::with_window(parts.1, 5),
                    );
                    for backend in Backend::all() {
                        let terms = [(&own[..cut], &parts.0), (&own[cut..], &parts.1)];
                        assert_eq!(sum::<$curve>(backend, &terms), expected, "{cut}");
                    }
                }
            }
        }
    };
}

suite!(g1, G1, G1Affine);
suite!(g2, G2, G2Affine);

#[test]
fn a_large_skewed_sum_is_cut_through_its_buckets() {
    let mut rng = test_rng();
    let all = points::<G1>(1 << 17);
    let scalars: Vec<_> = (0..1 << 17)
        .map(|i| match i % 8 {
            0 => Fr::rand(&mut rng),
            1 | 2 => Fr::zero(),
            3 => -Fr::ONE,
            _ => Fr::ONE,
        })
        .collect();
    check::<G1>("skewed", &all, &scalars);
}
