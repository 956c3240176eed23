//! What a follower works with.

use std::sync::Arc;

use assay_circuits::{order::Domain, quantity::BatchNumber};
use assay_restore::keys::VerifyingKeys;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::AccountsPublisher, clock::Clock, config::L1Policy, event::Events, health::Health,
    l1::gateway::SharedGateway, pipeline::BatchProgress, standing::Executed, storage::Storage,
};

/// What the follower works with.
#[derive(Debug)]
pub(crate) struct FollowerInputs {
    pub(crate) gateway: SharedGateway,
    pub(crate) policy: L1Policy,
    pub(crate) domain: Domain,
    /// Keys that the contract must have.
    pub(crate) trusted: VerifyingKeys,
    pub(crate) clock: Clock,
    pub(crate) health: Arc<Health>,
    pub(crate) storage: Storage,
    pub(crate) progress: BatchProgress,
    pub(crate) accounts: AccountsPublisher,
    pub(crate) executed: watch::Sender<Executed>,
    pub(crate) sealed: watch::Sender<BatchNumber>,
    pub(crate) events: Events,
    /// Whether the node makes batches of its own when it has all that the layer 1 has.
    pub(crate) goes_on: bool,
    /// Told when the node's parts must be made anew.
    pub(crate) restart: CancellationToken,
}
