//! `assay l1 deploy`: the contracts on any layer 1.

use std::{net::SocketAddr, path::Path};

use anyhow::{Context as _, Result, ensure};
use assay_api::hexadecimal::Hex;
use assay_circuits::{
    address::{L1Address, Network},
    batch::State,
    circuit::CircuitId,
    order::Domain,
    shape::Shape,
};
use assay_l1::{
    address::EthAddress,
    batch::VerifyingKeyWords,
    chain::ChainConfig,
    client::{
        DeployConfig, DeployShape, Deployment, L1Signer, RollupParameters, deploy, fee_per_gas,
    },
};
use assay_prover::known_circuits::{is_development_key, open_verifying_key};
use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    development::{
        account::{self, DEPLOYER_ACCOUNT},
        chain,
        deployment::{shape_size, verifying_key_words},
        keys::open_or_create_blocking,
    },
    options::{keys::KeysDir, l1::L1Args},
    terminal::{outcome::Outcome, output::OutputArgs, progress::Progress},
};

/// Options of `assay l1 deploy`.
#[derive(Debug, Args)]
pub(super) struct DeployArgs {
    #[command(flatten)]
    l1: L1Args,
    /// Who submits batches [default: the account that pays].
    #[arg(long, env = "ASSAY_OPERATOR", value_name = "L1_ADDRESS")]
    operator: Option<EthAddress>,
    /// Who may add shapes after a delay that lets everybody leave, and retire them [default:
    /// nobody].
    #[arg(long, env = "ASSAY_GOVERNOR", value_name = "L1_ADDRESS")]
    governor: Option<EthAddress>,
    /// Who may freeze, and nothing else [default: nobody].
    #[arg(long, env = "ASSAY_GUARDIAN", value_name = "L1_ADDRESS")]
    guardian: Option<EthAddress>,
    /// Shapes to verify.
    #[arg(
        long,
        env = "ASSAY_SHAPE",
        value_delimiter = ',',
        default_value = "medium"
    )]
    shape: Vec<Shape>,
    #[command(flatten)]
    keys: KeysDir,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// ERC-20s to register, in the order of their numbers, from 1 on; registering burns ether.
    #[arg(
        long,
        env = "ASSAY_TOKEN",
        value_name = "L1_ADDRESS",
        value_delimiter = ','
    )]
    token: Vec<EthAddress>,
    /// Send nothing: deploy on a simulated chain with the same id, and say what it would cost.
    #[arg(long, env = "ASSAY_DRY_RUN", value_parser = BoolishValueParser::new())]
    dry_run: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// The numbers that the constructor fixes for ever, each by default one that fits the shapes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Numbers of the contract (docs/spec/contracts.md), fixed for ever")]
struct ParameterArgs {
    /// Seconds that a prover needs for a batch of the slowest shape.
    #[arg(long, env = "ASSAY_PROVING_S", value_name = "SECONDS")]
    proving_s: Option<u32>,
    /// Seconds to restore the state and prove once.
    #[arg(long, env = "ASSAY_RESTORE_S", value_name = "SECONDS")]
    restore_s: Option<u32>,
    /// A batch's timestamp is at most so far behind its block's.
    #[arg(long, env = "ASSAY_MAX_LAG_S", value_name = "SECONDS")]
    max_lag_s: Option<u32>,
    /// So long may the head of the queue wait before others may submit.
    #[arg(long, env = "ASSAY_SILENCE_S", value_name = "SECONDS")]
    silence_s: Option<u32>,
    /// So long others may go on once one of them did.
    #[arg(long, env = "ASSAY_RESCUE_WINDOW_S", value_name = "SECONDS")]
    rescue_window_s: Option<u32>,
    /// From queueing to the time from which an entry must be taken.
    #[arg(long, env = "ASSAY_QUEUE_DELAY_S", value_name = "SECONDS")]
    queue_delay_s: Option<u32>,
    /// Between such times of one entry and the next.
    #[arg(long, env = "ASSAY_QUEUE_GAP_S", value_name = "SECONDS")]
    queue_gap_s: Option<u32>,
    /// So long overdue the head may be before anybody may freeze.
    #[arg(long, env = "ASSAY_FREEZE_AFTER_S", value_name = "SECONDS")]
    freeze_after_s: Option<u32>,
    /// From announcing a shape, or closing, to its effect.
    #[arg(long, env = "ASSAY_UPGRADE_DELAY_S", value_name = "SECONDS")]
    upgrade_delay_s: Option<u32>,
    /// Gas that an entry of the queue pays for.
    #[arg(long, env = "ASSAY_INCLUSION_GAS", value_name = "GAS")]
    inclusion_gas: Option<u32>,
    /// So many entries waiting double the price of an entry.
    #[arg(long, env = "ASSAY_INCLUSION_STEP", value_name = "ENTRIES")]
    inclusion_step: Option<u32>,
}

impl ParameterArgs {
    fn apply(&self, defaults: RollupParameters) -> RollupParameters {
        RollupParameters {
            proving_s: self.proving_s.unwrap_or(defaults.proving_s),
            restore_s: self.restore_s.unwrap_or(defaults.restore_s),
            max_lag_s: self.max_lag_s.unwrap_or(defaults.max_lag_s),
            silence_s: self.silence_s.unwrap_or(defaults.silence_s),
            rescue_window_s: self.rescue_window_s.unwrap_or(defaults.rescue_window_s),
            queue_delay_s: self.queue_delay_s.unwrap_or(defaults.queue_delay_s),
            queue_gap_s: self.queue_gap_s.unwrap_or(defaults.queue_gap_s),
            freeze_after_s: self.freeze_after_s.unwrap_or(defaults.freeze_after_s),
            upgrade_delay_s: self.upgrade_delay_s.unwrap_or(defaults.upgrade_delay_s),
            inclusion_gas: self.inclusion_gas.unwrap_or(defaults.inclusion_gas),
            inclusion_step: self.inclusion_step.unwrap_or(defaults.inclusion_step),
        }
    }
}

#[derive(Serialize)]
struct Answer {
    /// Null where nothing was sent.
    contract: Option<String>,
    verifier_factory: Option<String>,
    block: Option<u64>,
    chain_id: u64,
    operator: String,
    governor: Option<String>,
    guardian: Option<String>,
    genesis_root: String,
    /// What is signed is bound to it.
    domain: Option<String>,
    /// ABI-encoded, 0x hex; where nothing was sent, with a factory of the simulated chain.
    constructor_arguments: String,
    gas_used: u64,
    fee_per_gas_wei: String,
    cost_wei: String,
}

impl DeployArgs {
    /// Deploys, or says what that would cost.
    pub(super) async fn run(self) -> Result<Outcome> {
        let signer = self.l1.signer()?;
        let endpoint = self.l1.url.endpoint();
        let (chain_id, fee_wei) = match fee_per_gas(endpoint.clone()).await {
            Ok(asked) => asked,
            Err(error) => return Err(self.l1.url.explained(error).await),
        };
        self.l1.check_account(chain_id)?;
        let config = self.config(chain_id, signer.address()).await?;
        let deployed = if self.dry_run {
            simulate(chain_id, config.clone()).await
        } else {
            deploy(endpoint, signer, config.clone())
                .await
                .map_err(Into::into)
        };
        let deployed = deployed.context("the contracts were not deployed")?;
        let answer = self.answer(&config, &deployed, (chain_id, fee_wei));
        self.output.print(&answer, Answer::text)?;
        Ok(Outcome::Done)
    }

    async fn config(&self, chain_id: u64, payer: EthAddress) -> Result<DeployConfig> {
        let network = Network::of_chain(chain_id);
        let directory = self.keys.path()?;
        let mut shapes = Vec::with_capacity(self.shape.len());
        for shape in self.shape.iter().copied() {
            shapes.push(DeployShape {
                size: shape_size(shape)?,
                key: key_words(&directory, shape.into(), network).await?,
            });
        }
        let records = shapes.iter().map(|shape| shape.size.full_records);
        let defaults = RollupParameters::for_shapes(records.min().unwrap_or(1));
        Ok(DeployConfig {
            operator: self.operator.unwrap_or(payer),
            governor: self.governor,
            guardian: self.guardian,
            parameters: self.parameters.apply(defaults),
            escape_key: key_words(&directory, CircuitId::Escape, network).await?,
            shapes,
            tokens: self.token.clone(),
        })
    }

    fn answer(
        &self,
        config: &DeployConfig,
        deployed: &Deployment,
        (chain_id, fee_wei): (u64, u128),
    ) -> Answer {
        let sent = (!self.dry_run).then_some(deployed);
        let domain = |of: &Deployment| Domain::new(chain_id, L1Address(of.rollup.0));
        let text = |address: EthAddress| address.to_string();
        Answer {
            contract: sent.map(|sent| text(sent.rollup)),
            verifier_factory: sent.map(|sent| text(sent.verifier_factory)),
            block: sent.map(|sent| sent.block_number),
            chain_id,
            operator: text(config.operator),
            governor: config.governor.map(text),
            guardian: config.guardian.map(text),
            genesis_root: State::default().root().to_string(),
            domain: sent.map(|sent| domain(sent).0.to_string()),
            constructor_arguments: Hex(&deployed.constructor_arguments).to_string(),
            gas_used: deployed.gas_used,
            fee_per_gas_wei: fee_wei.to_string(),
            cost_wei: u128::from(deployed.gas_used)
                .saturating_mul(fee_wei)
                .to_string(),
        }
    }
}

/// A circuit's key for a verifier: one that everybody can forge under is for development chains.
async fn key_words(
    directory: &Path,
    circuit: CircuitId,
    network: Network,
) -> Result<VerifyingKeyWords> {
    if network == Network::Development {
        let keys = open_or_create_blocking(directory, circuit, &Progress::new()).await?;
        return Ok(verifying_key_words(keys.proving_key.verifying_key()));
    }
    let key = open_verifying_key(directory, circuit)?.verifying_key;
    ensure!(
        !is_development_key(circuit, &key),
        "the key of {circuit} in {} is for development: everybody can forge proofs under it",
        directory.display()
    );
    Ok(verifying_key_words(&key))
}

/// Deploys on a simulated chain, where the constructor refuses what it would refuse elsewhere.
async fn simulate(chain_id: u64, config: DeployConfig) -> Result<Deployment> {
    let shutdown = CancellationToken::new();
    let guard = shutdown.clone().drop_guard();
    let chain = ChainConfig {
        chain_id,
        ..ChainConfig::default()
    };
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let (_chain, server) = chain::start((anywhere, "--l1-url"), chain, &[], shutdown)?;
    // Tokens are contracts of the other chain.
    let config = DeployConfig {
        tokens: Vec::new(),
        ..config
    };
    let signer: L1Signer = account::signer(DEPLOYER_ACCOUNT)?;
    let deployed = deploy(&server.url(), signer, config).await?;
    drop(guard);
    Ok(deployed)
}

impl Answer {
    fn text(&self) -> String {
        const GWEI: f64 = 1e9;
        const ETHER: f64 = 1e18;
        let nobody = || "nobody".to_owned();
        let number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
        let mut lines = Vec::new();
        match &self.contract {
            Some(contract) => {
                lines.push(format!("contract     {contract}"));
                let block = self.block.unwrap_or(0);
                lines.push(format!("block        {block} of chain {}", self.chain_id));
            }
            None => lines.push(format!(
                "dry run      nothing was sent to chain {}",
                self.chain_id
            )),
        }
        lines.push(format!("operator     {}", self.operator));
        let governor = self.governor.clone().unwrap_or_else(nobody);
        lines.push(format!("governor     {governor}"));
        let guardian = self.guardian.clone().unwrap_or_else(nobody);
        lines.push(format!("guardian     {guardian}"));
        lines.push(format!("genesis      {}", self.genesis_root));
        if let Some(domain) = &self.domain {
            lines.push(format!("domain       {domain}"));
        }
        lines.push(format!("constructor  {}", self.constructor_arguments));
        lines.push(format!(
            "cost         {} gas: {:.6} ETH at {:.3} gwei",
            self.gas_used,
            number(&self.cost_wei) / ETHER,
            number(&self.fee_per_gas_wei) / GWEI,
        ));
        lines.join("\n")
    }
}
