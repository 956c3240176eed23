//! The operator's account for fees in ether, which the node opens itself: a least fee that nobody can
//! pay would lock everybody out.

use std::time::Duration;

use assay_circuits::{babyjubjub::Point, operation::Entry, quantity::TokenId, word};
use assay_l1::client::{L1Error, RollupCall, RollupClient};
use tokio::time::timeout;
use tracing::{info, warn};

use super::assembly::{Prepared, Work};
use crate::{
    config::{NodeConfig, OperatorKeys},
    l1::{contract, gateway::SharedGateway},
    storage::StorageError,
};

/// What is deposited: the account is what counts, wei.
const DUST_WEI: u128 = 1;
/// How long the layer 1 may take for all of it: the node does not serve before.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
enum OpeningError {
    #[error(transparent)]
    L1(#[from] L1Error),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("there is no signer")]
    NoSigner,
    #[error("the layer 1 took too long")]
    TooLong,
}

/// Opens the account where it is wanted and not there: before the parts run, so that nobody else
/// sends from the operator's account on the layer 1. Where it fails the node goes on, takes what
/// pays nothing, and says so by a fault.
pub(super) async fn open(config: &NodeConfig, gateway: &SharedGateway, prepared: &Prepared) {
    let Some(operator) = config.operator() else {
        return;
    };
    let asks = config.minimum_fees.get(&TokenId::ETHER);
    let (asks, operates) = (
        asks.is_some_and(|least| least.0 > 0),
        matches!(prepared.work, Work::Operating(_)),
    );
    let owner = operator.operator_key.public_key().0;
    let accounts = &prepared.calls.accounts.accounts;
    if !asks || !operates || accounts.find(&owner, TokenId::ETHER).is_some() {
        return;
    }
    let deposited = deposit(config, gateway, prepared, (operator, owner));
    let deposited = timeout(PATIENCE, deposited).await;
    if let Err(error) = deposited.unwrap_or(Err(OpeningError::TooLong)) {
        warn!(%error, "the operator's account for fees in ether is not opened");
    }
}

async fn deposit(
    config: &NodeConfig,
    gateway: &SharedGateway,
    prepared: &Prepared,
    (operator, owner): (&OperatorKeys, Point),
) -> Result<(), OpeningError> {
    let storage = &prepared.calls.batches.storage;
    // Whose nonces are taken by batches under way, and whether a deposit is on its way already.
    if !storage.in_flight()?.is_empty() || is_queued(config, gateway, prepared, owner).await? {
        return Ok(());
    }
    let signer = operator.l1_signer.clone();
    let client = RollupClient::connect(config.l1_endpoint(), config.contract, Some(signer)).await?;
    let call = RollupCall::Deposit {
        token: TokenId::ETHER.0,
        amount: DUST_WEI,
        owner: [word::to_bytes(owner.x), word::to_bytes(owner.y)],
        refund_to: client.account().ok_or(OpeningError::NoSigner)?,
        fee_wei: client.entry_fee_soon().await?,
    };
    info!("opening the operator's account for fees in ether by a deposit of one wei");
    client.execute(&call, PATIENCE).await?;
    Ok(())
}

/// Whether the queue holds a deposit of ether for the owner that no batch took.
async fn is_queued(
    config: &NodeConfig,
    gateway: &SharedGateway,
    prepared: &Prepared,
    owner: Point,
) -> Result<bool, OpeningError> {
    let head = gateway.latest().await?;
    let status = gateway.status_at(&head).await?;
    let taken = prepared.standing.executed().queue_taken;
    if taken >= status.queue_length {
        return Ok(false);
    }
    let from_block = config.l1.start_block;
    let waiting = gateway.queue(taken, status.queue_length, from_block);
    let of_owner = |entry: Entry| match entry {
        Entry::Deposit(deposit) => deposit.owner == owner && deposit.token == TokenId::ETHER,
        Entry::Forced(_) => false,
    };
    let waiting = waiting.await?;
    Ok(waiting
        .iter()
        .any(|found| contract::entry(found).is_ok_and(of_owner)))
}
