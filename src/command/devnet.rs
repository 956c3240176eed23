//! `assay devnet`: everything in one process, until Ctrl-C.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use anyhow::{Context as _, Result};
use assay_circuits::shape::Shape;
use assay_l1::rpc::Origin;
use assay_sequencer::config::L1Policy;
use clap::Args;
use serde::Serialize;

use crate::{
    development::{
        account::{TREASURY_ACCOUNT, USER_ACCOUNT},
        deployment::Deployment,
        fee_accounts,
        stack::{Endpoints, Stack, StackConfig},
    },
    files::{directories, node_data::PROVER_TOKEN_FILE},
    options::{address::to_listen_on, keys::KeysDir},
    process::{block_on, shutdown_signal},
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress},
};

/// Options of `assay devnet`.
#[derive(Debug, Args)]
pub(crate) struct DevnetArgs {
    /// Address of Ethereum JSON-RPC.
    #[arg(
        long,
        env = "ASSAY_L1_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8545",
        value_parser = to_listen_on
    )]
    l1_listen: SocketAddr,
    /// Address of the node's HTTP interface.
    #[arg(
        long,
        env = "ASSAY_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8645",
        value_parser = to_listen_on
    )]
    listen: SocketAddr,
    /// Let web pages of this origin use the L1 and its unlocked accounts, as in http://localhost:5173; several
    /// with commas between. The node's own page may.
    #[arg(
        long,
        env = "ASSAY_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    cors_origin: Vec<Origin>,
    /// Keep the data in this directory, which must be new [default: a temporary one].
    #[arg(long, env = "ASSAY_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    keys: KeysDir,
    /// The shape of batches.
    #[arg(long, env = "ASSAY_SHAPE", default_value = "small")]
    shape: Shape,
    /// Time between L1 blocks, milliseconds; 0 makes one for each transaction.
    #[arg(
        long,
        env = "ASSAY_BLOCK_TIME_MS",
        value_name = "MS",
        default_value_t = 1000
    )]
    block_time_ms: u64,
    /// Close a batch so long after its first operation, milliseconds.
    #[arg(
        long,
        env = "ASSAY_BATCH_TIME_MS",
        value_name = "MS",
        default_value_t = 2000
    )]
    batch_time_ms: u64,
    /// Threads of the prover [default: one per core].
    #[arg(long, env = "ASSAY_THREADS", value_name = "NUMBER")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What a program needs to use the devnet.
#[derive(Serialize)]
struct Running<'a> {
    node_url: &'a str,
    operator: String,
    prover_token: &'a str,
    data_dir: String,
    #[serde(flatten)]
    deployment: &'a Deployment,
}

impl DevnetArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        block_on(async {
            let shutdown = shutdown_signal()?;
            let temporary = tempfile::tempdir().context("cannot make a temporary directory")?;
            let data_dir = match &self.data_dir {
                Some(directory) => directories::make(directory.clone())?,
                None => temporary.path().to_owned(),
            };
            let config = StackConfig {
                data_dir: data_dir.clone(),
                keys_dir: self.keys.path()?,
                shape: self.shape,
                l1_listen: self.l1_listen,
                node_listen: self.listen,
                cors_origins: self.cors_origin.clone(),
                block_time_ms: self.block_time_ms,
                batch_time_ms: self.batch_time_ms,
                l1: L1Policy {
                    poll_ms: 250,
                    confirmations: 1,
                    finality_blocks: 4,
                    ..L1Policy::default()
                },
                threads: self.threads,
            };
            let progress = Progress::new();
            let mut stack = tokio::select! {
                started = Stack::start(&config, &progress) => started?,
                () = shutdown.cancelled() => return Ok(Outcome::Done),
            };
            let endpoints = stack.endpoints.clone();
            let worked = stack
                .watch(async {
                    tokio::select! {
                        opened = fee_accounts::open(&endpoints, TREASURY_ACCOUNT, &progress) => opened?,
                        () = shutdown.cancelled() => return Ok(()),
                    }
                    self.announce(&endpoints, &data_dir.display().to_string())?;
                    shutdown.cancelled().await;
                    Ok(())
                })
                .await;
            worked.and(stack.stop().await)?;
            Ok(Outcome::Done)
        })
    }

    fn announce(&self, endpoints: &Endpoints, data_dir: &str) -> Result<()> {
        let running = Running {
            node_url: &endpoints.node_url,
            operator: endpoints.operator.to_string(),
            prover_token: &endpoints.prover_token,
            data_dir: data_dir.to_owned(),
            deployment: &endpoints.deployment,
        };
        self.output
            .print(&running, |running| text(running, self.shape))?;
        Ok(())
    }
}

fn text(running: &Running<'_>, shape: Shape) -> String {
    let Running {
        node_url,
        deployment,
        data_dir,
        operator,
        ..
    } = running;
    let Deployment {
        l1_url,
        chain_id,
        contract,
        token,
        ..
    } = deployment;
    let mut lines = vec![
        format!("L1            {l1_url} (chain {chain_id})"),
        format!("node          {node_url} (documentation at {node_url}/docs)"),
        format!("contract      {contract}"),
        format!(
            "token         {} {} (number {})",
            token.symbol, token.address, token.number
        ),
        format!("operator      {operator}"),
        format!("shape         {shape}"),
        format!("data          {data_dir}"),
        format!("prover token  in {data_dir}/{PROVER_TOKEN_FILE}"),
        "L1 accounts   (funded; their keys are public: for development only)".to_owned(),
    ];
    lines.extend(deployment.account_lines());
    let user = USER_ACCOUNT;
    // As this program was started, so that the lines work as they are.
    let assay = std::env::args()
        .next()
        .unwrap_or_else(|| "assay".to_owned());
    let wallet = format!("{assay} wallet --node {node_url} --key");
    let withdraw_to = deployment
        .accounts
        .get(user)
        .map(|account| account.address.to_string());
    lines.push("\nTry next, in another terminal:".to_owned());
    lines.extend([
        format!("  {wallet} alice.json new"),
        format!("  {wallet} bob.json new"),
        format!("  {wallet} alice.json deposit 2eth --l1-url {l1_url} --l1-account {user}"),
        format!("  {wallet} alice.json send \"$({assay} wallet --key bob.json address)\" 0.5eth"),
        format!("  {wallet} bob.json balance"),
        format!(
            "  {wallet} alice.json withdraw {} 0.25eth --l1-url {l1_url}",
            withdraw_to.unwrap_or_default()
        ),
        format!("  {wallet} alice.json claim HASH --l1-url {l1_url} --l1-account {user}"),
        format!("  {wallet} alice.json history"),
        format!(
            "  {assay} worker --node {node_url} --prover-token-file {data_dir}/{PROVER_TOKEN_FILE}"
        ),
        format!("  curl {node_url}/v1/status"),
        "\nCtrl-C stops everything.".to_owned(),
    ]);
    lines.join("\n")
}
