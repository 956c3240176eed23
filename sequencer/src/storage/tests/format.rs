//! The format of the store, held by what an earlier version wrote (`format_1.txt`).

use std::fs;

use assay_circuits::{order::Domain, quantity::BatchNumber};
use serde::{Serialize, de::DeserializeOwned};
use tempfile::TempDir;

use super::Disk;
use crate::{
    record::Outcome,
    storage::{
        Lane, Storage,
        table::{
            ACCOUNTS, BATCHES, CHANGES, CLOSED, DOMAIN, FORMAT, Key, L1_CURSOR, L1_RECORDS,
            NEXT_SEQUENCE, OPEN, OPEN_HEADER, PROOFS, Setting, TRANSACTIONS, Table, WAITING,
            encode,
        },
    },
};

type Row = (Vec<u8>, Vec<u8>);

/// The rows and the log.
fn written() -> (Vec<Row>, Vec<u8>) {
    let (mut rows, mut log) = (Vec::new(), Vec::new());
    for line in include_str!("format_1.txt").lines() {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["row", key, row] => rows.push((hex::decode(key).unwrap(), hex::decode(row).unwrap())),
            ["log", record] => log.extend(hex::decode(record).unwrap()),
            _ => assert!(line.starts_with('#'), "{line}"),
        }
    }
    (rows, log)
}

/// A table's rows, each of which must be written again as it was.
fn read<K: Key, V: Serialize + DeserializeOwned>(rows: &[Row], table: &Table<K, V>) -> Vec<V> {
    let of_table = rows
        .iter()
        .filter(|(key, _)| key.starts_with(&table.prefix()));
    let read = of_table.map(|(key, row)| {
        let value = table.decode(row).unwrap();
        assert_eq!(encode(&value), *row, "{}", hex::encode(key));
        value
    });
    read.collect()
}

fn read_setting<V: Serialize + DeserializeOwned>(rows: &[Row], setting: &Setting<V>) -> Option<V> {
    let (_, row) = rows.iter().find(|(key, _)| *key == setting.key())?;
    let value = setting.decode(row).unwrap();
    assert_eq!(encode(&value), *row, "{}", setting.name);
    Some(value)
}

#[test]
fn rows_of_version_1_are_read_and_written_as_they_were() {
    let (rows, _) = written();
    let has = |key: Vec<u8>| rows.iter().any(|(found, _)| *found == key);
    let domain = read_setting(&rows, &DOMAIN).unwrap();
    let transactions = read(&rows, &TRANSACTIONS);
    for record in &transactions {
        assert!(has(TRANSACTIONS.key(&record.signed.hash(domain))));
    }
    let waiting = read(&rows, &WAITING);
    let waits = transactions
        .iter()
        .filter(|record| record.outcome == Outcome::Waiting);
    let waits: Vec<_> = waits
        .map(|record| (record.sequence, record.signed.hash(domain)))
        .collect();
    assert_eq!(waiting.len(), waits.len());
    assert!(waits.iter().all(|(_, hash)| waiting.contains(hash)));
    assert!(waits.iter().all(|(sequence, _)| has(WAITING.key(sequence))));
    let open = read(&rows, &OPEN);
    assert!((0..open.len() as u32).all(|place| has(OPEN.key(&place))));
    let batches = read(&rows, &BATCHES);
    for batch in &batches {
        assert!(has(BATCHES.key(&batch.number)));
        assert!(has(CHANGES.key(&batch.number)));
    }
    let accounts = read(&rows, &ACCOUNTS);
    assert!(accounts.iter().all(|(index, _)| has(ACCOUNTS.key(index))));
    let (proofs, records) = (read(&rows, &PROOFS), read(&rows, &L1_RECORDS));
    assert!((1..=proofs.len() as u64).all(|number| has(PROOFS.key(&BatchNumber(number)))));
    assert!((1..=records.len() as u64).all(|number| has(L1_RECORDS.key(&BatchNumber(number)))));
    let changes = read(&rows, &CHANGES);
    // Nothing is there that no table reads.
    let in_tables = [
        transactions.len(),
        waiting.len(),
        open.len(),
        read(&rows, &CLOSED).len(),
        batches.len(),
        accounts.len(),
        proofs.len(),
        records.len(),
        changes.len(),
    ];
    let settings = [
        read_setting(&rows, &FORMAT).is_some(),
        read_setting(&rows, &DOMAIN).is_some(),
        read_setting(&rows, &OPEN_HEADER).is_some(),
        read_setting(&rows, &NEXT_SEQUENCE).is_some(),
        read_setting(&rows, &L1_CURSOR).is_some(),
        read_setting(&rows, &Lane::Commit.in_flight()).is_some(),
        read_setting(&rows, &Lane::Prove.in_flight()).is_some(),
    ];
    let settings = settings.into_iter().filter(|there| *there).count();
    assert_eq!(in_tables.iter().sum::<usize>() + settings, rows.len());
}

/// A directory as version 1 left it, and its domain.
fn directory() -> (TempDir, Domain) {
    let (rows, log) = written();
    let dir = TempDir::new().unwrap();
    let db = sled::open(dir.path().join("store")).unwrap();
    for (key, row) in &rows {
        db.insert(key, row.as_slice()).unwrap();
    }
    db.flush().unwrap();
    fs::write(dir.path().join("batches.log"), log).unwrap();
    (dir, read_setting(&rows, &DOMAIN).unwrap())
}

#[test]
fn a_directory_of_version_1_is_opened_and_rebuilt_to_the_same_state() {
    let (dir, domain) = directory();
    let open = || Storage::open(dir.path(), domain, 0, Disk::default()).unwrap();
    let (storage, recovered) = open();
    assert_eq!(recovered.moved_aside, None);
    let last = storage.last_batch().unwrap().unwrap();
    assert_eq!(recovered.sealed, last.number);
    assert_eq!(recovered.state.root(), last.new_root);
    let waiting = storage.waiting().unwrap();
    assert!(!waiting.is_empty());
    drop(storage);
    let db = sled::open(dir.path().join("store")).unwrap();
    assert!(db.remove(FORMAT.key()).unwrap().is_some());
    db.flush().unwrap();
    drop(db);
    let (storage, rebuilt) = open();
    assert!(rebuilt.moved_aside.is_some());
    assert_eq!(rebuilt.sealed, recovered.sealed);
    assert_eq!(rebuilt.state.root(), recovered.state.root());
    assert_eq!(storage.last_batch().unwrap(), Some(last));
}
