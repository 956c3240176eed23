//! `assay devnet`: everything in one process, until Ctrl-C.

use std::{
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use assay_api::{client::NodeClient, wire::FAUCET_PATH};
use assay_circuits::shape::Shape;
use assay_l1::rpc::Origin;
use assay_sequencer::config::L1Policy;
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    development::{
        account::{TREASURY_ACCOUNT, USER_ACCOUNT},
        deployment::Deployment,
        fee_accounts,
        journal::Journal,
        stack::{Endpoints, Stack, StackConfig},
    },
    files::{data_dir::DataDir, node_data::PROVER_TOKEN_FILE},
    options::{address::to_listen_on, keys::KeysDir},
    process::{block_on, shutdown_signal},
    terminal::{
        note::note,
        outcome::Outcome,
        output::OutputArgs,
        progress::Progress,
        shell::{program, quoted},
    },
};

/// Holds the layer 1, beside the node's data.
const CHAIN_FILE: &str = "chain.json";

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
    /// Keep chain, store and keys in this directory, and go on from there at the next start
    /// [default: a temporary one].
    #[arg(long, alias = "data-dir", env = "ASSAY_STATE", value_name = "DIR")]
    state: Option<PathBuf>,
    /// Open the page in the browser.
    #[arg(long, env = "ASSAY_OPEN", value_parser = BoolishValueParser::new())]
    open: bool,
    /// Let web pages of this origin use the L1 and its unlocked accounts, as in http://localhost:5173; several
    /// with commas between. The node's own page may.
    #[arg(
        long,
        env = "ASSAY_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    cors_origin: Vec<Origin>,
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
            let data_dir = match &self.state {
                Some(directory) => directory.clone(),
                None => temporary.path().to_owned(),
            };
            let chain_file = self.state.as_ref().map(|_| data_dir.join(CHAIN_FILE));
            let data_dir = DataDir::hold(data_dir, chain_file.as_slice(), "--state")?;
            let mut is_announced = false;
            let config = self.config(data_dir.path(), chain_file)?;
            let ended = self.serve(&config, shutdown, &mut is_announced).await;
            if !is_announced {
                data_dir.take_back();
            }
            ended.map(|()| Outcome::Done)
        })
    }

    fn config(&self, data_dir: &Path, chain_file: Option<PathBuf>) -> Result<StackConfig> {
        Ok(StackConfig {
            data_dir: data_dir.to_owned(),
            chain_file,
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
        })
    }

    /// Runs everything until Ctrl-C.
    async fn serve(
        &self,
        config: &StackConfig,
        shutdown: CancellationToken,
        is_announced: &mut bool,
    ) -> Result<()> {
        let progress = Progress::new();
        let mut stack = tokio::select! {
            started = Stack::start(config, &progress) => started?,
            () = shutdown.cancelled() => return Ok(()),
        };
        let endpoints = stack.endpoints.clone();
        let worked = stack
            .watch(async {
                tokio::select! {
                    opened = fee_accounts::open(&endpoints, TREASURY_ACCOUNT, &progress) => opened?,
                    () = shutdown.cancelled() => return Ok(()),
                }
                let journal = Journal::listen(NodeClient::new(&endpoints.node_url)?).await;
                *is_announced = true;
                self.announce(&endpoints, &config.data_dir)?;
                // Programs have the events of the node.
                if self.output.json {
                    shutdown.cancelled().await;
                    return Ok(());
                }
                tokio::select! {
                    () = shutdown.cancelled() => Ok(()),
                    () = journal.run() => Ok(()),
                }
            })
            .await;
        worked.and(stack.stop().await)
    }

    fn announce(&self, endpoints: &Endpoints, data_dir: &Path) -> Result<()> {
        let running = Running {
            node_url: &endpoints.node_url,
            operator: endpoints.operator.to_string(),
            prover_token: &endpoints.prover_token,
            data_dir: data_dir.display().to_string(),
            deployment: &endpoints.deployment,
        };
        let place = self.state.as_ref().map(|_| data_dir);
        self.output.print(&running, |running| {
            [
                text(running, self.shape),
                commands(running, place),
                "\nCtrl-C stops everything. What happens from here on, by UTC:".to_owned(),
            ]
            .join("\n")
        })?;
        if self.open {
            open_page(&endpoints.node_url);
        }
        Ok(())
    }
}

/// Opens the page in whatever the desktop opens pages with.
fn open_page(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opened = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = opened {
        note(format_args!("the page is not opened: {program}: {error}"));
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
        format!("page          {node_url}  (open it, make a wallet, get test money, pay)"),
        format!("node          {node_url} (documentation at {node_url}/docs)"),
        format!("L1            {l1_url} (chain {chain_id})"),
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
    lines.join("\n")
}

/// What to try next; wallets are kept in `place`, or where the reader is.
fn commands(running: &Running<'_>, place: Option<&Path>) -> String {
    let Running {
        node_url,
        deployment,
        data_dir,
        ..
    } = running;
    let l1_url = &deployment.l1_url;
    let user = USER_ACCOUNT;
    let assay = program();
    let key = |name: &str| {
        let file = format!("{name}.json");
        let path = place.map(|place| place.join(&file).display().to_string());
        quoted(&path.unwrap_or(file))
    };
    let (alice, bob) = (key("alice"), key("bob"));
    let wallet = format!("{assay} wallet --node {node_url} --key");
    let bob_address = format!("\"$({assay} wallet --key {bob} address)\"");
    let withdraw_to = deployment
        .accounts
        .get(user)
        .map(|account| account.address.to_string())
        .unwrap_or_default();
    let token_file = quoted(&format!("{data_dir}/{PROVER_TOKEN_FILE}"));
    [
        "\nOr try next, in another terminal:".to_owned(),
        format!("  {wallet} {alice} new"),
        format!("  {wallet} {bob} new"),
        format!("  {wallet} {alice} faucet"),
        format!("  {wallet} {alice} send {bob_address} 0.5eth"),
        format!("  {wallet} {bob} balance"),
        format!("  {wallet} {alice} deposit 2eth --l1-url {l1_url} --l1-account {user}"),
        format!("  {wallet} {alice} withdraw {withdraw_to} 0.25eth --l1-url {l1_url}"),
        format!("  {wallet} {alice} claim HASH --l1-url {l1_url} --l1-account {user}"),
        format!("  {wallet} {alice} history"),
        format!("  {assay} status --node {node_url} --prover-token-file {token_file} --watch"),
        format!("  {assay} worker --node {node_url} --prover-token-file {token_file}"),
        format!("  curl -d '{{\"address\": \"ADDRESS\"}}' {node_url}{FAUCET_PATH}"),
    ]
    .join("\n")
}
