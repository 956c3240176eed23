//! What the node does for each transaction and batch: check, execute, hash.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use ark_bn254::Fr;
use assay_circuits::{
    operation::Operation,
    order::{Order, Payee, Signed},
    poseidon,
    scenario::World,
    shape::Shape,
    transition::check_signed,
    tree::StateTree,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Users of the worlds that are measured.
const USERS: usize = 64;
const SEED: u64 = 1;

fn signed(world: &World) -> Signed<Order> {
    match world.transfer(1, 2, 1_000_000) {
        Operation::Transfer { order: signed, .. } => signed,
        other => panic!("{other:?} is no transfer"),
    }
}

fn admission(criterion: &mut Criterion) {
    let world = World::new(USERS, SEED);
    let signed = signed(&world);
    let order = world.order(1, Payee::Owner(world.owner(2)), 1_000_000);
    let mut group = criterion.benchmark_group("admission");
    group.throughput(Throughput::Elements(1));
    group.bench_function("check_signed", |bencher| {
        bencher
            .iter(|| check_signed(world.state.ledger(), world.domain, black_box(&signed)).unwrap());
    });
    group.bench_function("hash", |bencher| {
        bencher.iter(|| black_box(&signed).hash(world.domain))
    });
    group.bench_function("sign", |bencher| {
        bencher.iter(|| black_box(order).sign(world.domain, world.key(1)));
    });
    group.finish();
}

fn hashing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("poseidon");
    for inputs in [2usize, 3, 4, 16] {
        let words: Vec<Fr> = (1..=inputs as u64).map(Fr::from).collect();
        group.bench_function(format!("{inputs} inputs"), |bencher| {
            bencher.iter(|| poseidon::hash(black_box(&words)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("tree");
    group.bench_function("set one leaf", |bencher| {
        let mut tree = StateTree::default();
        let mut index = 0;
        bencher.iter(|| {
            index = (index + 4_097) % (1 << 24);
            tree.set(index, Fr::from(u64::from(index)));
        });
    });
    group.bench_function("set 1024 leaves", |bencher| {
        let leaves: Vec<(u32, Fr)> = (0..1024u32)
            .map(|i| (i * 16_381, Fr::from(i + 1)))
            .collect();
        bencher.iter_batched(
            StateTree::default,
            |mut tree| {
                tree.set_many(leaves.iter().copied());
                tree
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn execution(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("execute a full batch");
    group.sample_size(20);
    for shape in [Shape::Tiny, Shape::Small, Shape::Medium] {
        let mut world = World::new(shape.transfers() + shape.full_records(), SEED);
        let batch = world.random_batch(shape);
        group.throughput(Throughput::Elements(shape.transfers() as u64));
        group.bench_function(shape.name(), |bencher| {
            bencher.iter_batched(
                || world.state.clone(),
                |mut state| state.execute(&batch).unwrap(),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, admission, hashing, execution);
criterion_main!(benches);
