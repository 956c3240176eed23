//! Witnesses: files with a checksum, and made again from the log where they are damaged or missing.

use std::collections::BTreeMap;

use assay_circuits::{
    batch::{BatchWitness, State},
    quantity::BatchNumber,
};
use tokio::task::spawn_blocking;
use tracing::warn;

use super::{
    Storage, WitnessCheck, checked_file, commit::Commit, error::StorageError, level, table, tip,
};
use crate::record::{AccountChange, BatchRecord, LogRecord, SealedBatch};

impl Storage {
    /// A batch's witness in postcard, as a worker gets it. One that is damaged or missing is made
    /// again.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn witness(&self, number: BatchNumber) -> Result<Vec<u8>, StorageError> {
        let path = self.directory.witness(number);
        let read = spawn_blocking(move || checked_file::read(&path)).await;
        match read.map_err(|_| StorageError::Closed)?? {
            Some(witness) => Ok(witness),
            None => self.rebuild_witness(number).await,
        }
    }

    /// Looks at a witness that a worker could not prove, and makes it again where it is not the one of
    /// the batch.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn check_witness(&self, number: BatchNumber) -> Result<WitnessCheck, StorageError> {
        let reader = self.clone();
        let is_it = spawn_blocking(move || reader.is_witness(number)).await;
        if is_it.map_err(|_| StorageError::Closed)?? {
            return Ok(WitnessCheck::Whole);
        }
        self.rebuild_witness(number).await?;
        Ok(WitnessCheck::Rebuilt)
    }

    /// Whether the file holds what the batch's public inputs are of.
    fn is_witness(&self, number: BatchNumber) -> Result<bool, StorageError> {
        let batch = self.sealed_batch(number)?;
        let bytes = checked_file::read(&self.directory.witness(number))?;
        let witness = bytes.and_then(|bytes| table::decode("witness", &bytes).ok());
        let is_it = |witness: BatchWitness| witness.statement().public_inputs() == batch.inputs;
        Ok(witness.is_some_and(is_it))
    }

    fn sealed_batch(&self, number: BatchNumber) -> Result<BatchRecord, StorageError> {
        let missing = StorageError::BatchMissing { batch: number };
        self.batch(number)?.ok_or(missing)
    }

    async fn rebuild_witness(&self, number: BatchNumber) -> Result<Vec<u8>, StorageError> {
        warn!(
            batch = number.0,
            "the witness of a batch is damaged or missing: making it again"
        );
        let reader = self.clone();
        let made = spawn_blocking(move || reader.execute_again(number)).await;
        let witness = table::encode(&made.map_err(|_| StorageError::Closed)??);
        let mut commit = Commit::default();
        commit.witness(number, &witness);
        self.commit(commit).await?;
        level::tell_repair("witness");
        Ok(witness)
    }

    /// Executes a batch of the log on the state before it.
    fn execute_again(&self, number: BatchNumber) -> Result<BatchWitness, StorageError> {
        let batch = self.sealed_batch(number)?;
        let LogRecord::Sealed(SealedBatch { closed, .. }) = self.log_record(number)? else {
            return Err(StorageError::BatchMissing { batch: number });
        };
        let mut state = self.state_before(number)?;
        let executed = state.execute(&closed.input);
        let witness = executed.map_err(|source| StorageError::LogDoesNotReplay {
            batch: number,
            source,
        })?;
        match witness.statement().public_inputs() == batch.inputs {
            true => Ok(witness),
            false => Err(StorageError::LogLeadsElsewhere {
                batch: number,
                expected: batch.new_root,
                found: witness.new_root,
            }),
        }
    }

    /// The state before a sealed batch: from the one after the last, what batches changed is taken
    /// back.
    fn state_before(&self, number: BatchNumber) -> Result<State, StorageError> {
        let accounts = self.rows.all(&table::ACCOUNTS);
        let mut accounts: BTreeMap<_, _> = accounts.collect::<Result<_, _>>()?;
        let last = tip::last_tip(&self.rows)?.number;
        for number in (number.0..=last.0).rev().map(BatchNumber) {
            for AccountChange { index, before, .. } in self.changes(number)? {
                match before {
                    Some(before) => drop(accounts.insert(index, before)),
                    None => drop(accounts.remove(&index)),
                }
            }
        }
        Ok(State::from_accounts(accounts))
    }
}
