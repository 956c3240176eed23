//! What a record costs the operator, and so what it costs its sender at least. Every number of it
//! is here.

use assay_circuits::{
    order::{Order, Payee},
    quantity::{Amount, TokenId},
    shape::Shape,
};

use crate::accounts::Accounts;

/// What a transfer record costs on the layer 1: its own 262 gas, and its share of the 300,000 that a
/// batch with its proof costs, of which one of shape medium holds 56.
const TRANSFER_GAS: u128 = 5_500;
/// So many transfer records are worth a full one: a batch of shape medium has 56 of these and 6 of
/// those.
const TRANSFERS_PER_FULL_RECORD: u128 = 9;
/// At which price of gas the default covers the cost, wei.
const WEI_PER_GAS: u128 = 1_000_000_000;

/// What a batch with its proof costs on the layer 1 before one was seen.
pub(crate) const BATCH_GAS: u64 = 313_000;

/// The least fee of a transfer record in ether where the operator says nothing.
pub(crate) const LEAST_WEI: Amount = Amount(TRANSFER_GAS * WEI_PER_GAS);

/// What an order takes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// A transfer to an account that exists.
    Transfer,
    /// A withdrawal, or a transfer that makes an account.
    Full,
}

impl Record {
    /// What an order that comes now will take.
    pub(crate) fn of(order: &Order, accounts: &Accounts) -> Self {
        match order.to {
            Payee::Owner(owner) if accounts.find(&owner, order.token).is_some() => Self::Transfer,
            Payee::Owner(_) | Payee::L1(_) => Self::Full,
        }
    }

    /// The least fee, where that of a transfer is `transfer`.
    pub(crate) fn least_fee(self, transfer: Amount) -> Amount {
        match self {
            Self::Transfer => transfer,
            Self::Full => Amount(transfer.0.saturating_mul(TRANSFERS_PER_FULL_RECORD)),
        }
    }
}

/// What so many records are worth, in transfer records.
pub(crate) fn weight(full: usize, transfers: usize) -> u64 {
    let full = u64::try_from(full).unwrap_or(u64::MAX);
    let each = u64::try_from(TRANSFERS_PER_FULL_RECORD).unwrap_or(u64::MAX);
    let transfers = u64::try_from(transfers).unwrap_or(u64::MAX);
    full.saturating_mul(each).saturating_add(transfers)
}

/// What the largest of these shapes has room for, in transfer records.
pub(crate) fn room(shapes: impl IntoIterator<Item = Shape>) -> u64 {
    let room = |shape: Shape| weight(shape.full_records(), shape.transfers());
    shapes.into_iter().map(room).max().unwrap_or(1)
}

/// The least fee of a transfer record where the operator says nothing: there is one in ether.
pub(crate) fn defaults() -> impl IntoIterator<Item = (TokenId, Amount)> {
    [(TokenId::ETHER, LEAST_WEI)]
}
