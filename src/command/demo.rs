//! `assay demo`: the whole rollup in one process, from deposit to claimed withdrawal.

mod book;
mod report;
mod settle;
mod story;

use std::{
    fs::File,
    io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result};
use assay_circuits::{circuit::CircuitId, shape::Shape};
use assay_durable::Readers;
use assay_prover::{
    bench::median,
    keys::{proving_key_path, verifying_key_path},
};
use assay_sequencer::config::L1Policy;
use clap::Args;

use crate::{
    development::{
        account::TREASURY_ACCOUNT,
        fee_accounts,
        stack::{Stack, StackConfig},
    },
    files::directories,
    options::keys::KeysDir,
    process::{block_on, shutdown_signal},
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress},
};
use report::DemoReport;
use story::Story;

/// Time between blocks of the demo's L1.
const BLOCK_TIME_MS: u64 = 500;
/// A batch is closed so long after its first operation.
const BATCH_TIME_MS: u64 = 2_500;

/// Options of `assay demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep data, keys and bundles in this directory, which must be new [default: nothing is
    /// kept but the keys, in their cache].
    #[arg(long, env = "ASSAY_OUT", value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    keys: KeysDir,
    /// The shape of batches.
    #[arg(long, env = "ASSAY_SHAPE", default_value = "small")]
    shape: Shape,
    /// Threads of the prover [default: one per core].
    #[arg(long, env = "ASSAY_THREADS", value_name = "NUMBER")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    output: OutputArgs,
}

impl DemoArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        block_on(async {
            let shutdown = shutdown_signal()?;
            tokio::select! {
                report = self.play() => {
                    self.output.print(&report?, DemoReport::text)?;
                    Ok(Outcome::Done)
                }
                () = shutdown.cancelled() => anyhow::bail!("interrupted"),
            }
        })
    }

    async fn play(&self) -> Result<DemoReport> {
        let started = Instant::now();
        let progress = Progress::new();
        let temporary = tempfile::tempdir().context("cannot make a temporary directory")?;
        let directory = match &self.out {
            Some(out) => directories::make(out.clone())?,
            None => temporary.path().to_owned(),
        };
        let bundles = directories::make(directory.join("bundles"))?;
        let config = self.stack_config(&directory)?;
        let mut stack = Stack::start(&config, &progress).await?;
        let endpoints = stack.endpoints.clone();
        progress.say(&format!(
            "L1 {}, node {}, operator {}",
            endpoints.deployment.l1_url, endpoints.node_url, endpoints.operator
        ));
        let mut story = Story::new(&endpoints, &progress)?;
        let withdrawal = stack
            .watch(async {
                fee_accounts::open(&endpoints, TREASURY_ACCOUNT, &progress).await?;
                story.deposit().await?;
                story.transfer().await?;
                story.withdraw().await
            })
            .await?;
        let batches = stack
            .watch(async {
                let last = story.wait_until_executed(&withdrawal).await?;
                settle::prove(&story.node, last, &progress).await
            })
            .await?;
        let claim_gas = settle::claim(&endpoints, &batches, &withdrawal, &progress).await?;
        settle::verify_bundles(&stack, &story.node, &batches, &bundles, &progress).await?;
        let checks = settle::check(&endpoints, &story, &batches).await?;
        let rows = report::rows(&stack, &batches).await?;
        let constraints = stack.keys.proving_key.matrices().constraints();
        stack.stop().await?;
        if let Some(out) = &self.out {
            keep_keys(&config.keys_dir, &out.join("keys"), self.shape.into())?;
            progress.say(&format!("data, keys and bundles are in {}", out.display()));
        }
        let prove_s = median(rows.iter().map(|row| &row.prove_s));
        Ok(DemoReport {
            shape: self.shape.to_string(),
            constraints,
            constraints_per_s: if prove_s > 0.0 {
                constraints as f64 / prove_s
            } else {
                0.0
            },
            batches: rows,
            deposits: story.deposits,
            transfers: story.transfers.len(),
            claim_gas,
            checks,
            total_s: started.elapsed().as_secs_f64(),
        })
    }

    fn stack_config(&self, directory: &Path) -> Result<StackConfig> {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(StackConfig {
            data_dir: directories::make(directory.join("data"))?,
            chain_file: None,
            keys_dir: self.keys.path()?,
            shape: self.shape,
            l1_listen: loopback,
            node_listen: loopback,
            cors_origins: Vec::new(),
            block_time_ms: BLOCK_TIME_MS,
            batch_time_ms: BATCH_TIME_MS,
            l1: L1Policy {
                poll_ms: 200,
                confirmations: 1,
                finality_blocks: 4,
                ..L1Policy::default()
            },
            threads: self.threads,
        })
    }
}

/// Copies the keys of a circuit.
fn keep_keys(from: &Path, to: &Path, circuit: CircuitId) -> Result<()> {
    let to = directories::make(to.to_owned())?;
    for (from, to) in [
        (
            verifying_key_path(from, circuit),
            verifying_key_path(&to, circuit),
        ),
        (
            proving_key_path(from, circuit),
            proving_key_path(&to, circuit),
        ),
    ] {
        if from != to {
            let copied = File::open(&from).and_then(|mut from| {
                assay_durable::replace(&to, Readers::All, |to| io::copy(&mut from, to).map(|_| ()))
            });
            copied
                .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
        }
    }
    Ok(())
}
