//! `assay node`: makes a rollup's batches, or follows those that are made.

mod check;
mod minimum_fee;
mod told;

use std::{
    io,
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use assay_api::{client::NodeClient, wire::FaultView};
use assay_circuits::{
    address::{L1Address, Network},
    shape::Shape,
};
use assay_l1::address::EthAddress;
use assay_prover::keys::verifying_key_path;
use assay_sequencer::{
    config::{NodeConfig, OperatorKeys},
    node::Node,
    token_names::{TokenName, TokenNames},
    traces::Traces,
};
use clap::Args;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use self::{minimum_fee::MinimumFee, told::Told};
use crate::{
    files::{
        data_dir::DataDir,
        node_data::{OPERATOR_FILE, PROVER_TOKEN_FILE, STORE_DIR, operator_key, prover_token},
    },
    options::{
        address::to_listen_on, keys::KeysDir, l1::L1Args, pages::PagesArgs, webhooks::WebhookArgs,
    },
    process::{block_on, listen, raise_open_files, shutdown_signal},
    terminal::{outcome::Outcome, output::OutputArgs},
};

/// How often a node that starts is asked whether it answers.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Options of `assay node`.
#[derive(Debug, Args)]
#[command(mut_arg("keys", |keys| keys.help(
    "The directory that holds the verifying keys [default: ~/.cache/assay/keys]"
)))]
pub(crate) struct NodeArgs {
    #[command(flatten)]
    l1: L1Args,
    /// The rollup contract.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS")]
    contract: EthAddress,
    /// Everything that the node keeps; made where it is missing.
    #[arg(long, env = "ASSAY_DATA_DIR", value_name = "DIR")]
    data_dir: PathBuf,
    /// Address of the HTTP interface.
    #[arg(
        long,
        env = "ASSAY_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8645",
        value_parser = to_listen_on
    )]
    listen: SocketAddr,
    /// Shapes that batches may have.
    #[arg(
        long,
        env = "ASSAY_SHAPE",
        value_delimiter = ',',
        default_value = "small"
    )]
    shape: Vec<Shape>,
    #[command(flatten)]
    keys: KeysDir,
    /// The operator's key on the rollup, a wallet's key file; made where it is missing
    /// [default: operator.json in the data directory].
    #[arg(long, env = "ASSAY_OPERATOR_KEY", value_name = "FILE")]
    operator_key: Option<PathBuf>,
    /// What workers must present [default: in prover.token in the data directory, made where it
    /// is missing].
    #[arg(
        long,
        env = "ASSAY_PROVER_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    prover_token: Option<String>,
    /// Close a batch so long after its first operation, milliseconds.
    #[arg(
        long,
        env = "ASSAY_BATCH_TIME_MS",
        value_name = "MS",
        default_value_t = 2000
    )]
    batch_time_ms: u64,
    /// How often the L1 is asked, milliseconds.
    #[arg(long, env = "ASSAY_POLL_MS", value_name = "MS", default_value_t = 1000)]
    poll_ms: u64,
    /// Take an entry of the L1's queue when its block has so many blocks on top of it.
    #[arg(
        long,
        env = "ASSAY_CONFIRMATIONS",
        value_name = "BLOCKS",
        default_value_t = 2
    )]
    confirmations: u64,
    /// Take a batch as final when its block has so many blocks on top of it.
    #[arg(
        long,
        env = "ASSAY_FINALITY_BLOCKS",
        value_name = "BLOCKS",
        default_value_t = 12
    )]
    finality_blocks: u64,
    /// Least fee of a transfer in a token, base units: TOKEN=AMOUNT, several with commas between; a
    /// withdrawal and a transfer that makes an account cost nine times as much [default: 5500 gwei in
    /// ether, nothing in other tokens].
    #[arg(
        long,
        env = "ASSAY_MINIMUM_FEE",
        value_name = "TOKEN=AMOUNT",
        value_delimiter = ','
    )]
    minimum_fee: Vec<MinimumFee>,
    /// Ask so many percent of what a transaction costs, where that is more than its least fee: the L1's base
    /// fee, the gas of batches and how full they are, and proofs. The least fees of all tokens rise as far
    /// as that in ether does. 0 asks the least fees alone.
    #[arg(
        long,
        env = "ASSAY_FEE_PERCENT",
        value_name = "PERCENT",
        default_value_t = 100
    )]
    fee_percent: u32,
    /// What proving costs, wei per second of a proof.
    #[arg(
        long,
        env = "ASSAY_PROVING_WEI_PER_S",
        value_name = "WEI",
        default_value_t = 0
    )]
    proving_wei_per_s: u128,
    /// What a token is called: L1_ADDRESS=NAME, several with commas between. Wallets take no other
    /// names, since anybody may register a token that calls itself anything.
    #[arg(
        long,
        env = "ASSAY_TOKEN_NAME",
        value_name = "L1_ADDRESS=NAME",
        value_delimiter = ','
    )]
    token_name: Vec<TokenName>,
    /// Take only transactions that expire within so many seconds.
    #[arg(
        long,
        env = "ASSAY_LIFE_MAX_S",
        value_name = "SECONDS",
        default_value_t = 86_400
    )]
    life_max_s: u32,
    /// Requests per second and client, on average; 0 for no limit. Each transaction of a list is one.
    #[arg(
        long,
        env = "ASSAY_REQUESTS_PER_S",
        value_name = "NUMBER",
        default_value_t = 500
    )]
    requests_per_s: u32,
    /// Connections to the HTTP interface at most; half of the files that the system lets be open at most.
    #[arg(
        long,
        env = "ASSAY_CONNECTIONS",
        value_name = "NUMBER",
        default_value_t = 1_024
    )]
    connections: usize,
    /// Connections of one address at most.
    #[arg(
        long,
        env = "ASSAY_CONNECTIONS_PER_ADDRESS",
        value_name = "NUMBER",
        default_value_t = 128
    )]
    connections_per_address: usize,
    /// Believe proxies in this network when they say in X-Forwarded-For or Forwarded for whom they ask;
    /// several with commas between.
    #[arg(
        long,
        env = "ASSAY_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    trusted_proxy: Vec<IpNet>,
    #[command(flatten)]
    pages: PagesArgs,
    /// Hand a span of each request to the OpenTelemetry collector at this URL, by OTLP over HTTP, as in
    /// http://localhost:4318.
    #[arg(long, env = "ASSAY_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,
    #[command(flatten)]
    webhooks: WebhookArgs,
    /// A worker loses its job without a sign of life for so long, milliseconds.
    #[arg(
        long,
        env = "ASSAY_LEASE_MS",
        value_name = "MS",
        default_value_t = 60_000
    )]
    lease_ms: u64,
    /// Who is paid on the L1 for the entries of its queue that batches take [default: the L1
    /// account that sends batches].
    #[arg(long, env = "ASSAY_SETTLER", value_name = "L1_ADDRESS")]
    settler: Option<EthAddress>,
    /// Batches in one L1 transaction at most; the gas that one may use allows some 20.
    #[arg(
        long,
        env = "ASSAY_PROOFS_PER_CALL",
        value_name = "NUMBER",
        default_value_t = 64
    )]
    proofs_per_call: usize,
    /// Batches that may be closed and have no proof: then no further one is opened, and what is handed in
    /// waits. Workers beyond so many have nothing to do.
    #[arg(
        long,
        env = "ASSAY_BATCHES_IN_FLIGHT",
        value_name = "NUMBER",
        default_value = "16"
    )]
    batches_in_flight: NonZeroUsize,
    /// Send nothing to the L1 that could cost more, gwei per gas; what needs more waits.
    #[arg(
        long,
        env = "ASSAY_L1_MAX_FEE_GWEI",
        value_name = "GWEI",
        default_value_t = 100
    )]
    l1_max_fee_gwei: u64,
    /// The L1 block from which on to look for events: that of the contract.
    #[arg(
        long,
        env = "ASSAY_START_BLOCK",
        value_name = "NUMBER",
        default_value_t = 0
    )]
    start_block: u64,
    /// Keep so many batches when they are final, with their transactions and proofs [default: all].
    #[arg(long, env = "ASSAY_KEEP_BATCHES", value_name = "NUMBER")]
    keep_batches: Option<u64>,
    /// Make no batches: take up what the L1 has, check it, and answer every question about it. It needs
    /// no key, and begins with what is in the data directory, or with nothing.
    #[arg(
        long,
        env = "ASSAY_FOLLOW",
        conflicts_with_all = ["operator_key", "l1_key", "l1_account", "settler", "minimum_fee"]
    )]
    follow: bool,
    /// Where a node that follows sends those who bring it a transaction.
    #[arg(
        long,
        env = "ASSAY_SUBMIT_TO",
        value_name = "URL",
        requires = "follow",
        value_parser = public_url
    )]
    submit_to: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// A URL that is shown to everybody.
fn public_url(text: &str) -> Result<String, &'static str> {
    if text.contains(['@', '?']) {
        return Err("it is shown to everybody, so it must hold no password and no query");
    }
    Ok(text.to_owned())
}

/// Waits until a node answers, and tells `waits` what is wrong meanwhile, when that changes.
async fn serves(
    url: &str,
    mut waits: impl FnMut(&[FaultView]) -> io::Result<()>,
) -> io::Result<()> {
    let Ok(client) = NodeClient::new(url) else {
        return Ok(());
    };
    let mut told = Vec::new();
    while client.status().await.is_err() {
        if let Ok(ready) = client.ready().await {
            let codes: Vec<_> = ready
                .faults
                .iter()
                .map(|fault| fault.code.clone())
                .collect();
            if codes != told {
                waits(&ready.faults)?;
                told = codes;
            }
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    Ok(())
}

impl NodeArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let ended = block_on(self.start());
        let told = told::ended(&ended, self.output);
        let outcome = ended?;
        told?;
        Ok(outcome)
    }

    async fn start(&self) -> Result<Outcome> {
        let shutdown = shutdown_signal()?;
        // What may be in use is tried before anything is made.
        let listener = listen((self.listen, "--listen")).await?;
        let chain_id = tokio::select! {
            chain_id = self.check_layer1() => chain_id?,
            () = shutdown.cancelled() => return Ok(Outcome::Done),
        };
        let key = self.operator_key.clone();
        let data_dir = DataDir::hold(self.data_dir.clone(), key.as_slice(), "--data-dir")?;
        let mut has_started = false;
        let ended = self.serve(
            listener,
            shutdown,
            (chain_id, data_dir.path()),
            &mut has_started,
        );
        let ended = ended.await;
        if !has_started {
            data_dir.take_back();
        }
        ended.map(|()| Outcome::Done)
    }

    /// Runs the node until it is told to stop.
    async fn serve(
        &self,
        listener: TcpListener,
        shutdown: CancellationToken,
        (chain_id, data_dir): (u64, &Path),
        has_started: &mut bool,
    ) -> Result<()> {
        let (config, operator) = self.config(chain_id, data_dir)?;
        let address = listener.local_addr().context("the listener's address")?;
        let url = format!("http://{address}");
        let traces = config.traces.clone();
        let mut running = Node::run(config, listener, shutdown);
        let waits = |faults: &[FaultView]| Told::Waiting { faults }.tell(self.output, None);
        // Who reads the URL can use it: the store is open, and the node answers.
        let ended = tokio::select! {
            ended = &mut running => Some(ended),
            serves = serves(&url, waits) => { serves?; None },
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                *has_started = true;
                let does = match &operator {
                    Some(operator) => format!("operator {operator}"),
                    None => "follows the L1".to_owned(),
                };
                let started = Told::Started {
                    node_url: &url,
                    chain_id,
                    contract: self.contract.to_string(),
                    operator: operator.as_deref(),
                    data_dir: data_dir.display().to_string(),
                };
                started.tell(self.output, Some(&format!("node      {url} ({does})")))?;
                running.await
            }
        };
        traces.end().await;
        Ok(ended?)
    }

    /// What of the layer 1 and the keys can be wrong is found before anything is made; the chain's id.
    async fn check_layer1(&self) -> Result<u64> {
        // A running node waits for its layer 1; a URL where nobody is most likely has a typing error.
        if self.follow {
            return Ok(self.l1.url.client(self.contract, None).await?.chain_id());
        }
        let l1 = self.l1.connect(L1Address(self.contract.0)).await?;
        minimum_fee::check(&self.minimum_fee, &l1).await?;
        self.verifying_keys_are_there()?;
        Ok(l1.chain_id())
    }

    /// The configuration, and who the operator is; nobody where the node follows.
    fn config(&self, chain_id: u64, data_dir: &Path) -> Result<(NodeConfig, Option<String>)> {
        let (config, operator) = if self.follow {
            let (url, submit_to) = (self.l1.url.l1_url.clone(), self.submit_to.clone());
            let store = data_dir.join(STORE_DIR);
            (
                NodeConfig::follower(url, self.contract, submit_to, store),
                None,
            )
        } else {
            let (config, operator) = self.operator(Network::of_chain(chain_id), data_dir)?;
            (config, Some(operator))
        };
        Ok((self.with_policy(config)?, operator))
    }

    /// What holds for every node.
    fn with_policy(&self, mut node: NodeConfig) -> Result<NodeConfig> {
        node.token_names = TokenNames::new(self.token_name.iter().cloned())?;
        node.l1.poll_ms = self.poll_ms;
        node.l1.confirmations = self.confirmations;
        node.l1.finality_blocks = self.finality_blocks;
        node.l1.start_block = self.start_block;
        node.l1.max_fee_wei = u128::from(self.l1_max_fee_gwei) * 1_000_000_000;
        node.l1.timeout_ms = self.l1.url.l1_timeout_ms;
        node.l1.log_blocks = self.l1.url.l1_log_blocks;
        node.limits.requests_per_s = self.requests_per_s;
        node.limits.keep_batches = self.keep_batches;
        // The store and the layer 1 need files as well.
        let files = usize::try_from(raise_open_files() / 2).unwrap_or(usize::MAX);
        node.limits.connections = self.connections.min(files);
        node.limits.connections_per_address = self.connections_per_address;
        node.trusted_proxies.clone_from(&self.trusted_proxy);
        node.pages = self.pages.pages()?;
        if let Some(endpoint) = &self.otlp_endpoint {
            node.traces = Traces::to(endpoint)?;
        }
        node.webhooks = self.webhooks.webhooks(&self.data_dir)?;
        Ok(node)
    }

    /// Whether there are verifying keys of all shapes; what is in them is compared with the contract later.
    fn verifying_keys_are_there(&self) -> Result<()> {
        let directory = self.keys.path()?;
        for shape in self.shape.iter().copied() {
            let path = verifying_key_path(&directory, shape.into());
            ensure!(
                path.is_file(),
                "{} is not there: `assay keys fetch` takes the keys of a rollup that exists, `assay keys \
                 setup` makes new ones",
                path.display()
            );
        }
        Ok(())
    }

    /// The configuration of a node that makes batches, and who its operator is.
    fn operator(&self, network: Network, data_dir: &Path) -> Result<(NodeConfig, String)> {
        let operator = match &self.operator_key {
            Some(path) => path.clone(),
            None => data_dir.join(OPERATOR_FILE),
        };
        let operator = operator_key(&operator, network)?;
        let address = operator.address().to_string();
        let token = match &self.prover_token {
            Some(token) => Zeroizing::new(token.clone()),
            None => prover_token(&data_dir.join(PROVER_TOKEN_FILE))?,
        };
        let mut node = NodeConfig::new(
            self.l1.url.l1_url.clone(),
            self.contract,
            OperatorKeys {
                l1_signer: self.l1.signer()?,
                operator_key: Arc::new(operator.into_secret()),
            },
            data_dir.join(STORE_DIR),
            self.keys.path()?,
        );
        node.shapes.clone_from(&self.shape);
        node.batch_time_ms = self.batch_time_ms;
        let least = self.minimum_fee.iter().map(|fee| (fee.0, fee.1));
        node.minimum_fees.extend(least);
        node.fee_percent = self.fee_percent;
        node.proving_wei_per_s = self.proving_wei_per_s;
        node.limits.life_max_s = self.life_max_s;
        node.prover_token = Some(token);
        node.settler = self.settler;
        node.limits.proofs_per_call = self.proofs_per_call;
        node.limits.batches_in_flight = self.batches_in_flight.get();
        node.limits.lease_ms = self.lease_ms;
        Ok((node, address))
    }
}
