//! The layer 1 of a scenario: the simulated chain with the contracts, and the proxy before it that
//! the node sees.

use assay_circuits::babyjubjub::Point;
use assay_circuits::word;
use assay_faults::FaultyL1;
use assay_l1::{
    address::EthAddress,
    batch::ShapeSize,
    chain::{Chain, ChainConfig, ChainHandle, Clock, Mining, Removed, dev_accounts},
    client::{
        DeployConfig, DeployShape, L1Error, L1Signer, RollupCall, RollupClient, RollupParameters,
        SendOptions, deploy,
    },
    rpc,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    failure::Failure,
    keys::{self, DevelopmentKeys, SHAPE},
};

/// Time of the first block, Unix seconds.
pub(crate) const START_S: u64 = 1_800_000_000;
/// Time between blocks, seconds.
pub(crate) const BLOCK_S: u64 = 12;
/// Blocks that are replaced at once at most.
pub(crate) const REORG_MAX: u64 = 3;
/// Blocks after which nothing of a reorganisation is left in the operator's way.
const UNSETTLED: u64 = 20;

/// Numbers of development accounts.
const OPERATOR: usize = 0;
const DEPLOYER: usize = 1;
const PAYER: usize = 2;

/// The chain, its contracts, and the way to it.
pub(crate) struct Layer1 {
    chain: ChainHandle,
    pub(crate) faulty: FaultyL1,
    pub(crate) contract: EthAddress,
    pub(crate) start_block: u64,
    /// Straight to the chain, with the key of somebody who pays for deposits.
    pub(crate) client: RollupClient,
    /// Heights at which blocks were replaced.
    reorganised_at: Vec<u64>,
    url: String,
    http: reqwest::Client,
    _ends: tokio_util::sync::DropGuard,
}

pub(crate) fn signer(account: usize) -> Result<L1Signer, L1Error> {
    L1Signer::from_secret(&dev_accounts()[account].secret)
}

/// The operator's key on the layer 1.
pub(crate) fn operator() -> Result<L1Signer, L1Error> {
    signer(OPERATOR)
}

impl Layer1 {
    pub(crate) async fn start(keys: &DevelopmentKeys) -> Result<Self, Failure> {
        let chain = Chain::start(ChainConfig {
            mining: Mining::Automatic,
            clock: Clock::Fixed(START_S),
            ..ChainConfig::default()
        });
        let ends = CancellationToken::new();
        let listener = rpc::bind(([127, 0, 0, 1], 0).into()).map_err(Failure::rig)?;
        let server = rpc::serve(listener, chain.clone(), ends.clone()).map_err(Failure::rig)?;
        let url = server.url();
        let size = ShapeSize {
            id: SHAPE.id(),
            transfers: u16::try_from(SHAPE.transfers()).map_err(Failure::rig)?,
            full_records: u16::try_from(SHAPE.full_records()).map_err(Failure::rig)?,
            fee_slots: u8::try_from(SHAPE.fee_slots()).map_err(Failure::rig)?,
        };
        let config = DeployConfig {
            operator: operator()?.address(),
            governor: None,
            guardian: None,
            parameters: RollupParameters::for_shapes(size.full_records),
            shapes: vec![DeployShape {
                size,
                key: keys::words(&keys.batch),
            }],
            escape_key: keys::words(&keys.escape),
            tokens: Vec::new(),
        };
        let deployed = deploy(&url, signer(DEPLOYER)?, config).await?;
        let payer = Some(signer(PAYER)?);
        let client = RollupClient::connect(&url, deployed.rollup, payer).await?;
        chain.set_mining(Mining::Manual);
        Ok(Self {
            faulty: FaultyL1::before(&url).await,
            contract: deployed.rollup,
            start_block: deployed.block_number,
            http: reqwest::Client::new(),
            client,
            chain,
            reorganised_at: Vec::new(),
            url,
            _ends: ends.drop_guard(),
        })
    }

    /// Time goes on.
    pub(crate) fn pass(&self, seconds: u64) {
        self.chain.increase_time(seconds);
    }

    pub(crate) fn mine(&self) {
        self.chain.mine(1).expect("one is below the limit");
    }

    pub(crate) fn block_number(&self) -> u64 {
        self.chain.block_number()
    }

    /// The last blocks are replaced by as many empty ones.
    pub(crate) fn reorganise(&mut self, depth: u64, removed: Removed) {
        let possible = self.block_number().saturating_sub(self.start_block);
        let depth = depth.min(possible);
        if depth > 0 {
            self.reorganised_at.push(self.block_number());
            self.chain
                .reorg(depth, removed)
                .expect("so many blocks are there");
        }
    }

    /// Sends a deposit of ether, which the next block has.
    pub(crate) async fn deposit(&self, owner: &Point, amount: u128) -> Result<(), L1Error> {
        let call = RollupCall::Deposit {
            token: 0,
            amount,
            owner: [word::to_bytes(owner.x), word::to_bytes(owner.y)],
            refund_to: signer(PAYER)?.address(),
            // Enough at any fee of the chain; what is left over is a credit.
            fee_wei: 10u128.pow(17),
        };
        let options = SendOptions {
            gas_limit: Some(500_000),
            max_fee_wei: Some(10u128.pow(12)),
            max_priority_fee_wei: Some(10u128.pow(9)),
            ..SendOptions::default()
        };
        self.client.send(&call, options).await.map(drop)
    }

    /// Whether blocks were replaced shortly before this one: then what stood in them, or was sent in
    /// view of them, may fail there.
    pub(crate) fn was_reorganised_before(&self, block: u64) -> bool {
        let shortly = block.saturating_sub(UNSETTLED)..=block + REORG_MAX;
        self.reorganised_at.iter().any(|at| shortly.contains(at))
    }

    /// The result of a call of JSON-RPC, straight from the chain.
    async fn ask(&self, method: &str, params: Value) -> Result<Value, Failure> {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let sent = self.http.post(&self.url).json(&call).send().await;
        let mut answer: Value = sent
            .map_err(Failure::rig)?
            .json()
            .await
            .map_err(Failure::rig)?;
        Ok(answer["result"].take())
    }

    /// The operator's transactions that are in blocks: of each, whether it succeeded.
    pub(crate) async fn paid_by_operator(&self) -> Result<Vec<(u64, bool)>, Failure> {
        let operator = operator()?.address().to_string().to_lowercase();
        let mut paid = Vec::new();
        for number in self.start_block..=self.block_number() {
            let block = json!([format!("{number:#x}"), true]);
            let block = self.ask("eth_getBlockByNumber", block).await?;
            for transaction in block["transactions"].as_array().into_iter().flatten() {
                let from = transaction["from"].as_str().unwrap_or_default();
                if from.to_lowercase() != operator {
                    continue;
                }
                let hash = json!([transaction["hash"]]);
                let receipt = self.ask("eth_getTransactionReceipt", hash).await?;
                paid.push((number, receipt["status"] == "0x1"));
            }
        }
        Ok(paid)
    }
}
