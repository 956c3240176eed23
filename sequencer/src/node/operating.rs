//! The parts of a node that makes batches, put together in the order in which they stand on each
//! other.

use std::sync::Arc;

use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{
    error::NodeError,
    parts::{Beginning, Parts, Readers},
};
use crate::{
    accounts::{self, Accounts},
    admission::pool::Pool,
    api::transactions::Door,
    config::{NodeConfig, OperatorKeys},
    executor::{
        BatchPolicy, Executor, ExecutorInputs, ExecutorOutputs, command::ExecutorHandle,
        open_batch::ClosedWork,
    },
    health::Health,
    intake::{Intake, LISTS_AT_A_TIME},
    pipeline::{BatchProgress, Pipeline, PipelineInputs},
    sealer::{Sealer, SealerOutputs},
    standing::Standing,
    storage::Recovered,
};

/// What executes and seals, and what brings it to the layer 1.
pub(crate) struct Operating {
    executor: Executor,
    sealer: Sealer,
    closed: mpsc::Receiver<ClosedWork>,
    health: Arc<Health>,
    pipeline: Pipeline,
}

impl Operating {
    /// Starts what executes and seals, until `shutdown` is cancelled; returns the rest.
    pub(crate) fn start(self, tasks: &mut JoinSet<()>, shutdown: &CancellationToken) -> Pipeline {
        let Self {
            executor,
            sealer,
            closed,
            health,
            pipeline,
        } = self;
        tasks.spawn(executor.run(shutdown.clone()));
        tasks.spawn(sealer.run(closed, health, shutdown.clone()));
        pipeline
    }
}

impl Parts {
    /// Makes the parts, each taking up what it had begun: batches that were closed are sealed before
    /// anything else happens.
    pub(super) async fn operate(
        &self,
        operator: &OperatorKeys,
        recovered: Recovered,
    ) -> Result<(Operating, Readers, Door), NodeError> {
        let Beginning {
            executed,
            sealed,
            standing,
            proving,
            proved,
            progress,
        } = self.begin(&recovered).await?;
        let outputs = SealerOutputs {
            storage: self.storage.clone(),
            clock: self.clock.clone(),
            proving: proving.clone(),
            sealed,
            events: self.events.clone(),
            wake_pipeline: self.wake_pipeline.clone(),
        };
        let (mut sealer, sealed_tree) = Sealer::new(recovered.state, &recovered.tip, outputs);
        for closed in self.storage.closed_batches()? {
            let expected = Vec::new();
            sealer.seal(ClosedWork { closed, expected }).await?;
        }
        progress.resume().await?;
        progress.reconcile_jobs().await?;
        let (accounts_publisher, accounts) = accounts::channel();
        let in_flight = self.config.limits.batches_in_flight;
        let (sender, closed) = mpsc::channel(in_flight.saturating_add(1));
        let outputs = ExecutorOutputs {
            closed: sender,
            accounts: accounts_publisher,
            executed,
            events: self.events.clone(),
        };
        let inputs = self.executor_inputs(operator, &sealer, &standing);
        let (executor, handle) = Executor::resume(inputs, outputs)?;
        let inputs = self.pipeline_inputs(progress, &standing, &handle);
        let pipeline = Pipeline::new(inputs)?;
        let door = Door::Open(Box::new(self.intake(
            operator,
            (&accounts, &standing),
            &handle,
        )));
        let readers = Readers {
            standing,
            accounts,
            proved,
            sealed: sealed_tree,
            proving,
        };
        let operating = Operating {
            executor,
            sealer,
            closed,
            health: self.health.clone(),
            pipeline,
        };
        Ok((operating, readers, door))
    }

    fn executor_inputs(
        &self,
        operator: &OperatorKeys,
        sealer: &Sealer,
        standing: &Standing,
    ) -> ExecutorInputs {
        let NodeConfig {
            shapes,
            batch_time_ms,
            limits,
            ..
        } = &self.config;
        ExecutorInputs {
            ledger: sealer.ledger().clone(),
            pool: Pool::new(limits.room()),
            policy: BatchPolicy {
                shapes: shapes.clone(),
                domain: self.rollup.domain,
                operator: operator.operator_key.public_key().0,
                settler: self.config.settler(operator),
                batch_time_ms: *batch_time_ms,
                in_flight_max: limits.batches_in_flight,
            },
            terms: Arc::new(self.terms(operator)),
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
            parameters: self.parameters,
            wake_pipeline: self.wake_pipeline.clone(),
            restart: self.restart.clone(),
        }
    }

    fn intake(
        &self,
        operator: &OperatorKeys,
        (accounts, standing): (&Accounts, &Standing),
        executor: &ExecutorHandle,
    ) -> Intake {
        let most = self.config.limits.signature_checks;
        Intake {
            domain: self.rollup.domain,
            operator_key: operator.operator_key.clone(),
            terms: Arc::new(self.terms(operator)),
            room: self.config.limits.room(),
            accounts: accounts.clone(),
            standing: standing.clone(),
            storage: self.storage.clone(),
            health: self.health.clone(),
            clock: self.clock.clone(),
            executor: executor.clone(),
            signature_checks: Arc::new(Semaphore::new(most)),
            lists: Arc::new(Semaphore::new(LISTS_AT_A_TIME)),
        }
    }
}
