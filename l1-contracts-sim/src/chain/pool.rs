//! Transactions that wait for a block.

use std::collections::BTreeMap;

use alloy::{
    consensus::{Transaction as _, TxEnvelope, transaction::Recovered},
    primitives::{Address, B256},
};

use super::error::ChainError;

/// Waiting transactions, all in all.
pub(crate) const POOL_MAX: usize = 4096;

/// A replacement must pay so many percent more, of the whole fee and of the tip.
const REPLACEMENT_PERCENT: u128 = 10;

/// A signed transaction and its sender.
pub(crate) type SignedTransaction = Recovered<TxEnvelope>;

#[derive(Debug, Clone)]
struct Waiting {
    transaction: SignedTransaction,
    arrival: u64,
}

/// Waiting transactions by sender and nonce.
#[derive(Debug, Default, Clone)]
pub(crate) struct Pool {
    waiting: BTreeMap<(Address, u64), Waiting>,
    arrivals: u64,
}

impl Pool {
    /// Adds a transaction, or replaces one of the same nonce that pays less.
    pub(crate) fn add(&mut self, transaction: SignedTransaction) -> Result<(), ChainError> {
        let key = (transaction.signer(), transaction.nonce());
        if let Some(old) = self.waiting.get(&key) {
            if old.transaction.tx_hash() == transaction.tx_hash() {
                return Err(ChainError::AlreadyKnown);
            }
            let enough = |old: u128, new: u128| {
                new >= old.saturating_add(old.saturating_mul(REPLACEMENT_PERCENT).div_ceil(100))
                    && new > old
            };
            if !enough(
                old.transaction.max_fee_per_gas(),
                transaction.max_fee_per_gas(),
            ) || !enough(tip_cap(&old.transaction), tip_cap(&transaction))
            {
                return Err(ChainError::ReplacementUnderpriced);
            }
        } else if self.waiting.len() >= POOL_MAX {
            return Err(ChainError::PoolFull);
        }
        self.arrivals += 1;
        self.waiting.insert(
            key,
            Waiting {
                transaction,
                arrival: self.arrivals,
            },
        );
        Ok(())
    }

    /// The nonce after those waiting in a row from `next` on.
    pub(crate) fn nonce_after(&self, sender: Address, next: u64) -> u64 {
        (next..)
            .find(|nonce| !self.waiting.contains_key(&(sender, *nonce)))
            .unwrap_or(u64::MAX)
    }

    /// The transaction to take next: of those whose nonce is their sender's next, that can pay
    /// the base fee, that fit into the gas left and that are wanted, the one with the highest tip, then the
    /// oldest.
    pub(crate) fn best(
        &self,
        base_fee: u64,
        gas_left: u64,
        next_nonce: impl Fn(Address) -> u64,
        wanted: impl Fn(&SignedTransaction) -> bool,
    ) -> Option<SignedTransaction> {
        self.waiting
            .iter()
            .filter(|(_, waiting)| wanted(&waiting.transaction))
            .filter(|((sender, nonce), _)| *nonce == next_nonce(*sender))
            .map(|(_, waiting)| waiting)
            .filter(|w| w.transaction.gas_limit() <= gas_left)
            .filter_map(|w| Some((w.transaction.effective_tip_per_gas(base_fee)?, w)))
            .max_by_key(|(tip, w)| (*tip, u64::MAX - w.arrival))
            .map(|(_, w)| w.transaction.clone())
    }

    /// A waiting transaction.
    pub(crate) fn get(&self, hash: B256) -> Option<&SignedTransaction> {
        self.waiting
            .values()
            .map(|w| &w.transaction)
            .find(|t| *t.tx_hash() == hash)
    }

    /// Takes a waiting transaction out by its hash; false where there is none.
    pub(crate) fn drop_transaction(&mut self, hash: B256) -> bool {
        let before = self.waiting.len();
        self.waiting
            .retain(|_, waiting| *waiting.transaction.tx_hash() != hash);
        self.waiting.len() < before
    }

    /// All that wait, by sender and nonce.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &SignedTransaction> {
        self.waiting.values().map(|waiting| &waiting.transaction)
    }

    /// All that wait, in the order in which they came.
    pub(crate) fn by_arrival(&self) -> Vec<&SignedTransaction> {
        let mut waiting: Vec<_> = self.waiting.values().collect();
        waiting.sort_by_key(|waiting| waiting.arrival);
        waiting.into_iter().map(|w| &w.transaction).collect()
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Drops what waits under a nonce that was used.
    pub(crate) fn drop_stale(&mut self, next_nonce: impl Fn(Address) -> u64) {
        self.waiting
            .retain(|(sender, nonce), _| *nonce >= next_nonce(*sender));
    }
}

/// The tip that a transaction offers at most; an old one offers its whole price.
fn tip_cap(transaction: &SignedTransaction) -> u128 {
    transaction
        .max_priority_fee_per_gas()
        .unwrap_or_else(|| transaction.max_fee_per_gas())
}
