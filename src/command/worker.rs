//! `assay worker`: proves for a node.

mod told;

use std::{net::SocketAddr, num::NonZeroUsize};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{client::NodeClient, proving::client::Token};
use assay_circuits::shape::Shape;
use assay_prover::{
    keys::{VerifyingKeyFile, proving_key_path, verifying_key_path},
    worker::{self, Backoff, WorkerConfig, WorkerReport},
};
use assay_telemetry::listener;
use clap::{Args, builder::BoolishValueParser};

use crate::{
    options::{
        address::to_listen_on, doors, keys::KeysDir, node::DEFAULT_NODE_URL,
        prover_token::ProverTokenArgs,
    },
    process::{block_on, listen, shutdown_signal},
    terminal::{findings::Findings, outcome::Outcome, output::OutputArgs},
};
use told::Told;

/// Options of `assay worker`.
#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// The node to prove for.
    #[arg(long, env = "ASSAY_NODE", value_name = "URL", default_value = DEFAULT_NODE_URL)]
    node: String,
    /// Threads to prove with [default: one per core].
    #[arg(long, env = "ASSAY_THREADS", value_name = "NUMBER")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    keys: KeysDir,
    /// Shapes to prove [default: all that there are keys for].
    #[arg(
        long = "shape",
        env = "ASSAY_SHAPE",
        value_name = "SHAPE",
        value_delimiter = ','
    )]
    shapes: Vec<Shape>,
    /// Prove one batch, then stop.
    #[arg(long, env = "ASSAY_ONCE", value_parser = BoolishValueParser::new())]
    once: bool,
    #[command(flatten)]
    token: ProverTokenArgs,
    /// Name in the node's logs [default: worker- and the process id].
    #[arg(long, env = "ASSAY_NAME")]
    name: Option<String>,
    /// Tell metrics to Prometheus at GET /metrics of this address [default: nowhere].
    #[arg(
        long,
        env = "ASSAY_METRICS_LISTEN",
        value_name = "ADDRESS",
        value_parser = to_listen_on
    )]
    metrics_listen: Option<SocketAddr>,
    /// How often to ask for a job when there was none, milliseconds.
    #[arg(long, env = "ASSAY_POLL_MS", value_name = "MS", default_value_t = 500)]
    poll_ms: u64,
    #[command(flatten)]
    output: OutputArgs,
}

/// Refuses the URL of a layer 1, which would be waited for like a node that is away.
async fn check_door(url: &str) -> Result<()> {
    if let Err(error) = NodeClient::new(url)?.status().await {
        ensure!(
            !doors::is_layer1(url, &error).await,
            "a layer 1 answers at {url}, and no node of Assay: --node takes the node's URL"
        );
    }
    Ok(())
}

impl WorkerArgs {
    /// What the worker presents.
    fn token(&self) -> Result<String> {
        let token = self.token.token()?;
        token.context("a worker needs --prover-token, or --prover-token-file of its node")
    }

    /// `--check`: looks at all that needs no network.
    pub(crate) fn check(self) -> Result<Outcome> {
        let mut findings = Findings::default();
        let node = NodeClient::new(&self.node);
        findings.note(
            "node's URL",
            node.map(|_| self.node.clone()).map_err(Into::into),
        );
        findings.note("token", self.token().map(|_| "there is one".to_owned()));
        findings.note("keys", self.check_keys());
        findings.finish(
            "the node and whether it takes the token, and what is inside the proving keys",
            self.output,
        )
    }

    fn check_keys(&self) -> Result<String> {
        let directory = self.keys.path()?;
        let has = |shape: &Shape| proving_key_path(&directory, (*shape).into()).is_file();
        let shapes = match self.shapes.as_slice() {
            [] => Shape::ALL.into_iter().filter(has).collect(),
            asked => asked.to_vec(),
        };
        if shapes.is_empty() {
            bail!(
                "there are none in {}; `assay keys setup` makes them",
                directory.display()
            );
        }
        for shape in &shapes {
            VerifyingKeyFile::open(&verifying_key_path(&directory, (*shape).into()))?;
            if !has(shape) {
                let path = proving_key_path(&directory, (*shape).into());
                bail!(
                    "{} is not there; `assay keys fetch` takes it from a node",
                    path.display()
                );
            }
        }
        let names: Vec<_> = shapes.iter().map(|shape| shape.name()).collect();
        Ok(format!("{} in {}", names.join(", "), directory.display()))
    }

    pub(crate) fn run(self) -> Result<Outcome> {
        let told = Told::new(&self.node, self.output);
        let ended = self.prove(&told);
        let is_told = told.ended(&ended);
        let report = ended?;
        is_told?;
        Ok(match report.failed {
            0 => Outcome::Done,
            _ => Outcome::Invalid,
        })
    }

    fn prove(self, told: &Told) -> Result<WorkerReport> {
        let token = self.token()?;
        let config = WorkerConfig {
            node_url: self.node,
            token: Token(token),
            name: self
                .name
                .unwrap_or_else(|| format!("worker-{}", std::process::id())),
            threads: self.threads,
            keys_dir: self.keys.path()?,
            circuits: self.shapes.into_iter().map(Into::into).collect(),
            once: self.once,
            poll_ms: self.poll_ms,
            backoff: Backoff::default(),
            watcher: told.watcher(),
        };
        block_on(async {
            let shutdown = shutdown_signal()?;
            tokio::select! {
                checked = check_door(&config.node_url) => checked?,
                () = shutdown.cancelled() => return Ok(WorkerReport::default()),
            }
            if let Some(address) = self.metrics_listen {
                let listener = listen((address, "--metrics-listen")).await?;
                tokio::spawn(listener::serve(listener, shutdown.clone()));
            }
            Ok(worker::run(config, shutdown).await?)
        })
    }
}
