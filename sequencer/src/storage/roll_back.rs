//! Dropping batches that are the rollup's no more: the state goes back to that after an earlier one,
//! and what users signed waits again.

use std::collections::BTreeSet;

use assay_circuits::{
    batch::State,
    order::{Domain, Order, Signed, TxHash},
    quantity::{AccountIndex, BatchNumber},
};

use super::{Storage, commit::Commit, error::StorageError, recovery::Recovered, table, tip};
use crate::record::{
    DropCause, Dropped, InFlight, LogRecord, Outcome, RollBack, RolledBack, TransactionRecord,
    WaitsAgain,
};

impl Storage {
    /// The batch to which the directory is to go back when the node's parts are made again, and why.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn wanted_roll_back(&self) -> Result<Option<(BatchNumber, DropCause)>, StorageError> {
        self.rows.setting(&table::ROLL_BACK)
    }

    /// Whether there is a batch that was begun here and not sealed.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn has_unsealed(&self) -> Result<bool, StorageError> {
        Ok(self.open_batch()?.is_some() || !self.closed_batches()?.is_empty())
    }

    /// The first batch after `after` that another operator made. It is among those that the layer 1 has or had,
    /// of which there are records: an adopted batch comes with one ([`Commit::adopt`]), and they go together. The
    /// node's own batches that were never there are not looked at, however many they are.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn first_adopted(&self, after: BatchNumber) -> Result<Option<BatchNumber>, StorageError> {
        for number in self.rows.batches_from(&table::L1_RECORDS, after.next()) {
            let number = number?;
            if self.batch(number)?.is_some_and(|batch| batch.adopted) {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// Drops all batches after one, be they sealed, adopted, closed or open, and says what became of
    /// what. Nobody else may be writing.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn roll_back(
        &self,
        wanted: RollBack,
        domain: Domain,
    ) -> Result<RolledBack, StorageError> {
        let mut commit = Commit::default();
        let mut done = RolledBack::default();
        let base = self.base()?.number;
        let (to, sealed) = (wanted.to.max(base), self.last_tip()?.number);
        let mut accounts = BTreeSet::new();
        for number in (to.0 + 1..=sealed.0).rev().map(BatchNumber) {
            let Some(batch) = self.batch(number)? else {
                continue;
            };
            let changes = self.changes(number)?;
            accounts.extend(changes.iter().map(|change| change.index));
            commit.unseal(number, (&changes, &self.claims(number)?));
            let signed = self.contents(&batch)?.signed;
            let hashes = signed.values().map(|signed| signed.hash(domain));
            self.wait_again((&mut commit, &mut done), hashes, wanted.dropped(number))?;
            if let LogRecord::Adopted(adopted) = self.log_record(number)? {
                self.wait_after_all((&mut commit, &mut done), adopted.overtaken)?;
            }
        }
        for closed in self.closed_batches()? {
            let number = closed.number();
            commit.forget_closed(number);
            let hashes = closed.hashes(domain);
            self.wait_again((&mut commit, &mut done), hashes, wanted.dropped(number))?;
        }
        if let Some((header, rows)) = self.open_batch()? {
            commit.forget_open(u32::try_from(rows.len()).expect("a batch is small"));
            let signed = rows.iter().filter_map(|row| row.operation.signed());
            let hashes = signed.map(|signed: &Signed<Order>| signed.hash(domain));
            let dropped = wanted.dropped(header.number);
            self.wait_again((&mut commit, &mut done), hashes, dropped)?;
        }
        for in_flight in self.in_flight()? {
            if in_flight.batches.is_some_and(|(_, last)| last > to) {
                // It may be mined all the same.
                commit.fly(&InFlight {
                    abandoned: true,
                    ..in_flight
                });
            }
        }
        if wanted.to < base {
            for account in self.rows.all(&table::ACCOUNTS) {
                accounts.insert(account?.0);
            }
            commit.begin_anew(accounts);
        }
        commit.rolled_back(wanted.to);
        self.commit(commit).await?;
        done.batches.sort_unstable_by_key(|dropped| dropped.batch);
        Ok(done)
    }

    /// Transactions of a batch that is dropped wait for their turn again.
    fn wait_again(
        &self,
        (commit, done): (&mut Commit, &mut RolledBack),
        hashes: impl Iterator<Item = TxHash>,
        dropped: Dropped,
    ) -> Result<(), StorageError> {
        done.batches.push(dropped);
        for hash in hashes {
            let Some(record) = self.transaction(hash)? else {
                continue;
            };
            let dropped = Some(dropped);
            done.again.push(waits_again(hash, &record, dropped));
            commit.wait_again(hash, TransactionRecord { dropped, ..record });
        }
        Ok(())
    }

    /// What another operator's batch took the turn of may have it after all.
    fn wait_after_all(
        &self,
        (commit, done): (&mut Commit, &mut RolledBack),
        overtaken: Vec<TxHash>,
    ) -> Result<(), StorageError> {
        for hash in overtaken {
            let Some(record) = self.transaction(hash)? else {
                continue;
            };
            if let Outcome::Rejected { .. } = record.outcome {
                done.again.push(waits_again(hash, &record, record.dropped));
                commit.wait_again(hash, record);
            }
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
            tip: tip::last_tip(&self.rows)?,
            moved_aside: None,
        })
    }
}

fn waits_again(hash: TxHash, record: &TransactionRecord, dropped: Option<Dropped>) -> WaitsAgain {
    let to = match record.outcome {
        Outcome::Executed { to, .. } => to,
        Outcome::Waiting | Outcome::Rejected { .. } => None,
    };
    WaitsAgain {
        hash,
        from: record.signed.order.from,
        to,
        dropped,
    }
}

impl Commit {
    /// The directory begins with batch 0; what it has of accounts is of these.
    fn begin_anew(&mut self, accounts: impl IntoIterator<Item = AccountIndex>) {
        for index in accounts {
            self.rows.delete(&table::ACCOUNTS, &index);
        }
        self.rows.set(&table::BASE, &tip::genesis());
    }
}
