//! `assay l1`: the simulated layer 1 alone; the contracts on any other.

mod deploy;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use anyhow::Result;
use assay_circuits::{circuit::CircuitId, shape::Shape};
use assay_l1::{
    chain::{Chain, ChainConfig},
    rpc::Origin,
};
use clap::{Args, Subcommand, builder::BoolishValueParser};

use crate::{
    development::{
        chain::{self, mining},
        chain_file::ChainFile,
        deployment::{Deployment, deploy_development, funded_accounts},
        keys,
    },
    options::{address::to_listen_at, keys::KeysDir},
    process::{block_on, shutdown_signal},
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress, shell::program},
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
    #[arg(long, env = "ASSAY_HOST", default_value = "127.0.0.1", value_parser = to_listen_at)]
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
    /// Keep the chain in this file: it goes on from there where the file exists, and is written
    /// there from time to time and at the end.
    #[arg(long, env = "ASSAY_STATE", value_name = "FILE")]
    state: Option<PathBuf>,
    /// Let web pages of this origin use the chain and its unlocked accounts, as in
    /// http://localhost:3000; no page may otherwise. Several are separated by commas.
    #[arg(
        long,
        env = "ASSAY_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    cors_origin: Vec<Origin>,
    /// How many blocks `safe` is behind the latest.
    #[arg(
        long,
        env = "ASSAY_SAFE_BLOCKS",
        value_name = "NUMBER",
        default_value_t = 32
    )]
    safe_blocks: u64,
    /// How many blocks `finalized` is behind the latest.
    #[arg(
        long,
        env = "ASSAY_FINALIZED_BLOCKS",
        value_name = "NUMBER",
        default_value_t = 64
    )]
    finalized_blocks: u64,
    /// Keep so many blocks; older ones only where they have transactions.
    #[arg(
        long,
        env = "ASSAY_KEEP_BLOCKS",
        value_name = "NUMBER",
        default_value_t = 65_536,
        value_parser = clap::value_parser!(u64).range(256..)
    )]
    keep_blocks: u64,
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
            let file = self.state.clone().map(ChainFile::new);
            let kept = match &file {
                Some(file) => file.load(self.config())?,
                None => None,
            };
            let (chain, kept) = kept.unwrap_or_else(|| (Chain::start(self.config()), None));
            let server = chain::serve(
                (address, "--port"),
                &chain,
                &self.cors_origin,
                shutdown.clone(),
            )?;
            let url = server.url();
            let deployment = match kept {
                Some(kept) => {
                    let wanted = if self.no_deploy { &[] } else { &*self.shape };
                    Some(kept.again(&url, wanted)?)
                }
                None if self.no_deploy => None,
                None => tokio::select! {
                    deployed = self.deploy(&url) => Some(deployed?),
                    () = shutdown.cancelled() => return Ok(Outcome::Done),
                },
            };
            // Only now: while blocks come by the clock, each step of a deployment waits.
            chain.set_mining(mining(self.block_time_ms));
            if let Some(file) = &file {
                file.save(&chain, deployment.as_ref())?;
            }
            self.announce(&url, deployment.as_ref())?;
            if let Some(file) = &file {
                file.keep(&chain, deployment.as_ref(), &shutdown).await?;
            }
            server.stopped().await;
            if let Some(file) = &file {
                file.save_last(&chain, deployment.as_ref()).await?;
            }
            Ok(Outcome::Done)
        })
    }

    fn config(&self) -> ChainConfig {
        chain::automatic(ChainConfig {
            chain_id: self.chain_id,
            safe_blocks: self.safe_blocks,
            finalized_blocks: self.finalized_blocks,
            history_blocks: self.keep_blocks,
            ..ChainConfig::default()
        })
    }

    fn announce(&self, url: &str, deployment: Option<&Deployment>) -> Result<()> {
        let Some(deployment) = deployment else {
            self.output.print(&funded_accounts(), |accounts| {
                let listed = accounts
                    .iter()
                    .map(|account| format!("  {}  {}", account.address, account.secret));
                format!("L1 {url}\n{}", listed.collect::<Vec<_>>().join("\n"))
            })?;
            return Ok(());
        };
        if let Some(path) = &self.deployment {
            deployment.write(path)?;
        }
        self.output.print(deployment, describe)?;
        Ok(())
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
        shapes,
        ..
    } = deployment;
    let shapes: Vec<_> = shapes.iter().map(|shape| shape.name()).collect();
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
        "next      {} node --l1-url {l1_url} --contract {contract} --shape {} --l1-account 0 \
         --data-dir assay-data --token-name {}={}",
        program(),
        shapes.join(","),
        token.address,
        token.symbol
    ));
    lines.join("\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_next_command_is_of_the_shapes_that_were_deployed() {
        let address = format!("0x{}", "07".repeat(20));
        let deployment: Deployment = serde_json::from_value(json!({
            "l1_url": "http://127.0.0.1:1", "chain_id": 31337, "contract": address, "block": 3,
            "shapes": ["tiny", "medium"], "accounts": [],
            "token": { "number": 1, "address": address, "symbol": "USDX", "decimals": 6 },
        }))
        .unwrap();
        let told = describe(&deployment);
        assert!(told.contains(" --shape tiny,medium "), "{told}");
    }
}
