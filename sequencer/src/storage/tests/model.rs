//! Random histories of the tables against maps in memory, with power cuts in between.

use std::collections::BTreeMap;

use assay_circuits::quantity::BatchNumber;
use proptest::prelude::*;
use tempfile::TempDir;

use super::{Disk, Step, platter::Platter};
use crate::{
    record::{L1Record, ProofRecord},
    storage::{
        rows::{RowWriter, Rows},
        table::{L1_CURSOR, L1_RECORDS, NEXT_SEQUENCE, PROOFS, RowChanges},
    },
};

/// One change of a row or a setting.
#[derive(Debug, Clone)]
enum Change {
    Proof(u64, Option<ProofRecord>),
    L1Record(u64, Option<L1Record>),
    NextSequence(Option<u64>),
    Cursor(Option<u64>),
}

/// What happens to the database.
#[derive(Debug, Clone)]
enum Act {
    Write(Vec<Change>),
    /// A write that the power cuts off, before the rows are changed or before they are synced.
    Cut(Step, Vec<Change>),
    Reopen,
}

/// What must be in the tables.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    proofs: BTreeMap<u64, ProofRecord>,
    l1_records: BTreeMap<u64, L1Record>,
    next_sequence: Option<u64>,
    cursor: Option<u64>,
}

impl Model {
    fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match change.clone() {
                Change::Proof(number, row) => set(&mut self.proofs, number, row),
                Change::L1Record(number, row) => set(&mut self.l1_records, number, row),
                Change::NextSequence(value) => self.next_sequence = value,
                Change::Cursor(value) => self.cursor = value,
            }
        }
    }

    fn check(&self, rows: &Rows) {
        let proofs: Vec<_> = rows.all(&PROOFS).map(Result::unwrap).collect();
        assert_eq!(proofs, self.proofs.values().cloned().collect::<Vec<_>>());
        let records: Vec<_> = rows.all(&L1_RECORDS).map(Result::unwrap).collect();
        assert_eq!(
            records,
            self.l1_records.values().copied().collect::<Vec<_>>()
        );
        assert_eq!(
            rows.last(&PROOFS).unwrap().as_ref(),
            self.proofs.values().next_back()
        );
        for number in 0..NUMBERS {
            let key = BatchNumber(number);
            assert_eq!(
                rows.get(&PROOFS, &key).unwrap().as_ref(),
                self.proofs.get(&number)
            );
        }
        assert_eq!(rows.setting(&NEXT_SEQUENCE).unwrap(), self.next_sequence);
        assert_eq!(rows.setting(&L1_CURSOR).unwrap(), self.cursor);
    }
}

fn set<V>(rows: &mut BTreeMap<u64, V>, key: u64, row: Option<V>) {
    match row {
        Some(row) => rows.insert(key, row),
        None => rows.remove(&key),
    };
}

fn rows_of(changes: &[Change]) -> RowChanges {
    let mut rows = RowChanges::default();
    for change in changes {
        match change {
            Change::Proof(number, Some(row)) => rows.put(&PROOFS, &BatchNumber(*number), row),
            Change::Proof(number, None) => rows.delete(&PROOFS, &BatchNumber(*number)),
            Change::L1Record(number, Some(row)) => {
                rows.put(&L1_RECORDS, &BatchNumber(*number), row);
            }
            Change::L1Record(number, None) => rows.delete(&L1_RECORDS, &BatchNumber(*number)),
            Change::NextSequence(Some(value)) => rows.set(&NEXT_SEQUENCE, value),
            Change::NextSequence(None) => rows.clear(&NEXT_SEQUENCE),
            Change::Cursor(Some(value)) => rows.set(&L1_CURSOR, value),
            Change::Cursor(None) => rows.clear(&L1_CURSOR),
        }
    }
    rows
}

/// Keys are drawn from so many: enough for pages to split and to merge.
const NUMBERS: u64 = 60;

fn proof() -> impl Strategy<Value = ProofRecord> {
    // The largest go to files of their own.
    let bytes = prop_oneof![8 => 0usize..300, 1 => 100_000usize..200_000];
    (bytes, any::<u8>()).prop_map(|(bytes, fill)| ProofRecord {
        proof: vec![fill; bytes],
        worker: fill.to_string(),
        at_ms: bytes as u64,
    })
}

fn change() -> impl Strategy<Value = Change> {
    let l1 = any::<Option<u64>>().prop_map(|proved_ms| L1Record {
        proved_ms,
        ..L1Record::default()
    });
    prop_oneof![
        8 => (0..NUMBERS, proof()).prop_map(|(number, row)| Change::Proof(number, Some(row))),
        3 => (0..NUMBERS).prop_map(|number| Change::Proof(number, None)),
        3 => (0..NUMBERS, l1).prop_map(|(number, row)| Change::L1Record(number, Some(row))),
        1 => (0..NUMBERS).prop_map(|number| Change::L1Record(number, None)),
        1 => any::<Option<u64>>().prop_map(Change::NextSequence),
        1 => any::<Option<u64>>().prop_map(Change::Cursor),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let changes = || prop::collection::vec(change(), 1..12);
    let step = prop_oneof![Just(Step::ApplyRows), Just(Step::SyncRows)];
    prop_oneof![
        6 => changes().prop_map(Act::Write),
        2 => (step, changes()).prop_map(|(step, changes)| Act::Cut(step, changes)),
        1 => Just(Act::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tables_hold_what_was_written_and_a_cut_write_whole_or_not(
        acts in prop::collection::vec(act(), 1..24),
    ) {
        let dir = TempDir::new().unwrap();
        let platter = Platter::of(dir.path());
        let disk = platter.watch(Disk::default());
        let mut model = Model::default();
        let mut writer = RowWriter::open(dir.path(), &Disk::default()).unwrap();
        // So that the files that opening made are safe.
        writer.write(&disk, RowChanges::default()).unwrap();
        for act in acts {
            match act {
                Act::Write(changes) => {
                    writer.write(&disk, rows_of(&changes)).unwrap();
                    model.apply(&changes);
                }
                Act::Cut(at, changes) => {
                    let fault = move |step| match step == at {
                        true => Err(std::io::Error::other("power cut")),
                        false => Ok(()),
                    };
                    let cut_off = platter.watch(Disk::with_faults(fault));
                    assert!(writer.write(&cut_off, rows_of(&changes)).is_err());
                    // What closing would still write is written after the power has gone.
                    drop(writer);
                    platter.cut();
                    writer = RowWriter::open(dir.path(), &Disk::default()).unwrap();
                    writer.write(&disk, RowChanges::default()).unwrap();
                }
                Act::Reopen => {
                    drop(writer);
                    writer = RowWriter::open(dir.path(), &Disk::default()).unwrap();
                }
            }
            model.check(writer.rows());
        }
    }
}
