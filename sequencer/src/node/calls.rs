//! The HTTP calls of a node, each group with what it uses.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::parts::{Parts, Readers};
use crate::{
    admission::terms::Terms,
    api::{
        Calls,
        accounts::AccountCalls,
        batches::BatchCalls,
        events::EventCalls,
        keys::KeyCalls,
        network::NetworkCalls,
        operations::OperationCalls,
        prover::ProverCalls,
        transactions::{Door, TransactionCalls},
    },
    config::OperatorKeys,
};

impl Parts {
    /// What the operator asks of transactions.
    pub(super) fn terms(&self, operator: &OperatorKeys) -> Terms {
        Terms {
            operator: operator.operator_key.public_key().0,
            contract: self.rollup.contract,
            minimum_fees: self.config.minimum_fees.clone(),
            max_lag_s: self.parameters.max_lag_s,
            life_max_s: self.config.limits.life_max_s,
        }
    }

    /// The calls, and the door through which transactions come.
    pub(super) fn calls(&self, readers: &Readers, door: Door) -> Calls {
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
        let terms = config.operator();
        let terms = terms.map(|operator| Arc::new(self.terms(operator)));
        Calls {
            transactions: TransactionCalls {
                rollup: *rollup,
                door,
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
                submit_to: config.submit_to(),
                parameters: self.parameters,
                accounts: accounts.clone(),
                standing: standing.clone(),
                keys: keys.clone(),
                proving: proving.clone(),
                health: health.clone(),
                batch_time_ms: config.batch_time_ms,
                l1: config.l1,
                pool_most: config.limits.pool_transactions,
                token_names: config.token_names.clone(),
            },
            events: EventCalls {
                events: self.events.clone(),
                shutdown: CancellationToken::new(),
            },
            keys: KeyCalls::new(config.keys_dir.clone()),
            prover: ProverCalls {
                proving: proving.clone(),
                token: config.prover_token.clone(),
            },
            operations: OperationCalls {
                health: health.clone(),
                standing: standing.clone(),
            },
            limits: config.limits,
            trusted_proxies: config.trusted_proxies.clone().into(),
            pages: config.pages.clone(),
        }
    }
}
