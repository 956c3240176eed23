//! Whether the account that sends batches may send them, and can pay for it.

use std::sync::Arc;

use assay_l1::{address::EthAddress, client::RollupParameters};
use tracing::debug;

use super::sight::Sight;
use crate::{
    health::{Fault, Health},
    l1::gateway::SharedGateway,
    telemetry,
};

/// Gas of a call with one batch, about.
const CALL_GAS: u128 = 500_000;
/// The account's ether is looked at once in so many looks.
const LOOKS: u32 = 30;

/// Watches the account.
#[derive(Debug)]
pub(super) struct Footing {
    gateway: SharedGateway,
    health: Arc<Health>,
    parameters: RollupParameters,
    looks: u32,
}

impl Footing {
    pub(super) fn new(
        gateway: SharedGateway,
        health: Arc<Health>,
        parameters: RollupParameters,
    ) -> Self {
        Self {
            gateway,
            health,
            parameters,
            looks: 0,
        }
    }

    /// Says what is wrong, and that it is not any more.
    pub(super) async fn check(&mut self, sight: &Sight) {
        let Some(account) = self.gateway.account() else {
            return;
        };
        let status = &sight.status;
        if status.takes_batches_of(account, &self.parameters, sight.look.timestamp) {
            self.health.clear(Fault::NotOperator);
        } else {
            let sentence = not_operator(account, status.operator);
            self.health.raise(Fault::NotOperator, sentence);
        }
        if self.looks.is_multiple_of(LOOKS) || self.health.has(Fault::NoFunds) {
            self.check_ether(account, sight.head.base_fee_wei).await;
        }
        self.looks = self.looks.wrapping_add(1);
    }

    async fn check_ether(&self, account: EthAddress, base_fee_wei: u128) {
        let has = match self.gateway.ether(account).await {
            Ok(has) => has,
            // Then it is as it was, for all that is known.
            Err(error) => return debug!(%error, "the account's ether is not known"),
        };
        telemetry::L1_BALANCE.set(has as f64);
        let takes = base_fee_wei.saturating_mul(CALL_GAS);
        if has > 0 && has >= takes {
            return self.health.clear(Fault::NoFunds);
        }
        self.health.raise(
            Fault::NoFunds,
            format!(
                "account {account} has {has} wei on the layer 1, and a batch takes about {takes}"
            ),
        );
    }
}

/// A sentence.
pub(crate) fn not_operator(account: EthAddress, operator: EthAddress) -> String {
    format!(
        "account {account} may not submit batches: the rollup's operator is {operator}, and nobody \
         else may submit while it does"
    )
}
