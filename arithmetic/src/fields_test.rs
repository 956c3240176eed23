//! One suite for the lanes of all backends, against arkworks.
#![allow(clippy::unwrap_used)]

use std::array::from_fn;

use ark_bn254::Fq2;
use ark_ff::{Field, PrimeField, Zero};
use ark_std::test_rng;

use crate::backend::Backend;
use crate::constants::{BaseField, Modulus, ScalarField};
use crate::inverse::invert;
use crate::kernel::Kernel;
use crate::lanes::{Arch, Lanes, PrimeLanes, STAGES};
use crate::line::{Line, WIDTH};
use crate::point_lanes::PointLanes;
use crate::quadratic::Quadratic;

/// Random elements among values at the borders of the field, of its limbs and of its words.
fn samples<F: PrimeField>(count: usize) -> Vec<F> {
    let mut rng = test_rng();
    let borders = (0..254).step_by(13).chain((0..254).step_by(64));
    let mut values: Vec<F> = borders
        .map(|bit| F::from(2u64).pow([bit]))
        .flat_map(|power| [power, power - F::ONE, -power])
        .chain([F::zero(), F::ONE, -F::ONE, F::from(2u64).inverse().unwrap()])
        .collect();
    // The same borders in the words of the Montgomery form.
    let r = F::from(2u64).pow([256]).inverse().unwrap();
    values.extend(values.clone().iter().map(|value| *value * r));
    values.extend((0..count).map(|_| <F as ark_ff::UniformRand>::rand(&mut rng)));
    values.resize(values.len().next_multiple_of(WIDTH), F::ONE);
    values
}

fn line<M: Modulus>(a: &M::Field, b: &M::Field) -> Line {
    let (a, b) = (M::words(a), M::words(b));
    Line(from_fn(|i| if i < 4 { a[i] } else { b[i - 4] }))
}

fn load<M: Modulus, L: PrimeLanes<Field = M::Field>>(
    arch: L::Arch,
    a: &[L::Field],
    b: &[L::Field],
    negate: (u8, u8),
) -> (L, L) {
    let lines: [Line; WIDTH] = from_fn(|i| line::<M>(&a[i], &b[i]));
    let (a, b, _) = L::load_line(arch, from_fn(|i| &lines[i]), negate);
    (a, b)
}

fn values<L: PrimeLanes>(a: L) -> [L::Field; WIDTH] {
    let lines = L::store_line(&a, &L::one(a.arch()), 0);
    from_fn(|i| L::export_line(&lines[i]).0)
}

fn check_prime<M: Modulus, L: PrimeLanes<Field = M::Field>>(arch: L::Arch) {
    let all = samples::<L::Field>(160);
    let second: Vec<_> = all.iter().rev().copied().collect();
    for (a, b) in all.chunks(WIDTH).zip(second.chunks(WIDTH)) {
        let (x, y) = load::<M, L>(arch, a, b, (0, 0));
        let expect = |what: &str, got: L, f: &dyn Fn(L::Field, L::Field) -> L::Field| {
            assert_eq!(values(got), from_fn(|i| f(a[i], b[i])), "{what}");
        };
        let (minus, same) = load::<M, L>(arch, a, b, (0xff, 0));
        expect("negation", minus, &|a, _| -a);
        expect("other half", same, &|_, b| b);
        expect("product", x.mul(&y), &|a, b| a * b);
        expect("square", x.square(), &|a, _| a.square());
        expect("sum", L::reduce(&x.add(&y)), &|a, b| a + b);
        expect("difference", L::reduce(&x.sub(&y)), &|a, b| a - b);
        expect("tight difference", x.sub_tight(&y), &|a, b| a - b);
        expect("two differences", x.sub_both(&y, &y), &|a, b| a - b - b);
        let loose = x.sub(&y);
        expect(
            "product and difference",
            L::mul_sub(&loose, &y, &x),
            &|a, b| (a - b) * b - a,
        );
        expect("square and differences", x.square_sub(&y, &x), &|a, b| {
            a.square() - b - a
        });
        expect("loose sum", L::mul_loose(&x.add(&y), &y), &|a, b| {
            (a + b) * b
        });
        expect("loose difference", L::mul_loose(&x.sub(&y), &y), &|a, b| {
            (a - b) * b
        });
    }
}

/// Drives values to the ends of their bounds: sums and differences of lazy values, many times.
fn check_lazy<M: Modulus, L: PrimeLanes<Field = M::Field>>(arch: L::Arch) {
    let all = samples::<L::Field>(16);
    for (a, b) in all.chunks(WIDTH).zip(all.chunks(WIDTH).rev()) {
        let (mut x, y) = load::<M, L>(arch, a, b, (0xff, 0xff));
        let mut expected: [L::Field; WIDTH] = from_fn(|i| -a[i]);
        for round in 0..40 {
            let (sum, difference) = (x.add(&x), x.sub(&y));
            assert_eq!(values(L::reduce(&sum)), expected.map(|e| e + e), "{round}");
            x = match round % 4 {
                0 => L::reduce(&sum),
                1 => L::mul_loose(&difference, &L::reduce(&sum)),
                2 => L::reduce(&difference),
                _ => x.sub_both(&x, &y),
            };
            expected = from_fn(|i| {
                let (e, y) = (expected[i], -b[i]);
                match round % 4 {
                    0 => e + e,
                    1 => (e + e) * (e - y),
                    2 => e - y,
                    _ => -y,
                }
            });
            assert_eq!(values(x), expected, "{round}");
        }
    }
}

fn check_masks<M: Modulus, L: PrimeLanes<Field = M::Field>>(arch: L::Arch) {
    let all = samples::<L::Field>(16);
    for a in all.chunks(WIDTH) {
        let mut b: [L::Field; WIDTH] = a.try_into().unwrap();
        (b[1], b[6]) = (b[1] + L::Field::ONE, b[6] - L::Field::ONE);
        let (x, y) = load::<M, L>(arch, a, &b, (0, 0));
        assert_eq!(L::zero_mask(&x.sub(&y)), !0b0100_0010);
        let (x, y) = load::<M, L>(arch, a, &b, (0, 0xff));
        assert_eq!(L::zero_mask(&x.add(&y)), !0b0100_0010);
        // The same residue by another way has another representative.
        let z = L::mul_loose(&L::reduce(&x.add(&x)).sub(&x), &L::one(arch));
        assert_eq!(L::zero_mask(&x.sub(&z)), 0xff);
        assert_eq!(
            values(L::select(0x5a, &x, &y)),
            from_fn(|i| if 0x5a >> i & 1 == 1 { a[i] } else { -b[i] })
        );
    }
    let (zero, _) = load::<M, L>(
        arch,
        &[L::Field::zero(); WIDTH],
        &[L::Field::ONE; WIDTH],
        (0x0f, 0),
    );
    assert_eq!(L::zero_mask(&zero.loose()), 0xff);
}

fn check_memory<M: Modulus, L: PrimeLanes<Field = M::Field>>(arch: L::Arch) {
    let all = samples::<L::Field>(64);
    for a in all.chunks(WIDTH) {
        let elements: &[L::Field; WIDTH] = a.try_into().unwrap();
        let x = L::load_words(arch, elements);
        let twice = x.mul(&L::splat(arch, &L::factor(L::Field::from(2u64))));
        let product = twice.mul(&L::factors(arch, *elements));
        let mut lazy = *elements;
        L::reduce(&product.add(&x)).store_words(&mut lazy);
        let mut stored = *elements;
        L::load_words(arch, &lazy).store_canonical(&mut stored);
        assert_eq!(stored, elements.map(|e| e * e + e * e + e));
        assert!(stored.iter().all(|e| e.into_bigint() < L::Field::MODULUS));
        let mut lines = vec![Line::default(); L::SPILL];
        load::<M, L>(arch, a, a, (0, 0)).0.spill(&mut lines);
        assert_eq!(values(L::unspill(arch, &lines)), *elements);
        let (x, y) = load::<M, L>(arch, a, a, (0, 0));
        let stored = L::store_line(&x, &y, 0x81);
        assert_eq!((stored[0], stored[7]), (Line::default(), Line::default()));
        assert_eq!(L::export_line(&stored[3]), (a[3], a[3]));
        let (back, _, zero) = L::load_own_line(arch, from_fn(|i| &stored[i]));
        assert_eq!(zero & 0x81, 0x81);
        assert_eq!(values(back)[1..7], a[1..7]);
    }
    let mut rows: [L::Wide; WIDTH] = from_fn(|row| {
        load::<M, L>(
            arch,
            &from_fn::<_, WIDTH, _>(|lane| L::Field::from((8 * row + lane) as u64)),
            &all,
            (0, 0),
        )
        .0
        .wide()
    });
    L::transpose(&mut rows);
    for (row, lanes) in rows.into_iter().enumerate() {
        assert_eq!(
            values(L::narrow(&lanes)),
            from_fn(|lane| L::Field::from((8 * lane + row) as u64))
        );
    }
}

fn check_transform_steps<M: Modulus, L: PrimeLanes<Field = M::Field>>(arch: L::Arch) {
    let all = samples::<L::Field>(16);
    for a in all.chunks(WIDTH) {
        let w: &[L::Field; WIDTH] = all[..WIDTH].try_into().unwrap();
        let (x, y) = load::<M, L>(arch, a, w, (0xff, 0));
        let factor = L::factors(arch, *w);
        let (mut u, mut v) = (x.wide(), y.wide());
        let mut expected: [_; WIDTH] = from_fn(|i| (-a[i], w[i]));
        for _ in 0..STAGES {
            L::split(&mut u, &mut v, &factor);
            (u, v) = (v, u);
            expected = from_fn(|i| {
                (
                    expected[i].0 - expected[i].1 * w[i],
                    expected[i].0 + expected[i].1 * w[i],
                )
            });
            assert_eq!(values(L::narrow(&u)), expected.map(|e| e.0));
            assert_eq!(values(L::narrow(&v)), expected.map(|e| e.1));
        }
        (u, v) = (L::narrow(&u).wide(), L::narrow(&v).wide());
        for round in 0..STAGES {
            if round % 2 == 0 {
                v = u;
            }
            L::join(&mut u, &mut v, &factor);
            expected = expected.map(|(a, b)| if round % 2 == 0 { (a, a) } else { (a, b) });
            expected = from_fn(|i| {
                (
                    expected[i].0 + expected[i].1,
                    (expected[i].0 - expected[i].1) * w[i],
                )
            });
            assert_eq!(values(L::narrow(&u)), expected.map(|e| e.0));
            assert_eq!(values(L::narrow(&v)), expected.map(|e| e.1));
        }
    }
}

fn check_inverse<M: Modulus, L: PrimeLanes<Field = M::Field>>(arch: L::Arch) {
    for a in samples::<L::Field>(4000) {
        assert_eq!(invert::<M>(&a), a.inverse().unwrap_or(L::Field::zero()));
    }
    for a in samples::<L::Field>(16).chunks(WIDTH) {
        let a: [L::Field; WIDTH] = from_fn(|i| if a[i].is_zero() { L::Field::ONE } else { a[i] });
        let (x, _) = load::<M, L>(arch, &a, &a, (0, 0));
        assert_eq!(values(x.invert()), a.map(|a| a.inverse().unwrap()));
    }
}

fn check_quadratic<A: Arch>(arch: A) {
    let all = samples::<ark_bn254::Fq>(64);
    let pairs: Vec<Fq2> = all
        .iter()
        .zip(all.iter().rev())
        .map(|(a, b)| Fq2::new(*a, *b))
        .collect();
    let points = |chunk: &[Fq2], other: &[Fq2]| -> Vec<[Line; 2]> {
        let line = |e: &Fq2| line::<BaseField>(&e.c0, &e.c1);
        chunk
            .iter()
            .zip(other)
            .map(|(x, y)| [line(x), line(y)])
            .collect()
    };
    for (a, b) in pairs.chunks(WIDTH).zip(pairs.chunks(WIDTH).skip(3)) {
        let points = points(a, b);
        type Lane<A> = Quadratic<<A as Arch>::Base>;
        let (x, y, _) = Lane::<A>::load_bases(arch, from_fn(|i| &points[i]), 0x3c);
        let b: [Fq2; WIDTH] = from_fn(|i| if 0x3c >> i & 1 == 1 { -b[i] } else { b[i] });
        let values = |v: Lane<A>| -> [Fq2; WIDTH] {
            let stored = Lane::<A>::store(&v, &Lane::<A>::one(arch), 0);
            from_fn(|i| Lane::<A>::export(&stored[i]).unwrap().0)
        };
        assert_eq!(values(y), b);
        assert_eq!(values(x.mul(&y)), from_fn(|i| a[i] * b[i]));
        let loose = [
            Lane::<A>::mul_loose(&x.sub(&y), &y),
            Lane::<A>::mul_loose(&x.add(&y), &y),
        ];
        assert_eq!(values(loose[0]), from_fn(|i| (a[i] - b[i]) * b[i]));
        assert_eq!(values(loose[1]), from_fn(|i| (a[i] + b[i]) * b[i]));
        assert_eq!(values(x.square()), from_fn(|i| a[i].square()));
        assert_eq!(values(x.sub_both(&y, &y)), from_fn(|i| a[i] - b[i] - b[i]));
        if b.iter().all(|b| !b.is_zero()) {
            assert_eq!(values(y.invert()), b.map(|b| b.inverse().unwrap()));
        }
    }
}

struct Suite;

impl Kernel for Suite {
    type Output = ();
    fn run<A: Arch>(self, arch: A) {
        check_prime::<BaseField, A::Base>(arch);
        check_prime::<ScalarField, A::Scalar>(arch);
        check_lazy::<BaseField, A::Base>(arch);
        check_lazy::<ScalarField, A::Scalar>(arch);
        check_masks::<BaseField, A::Base>(arch);
        check_masks::<ScalarField, A::Scalar>(arch);
        check_memory::<BaseField, A::Base>(arch);
        check_memory::<ScalarField, A::Scalar>(arch);
        check_transform_steps::<BaseField, A::Base>(arch);
        check_transform_steps::<ScalarField, A::Scalar>(arch);
        check_inverse::<BaseField, A::Base>(arch);
        check_inverse::<ScalarField, A::Scalar>(arch);
        check_quadratic(arch);
    }
}

fn check(name: &str, backend: Option<Backend>) {
    match backend {
        Some(backend) => {
            assert_eq!(backend.name(), name);
            backend.run(Suite);
        }
        None => println!("skipped: this machine cannot run the backend {name}"),
    }
}

#[test]
fn portable_lanes_agree_with_arkworks() {
    check("portable", Some(Backend::portable()));
}

#[test]
fn serial_lanes_agree_with_arkworks() {
    check("serial", Backend::adx());
}

#[test]
fn avx2_lanes_agree_with_arkworks() {
    check("avx2", Backend::avx2());
}

#[test]
fn ifma_lanes_agree_with_arkworks() {
    check("ifma", Backend::ifma());
}
