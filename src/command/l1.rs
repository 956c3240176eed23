//! `assay l1`: the simulated layer 1 alone; the contracts on any other.

mod deploy;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use anyhow::Result;
use assay_circuits::{circuit::CircuitId, shape::Shape};
use assay_l1::chain::ChainConfig;
use clap::{Args, Subcommand, builder::BoolishValueParser};

use crate::{
    development::{
        chain::{self, mining},
        deployment::{Deployment, deploy_development, funded_accounts},
        keys,
    },
    options::keys::KeysDir,
    process::{block_on, shutdown_signal},
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress},
};

/// Options of `assay l1`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct L1Options {
    #[command(flatten)]
    node: L1NodeArgs,
    #[command(subcommand)]
    command: Option<L1Command>,
}

#[derive(Debug, Subcommand)]
enum L1Command {
    /// Deploy the contracts on any layer 1.
    Deploy(Box<deploy::DeployArgs>),
}

impl L1Options {
    pub(crate) fn run(self) -> Result<Outcome> {
        match self.command {
            Some(L1Command::Deploy(args)) => block_on(args.run()),
            None => self.node.run(),
        }
    }
}

/// Options of the simulated layer 1.
#[derive(Debug, Args)]
struct L1NodeArgs {
    /// Port of Ethereum JSON-RPC; 0 lets the system choose.
    #[arg(long, env = "ASSAY_PORT", default_value_t = 8545)]
    port: u16,
    /// Address to listen on.
    #[arg(long, env = "ASSAY_HOST", default_value = "127.0.0.1")]
    host: IpAddr,
    /// EIP-155 chain id.
    #[arg(
        long,
        env = "ASSAY_CHAIN_ID",
        value_name = "NUMBER",
        default_value_t = 31337
    )]
    chain_id: u64,
    /// Time between blocks, milliseconds; 0 makes one for each transaction.
    #[arg(
        long,
        env = "ASSAY_BLOCK_TIME_MS",
        value_name = "MS",
        default_value_t = 1000
    )]
    block_time_ms: u64,
    /// Do not deploy the contracts and the test token.
    #[arg(long, env = "ASSAY_NO_DEPLOY", value_parser = BoolishValueParser::new())]
    no_deploy: bool,
    /// Shapes to deploy a verifier for, with development keys.
    #[arg(
        long,
        env = "ASSAY_SHAPE",
        value_delimiter = ',',
        default_value = "small"
    )]
    shape: Vec<Shape>,
    #[command(flatten)]
    keys: KeysDir,
    /// Also write what was deployed to this file, as JSON.
    #[arg(
        long,
        env = "ASSAY_DEPLOYMENT",
        value_name = "FILE",
        conflicts_with = "no_deploy"
    )]
    deployment: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl L1NodeArgs {
    fn run(self) -> Result<Outcome> {
        block_on(async {
            let shutdown = shutdown_signal()?;
            let address = SocketAddr::new(self.host, self.port);
            let config = ChainConfig {
                chain_id: self.chain_id,
                ..ChainConfig::default()
            };
            let (chain, server) = chain::start(address, config, shutdown.clone()).await?;
            if self.no_deploy {
                chain.set_mining(mining(self.block_time_ms));
                let accounts = funded_accounts();
                self.output.print(&accounts, |accounts| {
                    let listed = accounts
                        .iter()
                        .map(|account| format!("  {}  {}", account.address, account.secret));
                    format!(
                        "L1 {}\n{}",
                        server.url(),
                        listed.collect::<Vec<_>>().join("\n")
                    )
                })?;
            } else {
                let deployment = self.deploy(&server.url()).await?;
                // Only now: while blocks come by the clock, each step of a deployment waits.
                chain.set_mining(mining(self.block_time_ms));
                if let Some(path) = &self.deployment {
                    deployment.write(path)?;
                }
                self.output.print(&deployment, describe)?;
            }
            server.stopped().await;
            Ok(Outcome::Done)
        })
    }

    async fn deploy(&self, url: &str) -> Result<Deployment> {
        let progress = Progress::new();
        let directory = self.keys.path()?;
        let mut keys = Vec::with_capacity(self.shape.len());
        for shape in self.shape.iter().copied() {
            keys.push(keys::open_or_create_blocking(&directory, shape.into(), &progress).await?);
        }
        let escape =
            keys::open_or_create_blocking(&directory, CircuitId::Escape, &progress).await?;
        deploy_development(url, &keys, &escape).await
    }
}

fn describe(deployment: &Deployment) -> String {
    let Deployment {
        l1_url,
        chain_id,
        contract,
        token,
        ..
    } = deployment;
    let mut lines = vec![
        format!("L1        {l1_url} (chain {chain_id})"),
        format!("contract  {contract}"),
        format!(
            "token     {} {} (number {})",
            token.symbol, token.address, token.number
        ),
        "accounts  (their keys are public: for development only)".to_owned(),
    ];
    lines.extend(deployment.account_lines());
    lines.push(format!(
        "next      assay node --l1-url {l1_url} --contract {contract} --l1-account 0 --data-dir assay-data"
    ));
    lines.join("\n")
}
