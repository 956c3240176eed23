//! Dropping batches that the layer 1 does not have: the state goes back to that after an earlier one,
//! and what users signed waits again.

use assay_circuits::{
    batch::State,
    operation::Operation,
    order::{Domain, TxHash},
    quantity::BatchNumber,
};

use super::{
    Storage,
    commit::Commit,
    error::StorageError,
    recovery::{self, Recovered},
    table,
};
use crate::record::{InFlight, Outcome, TransactionRecord};

impl Storage {
    /// The batch to which the directory is to go back when the node's parts are made again.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn wanted_roll_back(&self) -> Result<Option<BatchNumber>, StorageError> {
        self.rows.setting(&table::ROLL_BACK)
    }

    /// Drops all batches after `to`, be they sealed, closed or open. Nobody else may be writing.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn roll_back(&self, to: BatchNumber, domain: Domain) -> Result<(), StorageError> {
        let mut commit = Commit::default();
        let sealed = self.last_tip()?.number;
        for number in (to.0 + 1..=sealed.0).rev().map(BatchNumber) {
            let witness = self.witness(number)?;
            let slots = witness.full.iter().chain(&witness.transfers);
            let operations: Vec<_> = slots.filter_map(|slot| slot.operation).collect();
            commit.unseal(number, &self.changes(number)?);
            self.wait_again(&mut commit, &operations, domain)?;
        }
        for closed in self.closed_batches()? {
            let operations: Vec<_> = closed.operations().copied().collect();
            commit.forget_closed(closed.number());
            self.wait_again(&mut commit, &operations, domain)?;
        }
        if let Some((_, rows)) = self.open_batch()? {
            let operations: Vec<_> = rows.iter().map(|row| row.operation).collect();
            commit.forget_open(u32::try_from(rows.len()).expect("a batch is small"));
            self.wait_again(&mut commit, &operations, domain)?;
        }
        for in_flight in self.in_flight()? {
            if in_flight.last > to {
                // Its nonce may still be taken.
                commit.fly(&InFlight {
                    abandoned: true,
                    ..in_flight
                });
            }
        }
        commit.rolled_back(to);
        self.commit(commit).await
    }

    /// What users signed of these operations waits for its turn again.
    fn wait_again(
        &self,
        commit: &mut Commit,
        operations: &[Operation],
        domain: Domain,
    ) -> Result<(), StorageError> {
        for signed in operations.iter().filter_map(Operation::signed) {
            let hash: TxHash = signed.hash(domain);
            let Some(record) = self.transaction(hash)? else {
                continue;
            };
            let record = TransactionRecord {
                outcome: Outcome::Waiting,
                ..record
            };
            commit.transaction(hash, &record);
            commit.wait_again(record.sequence, hash);
        }
        Ok(())
    }

    /// The state after the last sealed batch, read again.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn recover(&self) -> Result<Recovered, StorageError> {
        let accounts: Vec<_> = self.rows.all(&table::ACCOUNTS).collect::<Result<_, _>>()?;
        Ok(Recovered {
            state: State::from_accounts(accounts),
            tip: recovery::last_tip(&self.rows)?,
            moved_aside: None,
        })
    }
}
