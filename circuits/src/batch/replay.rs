//! Executing what was posted of a batch, without its users' signatures.
//!
//! That orders were signed and in time is what the proof says. All the rest is computed again, so that
//! the state is known from the posted data alone.

use rayon::prelude::*;

use super::{ExecutionError, Replayed, Section, State};
use crate::{
    operation::Operation,
    order::{Domain, Order, Payee},
    posted::{PostedBatch, TransferRecord},
    quantity::{AccountIndex, Timestamp},
    transition::{self, Change, FeePot, Rejection},
};

impl State {
    /// Executes what was posted of a batch. Whether root and number of accounts are then the posted
    /// ones is for the caller to compare.
    ///
    /// # Errors
    /// The first rule that is broken; then the state is as it was before.
    pub fn replay(
        &mut self,
        domain: Domain,
        batch: &PostedBatch,
    ) -> Result<Replayed, ExecutionError> {
        super::check_sections(&batch.fee_slots, &batch.full)?;
        let mut replay = Replay {
            state: self,
            domain,
            fees: FeePot::new(&batch.fee_slots),
            operations: Vec::new(),
            done: Vec::new(),
        };
        match replay.batch(batch) {
            Ok(()) => Ok(replay.settle()),
            Err(error) => {
                replay.undo();
                Err(error)
            }
        }
    }
}

/// One replay under way. The tree follows at the end, each of its nodes being hashed once.
struct Replay<'a> {
    state: &'a mut State,
    domain: Domain,
    fees: FeePot,
    operations: Vec<Operation<Order>>,
    done: Vec<Change>,
}

impl Replay<'_> {
    fn batch(&mut self, batch: &PostedBatch) -> Result<(), ExecutionError> {
        for (position, operation) in batch.full.iter().enumerate() {
            let replayed = self.operation(operation);
            replayed.map_err(rejected(Section::Full, position))?;
        }
        for (position, record) in batch.transfers.iter().enumerate() {
            let replayed = self.transfer(record);
            replayed.map_err(rejected(Section::Transfer, position))?;
        }
        let settled = transition::settle_fees(&mut self.state.ledger, &self.fees);
        let changes = settled.map_err(|rejection| super::fee_rejected(&self.fees, rejection))?;
        self.done.extend(changes);
        Ok(())
    }

    fn operation(&mut self, operation: &Operation<Order>) -> Result<(), Rejection> {
        let ledger = &mut self.state.ledger;
        match operation {
            Operation::Transfer { order, .. } | Operation::Withdrawal { order } => {
                transition::check_turn(ledger, Timestamp::MIN, order)?;
            }
            Operation::Forced { order, paid } => {
                transition::check_outcome(ledger, self.domain, order, *paid)?;
            }
            Operation::Deposit { .. } => {}
        }
        let effect = transition::apply(ledger, &mut self.fees, operation)?;
        self.done
            .extend([effect.sender, effect.recipient].into_iter().flatten());
        self.operations.push(*operation);
        Ok(())
    }

    /// What a transfer record leaves out stands in the two accounts.
    fn transfer(&mut self, record: &TransferRecord) -> Result<(), Rejection> {
        let ledger = &self.state.ledger;
        let found = |index: AccountIndex| {
            let account = ledger.account(index);
            account.ok_or(Rejection::UnknownAccount(index))
        };
        let (sender, recipient) = (found(record.from)?, found(record.to)?);
        let order = Order {
            from: record.from,
            nonce: sender.nonce,
            token: sender.token,
            to: Payee::Owner(recipient.owner),
            amount: record.amount,
            fee: record.fee,
            expires: Timestamp::MAX,
        };
        let to = record.to;
        self.operation(&Operation::Transfer { order, to })
    }

    /// Makes the changes in the tree.
    fn settle(self) -> Replayed {
        let mut touched: Vec<AccountIndex> = self.done.iter().map(|change| change.index).collect();
        touched.sort_unstable();
        touched.dedup();
        let ledger = &self.state.ledger;
        let leaf = |index: AccountIndex| {
            let account = ledger.account(index);
            let account = account.expect("a change leaves an account");
            (index.get(), account.leaf())
        };
        let leaves: Vec<_> = touched.into_par_iter().map(leaf).collect();
        self.state.tree.set_many(leaves);
        Replayed {
            operations: self.operations,
            changes: self.done,
        }
    }

    fn undo(&mut self) {
        for change in self.done.iter().rev() {
            self.state.ledger.restore(change.index, change.before);
        }
    }
}

fn rejected(section: Section, position: usize) -> impl FnOnce(Rejection) -> ExecutionError {
    move |rejection| ExecutionError::Rejected {
        section,
        position,
        rejection,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
