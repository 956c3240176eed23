//! `assay bench`: how long a proof takes, by phase, next to stock ark-groth16.

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use assay_circuits::shape::Shape;
use assay_prover::{
    bench::{self, BenchReport},
    export::wtns,
    groth16::{Phase, prove::Prover},
};
use clap::{Args, builder::BoolishValueParser};

use crate::{
    development,
    options::keys::KeysDir,
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress, table::bar_chart},
};

/// Options of `assay bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// The shape of batch.
    #[arg(long, env = "ASSAY_SHAPE", default_value = "small")]
    shape: Shape,
    /// How many proofs to make; medians are shown.
    #[arg(long, env = "ASSAY_RUNS", value_name = "NUMBER", default_value = "5")]
    runs: NonZeroUsize,
    /// Threads of the prover [default: one per core].
    #[arg(long, env = "ASSAY_THREADS", value_name = "NUMBER")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    keys: KeysDir,
    /// Leave out stock ark-groth16.
    #[arg(long, env = "ASSAY_NO_STOCK", value_parser = BoolishValueParser::new())]
    no_stock: bool,
    /// Prove on one thread too, to show how the prover scales.
    #[arg(long, env = "ASSAY_SCALING", value_parser = BoolishValueParser::new())]
    scaling: bool,
    /// Write the witness of the measured batch for snarkjs or rapidsnark (.wtns).
    #[arg(long, env = "ASSAY_DUMP_WITNESS", value_name = "FILE")]
    dump_witness: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl BenchArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let progress = Progress::new();
        let directory = self.keys.path()?;
        let keys = development::keys::open_or_create(&directory, self.shape.into(), &progress)?;
        let prover = Prover::new(Arc::clone(&keys.proving_key), self.threads)?;
        if let Some(path) = &self.dump_witness {
            wtns::write(path, &bench::sample_assignment(self.shape)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        let runs = self.runs.get();
        let step = progress.step(format!("proofs of shape {}", self.shape), Some(runs as u64));
        let mut report = bench::run(&prover, self.shape, runs, !self.no_stock, &|done| {
            step.set(done as u64);
            if done == runs && !self.no_stock {
                step.note("stock ark-groth16");
            }
        })?;
        step.finish("measured");
        if self.scaling {
            let step = progress.step("the same on one thread", Some(runs as u64));
            let single = Prover::new(keys.proving_key, Some(NonZeroUsize::MIN))?;
            let alone = bench::run(&single, self.shape, runs, false, &|done| {
                step.set(done as u64);
            })?;
            step.finish("measured");
            report.engine.one_thread_prove_s = Some(alone.engine.prove_s);
        }
        self.output.print(&report, text)?;
        Ok(Outcome::Done)
    }
}

fn text(report: &BenchReport) -> String {
    let engine = &report.engine;
    let phases: Vec<(&str, f64)> = engine
        .phases
        .iter()
        .map(|(phase, seconds): (&Phase, &f64)| (phase.name(), *seconds))
        .collect();
    let mut lines = vec![
        format!(
            "shape {}: {} constraints, {} wires, domain {}, {} transfers; arithmetic {}, {} threads, medians of {} runs",
            report.shape,
            engine.constraints,
            engine.wires,
            engine.domain,
            report.transfers,
            engine.arithmetic,
            engine.threads,
            engine.runs
        ),
        String::new(),
        bar_chart(&phases),
        String::new(),
        format!("witness  {:.3} s", engine.witness_s),
        format!(
            "prove    {:.3} s, {:.0} constraints per second",
            engine.prove_s, engine.constraints_per_s
        ),
        format!("verify   {:.2} ms", engine.verify_ms),
        format!(
            "together {:.2} transfers per second",
            report.transfers_per_s
        ),
        format!(
            "memory   {:.0} MB at most",
            engine.peak_rss_bytes as f64 / 1e6
        ),
    ];
    if let (Some(seconds), Some(ratio)) = (engine.stock_prove_s, engine.stock_ratio) {
        lines.push(format!(
            "stock    {seconds:.3} s for the same proof by ark-groth16 with the same key: Assay is {ratio:.2} times as fast"
        ));
    }
    if let Some(alone) = engine.one_thread_prove_s {
        lines.push(format!(
            "threads  {alone:.3} s on one thread: {} are {:.2} times as fast",
            engine.threads,
            alone / engine.prove_s
        ));
    }
    lines.join("\n")
}
