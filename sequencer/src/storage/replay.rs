//! Making the rows again from the logs.

use std::collections::HashMap;

use assay_circuits::{
    batch::State,
    operation::Operation,
    order::{Domain, Order, Signed, TxHash},
    quantity::{BatchNumber, StateRoot},
};

use super::{
    acknowledged::Acknowledgements,
    commit::Commit,
    error::StorageError,
    files::{Files, GROUP},
    log::Log,
};
use crate::record::{
    Acknowledged, AdoptedBatch, LogRecord, Outcome, SealedBatch, Tip, TransactionRecord,
};

/// The batch after which the log has all that batches held.
pub(super) fn first(log: &Log) -> Result<u64, StorageError> {
    for number in (log.base() + 1..=log.last()).rev() {
        if let LogRecord::Gone { .. } = log.records().decoded(number)? {
            return Ok(number);
        }
    }
    Ok(log.base())
}

/// Executes every batch of the log that comes after `from` again into an empty database; what was
/// acknowledged and is in none of them waits. The settings are not written.
pub(super) fn rebuild(
    files: &mut Files,
    domain: Domain,
    (mut state, mut tip): (State, Tip),
) -> Result<(State, Tip), StorageError> {
    let mut transactions = Transactions {
        acknowledged: Acknowledgements::read(&files.transactions, domain)?.waiting,
        unknown: 0,
    };
    let mut begin = Commit::default();
    for (index, account) in state.ledger().iter() {
        begin.account(index, account);
    }
    // What the state has had already must not wait.
    for number in files.batches.base() + 1..=tip.number.0 {
        let record = files.batches.records().decoded(number)?;
        transactions.keep(&mut begin, &record, domain);
    }
    let mut commits = vec![begin];
    for number in tip.number.0 + 1..=files.batches.last() {
        let record = files.batches.records().decoded(number)?;
        let (mut commit, after) = replay(&mut state, &record, (&tip, domain))?;
        transactions.keep(&mut commit, &record, domain);
        tip = after;
        commits.push(commit);
        if commits.len() == GROUP {
            files.write(std::mem::take(&mut commits))?;
        }
    }
    files.write(commits)?;
    // In no batch of the log: level::transactions finds them.
    Ok((state, tip))
}

/// What is known of transactions when the batches are executed again.
struct Transactions {
    acknowledged: HashMap<TxHash, Acknowledged>,
    /// How many were in batches whose acknowledgement is not kept any more. Their numbers are below
    /// those that are.
    unknown: u64,
}

impl Transactions {
    /// Keeps the transactions that a batch of the log holds.
    fn keep(&mut self, commit: &mut Commit, record: &LogRecord, domain: Domain) {
        for (signed, outcome, at_ms) in executed(record) {
            let hash = signed.hash(domain);
            let acknowledged = self.acknowledged.get(&hash).copied().unwrap_or_else(|| {
                let sequence = self.unknown;
                self.unknown += 1;
                // When it was acknowledged is not kept.
                Acknowledged {
                    signed: *signed,
                    received_ms: at_ms,
                    sequence,
                }
            });
            let record = TransactionRecord {
                outcome,
                ..acknowledged.into()
            };
            commit.transaction(hash, &record);
        }
    }
}

/// What users signed of a batch, what became of it, and when.
fn executed(record: &LogRecord) -> Vec<(&Signed<Order>, Outcome, u64)> {
    let outcome = |at_ms, to, position| Outcome::Executed {
        batch: record.number(),
        at_ms,
        to,
        position: Some(position),
    };
    match record {
        LogRecord::Gone { .. } => Vec::new(),
        LogRecord::Sealed(SealedBatch { closed, .. }) => {
            let at_ms = closed.closed_ms;
            let mut found = Vec::new();
            for (position, operation) in (0..).zip(closed.operations()) {
                if let Some(signed) = operation.signed() {
                    let outcome = outcome(at_ms, operation.recipient(), position);
                    found.push((signed, outcome, at_ms));
                }
            }
            found
        }
        LogRecord::Adopted(adopted) => {
            let at_ms = adopted.adopted_ms;
            let mut found = Vec::new();
            for (place, signed) in &adopted.contents.signed {
                let operation = adopted.contents.operations().nth(*place as usize);
                let to = operation.and_then(Operation::recipient);
                found.push((signed, outcome(at_ms, to, *place), at_ms));
            }
            found
        }
    }
}

/// Executes one batch of the log; returns the rows that it left, and where it left the rollup.
fn replay(
    state: &mut State,
    record: &LogRecord,
    (before, domain): (&Tip, Domain),
) -> Result<(Commit, Tip), StorageError> {
    match record {
        LogRecord::Gone { number, .. } => Err(StorageError::BatchMissing { batch: *number }),
        LogRecord::Sealed(sealed) => replay_sealed(state, sealed, before),
        LogRecord::Adopted(adopted) => replay_adopted(state, adopted, (before, domain)),
    }
}

fn replay_adopted(
    state: &mut State,
    adopted: &AdoptedBatch,
    (before, domain): (&Tip, Domain),
) -> Result<(Commit, Tip), StorageError> {
    let (batch, posted) = (adopted.number, adopted.posted());
    let replayed = state.replay(domain, &posted);
    let replayed = replayed.map_err(|source| StorageError::LogDoesNotReplay { batch, source })?;
    check_root(batch, adopted.new_root, state.root())?;
    let accounts_before = adopted.contents.accounts_before;
    let statement = posted.statement(domain, adopted.old_root, accounts_before);
    let mut commit = Commit::default();
    let inputs = statement.public_inputs();
    let (record, ..) = commit.adopt(adopted, inputs, &replayed.changes, (before.hash, domain));
    Ok((commit, record.tip()))
}

fn replay_sealed(
    state: &mut State,
    record: &SealedBatch,
    before: &Tip,
) -> Result<(Commit, Tip), StorageError> {
    let SealedBatch {
        closed,
        old_root,
        new_root,
        sealed_ms,
    } = record;
    let batch = closed.number();
    let executed = state.execute(&closed.input);
    let witness = executed.map_err(|source| StorageError::LogDoesNotReplay { batch, source })?;
    check_root(batch, *old_root, witness.old_root)?;
    check_root(batch, *new_root, witness.new_root)?;
    let mut commit = Commit::default();
    let (sealed, _) = commit.seal(closed, &witness, state, (before.hash, *sealed_ms));
    Ok((commit, sealed.tip()))
}

fn check_root(
    batch: BatchNumber,
    expected: StateRoot,
    found: StateRoot,
) -> Result<(), StorageError> {
    if found == expected {
        return Ok(());
    }
    Err(StorageError::LogLeadsElsewhere {
        batch,
        expected,
        found,
    })
}
