//! Opening: the store as it was left, or rebuilt from the log of sealed batches.

use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::Arc,
};

use assay_circuits::{
    batch::State,
    quantity::{AccountIndex, BatchNumber, StateRoot},
    transaction::Domain,
};
use tracing::{error, info, warn};

use super::{
    LOG_FILE, STORE_DIR, Storage, StorageError, WITNESS_DIR,
    batch_log::{BatchLog, LogError, Records},
    commit::Commit,
    disk::Disk,
    lock,
    table::{self, Table},
    writer::{self, Files, Writer},
};
use crate::record::{LogRecord, Outcome, TransactionRecord};

/// Version of the rows.
const FORMAT: u32 = 1;
/// Pages that sled keeps in memory, bytes.
const CACHE_BYTES: u64 = 64 << 20;

/// What was found in a data directory.
#[derive(Debug)]
pub struct Recovered {
    /// After the last sealed batch.
    pub state: State,
    /// The last sealed batch.
    pub sealed: BatchNumber,
    /// Where a damaged database was moved, if one was; then transactions that were acknowledged
    /// and not sealed are only there.
    pub moved_aside: Option<PathBuf>,
}

impl Storage {
    /// Opens a data directory, or begins it. A database that cannot be read is moved aside and
    /// rebuilt from the log.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn open(
        dir: &Path,
        domain: Domain,
        now_s: u64,
        disk: Disk,
    ) -> Result<(Self, Recovered), StorageError> {
        let lock = Arc::new(lock(dir)?);
        let witnesses = dir.join(WITNESS_DIR);
        fs::create_dir_all(&witnesses).map_err(StorageError::io(&witnesses))?;
        let log = BatchLog::open(&dir.join(LOG_FILE))?;
        let store = dir.join(STORE_DIR);
        let (db, recovered) = match open_store(&store, domain, &log) {
            Ok(opened) => opened,
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => {
                let aside = dir.join(format!("{STORE_DIR}.damaged-{now_s}"));
                error!(%error, aside = %aside.display(),
                    "the database is damaged: moving it aside and rebuilding it from the log");
                fs::rename(&store, &aside).map_err(StorageError::io(&store))?;
                rebuild(dir, domain, &log, aside)?
            }
        };
        let files = Files {
            db: db.clone(),
            dir: dir.to_owned(),
            log,
            disk,
        };
        let writer = Writer::start(files, lock.clone())?;
        Ok((
            Self {
                db,
                dir: dir.to_owned(),
                writer,
                _lock: lock,
            },
            recovered,
        ))
    }
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

/// sled may panic on a damaged file; that counts as an error here.
fn open_sled(store: &Path) -> Result<sled::Db, StorageError> {
    let config = sled::Config::new()
        .path(store)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None);
    // Nothing that the panic may have left half done is used afterwards.
    let opened = panic::catch_unwind(AssertUnwindSafe(move || config.open()));
    let opened = opened.map_err(|_| StorageError::Database("it panicked while opening".to_owned()));
    Ok(opened??)
}

fn open_store(
    store: &Path,
    domain: Domain,
    log: &BatchLog,
) -> Result<(sled::Db, Recovered), StorageError> {
    let db = open_sled(store)?;
    if db.is_empty() && log.last() == BatchNumber::GENESIS {
        begin(&db, store, domain)?;
    }
    check_format(&db, domain)?;
    let (state, sealed, root) = load_state(&db)?;
    if log.last() < sealed {
        let (path, last) = (log.path().to_owned(), log.last());
        return Err(LogError::Behind { path, last, sealed }.into());
    }
    if log.last() > sealed.next() || state.root() != root {
        return Err(StorageError::Corrupt {
            what: "account",
            reason: format!(
                "the accounts' root is {}, batch {sealed} has {root}",
                state.root()
            ),
        });
    }
    info!(batch = sealed.0, accounts = state.ledger().len(), root = %root, "opened the store");
    Ok((
        db,
        Recovered {
            state,
            sealed,
            moved_aside: None,
        },
    ))
}

fn begin(db: &sled::Db, store: &Path, domain: Domain) -> Result<(), StorageError> {
    let mut commit = Commit::default();
    commit.format(FORMAT, domain);
    apply_rows(db, commit)?;
    writer::sync(db, store)
}

fn check_format(db: &sled::Db, domain: Domain) -> Result<(), StorageError> {
    let row = |key: &[u8]| db.get(Table::Meta.key(key)).map_err(StorageError::from);
    let missing = || StorageError::Corrupt {
        what: "setting",
        reason: "it is missing".to_owned(),
    };
    let found: u32 = super::decode("format", &row(table::FORMAT)?.ok_or_else(missing)?)?;
    if found != FORMAT {
        return Err(StorageError::Format {
            expected: FORMAT,
            found,
        });
    }
    let found: Domain = super::decode("domain", &row(table::DOMAIN)?.ok_or_else(missing)?)?;
    if found != domain {
        let (expected, found) = (domain.0.to_string(), found.0.to_string());
        return Err(StorageError::OtherNetwork { expected, found });
    }
    Ok(())
}

type Loaded = (State, BatchNumber, StateRoot);

fn load_state(db: &sled::Db) -> Result<Loaded, StorageError> {
    let mut accounts = Vec::new();
    for row in db.scan_prefix([Table::Account as u8]) {
        let account: (AccountIndex, _) = super::decode(Table::Account.name(), &row?.1)?;
        accounts.push(account);
    }
    let state = State::from_accounts(accounts);
    let last = db
        .scan_prefix([Table::Batch as u8])
        .next_back()
        .transpose()?;
    let Some((_, bytes)) = last else {
        return Ok((state, BatchNumber::GENESIS, State::default().root()));
    };
    let last: crate::record::BatchRecord = super::decode(Table::Batch.name(), &bytes)?;
    Ok((state, last.number, last.new_root))
}

/// Executes every batch of the log again into a new database.
fn rebuild(
    dir: &Path,
    domain: Domain,
    log: &BatchLog,
    moved_aside: PathBuf,
) -> Result<(sled::Db, Recovered), StorageError> {
    let store = dir.join(STORE_DIR);
    let db = open_sled(&store)?;
    begin(&db, &store, domain)?;
    let mut state = State::default();
    let mut sealed = BatchNumber::GENESIS;
    let mut sequence = 0;
    for record in Records::open(log.path())? {
        let record = record?;
        sealed = record.closed.number();
        let commit = replay(&mut state, &record, &mut sequence)?;
        for (number, bytes) in &commit.witnesses {
            let path = super::witness_path(dir, *number);
            fs::write(&path, bytes).map_err(StorageError::io(&path))?;
        }
        apply_rows(&db, commit)?;
    }
    writer::sync(&db, &store)?;
    warn!(batch = sealed.0, aside = %moved_aside.display(),
        "rebuilt the database; transactions that were not sealed are only in the old one");
    Ok((
        db,
        Recovered {
            state,
            sealed,
            moved_aside: Some(moved_aside),
        },
    ))
}

/// Executes one batch of the log and returns the rows that it left.
fn replay(
    state: &mut State,
    record: &LogRecord,
    sequence: &mut u64,
) -> Result<Commit, StorageError> {
    let LogRecord {
        closed,
        old_root,
        new_root,
        sealed_ms,
    } = record;
    let batch = closed.number();
    let broken = |reason: String| StorageError::LogDoesNotReplay { batch, reason };
    let witness = state
        .execute(&closed.input)
        .map_err(|error| broken(error.to_string()))?;
    if witness.old_root != *old_root || witness.new_root != *new_root {
        return Err(broken(format!(
            "it leads to root {}, not {new_root}",
            witness.new_root
        )));
    }
    let mut commit = Commit::default();
    commit.seal(closed, &witness, state, *sealed_ms);
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
        let (received_ms, hash) = (closed.closed_ms, signed.hash(closed.input.domain));
        let record = TransactionRecord {
            signed: *signed,
            received_ms,
            sequence: *sequence,
            outcome,
        };
        commit.transaction(hash, &record);
        *sequence += 1;
    }
    commit.next_sequence(*sequence);
    Ok(commit)
}

fn apply_rows(db: &sled::Db, commit: Commit) -> Result<(), StorageError> {
    let mut batch = sled::Batch::default();
    for (key, value) in commit.rows {
        match value {
            Some(value) => batch.insert(key, value),
            None => batch.remove(key),
        }
    }
    Ok(db.apply_batch(batch)?)
}
