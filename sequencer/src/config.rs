//! What a node is told when it starts.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use assay_api::webhook::Webhook;
use assay_circuits::{
    address::L1Address,
    eddsa::SecretKey,
    quantity::{Amount, TokenId},
    shape::Shape,
};
use assay_l1::{
    address::EthAddress,
    client::{L1Endpoint, L1Signer, L1Url},
    rpc::Origin,
};
use ipnet::IpNet;
use zeroize::Zeroizing;

use crate::{
    admission::{costs, room::Room},
    faucet::Faucet,
    prices::Basis,
    token_names::TokenNames,
    traces::Traces,
};

/// Everything a node is told. [`NodeConfig::new`] gives defaults that fit a development chain
/// and a public one alike.
#[derive(Clone)]
pub struct NodeConfig {
    /// JSON-RPC endpoint of the layer 1. It may hold a provider's key, so it is not printed whole.
    pub l1_url: L1Url,
    /// The rollup contract.
    pub contract: EthAddress,
    /// What the node is for.
    pub role: Role,
    /// Everything that the node keeps; used by one node at a time.
    pub data_dir: PathBuf,
    /// Holds the verifying key of each of `shapes`. A follower takes the contract's.
    pub keys_dir: PathBuf,
    /// Shapes that batches may have. A batch is opened for the largest and closed with the
    /// smallest that holds it. [`Shape::Tiny`] is refused outside development chains.
    pub shapes: Vec<Shape>,
    /// A batch that is not empty is closed after so long, ms.
    pub batch_time_ms: u64,
    /// Least fee of a transfer by token, base units; 0 where nothing is said. What takes a full
    /// record costs more (`admission/costs.rs`). What the layer 1 and proofs cost raises all of them alike,
    /// as far as it is above the one in ether.
    pub minimum_fees: BTreeMap<TokenId, Amount>,
    /// How much of what a transfer costs its sender pays, percent, where that is more than the least fee; 0
    /// where the least fees are all that is asked.
    pub fee_percent: u32,
    /// What proving costs the operator, wei per second.
    pub proving_wei_per_s: u128,
    /// What the tokens are called.
    pub token_names: TokenNames,
    /// What workers must present; without it the node lends no jobs.
    pub prover_token: Option<Zeroizing<String>>,
    /// How it deals with the layer 1.
    pub l1: L1Policy,
    /// Bounds.
    pub limits: Limits,
    /// Proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Web pages that may read its answers.
    pub pages: Pages,
    /// Where the spans of requests go.
    pub traces: Traces,
    /// Where what moves is posted.
    pub webhooks: Vec<Webhook>,
    /// Who is paid on the layer 1 for the entries of the queue that batches take; the signer's
    /// account where nothing is said.
    pub settler: Option<EthAddress>,
    /// Gives test money to whoever asks; for development networks alone.
    pub faucet: Option<Faucet>,
}

/// Web pages that may read a node's answers, besides its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pages {
    /// All: what a node answers without a token is for everybody.
    Any,
    /// Those of these origins.
    Of(Vec<Origin>),
}

/// What a node is for.
#[derive(Clone)]
pub enum Role {
    /// It takes transactions and makes the rollup's batches.
    Operator(OperatorKeys),
    /// It follows the layer 1 and shows what is there.
    Follower {
        /// URL of a node that takes transactions, for those who bring one here.
        submit_to: Option<String>,
    },
}

/// The keys of a node that makes batches.
#[derive(Clone)]
pub struct OperatorKeys {
    /// Pays for what is sent to the layer 1.
    pub l1_signer: L1Signer,
    /// The operator's key on the rollup: signs receipts, and owns the fee accounts.
    pub operator_key: Arc<SecretKey>,
}

/// How the node deals with the layer 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct L1Policy {
    /// How often it is asked, ms.
    pub poll_ms: u64,
    /// An entry of the queue is taken when its block has so many blocks on top of it.
    pub confirmations: u64,
    /// A batch is final when its block has so many blocks on top of it.
    pub finality_blocks: u64,
    /// A transaction that is not mined after so long is sent again with a higher fee, ms.
    pub resubmit_after_ms: u64,
    /// Nothing is sent that could cost more, wei per gas.
    pub max_fee_wei: u128,
    /// The block of the contract's deployment, or one before it: events are read from here on.
    pub start_block: u64,
    /// A call that takes longer has failed, ms.
    pub timeout_ms: u64,
    /// Blocks whose events are asked for in the first request; how many are given shows then.
    pub log_blocks: u64,
}

/// Bounds of the node: no queue is without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Transactions that wait for execution and can be executed in their turn.
    pub pool_transactions: usize,
    /// Of one account; also how far ahead of its next nonce one may be.
    pub pool_per_account: u32,
    /// Transactions that wait for one with an earlier nonce which is not there.
    pub pool_gapped: usize,
    /// Of one account.
    pub pool_gapped_per_account: usize,
    /// How long a transaction may live from its arrival on, s.
    pub life_max_s: u32,
    /// Batches that are closed and have no proof; then no further one is opened. Of those that have
    /// one and wait for the layer 1 there may be eight times as many.
    pub batches_in_flight: usize,
    /// Signatures checked at the same time.
    pub signature_checks: usize,
    /// Batches in one `submit` call at most. The gas that a transaction may use allows some 20.
    pub proofs_per_call: usize,
    /// A worker's lease without a heartbeat, ms.
    pub lease_ms: u64,
    /// Jobs that a worker has at a time.
    pub leases_per_worker: usize,
    /// Connections to the HTTP interface.
    pub connections: usize,
    /// Of one address that is not a trusted proxy's; of version 6, of one network of 64 bits.
    pub connections_per_address: usize,
    /// A connection on which no request's head comes in so long is ended, ms.
    pub header_timeout_ms: u64,
    /// Requests per second and client, on average; 0 for no limit.
    pub requests_per_s: u32,
    /// Requests of a client in one burst.
    pub request_burst: u32,
    /// A request that takes longer is ended, ms.
    pub request_timeout_ms: u64,
    /// Batches that are kept when they are final, with their transactions; all where nothing is said.
    pub keep_batches: Option<u64>,
}

impl Default for L1Policy {
    fn default() -> Self {
        Self {
            poll_ms: 1_000,
            confirmations: 2,
            finality_blocks: 12,
            resubmit_after_ms: 60_000,
            max_fee_wei: 100_000_000_000,
            start_block: 0,
            timeout_ms: L1Endpoint::TIMEOUT_MS,
            log_blocks: L1Endpoint::LOG_BLOCKS,
        }
    }
}

impl Limits {
    /// How much may wait in the pool.
    pub(crate) fn room(&self) -> Room {
        Room {
            in_rows: self.pool_transactions,
            gapped: self.pool_gapped,
            gapped_per_account: self.pool_gapped_per_account,
            window: self.pool_per_account,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pool_transactions: 100_000,
            pool_per_account: 64,
            pool_gapped: 4_096,
            pool_gapped_per_account: 16,
            life_max_s: 86_400,
            batches_in_flight: 16,
            signature_checks: 64,
            proofs_per_call: 64,
            lease_ms: 60_000,
            leases_per_worker: 2,
            connections: 1_024,
            connections_per_address: 128,
            header_timeout_ms: 15_000,
            requests_per_s: 500,
            request_burst: 2_000,
            request_timeout_ms: 30_000,
            keep_batches: None,
        }
    }
}

impl fmt::Debug for NodeConfig {
    /// Without the keys, the token, and what is secret in the layer 1's URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeConfig")
            .field("l1_url", &self.l1_url)
            .field("contract", &self.contract)
            .field("data_dir", &self.data_dir)
            .field("shapes", &self.shapes)
            .field("batch_time_ms", &self.batch_time_ms)
            .field("l1", &self.l1)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl NodeConfig {
    /// A configuration with defaults for everything that has one: one small shape, a batch every
    /// two seconds, a least fee in ether, no workers.
    #[must_use]
    pub fn new(
        l1_url: impl Into<L1Url>,
        contract: EthAddress,
        operator: OperatorKeys,
        data_dir: impl Into<PathBuf>,
        keys_dir: impl Into<PathBuf>,
    ) -> Self {
        Self {
            keys_dir: keys_dir.into(),
            shapes: vec![Shape::Small],
            ..Self::with_role(l1_url, contract, Role::Operator(operator), data_dir)
        }
    }

    /// A configuration of a node that follows the layer 1, with the same defaults.
    #[must_use]
    pub fn follower(
        l1_url: impl Into<L1Url>,
        contract: EthAddress,
        submit_to: Option<String>,
        data_dir: impl Into<PathBuf>,
    ) -> Self {
        Self::with_role(l1_url, contract, Role::Follower { submit_to }, data_dir)
    }

    fn with_role(
        l1_url: impl Into<L1Url>,
        contract: EthAddress,
        role: Role,
        data_dir: impl Into<PathBuf>,
    ) -> Self {
        Self {
            l1_url: l1_url.into(),
            contract,
            role,
            data_dir: data_dir.into(),
            keys_dir: PathBuf::new(),
            shapes: Vec::new(),
            batch_time_ms: 2_000,
            minimum_fees: costs::defaults().into_iter().collect(),
            fee_percent: 100,
            proving_wei_per_s: 0,
            token_names: TokenNames::default(),
            prover_token: None,
            l1: L1Policy::default(),
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            pages: Pages::Any,
            traces: Traces::default(),
            webhooks: Vec::new(),
            settler: None,
            faucet: None,
        }
    }

    /// What prices are made of, where batches have these shapes.
    pub(crate) fn price_basis(&self, shapes: impl IntoIterator<Item = Shape>) -> Basis {
        let floor = self.minimum_fees.get(&TokenId::ETHER);
        // Whoever follows asks nothing.
        let floor = floor.filter(|_| self.operator().is_some());
        Basis {
            floor_wei: floor.map_or(0, |floor| floor.0),
            percent: self.fee_percent,
            proving_wei_per_s: self.proving_wei_per_s,
            ceiling_wei: self.l1.max_fee_wei,
            room: costs::room(shapes),
            batch_gas: costs::BATCH_GAS,
        }
    }

    /// How the layer 1 is reached.
    #[must_use]
    pub fn l1_endpoint(&self) -> L1Endpoint {
        L1Endpoint {
            url: self.l1_url.clone(),
            timeout_ms: self.l1.timeout_ms,
            log_blocks: self.l1.log_blocks,
        }
    }

    /// Who is paid on the layer 1 for the entries of the queue that batches take.
    #[must_use]
    pub fn settler(&self, operator: &OperatorKeys) -> L1Address {
        let signer = || operator.l1_signer.address();
        L1Address(self.settler.unwrap_or_else(signer).0)
    }

    /// Where a follower sends those who bring a transaction.
    #[must_use]
    pub fn submit_to(&self) -> Option<String> {
        match &self.role {
            Role::Operator(_) => None,
            Role::Follower { submit_to } => submit_to.clone(),
        }
    }

    /// The keys of a node that makes batches.
    #[must_use]
    pub fn operator(&self) -> Option<&OperatorKeys> {
        match &self.role {
            Role::Operator(keys) => Some(keys),
            Role::Follower { .. } => None,
        }
    }
}
