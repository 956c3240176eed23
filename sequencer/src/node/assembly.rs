//! A node put together: what it stands on is checked, and then its parts are made.

use std::{sync::Arc, time::Duration};

use assay_circuits::{
    address::{L1Address, Network},
    circuit::CircuitId,
    order::Domain,
    shape::Shape,
    word,
};
use assay_l1::client::{RollupInfo, ShapeInfo};
use assay_restore::keys::VerifyingKeys;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{error::NodeError, opened::Opened, operating::Operating, parts::Parts};
use crate::{
    api::Calls,
    asking,
    clock::Clock,
    config::NodeConfig,
    event::Events,
    follower::Follower,
    governance::{Governance, GovernanceReader},
    keyring::Keyring,
    l1::gateway::SharedGateway,
    prices::Prices,
    rollup::Rollup,
    standing::Standing,
    tokens::TokenBook,
    waiting_queue::{QueueReader, WaitingQueue},
};

/// So long a start waits for the names of tokens.
const TOKENS_WAIT: Duration = Duration::from_secs(3);

/// A node whose tasks are not running yet.
pub(crate) struct Prepared {
    pub(crate) work: Work,
    pub(crate) rollup: Rollup,
    pub(crate) standing: Standing,
    pub(crate) calls: Calls,
    pub(crate) asking: Asking,
    pub(crate) clock: Clock,
    /// Cancelled when the parts must be made anew.
    pub(crate) restart: CancellationToken,
}

/// What moves a node.
pub(crate) enum Work {
    /// It makes batches.
    Operating(Box<Operating>),
    /// It takes up those of the layer 1.
    Following(Box<Follower>),
}

/// What is asked of the layer 1 beside the rest: tokens for their names, the queue for what waits, the
/// contract for what is announced.
pub(crate) struct Asking {
    book: TokenBook,
    gateway: SharedGateway,
    pub(crate) queue: QueueReader,
    pub(crate) governance: GovernanceReader,
}

impl Asking {
    /// Starts the tasks, which end when `shutdown` is cancelled.
    pub(crate) fn start(
        self,
        standing: &Standing,
        tasks: &mut JoinSet<()>,
        shutdown: &CancellationToken,
    ) {
        let (standing, shutdown) = (standing.clone(), shutdown.clone());
        tasks.spawn(asking::ask_tokens(
            self.book,
            self.gateway,
            standing,
            shutdown.clone(),
        ));
        tasks.spawn(self.queue.run(shutdown.clone()));
        tasks.spawn(self.governance.run(shutdown));
    }
}

impl Work {
    /// Starts all tasks, which end when `shutdown` is cancelled.
    pub(crate) fn start(self, tasks: &mut JoinSet<()>, shutdown: &CancellationToken) {
        match self {
            Self::Operating(operating) => {
                let pipeline = operating.start(tasks, shutdown);
                tasks.spawn(pipeline.run(shutdown.clone()));
            }
            Self::Following(follower) => {
                tasks.spawn(follower.run(shutdown.clone()));
            }
        }
    }
}

/// The keys by which a node judges proofs: those of its shapes, or where it follows the contract's.
pub(crate) async fn keys(
    config: &NodeConfig,
    gateway: &SharedGateway,
) -> Result<Keyring, NodeError> {
    if config.operator().is_some() {
        let circuits = config.shapes.iter().copied().map(Into::into);
        return Ok(Keyring::open(&config.keys_dir, circuits)?);
    }
    let keys = gateway.verifying_keys(&VerifyingKeys::default()).await?;
    Ok(Keyring::of_contract(
        &keys,
        Network::of_chain(gateway.chain_id()),
    ))
}

/// Before its first start: a node that is to make batches must be one whose batches are taken. One that
/// runs goes on without, and says so.
pub(crate) async fn check_account(
    config: &NodeConfig,
    gateway: &SharedGateway,
) -> Result<(), NodeError> {
    let (Some(_), Some(account)) = (config.operator(), gateway.account()) else {
        return Ok(());
    };
    let parameters = gateway.info().await?.parameters;
    let head = gateway.latest().await?;
    let status = gateway.status_at(&head).await?;
    let now_s = gateway.now_s().await?.max(head.timestamp);
    match status.takes_batches_of(account, &parameters, now_s) {
        true => Ok(()),
        false => Err(NodeError::NotOperator {
            account,
            operator: status.operator,
        }),
    }
}

/// Reads what tokens call themselves, as far as they say so soon: who asks before the first look should
/// know them. The rest comes later, beside everything else.
async fn ask_tokens(tokens: &TokenBook, gateway: &SharedGateway) -> Result<(), NodeError> {
    let head = gateway.latest().await?;
    let registered = gateway.status_at(&head).await?.tokens;
    let _ = tokio::time::timeout(TOKENS_WAIT, tokens.ask(gateway, registered)).await;
    Ok(())
}

/// Checks what the node stands on and takes up what was interrupted.
pub(crate) async fn prepare(
    config: NodeConfig,
    (gateway, tokens): (&SharedGateway, &TokenBook),
    keys: Arc<Keyring>,
    (clock, events): (Clock, Events),
    opened: Opened,
) -> Result<Prepared, NodeError> {
    let rollup = Rollup::new(gateway.chain_id(), L1Address(config.contract.0));
    keys.check(rollup.network)?;
    let info = gateway.info().await?;
    check_contract(&info, rollup.domain, rollup.chain_id)?;
    for shape in &config.shapes {
        check_shape(*shape, gateway.shape(shape.id()).await?)?;
    }
    ask_tokens(tokens, gateway).await?;
    let basis = config.price_basis(keys.iter().filter_map(|(circuit, _)| match circuit {
        CircuitId::Batch(shape) => Some(shape),
        CircuitId::Escape => None,
    }));
    let parts = Parts {
        tokens: tokens.clone(),
        waiting: WaitingQueue::default(),
        governance: Governance::default(),
        prices: Prices::new(basis, clock.clone()),
        health: Arc::default(),
        events,
        wake_pipeline: Arc::default(),
        restart: CancellationToken::new(),
        parameters: info.parameters,
        keys,
        gateway: gateway.clone(),
        config,
        rollup,
        clock,
        storage: opened.storage,
    };
    let recovered = opened.recovered;
    let (work, readers, door) = match parts.config.operator() {
        Some(operator) if !opened.is_behind => {
            let (operating, readers, door) = parts.operate(operator, recovered).await?;
            (Work::Operating(Box::new(operating)), readers, door)
        }
        _ => {
            let (follower, readers, door) = parts.follow(recovered).await?;
            (Work::Following(Box::new(follower)), readers, door)
        }
    };
    Ok(Prepared {
        work,
        asking: Asking {
            book: parts.tokens.clone(),
            gateway: gateway.clone(),
            queue: QueueReader::new(
                parts.waiting.clone(),
                gateway.clone(),
                readers.standing.clone(),
                &parts.storage,
                parts.config.l1,
            ),
            governance: GovernanceReader::new(
                parts.governance.clone(),
                gateway.clone(),
                readers.standing.clone(),
                parts.clock.clone(),
            ),
        },
        calls: parts.calls(&readers, door),
        clock: parts.clock,
        rollup: parts.rollup,
        standing: readers.standing,
        restart: parts.restart,
    })
}

fn check_contract(info: &RollupInfo, domain: Domain, chain_id: u64) -> Result<(), NodeError> {
    if info.domain == word::to_bytes(domain.0) {
        Ok(())
    } else {
        Err(NodeError::Domain { chain_id })
    }
}

fn check_shape(shape: Shape, found: Option<ShapeInfo>) -> Result<(), NodeError> {
    let fits = found.is_some_and(|found| {
        let size = found.size;
        usize::from(size.transfers) == shape.transfers()
            && usize::from(size.full_records) == shape.full_records()
            && usize::from(size.fee_slots) == shape.fee_slots()
    });
    if fits {
        Ok(())
    } else {
        Err(NodeError::Shape { shape })
    }
}
