//! What the lanes themselves cost, for benchmarks.

use std::hint::black_box;
use std::marker::PhantomData;
use std::time::Instant;

use ark_bn254::{Fr, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::UniformRand;
use ark_std::test_rng;

use crate::backend::Backend;
use crate::kernel::Kernel;
use crate::lanes::{Arch, Lanes, PrimeLanes};
use crate::line::{Line, WIDTH};
use crate::msm::curve::{Curve, G1};
use crate::msm::pairs::{AddPairs, BATCH, Pair, Picked, Source, Sums};
use crate::msm::recoding::Recoding;

struct Products {
    chains: usize,
    rounds: u32,
}

impl Kernel for Products {
    type Output = f64;
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> f64 {
        let mut rng = test_rng();
        let mut next =
            || A::Base::factors(arch, std::array::from_fn(|_| UniformRand::rand(&mut rng)));
        let factor = next();
        let mut values = [next(), next(), next(), next()];
        let start = Instant::now();
        for _ in 0..self.rounds {
            for value in &mut values[..self.chains] {
                *value = value.mul(&factor);
            }
        }
        let elapsed_ns = start.elapsed().as_secs_f64() * 1e9;
        for value in values {
            black_box(A::Base::zero_mask(&value.loose()));
        }
        elapsed_ns / f64::from(self.rounds) / self.chains as f64 / WIDTH as f64
    }
}

/// Nanoseconds a product in the base field takes on one thread, in `chains` (1 to 4) vectors of
/// independent products.
pub fn product_ns(backend: Backend, chains: usize) -> f64 {
    (0..40)
        .map(|_| {
            backend.run(Products {
                chains,
                rounds: 2_000,
            })
        })
        .fold(f64::INFINITY, f64::min)
}

/// Milliseconds it takes the threads of the current rayon pool to cut and sort the digits of scalars,
/// in memory that is in use already: the best of some rounds.
pub fn recoding_ms(scalars: &[Fr], rounds: usize) -> f64 {
    let mut recoding = Recoding::default();
    recoding.renew(scalars.len(), |i| scalars[i]);
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            recoding.renew(scalars.len(), |i| scalars[i]);
            start.elapsed().as_secs_f64() * 1e3
        })
        .fold(f64::INFINITY, f64::min)
}

/// Nanoseconds an addition in G1 takes on one thread: of base points picked at random among
/// `2^log_bases` (10 to 24), and of sums in cache.
pub fn addition_ns(backend: Backend, log_bases: u32) -> (f64, f64) {
    let mut rng = test_rng();
    let (start, step) = (G1Projective::rand(&mut rng), G1Projective::rand(&mut rng));
    let walk: Vec<_> = std::iter::successors(Some(start), |at| Some(*at + step))
        .take(1 << log_bases)
        .collect();
    let points: Vec<_> = G1Projective::normalize_batch(&walk)
        .iter()
        .map(G1::point)
        .collect();
    let pairs: Vec<_> = (0..BATCH as u32)
        .map(|i| Pair {
            first: 2 * i,
            target: i,
        })
        .collect();
    let (mut sums, mut out) = (
        vec![Default::default(); BATCH],
        vec![Default::default(); BATCH],
    );
    let mut scratch = Vec::new();
    let mut best = (f64::INFINITY, f64::INFINITY);
    for _ in 0..100 {
        // Other bases each time, so that they come from where bases come from.
        let mask = (2 << log_bases) - 1;
        let entries: Vec<u32> = (0..2 * BATCH).map(|_| u32::rand(&mut rng) & mask).collect();
        let source = Picked {
            points: &points,
            entries: &entries,
        };
        best.0 = best
            .0
            .min(time(backend, source, &pairs, &mut sums, &mut scratch));
        let half = &pairs[..BATCH / 2];
        best.1 = best
            .1
            .min(time(backend, Sums(&sums), half, &mut out, &mut scratch));
    }
    best
}

fn time<'s, S: Source<'s, [Line; 1]>>(
    backend: Backend,
    source: S,
    pairs: &[Pair],
    out: &mut [[Line; 1]],
    scratch: &mut Vec<Line>,
) -> f64 {
    let start = Instant::now();
    backend.run(AddPairs::<G1, S> {
        source,
        pairs,
        out,
        scratch,
        curve: PhantomData,
    });
    start.elapsed().as_secs_f64() * 1e9 / pairs.len() as f64
}
