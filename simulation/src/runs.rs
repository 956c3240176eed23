//! Many scenarios, some at the same time.

use std::{ops::Range, sync::Arc};

use tokio::task::JoinSet;

use crate::{
    failure::Failure,
    keys::DevelopmentKeys,
    scenario::{self, Report},
};

/// Runs the scenario of each seed, `jobs` of them at the same time, and tells how each ended. Returns how
/// many failed.
///
/// # Panics
/// Where a scenario does.
pub async fn run_all(
    seeds: Range<u64>,
    jobs: usize,
    keys: Arc<DevelopmentKeys>,
    mut tell: impl FnMut(u64, &Result<Report, Failure>),
) -> u64 {
    let (mut seeds, mut running, mut failed) = (seeds, JoinSet::new(), 0);
    loop {
        while running.len() < jobs.max(1) {
            let Some(seed) = seeds.next() else { break };
            let keys = keys.clone();
            running.spawn(async move { (seed, scenario::run(seed, &keys).await) });
        }
        let Some(ended) = running.join_next().await else {
            return failed;
        };
        let (seed, result) = ended.expect("no scenario panics");
        failed += u64::from(result.is_err());
        tell(seed, &result);
    }
}
