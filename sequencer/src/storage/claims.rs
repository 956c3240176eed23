//! What can be claimed of sealed batches on the layer 1, and the index of it by those whom it concerns: the
//! account that pays, and the address that is paid.
//!
//! Both are written with the batch and go with it, and follow from the log alone.

use std::collections::BTreeSet;

use assay_api::wire::Claimant;
use assay_circuits::{
    address::L1Address,
    operation::Operation,
    order::Order,
    quantity::{AccountIndex, Amount, BatchNumber, TokenId},
};

use crate::{
    l1::contract,
    record::{BatchContents, BatchRecord, Member, StoredClaim, member},
};

/// Where a claim stands on the layer 1: its batch, and its number there.
pub type ClaimPlace = (BatchNumber, u16);

/// A page of claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimsPage {
    /// Latest first.
    pub claims: Vec<ClaimPlace>,
    /// Below which place the next page begins, if there is one.
    pub next: Option<ClaimPlace>,
}

/// What can be claimed of a batch that holds these: the contract's list, in its order.
pub(super) fn of_batch(
    batch: &BatchRecord,
    contents: &BatchContents,
    members: &[Member],
) -> Vec<StoredClaim> {
    let claims = contract::batch_data(batch, contents).claims();
    let operations = members.iter().zip(contents.operations());
    let makers = operations.filter(|(_, operation)| makes_a_claim(operation));
    let stored = claims
        .into_iter()
        .zip(makers)
        .map(|(claim, (member, _))| StoredClaim {
            token: TokenId(claim.token),
            amount: Amount(claim.amount),
            to: L1Address(claim.receiver.0),
            from: claim.from,
            hash: member.hash,
            queue_index: member.queue_index,
        });
    stored.collect()
}

fn makes_a_claim(operation: &Operation<Order>) -> bool {
    match operation {
        Operation::Withdrawal { .. } => true,
        Operation::Forced { paid, .. } => {
            member::is_forced_withdrawal(operation) && paid.is_some_and(|paid| paid > Amount::ZERO)
        }
        Operation::Deposit { .. } => !member::has_effect(operation),
        Operation::Transfer { .. } => false,
    }
}

/// Whom claims concern.
pub(super) fn claimants(claims: &[StoredClaim]) -> BTreeSet<Claimant> {
    let both = |claim: &StoredClaim| {
        let from = AccountIndex::new(claim.from).ok().map(Claimant::From);
        from.into_iter().chain([Claimant::To(claim.to)])
    };
    claims.iter().flat_map(both).collect()
}

/// Whether a claim is somebody's.
pub(super) fn concerns(claim: &StoredClaim, claimant: Claimant) -> bool {
    match claimant {
        Claimant::From(account) => claim.from == account.get(),
        Claimant::To(receiver) => claim.to == receiver,
    }
}
