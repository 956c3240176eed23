//! What all parts of a running node share.

use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use assay_api::stage::Stage;
use assay_circuits::{
    address::Network,
    batch::State,
    ledger::Ledger,
    order::Domain,
    quantity::{BatchNumber, TokenId},
};
use assay_l1::client::TokenInfo;
use tokio::sync::{Notify, broadcast};

use crate::{
    clock::Clock,
    config::NodeConfig,
    event::Event,
    health::Health,
    jobs::Jobs,
    keyring::Keyring,
    pool::Pool,
    proved_state::ProvedState,
    standing::{Heights, L1State},
    storage::Storage,
};

/// Events that a slow listener may fall behind by.
const EVENT_QUEUE: usize = 4_096;

/// What all parts share. Lock order: `sealed`, `soft`, `pool`, then any other; none is held over a wait.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: NodeConfig,
    pub(crate) chain_id: u64,
    pub(crate) network: Network,
    pub(crate) domain: Domain,
    pub(crate) clock: Clock,
    pub(crate) storage: Storage,
    pub(crate) keys: Keyring,
    pub(crate) health: Health,
    pub(crate) jobs: Jobs,
    /// The pipeline has something to do.
    pub(crate) progress: Notify,
    soft: RwLock<Ledger>,
    sealed: RwLock<State>,
    proved: RwLock<ProvedState>,
    heights: RwLock<Heights>,
    l1: RwLock<L1State>,
    tokens: RwLock<Vec<TokenInfo>>,
    pool: RwLock<Pool>,
    events: broadcast::Sender<Event>,
}

/// What a node begins with.
pub(crate) struct Beginning {
    pub(crate) config: NodeConfig,
    pub(crate) chain_id: u64,
    pub(crate) domain: Domain,
    pub(crate) clock: Clock,
    pub(crate) storage: Storage,
    pub(crate) keys: Keyring,
    pub(crate) state: State,
    pub(crate) sealed: BatchNumber,
}

const HELD: &str = "no holder of this lock panics";

impl Context {
    pub(crate) fn new(beginning: Beginning) -> Arc<Self> {
        let Beginning {
            config,
            chain_id,
            domain,
            clock,
            storage,
            keys,
            state,
            sealed,
        } = beginning;
        let heights = Heights {
            executed: sealed.0,
            sealed: sealed.0,
            ..Heights::default()
        };
        Arc::new(Self {
            network: Network::of_chain(chain_id),
            jobs: Jobs::new(config.limits.lease_ms, clock.now_ms()),
            chain_id,
            domain,
            clock,
            storage,
            keys,
            health: Health::default(),
            progress: Notify::new(),
            soft: RwLock::new(state.ledger().clone()),
            proved: RwLock::new(ProvedState::new(&state, sealed)),
            sealed: RwLock::new(state),
            heights: RwLock::new(heights),
            l1: RwLock::default(),
            tokens: RwLock::default(),
            pool: RwLock::new(Pool::new(
                config.limits.pool_transactions,
                config.limits.pool_per_account,
            )),
            events: broadcast::channel(EVENT_QUEUE).0,
            config,
        })
    }

    /// The state after all executed operations.
    pub(crate) fn soft(&self) -> RwLockReadGuard<'_, Ledger> {
        self.soft.read().expect(HELD)
    }

    pub(crate) fn soft_mut(&self) -> RwLockWriteGuard<'_, Ledger> {
        self.soft.write().expect(HELD)
    }

    /// The state after the last sealed batch.
    pub(crate) fn sealed(&self) -> RwLockReadGuard<'_, State> {
        self.sealed.read().expect(HELD)
    }

    pub(crate) fn sealed_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.sealed.write().expect(HELD)
    }

    /// The state after the last batch proved on the layer 1.
    pub(crate) fn proved(&self) -> RwLockReadGuard<'_, ProvedState> {
        self.proved.read().expect(HELD)
    }

    pub(crate) fn proved_mut(&self) -> RwLockWriteGuard<'_, ProvedState> {
        self.proved.write().expect(HELD)
    }

    pub(crate) fn heights(&self) -> Heights {
        *self.heights.read().expect(HELD)
    }

    pub(crate) fn set_heights(&self, change: impl FnOnce(&mut Heights)) {
        change(&mut self.heights.write().expect(HELD));
    }

    pub(crate) fn l1(&self) -> L1State {
        *self.l1.read().expect(HELD)
    }

    pub(crate) fn set_l1(&self, change: impl FnOnce(&mut L1State)) {
        change(&mut self.l1.write().expect(HELD));
    }

    pub(crate) fn tokens(&self) -> Vec<TokenInfo> {
        self.tokens.read().expect(HELD).clone()
    }

    pub(crate) fn set_tokens(&self, tokens: Vec<TokenInfo>) {
        *self.tokens.write().expect(HELD) = tokens;
    }

    /// Transactions that wait; only the executor writes.
    pub(crate) fn pool(&self) -> RwLockReadGuard<'_, Pool> {
        self.pool.read().expect(HELD)
    }

    pub(crate) fn pool_mut(&self) -> RwLockWriteGuard<'_, Pool> {
        self.pool.write().expect(HELD)
    }

    /// The least fee of a token, base units.
    pub(crate) fn minimum_fee(&self, token: TokenId) -> u128 {
        self.config
            .minimum_fees
            .get(&token)
            .map_or(0, |amount| amount.0)
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody may be listening.
        let _ = self.events.send(event);
    }

    pub(crate) fn tell_batch(&self, number: BatchNumber, stage: Stage) {
        let at_ms = self.clock.now_ms();
        tracing::info!(batch = number.0, stage = stage.name(), "batch");
        metrics::counter!("assay_batches_total", "stage" => stage.name()).increment(1);
        self.tell(Event::Batch {
            number,
            stage,
            at_ms,
        });
    }
}
