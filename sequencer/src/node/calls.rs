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
        client_address::ClientAddress,
        events::{EventCalls, Seats},
        fees::FeeCalls,
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
            prices: self.prices.clone(),
            max_lag_s: self.parameters.max_lag_s,
            life_max_s: self.config.limits.life_max_s,
        }
    }

    fn fees(&self, terms: Option<Arc<Terms>>, readers: &Readers) -> FeeCalls {
        FeeCalls {
            terms,
            submit_to: self.config.submit_to(),
            accounts: readers.accounts.clone(),
            standing: readers.standing.clone(),
            prices: self.prices.clone(),
            proving_wei_per_s: self.config.proving_wei_per_s,
            parameters: self.parameters,
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
                waiting: self.waiting.clone(),
            },
            gateway: self.gateway.clone(),
            network: NetworkCalls {
                rollup: *rollup,
                terms: terms.clone(),
                parameters: self.parameters,
                standing: standing.clone(),
                governance: self.governance.clone(),
                keys: keys.clone(),
                proving: proving.clone(),
                health: health.clone(),
                batch_time_ms: config.batch_time_ms,
                has_faucet: config.faucet.is_some(),
                l1: config.l1,
                pool_most: config.limits.pool_transactions,
                token_names: config.token_names.clone(),
            },
            faucet: config.faucet.clone(),
            fees: self.fees(terms, readers),
            events: EventCalls {
                events: self.events.clone(),
                accounts: accounts.clone(),
                seats: Seats::new(&config.limits),
                client: ClientAddress(config.trusted_proxies.clone().into()),
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
            traces: config.traces.clone(),
        }
    }
}
