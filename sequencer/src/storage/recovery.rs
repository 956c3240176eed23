//! Opening: the store as it was left, or rebuilt from the log of sealed batches.

use std::path::PathBuf;

use assay_circuits::{
    batch::State,
    operation::Operation,
    order::{Domain, Order, Signed},
    quantity::{BatchNumber, StateRoot},
};
use serde::{Serialize, de::DeserializeOwned};
use tracing::{error, info, warn};

use super::{
    batch_log::{BatchLog, LogError, Records},
    commit::Commit,
    directory::DataDirectory,
    disk::Disk,
    error::StorageError,
    files::{Files, GROUP},
    rows::{RowWriter, Rows},
    table::{self, Setting},
};
use crate::{
    l1::contract,
    record::{AdoptedBatch, LogRecord, Outcome, SealedBatch, Tip, TransactionRecord},
};

/// Version of the rows.
const FORMAT: u32 = 3;

/// What was found in a data directory.
#[derive(Debug)]
pub struct Recovered {
    /// After the last sealed batch.
    pub state: State,
    /// Where it left the rollup.
    pub tip: Tip,
    /// Where a damaged database was moved, if one was; then transactions that were acknowledged
    /// and not sealed are only there.
    pub moved_aside: Option<PathBuf>,
}

/// Opens what a directory holds, or begins it. A database that cannot be read is moved aside and
/// rebuilt from the log.
pub(super) fn open(
    directory: DataDirectory,
    domain: Domain,
    now_s: u64,
    disk: Disk,
) -> Result<(Files, Recovered), StorageError> {
    let mut log = BatchLog::open(&directory.log(), &disk, BatchNumber::GENESIS)?;
    let (rows, found) = match open_rows(&directory, domain, &mut log, &disk) {
        Ok((rows, recovered)) => (rows, Ok(recovered)),
        Err(error) if is_final(&error) || log.base() != BatchNumber::GENESIS => return Err(error),
        Err(error) => {
            error!(%error, "the database is damaged: moving it aside and rebuilding it from the log");
            let aside = directory.move_store_aside(now_s)?;
            (RowWriter::open(&directory.store())?, Err(aside))
        }
    };
    directory.sync(&disk)?;
    let mut files = Files {
        directory,
        rows,
        log,
        disk,
    };
    let recovered = found.or_else(|aside| rebuild(&mut files, domain, aside))?;
    Ok((files, recovered))
}

/// Begins a directory with the state after a batch.
pub(super) fn begin(
    directory: DataDirectory,
    domain: Domain,
    disk: Disk,
    base: &Tip,
    state: &State,
) -> Result<(), StorageError> {
    if !directory.is_empty() {
        let dir = directory.path().to_owned();
        return Err(StorageError::NotEmpty { dir });
    }
    let log = BatchLog::open(&directory.log(), &disk, base.number)?;
    let rows = RowWriter::open(&directory.store())?;
    directory.sync(&disk)?;
    let mut files = Files {
        directory,
        rows,
        log,
        disk,
    };
    let mut commit = Commit::default();
    for (index, account) in state.ledger().iter() {
        commit.account(index, account);
    }
    // With the accounts: a database without settings is one that was not begun to its end.
    commit.settings(FORMAT, domain, base);
    files.write(vec![commit])
}

/// What rebuilding would not mend.
fn is_final(error: &StorageError) -> bool {
    matches!(
        error,
        StorageError::Format { .. }
            | StorageError::OtherNetwork { .. }
            | StorageError::Log(LogError::Behind { .. })
    )
}

fn open_rows(
    directory: &DataDirectory,
    domain: Domain,
    log: &mut BatchLog,
    disk: &Disk,
) -> Result<(RowWriter, Recovered), StorageError> {
    let mut writer = RowWriter::open(&directory.store())?;
    if writer.rows().is_empty() && log.last() == BatchNumber::GENESIS {
        writer.write(disk, settings(domain, &genesis()).rows)?;
    }
    let rows = writer.rows();
    check_format(rows, domain)?;
    let accounts: Vec<_> = rows.all(&table::ACCOUNTS).collect::<Result<_, _>>()?;
    let (state, tip) = (State::from_accounts(accounts), last_tip(rows)?);
    let sealed = tip.number;
    let cut_off = rows.setting(&table::LOG_CUT)? == Some(sealed);
    if cut_off || log.last() == sealed.next() {
        // Batches were dropped, and the power went before the log was cut; or it went between log and
        // rows. What comes next on the rows' state need not be what the log has.
        let cut = log.cut(disk, sealed);
        cut.map_err(StorageError::io(log.path()))?;
    }
    let last = log.last();
    if last < sealed {
        let path = log.path().to_owned();
        return Err(LogError::Behind { path, last, sealed }.into());
    }
    if last > sealed.next() {
        return Err(StorageError::RowsBehind { last, sealed });
    }
    let found = state.root();
    if found != tip.root {
        return Err(StorageError::OtherAccounts {
            batch: sealed,
            expected: tip.root,
            found,
        });
    }
    info!(batch = sealed.0, accounts = state.ledger().len(), root = %found, "opened the store");
    let recovered = Recovered {
        state,
        tip,
        moved_aside: None,
    };
    Ok((writer, recovered))
}

/// What a database says of itself.
fn settings(domain: Domain, base: &Tip) -> Commit {
    let mut commit = Commit::default();
    commit.settings(FORMAT, domain, base);
    commit
}

/// Where every rollup begins.
pub(super) fn genesis() -> Tip {
    let root = State::default().root();
    Tip {
        number: BatchNumber::GENESIS,
        timestamp: 0,
        root,
        hash: contract::genesis_hash(root),
        queue_end: 0,
    }
}

/// Where a directory begins.
pub(super) fn base(rows: &Rows) -> Result<Tip, StorageError> {
    required(rows, &table::BASE)
}

/// Where the last sealed batch left the rollup.
pub(super) fn last_tip(rows: &Rows) -> Result<Tip, StorageError> {
    match rows.last(&table::BATCHES)? {
        Some(last) => Ok(last.tip()),
        None => base(rows),
    }
}

fn check_format(rows: &Rows, domain: Domain) -> Result<(), StorageError> {
    let found = required(rows, &table::FORMAT)?;
    if found != FORMAT {
        return Err(StorageError::Format {
            expected: FORMAT,
            found,
        });
    }
    let found = required(rows, &table::DOMAIN)?;
    if found != domain {
        return Err(StorageError::OtherNetwork {
            expected: domain,
            found,
        });
    }
    Ok(())
}

fn required<V: Serialize + DeserializeOwned>(
    rows: &Rows,
    setting: &Setting<V>,
) -> Result<V, StorageError> {
    let setting_missing = StorageError::SettingMissing {
        setting: setting.name,
    };
    rows.setting(setting)?.ok_or(setting_missing)
}

/// Executes every batch of the log again into a new database.
fn rebuild(files: &mut Files, domain: Domain, aside: PathBuf) -> Result<Recovered, StorageError> {
    let mut state = State::default();
    let mut tip = genesis();
    let mut sequence = 0;
    let mut commits = Vec::new();
    for record in Records::open(files.log.path())? {
        let record = record?;
        let (commit, after) = replay(&mut state, &record, (&tip, domain), &mut sequence)?;
        tip = after;
        commits.push(commit);
        if commits.len() == GROUP {
            files.write(std::mem::take(&mut commits))?;
        }
    }
    // Last: a database without settings is one that was not rebuilt to its end, and is refused.
    commits.push(settings(domain, &genesis()));
    files.write(commits)?;
    warn!(batch = tip.number.0, aside = %aside.display(),
        "rebuilt the database; transactions that were not sealed are only in the old one");
    Ok(Recovered {
        state,
        tip,
        moved_aside: Some(aside),
    })
}

/// Executes one batch of the log; returns the rows that it left, and where it left the rollup.
fn replay(
    state: &mut State,
    record: &LogRecord,
    (before, domain): (&Tip, Domain),
    sequence: &mut u64,
) -> Result<(Commit, Tip), StorageError> {
    match record {
        LogRecord::Sealed(sealed) => replay_sealed(state, sealed, before, sequence),
        LogRecord::Adopted(adopted) => replay_adopted(state, adopted, (before, domain), sequence),
    }
}

fn replay_adopted(
    state: &mut State,
    adopted: &AdoptedBatch,
    (before, domain): (&Tip, Domain),
    sequence: &mut u64,
) -> Result<(Commit, Tip), StorageError> {
    let (batch, posted) = (adopted.number, adopted.posted());
    let replayed = state.replay(domain, &posted);
    let replayed = replayed.map_err(|source| StorageError::LogDoesNotReplay { batch, source })?;
    check_root(batch, adopted.new_root, state.root())?;
    let accounts_before = adopted.contents.accounts_before;
    let statement = posted.statement(domain, adopted.old_root, accounts_before);
    let mut commit = Commit::default();
    let inputs = statement.public_inputs();
    let (record, _) = commit.adopt(adopted, inputs, &replayed.changes, before.hash);
    for (place, signed) in &adopted.contents.signed {
        let operation = adopted.contents.operations().nth(*place as usize);
        let outcome = Outcome::Executed {
            batch,
            at_ms: adopted.adopted_ms,
            to: operation.and_then(Operation::recipient),
            position: Some(*place),
        };
        keep(&mut commit, signed, domain, (outcome, sequence));
    }
    commit.next_sequence(*sequence);
    Ok((commit, record.tip()))
}

fn replay_sealed(
    state: &mut State,
    record: &SealedBatch,
    before: &Tip,
    sequence: &mut u64,
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
    for (position, operation) in closed.operations().enumerate() {
        let Some(signed) = operation.signed() else {
            continue;
        };
        let outcome = Outcome::Executed {
            batch,
            at_ms: closed.closed_ms,
            to: operation.recipient(),
            position: u32::try_from(position).ok(),
        };
        let domain = closed.input.domain;
        keep(&mut commit, signed, domain, (outcome, sequence));
    }
    commit.next_sequence(*sequence);
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

/// A transaction that a batch of the log holds. When it was acknowledged is not in the log.
fn keep(
    commit: &mut Commit,
    signed: &Signed<Order>,
    domain: Domain,
    (outcome, sequence): (Outcome, &mut u64),
) {
    let received_ms = match outcome {
        Outcome::Executed { at_ms, .. } | Outcome::Rejected { at_ms, .. } => at_ms,
        Outcome::Waiting => 0,
    };
    let record = TransactionRecord {
        signed: *signed,
        received_ms,
        sequence: *sequence,
        outcome,
        dropped: None,
    };
    commit.transaction(signed.hash(domain), &record);
    *sequence += 1;
}
