//! Proving and verifying, by phase. An exit and `tiny` always; `ASSAY_BENCH_SHAPE=small` (or `medium`,
//! `large`) measures that shape as well. Keys are kept where `ASSAY_KEYS` says, else under
//! `target/tmp`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{hint::black_box, num::NonZeroUsize, path::PathBuf, sync::Arc, time::Duration};

use assay_circuits::{batch::r1cs::BatchCircuit, circuit::CircuitId, shape::Shape};
use assay_prover::{
    bench::{sample_escape, sample_witness},
    escape::{prove_escape, verify_escape},
    groth16::{
        Phase,
        description::assign,
        prove::{Proved, Prover},
        setup::SetupRandomness,
        unobserved,
        verify::verify,
    },
    known_circuits::open_or_create_keys,
};
use criterion::{Criterion, criterion_group, criterion_main};

fn keys_dir() -> PathBuf {
    match std::env::var_os("ASSAY_KEYS") {
        Some(directory) => directory.into(),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/tmp/keys")),
    }
}

fn shapes() -> Vec<Shape> {
    let more = std::env::var("ASSAY_BENCH_SHAPE")
        .ok()
        .map(|name| name.parse().unwrap());
    [Shape::Tiny].into_iter().chain(more).collect()
}

/// The time of one phase, summed over so many proofs.
fn phase_time(
    prover: &Prover,
    assignment: &[ark_bn254::Fr],
    phase: Phase,
    proofs: u64,
) -> Duration {
    let one = || {
        let Proved { phases, .. } = prover.prove_assignment(assignment, &unobserved).unwrap();
        Duration::from_secs_f64(phases.0.get(&phase).copied().unwrap_or_default())
    };
    (0..proofs).map(|_| one()).sum()
}

fn proving(criterion: &mut Criterion) {
    for shape in shapes() {
        let randomness = SetupRandomness::Development;
        let keys = open_or_create_keys(&keys_dir(), shape.into(), randomness, &|_, _| ()).unwrap();
        let prover = Prover::new(keys.proving_key, None).unwrap();
        let witness = Arc::new(sample_witness(shape).unwrap());
        let circuit = BatchCircuit::new(witness).unwrap();
        let assignment = circuit.assignment().unwrap();
        let mut group = criterion.benchmark_group(format!("prove/{shape}"));
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(20));
        group.bench_function("witness", |bencher| {
            bencher.iter(|| black_box(&circuit).assignment().unwrap());
        });
        group.bench_function("witness/synthesised", |bencher| {
            bencher.iter(|| assign(black_box(circuit.clone())).unwrap());
        });
        group.bench_function("all", |bencher| {
            bencher.iter(|| {
                prover
                    .prove_assignment(black_box(&assignment), &unobserved)
                    .unwrap()
            });
        });
        for phase in [
            Phase::Matrices,
            Phase::Fft,
            Phase::MsmA,
            Phase::MsmB2,
            Phase::MsmC,
        ] {
            group.bench_function(phase.name(), |bencher| {
                bencher.iter_custom(|proofs| phase_time(&prover, &assignment, phase, proofs));
            });
        }
        let proved = prover.prove_assignment(&assignment, &unobserved).unwrap();
        let key = prover.key().verifying_key();
        group.bench_function("verify", |bencher| {
            bencher.iter(|| verify(key, black_box(&proved.inputs), &proved.proof).unwrap());
        });
        group.finish();
    }
}

/// An exit, from the signed order to the verified proof, on one thread.
fn escape(criterion: &mut Criterion) {
    let randomness = SetupRandomness::Development;
    let circuit = CircuitId::Escape;
    let keys = open_or_create_keys(&keys_dir(), circuit, randomness, &|_, _| ()).unwrap();
    let prover = Prover::new(keys.proving_key, Some(NonZeroUsize::MIN)).unwrap();
    let witness = sample_escape();
    let mut group = criterion.benchmark_group("prove/escape");
    group.sample_size(10);
    group.bench_function("one thread", |bencher| {
        bencher.iter(|| prove_escape(&prover, black_box(witness), &unobserved).unwrap());
    });
    let proved = prove_escape(&prover, witness, &unobserved).unwrap();
    let key = prover.key().verifying_key();
    let statement = witness.statement();
    group.bench_function("verify", |bencher| {
        bencher.iter(|| verify_escape(key, black_box(&statement), &proved.proof).unwrap());
    });
    group.finish();
}

criterion_group!(benches, escape, proving);
criterion_main!(benches);
