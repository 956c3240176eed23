//! Directories of other versions.

use std::fs;

use assay_circuits::quantity::{AccountIndex, BatchNumber};
use tempfile::TempDir;

use super::{Disk, LogError, Storage, StorageError};
use crate::{
    l1::memory::domain,
    storage::{
        rows::RowWriter,
        table::{COSTS, FEES, FORMAT, PROVING_TIMES, StoredRow, encode},
    },
};

/// What the first version wrote: with no batch in it, and with one.
#[test]
fn a_directory_of_an_earlier_version_is_refused_and_left_as_it_is() {
    for records in [&[][..], &[7; 100]] {
        let dir = TempDir::new().unwrap();
        let log = [b"assaylog", &1u32.to_be_bytes()[..], records].concat();
        let path = dir.path().join("batches.log");
        fs::write(&path, &log).unwrap();
        let error = Storage::open(dir.path(), domain(), 0, Disk::default());
        let error = error.err().unwrap();
        assert!(
            matches!(error, StorageError::Log(LogError::Format { found: 1, .. })),
            "{error}"
        );
        assert!(error.to_string().contains("choose another data directory"));
        assert_eq!(fs::read(&path).unwrap(), log);
    }
}

#[test]
fn rows_of_another_version_are_refused() {
    let dir = TempDir::new().unwrap();
    drop(Storage::open(dir.path(), domain(), 0, Disk::default()).unwrap());
    let writer = RowWriter::open(&dir.path().join("store"), &Disk::default()).unwrap();
    let db = writer.rows().database();
    db.insert(FORMAT.key(), encode(&1u32)).unwrap();
    db.flush().unwrap();
    drop(writer);
    let error = Storage::open(dir.path(), domain(), 0, Disk::default());
    let error = error.err().unwrap();
    assert!(
        matches!(error, StorageError::Format { found: 1, .. }),
        "{error}"
    );
}

#[test]
fn a_row_of_costs_that_is_damaged_is_found_when_all_are_read() {
    let number = BatchNumber(1);
    let account = AccountIndex::FIRST;
    for key in [
        COSTS.key(&number),
        PROVING_TIMES.key(&number),
        FEES.key(&(account, number)),
    ] {
        assert!(StoredRow::decode(&key, &[]).is_err());
    }
}
