//! Opening: the store as it was left, or what of it is damaged made again from the rest.
//!
//! Rows and logs are compared at each start. Rows that are damaged, or stand behind the logs, are made
//! again from the logs; a log that is damaged, or stands behind the rows, is made again from the rows.
//! What the system refuses to read or write is neither: it ends the start, and nothing is moved.

use std::{
    collections::BTreeSet,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
};

use assay_circuits::{
    batch::State,
    order::{Domain, TxHash},
    quantity::BatchNumber,
};
use tracing::{error, info, warn};

use super::{
    commit::{Commit, INDEXES},
    directory::DataDirectory,
    disk::{Disk, Step},
    error::StorageError,
    files::Files,
    indexing, level,
    log::{self, Log},
    replay,
    rows::{RowWriter, Rows},
    snapshot,
    table::{self, StoredRow},
    tip::{base, genesis, last_tip, required},
};
use crate::record::{Outcome, Tip, TransactionRecord};

/// Version of the rows.
const FORMAT: u32 = 5;
/// The versions before it of which a directory is taken over. Both lack the index of payments, which is made
/// from rows and log; the first lacks the log of acknowledged transactions as well, which is written from its
/// rows.
const FORMATS_BEFORE: [u32; 2] = [3, 4];

/// What was found in a data directory.
#[derive(Debug)]
pub struct Recovered {
    /// After the last sealed batch.
    pub state: State,
    /// Where it left the rollup.
    pub tip: Tip,
    /// Where a damaged database was moved, if one was.
    pub moved_aside: Option<PathBuf>,
}

/// What sound rows say.
struct Found {
    state: State,
    tip: Tip,
    /// The last batch that is final on the layer 1.
    r#final: BatchNumber,
    /// Transactions that are in no final batch and were not rejected.
    unsettled: Vec<(TxHash, TransactionRecord)>,
}

/// The two logs.
struct Logs {
    batches: Log,
    transactions: Log,
}

/// Rows as they were found.
enum Opened {
    /// There are none.
    Empty(RowWriter),
    Sound(RowWriter, Box<Found>),
}

/// Opens what a directory holds, or begins it.
pub(super) fn open(
    directory: DataDirectory,
    domain: Domain,
    now_s: u64,
    disk: Disk,
) -> Result<(Files, Recovered), StorageError> {
    let mut logs = Logs::open(&directory, &disk, BatchNumber::GENESIS)?;
    let (rows, found, moved_aside) = match open_rows(&directory, domain, &mut logs, &disk) {
        Ok(Opened::Sound(rows, found)) => (rows, Some(*found), None),
        Ok(Opened::Empty(rows)) => (rows, None, None),
        Err(error) if !error.is_damage() => return Err(error),
        Err(error) => {
            // Only where the disk is at fault in nothing else is it the database.
            let path = directory.path();
            disk.probe(path).map_err(StorageError::io(path))?;
            error!(%error, "the database is damaged: moving it aside and rebuilding it from the logs");
            let moved = disk.step(Step::MoveAside);
            moved.map_err(StorageError::io(path))?;
            let aside = directory.move_store_aside(now_s)?;
            let rows = RowWriter::open(&directory.store(), &disk)?;
            (rows, None, Some(aside))
        }
    };
    directory.sync(&disk)?;
    let mut files = Files {
        directory,
        rows,
        batches: logs.batches,
        transactions: logs.transactions,
        disk,
        answered_to: None,
        is_indexed: false,
    };
    let Found {
        state,
        tip,
        unsettled,
        ..
    } = match found {
        Some(found) => found,
        None => rebuild(&mut files, domain)?,
    };
    let rows = files.rows.rows();
    let is_of_this_version = required(rows, &table::FORMAT)? == FORMAT
        && rows.setting(&table::INDEXES)? == Some(INDEXES);
    if !is_of_this_version {
        indexing::make(&mut files, domain)?;
    }
    files.is_indexed = true;
    level::transactions(&mut files, domain, &unsettled)?;
    if !is_of_this_version {
        let mut commit = Commit::default();
        commit.format(FORMAT);
        files.write(vec![commit])?;
    }
    info!(batch = tip.number.0, accounts = state.ledger().len(), root = %tip.root, "opened the store");
    let recovered = Recovered {
        state,
        tip,
        moved_aside,
    };
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
    let Logs {
        batches,
        transactions,
    } = Logs::open(&directory, &disk, base.number)?;
    let rows = RowWriter::open(&directory.store(), &disk)?;
    directory.sync(&disk)?;
    let mut files = Files {
        directory,
        rows,
        batches,
        transactions,
        disk,
        answered_to: None,
        is_indexed: false,
    };
    let mut commit = Commit::default();
    for (index, account) in state.ledger().iter() {
        commit.account(index, account);
    }
    // With the accounts: a database without settings is one that was not begun to its end.
    commit.settings(FORMAT, domain, base);
    files.write(vec![commit])?;
    snapshot::write(&files.directory, &files.disk, files.rows.rows(), base)
}

impl Logs {
    fn open(
        directory: &DataDirectory,
        disk: &Disk,
        base: BatchNumber,
    ) -> Result<Self, StorageError> {
        let (old, batches) = (directory.batches_file(), directory.batches());
        log::take_in(&log::BATCHES, &old, &batches, disk)?;
        Ok(Self {
            batches: Log::open(&log::BATCHES, &batches, disk, base.0)?,
            transactions: Log::open(&log::TRANSACTIONS, &directory.transactions(), disk, 0)?,
        })
    }
}

/// Opens the rows, reads all of them, and brings the log of batches level with them.
fn open_rows(
    directory: &DataDirectory,
    domain: Domain,
    logs: &mut Logs,
    disk: &Disk,
) -> Result<Opened, StorageError> {
    let writer = RowWriter::open(&directory.store(), disk)?;
    let rows = writer.rows();
    if rows.is_empty() {
        return Ok(Opened::Empty(writer));
    }
    // sled may panic on a damaged page as well. Nothing that is left half done is used.
    let read = panic::catch_unwind(AssertUnwindSafe(|| read_rows(rows, domain)));
    let found = read.map_err(|_| StorageError::DatabasePanicked)??;
    let reached = (&found.tip, found.r#final);
    level::batches(&mut logs.batches, (directory, disk), rows, reached)?;
    Ok(Opened::Sound(writer, Box::new(found)))
}

/// Reads every row: what is damaged is found now, and not when it is wanted.
fn read_rows(rows: &Rows, domain: Domain) -> Result<Found, StorageError> {
    check_format(rows, domain)?;
    let (base, tip) = (base(rows)?, last_tip(rows)?);
    let r#final = last_final(rows, base.number, tip.number)?;
    let (mut unsettled, mut hashes) = (Vec::new(), BTreeSet::new());
    let (mut waiting, mut changes) = (Vec::new(), BTreeSet::new());
    let mut last = base;
    let mut missing = None;
    rows.read_all(|row| match row {
        StoredRow::Transaction(hash, record) => match record.outcome {
            Outcome::Rejected { .. } => {}
            Outcome::Executed { batch, .. } if batch <= r#final => {}
            Outcome::Waiting | Outcome::Executed { .. } => {
                hashes.insert(hash);
                unsettled.push((hash, *record));
            }
        },
        StoredRow::Waiting(hash) => waiting.push(hash),
        StoredRow::Batch(batch) => {
            if batch.number != last.number.next() || batch.old_root != last.root {
                missing = missing.or(Some(last.number.next()));
            }
            last = batch.tip();
        }
        StoredRow::Changes(number) => {
            changes.insert(number);
        }
        StoredRow::Other => {}
    })?;
    let unchanged = (base.number.0 + 1..=tip.number.0).map(BatchNumber);
    let unchanged = unchanged.filter(|number| !changes.contains(number)).min();
    if let Some(batch) = missing.or(unchanged) {
        return Err(StorageError::BatchMissing { batch });
    }
    if let Some(hash) = waiting.into_iter().find(|hash| !hashes.contains(hash)) {
        return Err(StorageError::WaitingUnknown { hash });
    }
    let accounts: Vec<_> = rows.all(&table::ACCOUNTS).collect::<Result<_, _>>()?;
    let state = State::from_accounts(accounts);
    if state.root() != tip.root {
        return Err(StorageError::OtherAccounts {
            batch: tip.number,
            expected: tip.root,
            found: state.root(),
        });
    }
    Ok(Found {
        state,
        tip,
        r#final,
        unsettled,
    })
}

/// The last batch that is final on the layer 1.
fn last_final(
    rows: &Rows,
    base: BatchNumber,
    sealed: BatchNumber,
) -> Result<BatchNumber, StorageError> {
    for number in (base.0 + 1..=sealed.0).rev().map(BatchNumber) {
        let record = rows.get(&table::L1_RECORDS, &number)?;
        if record.is_some_and(|record| record.final_ms.is_some()) {
            return Ok(number);
        }
    }
    Ok(base)
}

/// Makes the rows from the logs, or begins with batch 0 where nothing is in them.
fn rebuild(files: &mut Files, domain: Domain) -> Result<Found, StorageError> {
    let is_new = files.batches.is_empty() && files.transactions.is_empty();
    let first = replay::first(&files.batches)?;
    let begin = match first {
        0 => (State::default(), genesis()),
        _ => {
            let begin = snapshot::first(&files.directory, (first, files.batches.last()))?;
            begin.ok_or_else(|| files.batches.lost(first))?
        }
    };
    let base = begin.1;
    let (state, tip) = replay::rebuild(files, domain, begin)?;
    // Last: a database without settings is one that was not rebuilt to its end, and is refused.
    files.write(vec![settings(domain, &base)])?;
    if !is_new {
        level::tell_repair("rows");
        warn!(batch = tip.number.0, "rebuilt the database from the logs");
    }
    Ok(Found {
        state,
        tip,
        r#final: base.number,
        unsettled: Vec::new(),
    })
}

/// What a database says of itself.
pub(super) fn settings(domain: Domain, base: &Tip) -> Commit {
    let mut commit = Commit::default();
    commit.settings(FORMAT, domain, base);
    commit
}

fn check_format(rows: &Rows, domain: Domain) -> Result<(), StorageError> {
    let found = required(rows, &table::FORMAT)?;
    if found != FORMAT && !FORMATS_BEFORE.contains(&found) {
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
