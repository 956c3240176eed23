//! That a flush is one: what sled wrote is readable from what was synced alone.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use assay_circuits::quantity::BatchNumber;
use tempfile::TempDir;

use super::{Disk, platter::Platter};
use crate::{
    record::ProofRecord,
    storage::{
        rows::RowWriter,
        synced_tree::SyncedTree,
        table::{PROOFS, RowChanges},
    },
};

/// A row of so many bytes.
fn row(number: u64, bytes: usize) -> ProofRecord {
    ProofRecord {
        proof: vec![number as u8; bytes],
        worker: format!("worker {number}"),
        at_ms: number,
    }
}

/// All files below a directory with their contents.
fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

/// Writes rows of one size in several commits, and reads them from the synced files alone.
fn rows_survive(bytes: usize) -> usize {
    let (dir, image) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let platter = Platter::of(dir.path());
    let disk = platter.watch(Disk::default());
    let mut writer = RowWriter::open(dir.path(), &Disk::default()).unwrap();
    let mut files = contents(dir.path());
    let mut most = 0;
    for commit in 0..12 {
        let mut changes = RowChanges::default();
        for number in commit * 3..commit * 3 + 3 {
            changes.put(&PROOFS, &BatchNumber(number), &row(number, bytes));
        }
        writer.write(&disk, changes).unwrap();
        let synced = platter.take_synced();
        let now = contents(dir.path());
        let written = now
            .iter()
            .filter(|(path, content)| files.get(*path) != Some(*content));
        let written: Vec<_> = written.map(|(path, _)| path).collect();
        let missed: Vec<_> = written
            .iter()
            .filter(|path| !synced.contains(path))
            .collect();
        assert!(
            missed.is_empty(),
            "sled wrote {missed:?}, which nobody synced"
        );
        assert!(
            !written.is_empty(),
            "sled wrote nothing before its flush returned"
        );
        most = most.max(written.len());
        files = now;
    }
    // As it would be after a power cut: the writer is still open and has not tidied up.
    platter.restore(image.path());
    let reader = RowWriter::open(image.path(), &Disk::default()).unwrap();
    let found: Vec<_> = reader.rows().all(&PROOFS).map(Result::unwrap).collect();
    let expected: Vec<_> = (0..36).map(|number| row(number, bytes)).collect();
    assert_eq!(found, expected);
    most
}

#[test]
fn small_rows_are_readable_from_what_was_synced_alone() {
    rows_survive(256);
}

#[test]
fn large_rows_are_readable_from_what_was_synced_alone() {
    let most = rows_survive(100_000);
    assert!(
        most > 1,
        "sled wrote one file only: these rows are not large"
    );
}

#[test]
fn what_has_not_changed_is_not_synced_again() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("tree");
    let (inner, a, b) = (root.join("inner"), root.join("a"), root.join("inner/b"));
    fs::create_dir_all(&inner).unwrap();
    fs::write(&a, "a").unwrap();
    fs::write(&b, "b").unwrap();
    let platter = Platter::of(&root);
    let disk = platter.watch(Disk::default());
    let mut tree = SyncedTree::new(&root);
    let mut synced_at = |later_s| {
        let now = SystemTime::now() + Duration::from_secs(later_s);
        tree.sync_at(now, &disk).unwrap();
        let mut synced = platter.take_synced();
        synced.sort();
        synced
    };
    let all = [root.clone(), a.clone(), inner.clone(), b.clone()];
    assert_eq!(synced_at(0), all);
    // A later change could bear the same time as the first one: so all of it again.
    assert_eq!(synced_at(60), all);
    assert_eq!(synced_at(60), [] as [PathBuf; 0]);
    wait_for_tick(dir.path());
    fs::write(&b, "c").unwrap();
    assert_eq!(synced_at(60), std::slice::from_ref(&b));
    fs::write(inner.join("c"), "").unwrap();
    assert_eq!(synced_at(60), [inner.clone(), inner.join("c")]);
    wait_for_tick(dir.path());
    fs::rename(inner.join("c"), &b).unwrap();
    assert_eq!(synced_at(60), [inner.clone(), b.clone()]);
    wait_for_tick(dir.path());
    fs::remove_file(&a).unwrap();
    assert_eq!(synced_at(60), std::slice::from_ref(&root));
    assert_eq!(synced_at(60), [] as [PathBuf; 0]);
}

/// Waits until the file system's clock shows another time.
fn wait_for_tick(dir: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    let time = || {
        let probe = dir.join("probe");
        fs::write(&probe, "").unwrap();
        let metadata = fs::metadata(&probe).unwrap();
        (metadata.ctime(), metadata.ctime_nsec())
    };
    let before = time();
    while time() == before {}
}
