//! The rollup with everything going wrong: the share of the scenarios that every run of the tests takes.
//! `cargo run --release --example simulate -- --seeds A..B` runs others.
#![allow(clippy::unwrap_used)]

#[path = "program/keys_directory.rs"]
mod keys_directory;

use std::sync::Arc;

use assay_simulation::{DevelopmentKeys, a_layer_1_that_is_away_is_waited_for, run_all};

/// Scenarios that are run.
const SEEDS: u64 = 12;
/// At the same time.
const JOBS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_right_whatever_went_wrong() {
    let keys = DevelopmentKeys::open_or_create(&keys_directory::keys_dir()).unwrap();
    let (mut failures, mut payments) = (Vec::new(), 0);
    run_all(
        0..SEEDS,
        JOBS,
        Arc::new(keys),
        |seed, result| match result {
            Ok(report) => payments += report.payments,
            Err(failure) => failures.push(format!("seed {seed}: {failure}")),
        },
    )
    .await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // Where nobody could pay, nothing was tested.
    assert!(payments > 100, "{payments} payments");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_waits_for_a_layer_1_that_is_away_and_says_so() {
    let keys = DevelopmentKeys::open_or_create(&keys_directory::keys_dir()).unwrap();
    a_layer_1_that_is_away_is_waited_for(&keys).await.unwrap();
}
