//! The parts of a node that takes up what the layer 1 has: one that makes no batches, or none yet.

use assay_circuits::circuit::CircuitId;
use assay_restore::keys::VerifyingKeys;

use super::{
    error::NodeError,
    parts::{Beginning, Parts, Readers},
};
use crate::{
    accounts,
    api::transactions::Door,
    config::Role,
    follower::{Follower, FollowerInputs},
    sealer::SealedTree,
    storage::Recovered,
};

impl Parts {
    pub(super) async fn follow(
        &self,
        recovered: Recovered,
    ) -> Result<(Follower, Readers, Door), NodeError> {
        let Beginning {
            executed,
            sealed,
            standing,
            proving,
            proved,
            progress,
        } = self.begin(&recovered).await?;
        progress.resume().await?;
        let (publisher, accounts) = accounts::channel();
        let (goes_on, door) = match &self.config.role {
            Role::Operator(_) => (true, Door::NotYet),
            Role::Follower { submit_to } => {
                let submit_to = submit_to.clone();
                (false, Door::Elsewhere { submit_to })
            }
        };
        let inputs = FollowerInputs {
            gateway: self.gateway.clone(),
            policy: self.config.l1,
            domain: self.rollup.domain,
            trusted: self.trusted(),
            clock: self.clock.clone(),
            health: self.health.clone(),
            storage: self.storage.clone(),
            progress,
            accounts: publisher,
            executed,
            sealed,
            events: self.events.clone(),
            goes_on,
            restart: self.restart.clone(),
        };
        let follower = Follower::new(inputs, &recovered.state, &recovered.tip);
        let readers = Readers {
            standing,
            accounts,
            proved,
            sealed: SealedTree::none(),
            proving,
        };
        Ok((follower, readers, door))
    }

    /// The keys that the contract must have.
    fn trusted(&self) -> VerifyingKeys {
        let keys = self.keys.iter();
        VerifyingKeys::new(keys.filter_map(|(circuit, key)| match circuit {
            CircuitId::Batch(shape) => Some((shape, key.verifying_key.clone())),
            CircuitId::Escape => None,
        }))
    }
}
