//! All parts of the rollup in one process, talking to each other over loopback as separate
//! processes would.

use std::{future::Future, net::SocketAddr, num::NonZeroUsize, path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::proving::client::Token;
use assay_circuits::{
    address::{Address, Network},
    circuit::CircuitId,
    shape::Shape,
};
use assay_l1::{
    chain::{Chain, ChainConfig, ChainHandle},
    rpc::Origin,
};
use assay_prover::{
    keys::Keys,
    worker::{self, Backoff, Watcher, WorkerConfig},
};
use assay_sequencer::{
    config::{L1Policy, NodeConfig, OperatorKeys},
    node::Node,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::{
    account::{self, OPERATOR_ACCOUNT},
    chain,
    chain_file::ChainFile,
    deployment::{Deployment, deploy_development},
    faucet, keys,
};
use crate::{
    files::node_data::{OPERATOR_FILE, PROVER_TOKEN_FILE, STORE_DIR, operator_key, prover_token},
    process::listen,
    terminal::progress::Progress,
};

/// How often an idle worker asks for a job.
const WORKER_POLL_MS: u64 = 100;

/// What to start.
#[derive(Debug, Clone)]
pub(crate) struct StackConfig {
    /// Holds the node's store, the operator's key and the workers' token. Must not hold the store of
    /// an earlier run, unless its layer 1 was kept.
    pub data_dir: PathBuf,
    /// Keeps the layer 1, so that all goes on from there at the next start.
    pub chain_file: Option<PathBuf>,
    /// Holds the development keys; made where they are missing.
    pub keys_dir: PathBuf,
    /// The shape of batches.
    pub shape: Shape,
    /// Where Ethereum JSON-RPC listens.
    pub l1_listen: SocketAddr,
    /// Where the node listens.
    pub node_listen: SocketAddr,
    /// Web pages, besides the node's own, that may use the chain and its unlocked accounts.
    pub cors_origins: Vec<Origin>,
    /// Time between L1 blocks, ms; 0 makes one for each transaction.
    pub block_time_ms: u64,
    /// Batches are closed so long after their first operation, ms.
    pub batch_time_ms: u64,
    /// How the node deals with the layer 1.
    pub l1: L1Policy,
    /// Threads of the prover; one per core where nothing is said.
    pub threads: Option<NonZeroUsize>,
}

/// Where the parts are.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    /// URL of the node.
    pub node_url: String,
    /// The contracts and the layer 1.
    pub deployment: Deployment,
    /// Whom fees are paid to.
    pub operator: Address,
    /// What workers present to the node.
    pub prover_token: Zeroizing<String>,
}

/// Running parts.
pub(crate) struct Stack {
    /// Where they are.
    pub endpoints: Endpoints,
    /// The keys of the shape.
    pub keys: Keys,
    kept: Option<KeptChain>,
    parts: JoinSet<Result<()>>,
    shutdown: CancellationToken,
}

/// A layer 1 that is written to a file.
struct KeptChain {
    file: ChainFile,
    chain: ChainHandle,
    deployment: Deployment,
}

impl Stack {
    /// Starts everything: chain, contracts, node, one worker.
    ///
    /// # Errors
    /// The first part that does not start.
    pub(crate) async fn start(config: &StackConfig, progress: &Progress) -> Result<Self> {
        let (chain, before) = open_chain(config)?;
        let listener = listen((config.node_listen, "--listen")).await?;
        let shutdown = CancellationToken::new();
        // Stops what is running already when a later step fails.
        let guard = shutdown.clone().drop_guard();
        let l1_listen = (config.l1_listen, "--l1-listen");
        let node_address = listener.local_addr().context("the node's address")?;
        let own_page = chain::own_page(node_address)?;
        let origins = [own_page, config.cors_origins.clone()].concat();
        let rpc = chain::serve(l1_listen, &chain, &origins, shutdown.clone())?;
        let keys =
            keys::open_or_create_blocking(&config.keys_dir, config.shape.into(), progress).await?;
        let deployment = match before {
            Some(before) => before.again(&rpc.url(), &[config.shape])?,
            None => deploy_contracts(config, &rpc.url(), &keys, progress).await?,
        };
        chain.set_mining(chain::mining(config.block_time_ms));
        let kept = config.chain_file.clone().map(|path| KeptChain {
            file: ChainFile::new(path),
            chain,
            deployment: deployment.clone(),
        });
        if let Some(kept) = &kept {
            kept.save()?;
        }

        let node_url = format!("http://{node_address}");
        let prover_token = prover_token(&config.data_dir.join(PROVER_TOKEN_FILE))?;
        let operator = operator_key(
            &config.data_dir.join(OPERATOR_FILE),
            Network::of_chain(deployment.chain_id),
        )?;
        let endpoints = Endpoints {
            node_url,
            deployment,
            operator: operator.address(),
            prover_token,
        };
        let mut parts = JoinSet::new();
        if let Some(KeptChain {
            file,
            chain,
            deployment,
        }) = &kept
        {
            let (file, chain, deployment) = (file.clone(), chain.clone(), deployment.clone());
            let until = shutdown.clone();
            parts.spawn(async move { file.keep(&chain, Some(&deployment), &until).await });
        }
        let node = node_config(config, &endpoints, operator.into_secret())?;
        let (until, work) = (shutdown.clone(), worker_config(config, &endpoints));
        parts.spawn(async move { Node::run(node, listener, until).await.context("the node") });
        let until = shutdown.clone();
        parts.spawn(async move {
            worker::run(work, until).await.context("the worker")?;
            Ok(())
        });
        parts.spawn(async move {
            rpc.stopped().await;
            Ok(())
        });
        guard.disarm();
        Ok(Self {
            endpoints,
            keys,
            kept,
            parts,
            shutdown,
        })
    }

    /// Does `work` while all parts run; fails when one of them ends meanwhile.
    ///
    /// # Errors
    /// Those of `work`, or what ended a part.
    pub(crate) async fn watch<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            result = work => result,
            Some(ended) = self.parts.join_next() => match ended.context("a part broke off")? {
                Ok(()) => bail!("a part stopped early"),
                Err(error) => Err(error),
            },
        }
    }

    /// Stops all parts in order and waits until their data is on disk.
    ///
    /// # Errors
    /// The first part that ended badly.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.shutdown.cancel();
        let mut result = Ok(());
        while let Some(ended) = self.parts.join_next().await {
            let ended = ended.context("a part broke off").and_then(|ended| ended);
            result = result.and(ended);
        }
        // Last, so that nothing of what the node knows of its layer 1 is missing there.
        let saved = match &self.kept {
            Some(kept) => kept.save_last().await,
            None => Ok(()),
        };
        result.and(saved)
    }
}

impl KeptChain {
    fn save(&self) -> Result<()> {
        self.file.save(&self.chain, Some(&self.deployment))
    }

    async fn save_last(&self) -> Result<()> {
        let saved = self.file.save_last(&self.chain, Some(&self.deployment));
        saved.await
    }
}

/// The layer 1 that was kept, with what was deployed on it, or a new one.
fn open_chain(config: &StackConfig) -> Result<(ChainHandle, Option<Deployment>)> {
    let new = chain::automatic(ChainConfig::default());
    let file = config.chain_file.clone().map(ChainFile::new);
    let kept = match file {
        Some(file) => file.load(new.clone())?,
        None => None,
    };
    ensure!(
        kept.is_some() || !config.data_dir.join(STORE_DIR).exists(),
        "{} holds the store of an earlier run, whose simulated L1 is gone: choose another \
         directory or remove this one",
        config.data_dir.display()
    );
    Ok(kept.unwrap_or_else(|| (Chain::start(new), None)))
}

async fn deploy_contracts(
    config: &StackConfig,
    l1_url: &str,
    keys: &Keys,
    progress: &Progress,
) -> Result<Deployment> {
    let escape =
        keys::open_or_create_blocking(&config.keys_dir, CircuitId::Escape, progress).await?;
    let step = progress.step("deploying the contracts", None);
    let deployment = deploy_development(l1_url, std::slice::from_ref(keys), &escape).await?;
    step.finish(&deployment.contract.to_string());
    Ok(deployment)
}

fn node_config(
    config: &StackConfig,
    endpoints: &Endpoints,
    operator: assay_circuits::eddsa::SecretKey,
) -> Result<NodeConfig> {
    let mut node = NodeConfig::new(
        &endpoints.deployment.l1_url,
        endpoints.deployment.contract,
        OperatorKeys {
            l1_signer: account::signer(OPERATOR_ACCOUNT)?,
            operator_key: Arc::new(operator),
        },
        config.data_dir.join(STORE_DIR),
        &config.keys_dir,
    );
    node.shapes = vec![config.shape];
    node.batch_time_ms = config.batch_time_ms;
    node.token_names = endpoints.deployment.token_names()?;
    // What it is made for is tried at no cost.
    node.minimum_fees.clear();
    node.faucet = Some(faucet::faucet(&endpoints.deployment));
    // All who use it come from one address.
    node.limits.requests_per_s = 0;
    node.prover_token = Some(endpoints.prover_token.clone());
    node.l1 = L1Policy {
        start_block: endpoints.deployment.block,
        ..config.l1
    };
    Ok(node)
}

fn worker_config(config: &StackConfig, endpoints: &Endpoints) -> WorkerConfig {
    WorkerConfig {
        node_url: endpoints.node_url.clone(),
        token: Token(endpoints.prover_token.as_str().to_owned()),
        name: "embedded".to_owned(),
        threads: config.threads,
        keys_dir: config.keys_dir.clone(),
        circuits: vec![config.shape.into()],
        once: false,
        poll_ms: WORKER_POLL_MS,
        backoff: Backoff::default(),
        watcher: Watcher::default(),
    }
}
