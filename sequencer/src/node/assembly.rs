//! The parts of a node, put together in the order in which they stand on each other.

use std::sync::Arc;

use assay_circuits::{address::L1Address, batch::State, order::Domain, shape::Shape, word};
use assay_l1::client::{RollupInfo, ShapeInfo};
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    task::{JoinSet, spawn_blocking},
};
use tokio_util::sync::CancellationToken;

use super::error::NodeError;
use crate::{
    accounts::{self, Accounts},
    admission::{pool::Pool, terms::Terms},
    api::{
        Calls, accounts::AccountCalls, batches::BatchCalls, events::EventCalls,
        network::NetworkCalls, operations::OperationCalls, prover::ProverCalls,
        transactions::TransactionCalls,
    },
    clock::Clock,
    config::NodeConfig,
    event::Events,
    executor::{
        BatchPolicy, Executor, ExecutorInputs, ExecutorOutputs, command::ExecutorHandle,
        open_batch::ClosedWork,
    },
    health::Health,
    intake::Intake,
    keyring::Keyring,
    l1::gateway::SharedGateway,
    pipeline::{BatchProgress, Pipeline, PipelineInputs},
    proved_state::ProvedState,
    proving::Proving,
    record::Tip,
    rollup::Rollup,
    sealer::{SealedTree, Sealer, SealerOutputs},
    standing::{self, Standing},
    storage::{Disk, Recovered, Storage},
    telemetry,
};

/// A node whose tasks are not running yet.
pub(crate) struct Prepared {
    pub(crate) work: Work,
    pub(crate) pipeline: Pipeline,
    pub(crate) rollup: Rollup,
    pub(crate) standing: Standing,
    pub(crate) calls: Calls,
    /// Cancelled when the parts must be made anew.
    pub(crate) restart: CancellationToken,
}

/// What executes and seals.
pub(crate) struct Work {
    executor: Executor,
    sealer: Sealer,
    closed: mpsc::Receiver<ClosedWork>,
    health: Arc<Health>,
}

impl Work {
    /// Starts its tasks, which end when `shutdown` is cancelled.
    pub(crate) fn start(self, tasks: &mut JoinSet<()>, shutdown: &CancellationToken) {
        let Self {
            executor,
            sealer,
            closed,
            health,
        } = self;
        tasks.spawn(executor.run(shutdown.clone()));
        tasks.spawn(sealer.run(closed, health, shutdown.clone()));
    }
}

/// Checks what the node stands on and takes up what was interrupted.
pub(crate) async fn prepare(
    config: NodeConfig,
    gateway: &SharedGateway,
    keys: Arc<Keyring>,
    clock: Clock,
    opened: Opened,
) -> Result<Prepared, NodeError> {
    telemetry::install();
    let rollup = Rollup::new(gateway.chain_id(), L1Address(config.contract.0));
    keys.check(rollup.network)?;
    let info = gateway.info().await?;
    check_contract(&info, rollup.domain, rollup.chain_id)?;
    for shape in &config.shapes {
        check_shape(*shape, gateway.shape(shape.id()).await?)?;
    }
    let Opened { storage, recovered } = opened;
    Parts {
        health: Arc::default(),
        events: Events::new(clock.clone()),
        wake_pipeline: Arc::default(),
        restart: CancellationToken::new(),
        keys,
        gateway: gateway.clone(),
        config,
        rollup,
        clock,
        storage,
    }
    .assemble(recovered.state, recovered.tip, info.parameters.max_lag_s)
    .await
}

/// The store, and the state with which the parts begin.
pub(crate) struct Opened {
    pub(crate) storage: Storage,
    recovered: Recovered,
}

impl Opened {
    /// Opens the data directory.
    pub(crate) async fn open(
        config: &NodeConfig,
        gateway: &SharedGateway,
        clock: &Clock,
        disk: Disk,
    ) -> Result<Self, NodeError> {
        let domain = domain(config, gateway);
        let (dir, now_s) = (config.data_dir.clone(), clock.now_ms() / 1_000);
        let open = move || Storage::open(&dir, domain, now_s, disk);
        let (storage, recovered) = spawn_blocking(open)
            .await
            .map_err(|_| NodeError::Panicked)??;
        let opened = Self { storage, recovered };
        match opened.storage.wanted_roll_back()? {
            Some(_) => Self::again(opened.storage, config, gateway).await,
            None => Ok(opened),
        }
    }

    /// What the parts begin with the next time, when none of them is left: batches that are to be
    /// dropped are.
    pub(crate) async fn again(
        storage: Storage,
        config: &NodeConfig,
        gateway: &SharedGateway,
    ) -> Result<Self, NodeError> {
        if let Some(to) = storage.wanted_roll_back()? {
            storage.roll_back(to, domain(config, gateway)).await?;
        }
        let reader = storage.clone();
        let recovered = spawn_blocking(move || reader.recover())
            .await
            .map_err(|_| NodeError::Panicked)??;
        Ok(Self { storage, recovered })
    }
}

fn domain(config: &NodeConfig, gateway: &SharedGateway) -> Domain {
    Rollup::new(gateway.chain_id(), L1Address(config.contract.0)).domain
}

/// What the parts of a node are made of.
struct Parts {
    config: NodeConfig,
    rollup: Rollup,
    clock: Clock,
    storage: Storage,
    keys: Arc<Keyring>,
    gateway: SharedGateway,
    health: Arc<Health>,
    events: Events,
    /// Wakes the pipeline.
    wake_pipeline: Arc<Notify>,
    /// Cancelled when the parts must be made anew.
    restart: CancellationToken,
}

impl Parts {
    /// Makes the parts in the order in which they stand on each other, each taking up what it had
    /// begun: batches that were closed are sealed before anything else happens.
    async fn assemble(self, state: State, tip: Tip, max_lag_s: u32) -> Result<Prepared, NodeError> {
        let (publishers, standing) = standing::channels(tip.number);
        // Who asks before the first look must not hear that there is no ether.
        let tokens = self.gateway.tokens().await?.into();
        publishers
            .posted
            .send_modify(|posted| posted.tokens = tokens);
        let proving = Arc::new(Proving::new(
            self.config.limits.lease_ms,
            self.keys.clone(),
            self.storage.clone(),
            self.clock.clone(),
            self.wake_pipeline.clone(),
        ));
        let proved = ProvedState::new(&state, tip.number);
        let outputs = SealerOutputs {
            storage: self.storage.clone(),
            clock: self.clock.clone(),
            proving: proving.clone(),
            sealed: publishers.sealed,
            events: self.events.clone(),
            wake_pipeline: self.wake_pipeline.clone(),
        };
        let (mut sealer, sealed_tree) = Sealer::new(state, &tip, outputs);
        for closed in self.storage.closed_batches()? {
            let expected = Vec::new();
            sealer.seal(ClosedWork { closed, expected }).await?;
        }
        let progress = BatchProgress {
            gateway: self.gateway.clone(),
            policy: self.config.l1,
            clock: self.clock.clone(),
            storage: self.storage.clone(),
            standing: standing.clone(),
            posted: publishers.posted,
            proved: proved.clone(),
            proving: proving.clone(),
            events: self.events.clone(),
        };
        progress.resume().await?;
        let heights = standing.heights();
        proving.resume(heights.proved, heights.sealed).await?;
        let (accounts_publisher, accounts) = accounts::channel();
        let in_flight = self.config.limits.batches_in_flight;
        let (sender, closed) = mpsc::channel(in_flight.saturating_add(1));
        let outputs = ExecutorOutputs {
            closed: sender,
            accounts: accounts_publisher,
            executed: publishers.executed,
            events: self.events.clone(),
        };
        let inputs = self.executor_inputs(&sealer, &standing);
        let (executor, handle) = Executor::resume(inputs, outputs)?;
        let inputs = self.pipeline_inputs(progress, &standing, &handle, max_lag_s);
        let pipeline = Pipeline::new(inputs)?;
        let readers = Readers {
            standing,
            accounts,
            proved,
            sealed: sealed_tree,
            proving,
        };
        Ok(Prepared {
            calls: self.calls(&readers, &handle, max_lag_s),
            work: Work {
                executor,
                sealer,
                closed,
                health: self.health,
            },
            pipeline,
            rollup: self.rollup,
            standing: readers.standing,
            restart: self.restart,
        })
    }

    fn executor_inputs(&self, sealer: &Sealer, standing: &Standing) -> ExecutorInputs {
        let NodeConfig {
            shapes,
            batch_time_ms,
            limits,
            operator_key,
            ..
        } = &self.config;
        ExecutorInputs {
            ledger: sealer.ledger().clone(),
            pool: Pool::new(limits.pool_transactions, limits.pool_per_account),
            policy: BatchPolicy {
                shapes: shapes.clone(),
                domain: self.rollup.domain,
                operator: operator_key.public_key().0,
                settler: self.config.settler(),
                batch_time_ms: *batch_time_ms,
                in_flight_max: limits.batches_in_flight,
            },
            clock: self.clock.clone(),
            storage: self.storage.clone(),
            health: self.health.clone(),
            standing: standing.clone(),
        }
    }

    fn pipeline_inputs(
        &self,
        progress: BatchProgress,
        standing: &Standing,
        executor: &ExecutorHandle,
        max_lag_s: u32,
    ) -> PipelineInputs {
        PipelineInputs {
            gateway: self.gateway.clone(),
            policy: self.config.l1,
            proofs_per_call: self.config.limits.proofs_per_call,
            clock: self.clock.clone(),
            storage: self.storage.clone(),
            health: self.health.clone(),
            standing: standing.clone(),
            executor: executor.clone(),
            progress,
            max_lag_s,
            wake_pipeline: self.wake_pipeline.clone(),
            restart: self.restart.clone(),
        }
    }

    /// The HTTP calls, each group with what it uses.
    fn calls(&self, readers: &Readers, executor: &ExecutorHandle, max_lag_s: u32) -> Calls {
        let Self {
            config,
            rollup,
            storage,
            keys,
            health,
            ..
        } = self;
        let Readers {
            standing,
            accounts,
            proved,
            sealed,
            proving,
        } = readers;
        let terms = Arc::new(Terms {
            operator: config.operator_key.public_key().0,
            minimum_fees: config.minimum_fees.clone(),
            max_lag_s,
        });
        Calls {
            transactions: TransactionCalls {
                rollup: *rollup,
                operator: terms.operator,
                intake: self.intake(&terms, readers, executor),
                storage: storage.clone(),
            },
            accounts: AccountCalls {
                rollup: *rollup,
                accounts: accounts.clone(),
                proved: proved.clone(),
                sealed: sealed.clone(),
                standing: standing.clone(),
            },
            batches: BatchCalls {
                rollup: *rollup,
                storage: storage.clone(),
                keys: keys.clone(),
                standing: standing.clone(),
            },
            network: NetworkCalls {
                rollup: *rollup,
                terms,
                accounts: accounts.clone(),
                standing: standing.clone(),
                keys: keys.clone(),
                proving: proving.clone(),
                health: health.clone(),
                batch_time_ms: config.batch_time_ms,
                l1: config.l1,
                pool_most: config.limits.pool_transactions,
            },
            events: EventCalls {
                events: self.events.clone(),
                shutdown: CancellationToken::new(),
            },
            prover: ProverCalls {
                proving: proving.clone(),
                token: config.prover_token.clone(),
            },
            operations: OperationCalls {
                health: health.clone(),
                standing: standing.clone(),
            },
            limits: config.limits,
        }
    }

    fn intake(&self, terms: &Arc<Terms>, readers: &Readers, executor: &ExecutorHandle) -> Intake {
        let most = self.config.limits.signature_checks;
        Intake {
            domain: self.rollup.domain,
            operator_key: self.config.operator_key.clone(),
            terms: terms.clone(),
            accounts: readers.accounts.clone(),
            standing: readers.standing.clone(),
            storage: self.storage.clone(),
            health: self.health.clone(),
            clock: self.clock.clone(),
            executor: executor.clone(),
            signature_checks: Arc::new(Semaphore::new(most)),
        }
    }
}

/// What the HTTP calls read.
struct Readers {
    standing: Standing,
    accounts: Accounts,
    proved: ProvedState,
    sealed: SealedTree,
    proving: Arc<Proving>,
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
