//! What the parts of a node are made of, and what of them others read.

use std::sync::Arc;

use assay_circuits::quantity::BatchNumber;
use assay_l1::client::RollupParameters;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::error::NodeError;
use crate::{
    accounts::Accounts,
    clock::Clock,
    config::NodeConfig,
    event::Events,
    governance::Governance,
    health::Health,
    keyring::Keyring,
    l1::gateway::SharedGateway,
    pipeline::{BatchProgress, CostWatch, Reading},
    prices::Prices,
    proved_state::ProvedState,
    proving::{LeaseTerms, Proving},
    rollup::Rollup,
    sealer::SealedTree,
    standing::{self, Executed, Publishers, Standing},
    storage::{Recovered, Storage},
    tokens::TokenBook,
    waiting_queue::WaitingQueue,
};

/// What the parts of a node are made of.
pub(super) struct Parts {
    pub(super) config: NodeConfig,
    pub(super) rollup: Rollup,
    pub(super) clock: Clock,
    pub(super) storage: Storage,
    pub(super) keys: Arc<Keyring>,
    pub(super) gateway: SharedGateway,
    pub(super) health: Arc<Health>,
    pub(super) events: Events,
    /// Those that are known, whenever the parts are made.
    pub(super) tokens: TokenBook,
    /// Entries of the queue that are in no batch.
    pub(super) waiting: WaitingQueue,
    /// What is announced at the contract.
    pub(super) governance: Governance,
    /// What is asked of transactions.
    pub(super) prices: Prices,
    /// What the contract's deployment fixed.
    pub(super) parameters: RollupParameters,
    /// Wakes the pipeline.
    pub(super) wake_pipeline: Arc<Notify>,
    /// Cancelled when the parts must be made anew.
    pub(super) restart: CancellationToken,
}

/// What the HTTP calls read.
pub(super) struct Readers {
    pub(super) standing: Standing,
    pub(super) accounts: Accounts,
    pub(super) proved: ProvedState,
    pub(super) sealed: SealedTree,
    pub(super) proving: Arc<Proving>,
}

/// What every node begins with, whoever makes its batches.
pub(super) struct Beginning {
    pub(super) executed: watch::Sender<Executed>,
    pub(super) sealed: watch::Sender<BatchNumber>,
    pub(super) standing: Standing,
    pub(super) proving: Arc<Proving>,
    pub(super) proved: ProvedState,
    pub(super) progress: BatchProgress,
}

impl Parts {
    pub(super) async fn begin(&self, recovered: &Recovered) -> Result<Beginning, NodeError> {
        let (state, tip) = (&recovered.state, &recovered.tip);
        let (publishers, standing) = standing::channels(tip.number, self.tokens.clone());
        let Publishers {
            executed,
            sealed,
            posted,
        } = publishers;
        let proving = Arc::new(Proving::new(
            LeaseTerms {
                lease_ms: self.config.limits.lease_ms,
                per_worker: self.config.limits.leases_per_worker,
            },
            self.keys.clone(),
            self.storage.clone(),
            (self.clock.clone(), self.health.clone()),
            self.prices.clone(),
            self.wake_pipeline.clone(),
        ));
        let proved = ProvedState::new(state, tip.number);
        let costs = CostWatch::resume(
            self.gateway.clone(),
            self.storage.clone(),
            self.prices.clone(),
        )?;
        let progress = BatchProgress {
            gateway: self.gateway.clone(),
            policy: self.config.l1,
            clock: self.clock.clone(),
            storage: self.storage.clone(),
            standing: standing.clone(),
            posted,
            proved: proved.clone(),
            proving: proving.clone(),
            events: self.events.clone(),
            reading: Reading::default(),
            prices: self.prices.clone(),
            costs,
            keep_batches: self.config.limits.keep_batches,
        };
        Ok(Beginning {
            executed,
            sealed,
            standing,
            proving,
            proved,
            progress,
        })
    }
}
