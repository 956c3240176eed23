//! All entry points of the contracts against a model, by seeds.
//!
//! `ASSAY_FUZZ_SEED` replays a world (or names the first of many), `ASSAY_FUZZ_STEPS` asks for more
//! steps than every run takes.

mod cast;
mod check;
mod coverage;
mod deploy;
mod draw;
mod ground;
mod inside;
mod model;
mod outside;
mod trapdoor;
mod world;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Instant,
};

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use coverage::Coverage;
use world::World;

/// Steps of a world, and of one that is frozen.
const WORLD_STEPS: u32 = 500;
const FROZEN_STEPS: u32 = 150;
/// Steps of every run.
const STEPS: u64 = 20_000;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Lives through one world; all that happens follows from the seed.
fn live(seed: u64, coverage: Coverage) -> Coverage {
    let mut world = World::start(ChaCha8Rng::seed_from_u64(seed), coverage);
    let (mut left, mut frozen_left) = (WORLD_STEPS, FROZEN_STEPS);
    while left > 0 && frozen_left > 0 {
        left -= 1;
        frozen_left -= u32::from(world.model.frozen);
        let done = catch_unwind(AssertUnwindSafe(|| world.step()));
        if let Err(failure) = done {
            println!("{}", world.story());
            resume_unwind(failure);
        }
    }
    world.coverage
}

#[test]
fn contracts_and_model_agree_whatever_is_done() {
    let first = number("ASSAY_FUZZ_SEED");
    let asked = number("ASSAY_FUZZ_STEPS");
    let steps = asked.unwrap_or(STEPS);
    let mut coverage = Coverage::default();
    let begin = Instant::now();
    let mut seed = first.unwrap_or(0);
    let mut told = 0;
    loop {
        coverage = catch_unwind(|| live(seed, coverage)).unwrap_or_else(|failure| {
            println!("again with ASSAY_FUZZ_SEED={seed} ASSAY_FUZZ_STEPS=1");
            resume_unwind(failure)
        });
        seed += 1;
        let done = coverage.steps();
        if done >= told + 100_000 {
            told = done;
            println!("{done} steps, seeds to {seed}, {:?}", begin.elapsed());
        }
        if done >= steps {
            break;
        }
    }
    coverage.print();
    let (first, last) = (first.unwrap_or(0), seed - 1);
    println!(
        "{} steps, seeds {first} to {last}, {:?}",
        coverage.steps(),
        begin.elapsed()
    );
    if first == 0 && steps >= STEPS {
        let missing = coverage.missing();
        assert!(missing.is_empty(), "not reached: {missing:#?}");
    }
}
