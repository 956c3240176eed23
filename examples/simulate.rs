//! Runs the rollup with everything going wrong, once for each seed: `--seeds A..B`.
//!
//! Prints each scenario that fails with its seed, and at the end `N scenarios, M failed`.

use std::{ops::Range, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use assay_simulation::{DevelopmentKeys, Failure, Report, run_all};
use clap::Parser;
use indicatif::ProgressBar;

/// Runs the rollup with everything going wrong.
#[derive(Debug, Parser)]
struct Arguments {
    /// Seeds of the scenarios, as 0..100: the second is the first that is not run.
    #[arg(long, value_parser = seeds)]
    seeds: Range<u64>,
    /// Scenarios at the same time.
    #[arg(long, default_value_t = 8)]
    jobs: usize,
    /// Directory of the development keys; made where they are missing.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tmp/keys"))]
    keys: PathBuf,
    /// Print what happened in each scenario.
    #[arg(long)]
    verbose: bool,
}

fn seeds(text: &str) -> Result<Range<u64>> {
    let (from, to) = text.split_once("..").context("seeds are given as 0..100")?;
    let seeds = from.parse()?..to.parse()?;
    ensure!(!seeds.is_empty(), "{text} holds no seed");
    Ok(seeds)
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "off".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let keys = Arc::new(DevelopmentKeys::open_or_create(&arguments.keys)?);
    let count = arguments.seeds.end - arguments.seeds.start;
    let progress = ProgressBar::new(count);
    let failed = run_all(arguments.seeds, arguments.jobs, keys, |seed, result| {
        progress.inc(1);
        progress.suspend(|| tell(seed, result, arguments.verbose));
    });
    let failed = failed.await;
    progress.finish_and_clear();
    println!("{count} scenarios, {failed} failed");
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn tell(seed: u64, result: &Result<Report, Failure>, verbose: bool) {
    match result {
        Ok(report) if verbose => println!("seed {seed}: {report:?}"),
        Ok(_) => {}
        Err(failure) => {
            let next = seed + 1;
            println!("seed {seed} failed: {failure}\n  again: --seeds {seed}..{next}");
        }
    }
}
