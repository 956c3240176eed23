//! What is damaged or missing is made again from the rest; what the system refuses is not damage.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use assay_api::stage::Stage;
use assay_circuits::{
    order::{Order, Signed},
    quantity::BatchNumber,
};
use tempfile::TempDir;

use super::{Disk, Step, Storage, StorageError, damage_store, payments, story};
use crate::{
    l1::memory::domain,
    node::NodeError,
    record::Outcome,
    rig::World,
    storage::{WitnessCheck, checked_file, rows::RowWriter, table},
};

/// A directory with batches that are final, one that is open, and a transaction that waits.
pub(super) async fn directory(world: &World) -> Vec<Signed<Order>> {
    let mut acknowledged = story(world, Disk::default()).await;
    let mut rig = world.start().await;
    rig.look().await;
    for order in [
        rig.order(1, 2, Some(2), 50),
        rig.order(2, 2, Some(1), 60),
        rig.order(1, 5, Some(2), 70),
    ] {
        rig.admission.submit(order).await.unwrap();
        acknowledged.push(order);
    }
    assert_eq!(rig.stage(&acknowledged[4]), Some(Stage::Executed));
    assert_eq!(rig.stage(&acknowledged[6]), Some(Stage::Received));
    rig.stop().await;
    acknowledged
}

pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(&path, &to).unwrap()),
        }
    }
}

/// All files below a directory, but for the lock.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false if path.ends_with("lock") => {}
            false => found.push(path),
        }
    }
    found.sort();
    found
}

pub(super) fn moved_aside(directory: &Path) -> usize {
    let names = fs::read_dir(directory).unwrap();
    let names = names.map(|name| name.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with("store.damaged-"))
        .count()
}

fn open(directory: &Path) -> Result<Storage, StorageError> {
    let opened = Storage::open(directory, domain(), 0, Disk::default());
    opened.map(|(storage, _)| storage)
}

/// Each transaction has its place: in a batch, or among those that wait.
fn check(storage: &Storage, acknowledged: &[Signed<Order>], what: &str) {
    let waiting = storage.waiting().unwrap();
    for order in acknowledged {
        let hash = order.hash(domain());
        let record = storage.transaction(hash).unwrap();
        let record = record.unwrap_or_else(|| panic!("{what}: {order:?} is lost"));
        let waits = waiting.iter().any(|(waiting, _)| *waiting == hash);
        assert_eq!(
            record.outcome == Outcome::Waiting,
            waits,
            "{what}: {record:?}"
        );
    }
    let sequences: Vec<_> = waiting.iter().map(|(_, record)| record.sequence).collect();
    assert!(sequences.is_sorted(), "{what}: {sequences:?}");
    assert!(
        storage.next_sequence().unwrap() >= acknowledged.len() as u64,
        "{what}"
    );
    payments::check(storage, what);
}

/// Opens copies of a directory, each damaged in one place, and again what that leaves.
fn damage_everywhere(
    from: &Path,
    acknowledged: &[Signed<Order>],
    damages: impl IntoIterator<Item = (String, Box<dyn Fn(&Path)>)>,
) {
    for (what, damage) in damages {
        let dir = TempDir::new().unwrap();
        copy(from, dir.path());
        damage(dir.path());
        for _ in 0..2 {
            let storage = open(dir.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
            check(&storage, acknowledged, &what);
            let tip = storage.last_tip().unwrap();
            assert_eq!(storage.recover().unwrap().state.root(), tip.root, "{what}");
            if what.starts_with("batches") || what.starts_with("transactions") {
                assert_eq!(moved_aside(dir.path()), 0, "{what}");
            }
            // What a batch held that is final may be on the layer 1 alone.
            for number in (1..=tip.number.0).map(BatchNumber) {
                let batch = storage.batch(number).unwrap().unwrap();
                let is_final = storage.l1_record(number).unwrap().final_ms.is_some();
                let is_there = storage.contents(&batch).is_ok();
                assert!(
                    is_there || is_final && what.contains("batches"),
                    "{what}: {number}"
                );
            }
        }
    }
}

/// Copies of a directory that lack the database, or a log, lose nothing.
pub(super) fn check_without_each_part(directory: &Path, acknowledged: &[Signed<Order>]) {
    for part in ["store", "batches", "transactions"] {
        let dir = TempDir::new().unwrap();
        copy(directory, dir.path());
        if fs::remove_dir_all(dir.path().join(part)).is_ok() {
            check(
                &open(dir.path()).unwrap(),
                acknowledged,
                &format!("no {part}"),
            );
        }
    }
}

type Damage = (String, Box<dyn Fn(&Path)>);

/// One bit of a file is another.
fn flip(file: &Path, at: usize) -> Damage {
    let name = file.to_owned();
    let damage = move |directory: &Path| {
        let path = directory.join(&name);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, bytes).unwrap();
    };
    (format!("{} at {at}", file.display()), Box::new(damage))
}

#[tokio::test]
async fn a_flipped_byte_in_the_database_loses_nothing() {
    let world = World::new();
    let acknowledged = directory(&world).await;
    let from = world.data_dir();
    let mut damages = Vec::new();
    for file in files(&from.join("store")) {
        let name = file.strip_prefix(from).unwrap();
        let bytes = fs::read(&file).unwrap();
        let written: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        let mut places: Vec<_> = written
            .chunk_by(|a, b| a / 4096 == b / 4096)
            .map(|page| page[page.len() / 2])
            .collect();
        // The tail, where the last acknowledgements are.
        places.extend(written.iter().rev().take(2_000).step_by(25));
        damages.extend(places.into_iter().map(|at| flip(name, at)));
    }
    assert!(damages.len() > 50, "{}", damages.len());
    damage_everywhere(from, &acknowledged, damages);
}

#[tokio::test]
async fn a_flipped_byte_in_a_log_loses_nothing() {
    let world = World::new();
    let acknowledged = directory(&world).await;
    let from = world.data_dir();
    let mut damages = Vec::new();
    for log in ["batches", "transactions"] {
        for file in files(&from.join(log)) {
            let name = file.strip_prefix(from).unwrap();
            let length = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
            let places = (0..70)
                .chain((70..length).step_by(61))
                .chain(length - 40..length);
            damages.extend(places.map(|at| flip(name, at)));
        }
    }
    damage_everywhere(from, &acknowledged, damages);
}

#[tokio::test]
async fn whatever_is_removed_or_cut_short_is_made_again() {
    let world = World::new();
    let acknowledged = directory(&world).await;
    let from = world.data_dir();
    let mut damages: Vec<Damage> = Vec::new();
    for name in ["store", "batches", "transactions", "witnesses"] {
        let remove = move |directory: &Path| fs::remove_dir_all(directory.join(name)).unwrap();
        damages.push((format!("no {name}"), Box::new(remove)));
    }
    for file in files(from) {
        let name = file.strip_prefix(from).unwrap().to_owned();
        let length = fs::metadata(&file).unwrap().len();
        for length in [0, 10, length / 2, length.saturating_sub(1)] {
            let name = name.clone();
            let what = format!("{} with {length} bytes", name.display());
            let cut = move |directory: &Path| {
                let file = fs::OpenOptions::new()
                    .write(true)
                    .open(directory.join(&name));
                file.unwrap().set_len(length).unwrap();
            };
            damages.push((what, Box::new(cut)));
        }
        let remove = move |directory: &Path| fs::remove_file(directory.join(&name)).unwrap();
        damages.push((format!("no {}", file.display()), Box::new(remove)));
    }
    damage_everywhere(from, &acknowledged, damages);
}

#[tokio::test]
async fn a_node_that_lost_a_part_of_its_directory_executes_everything_once() {
    for lost in ["store", "batches", "transactions"] {
        let world = World::new();
        let mut acknowledged = directory(&world).await;
        fs::remove_dir_all(world.data_dir().join(lost)).unwrap();
        let mut rig = world.start().await;
        rig.look().await;
        for (nonce, amount) in [(3, 80), (4, 90)] {
            let order = rig.order(1, nonce, Some(2), amount);
            rig.admission.submit(order).await.unwrap();
            acknowledged.push(order);
        }
        let rig = world.finish(rig).await;
        for order in &acknowledged {
            assert_eq!(
                rig.stage(order),
                Some(Stage::Final),
                "without {lost}: {order:?}"
            );
        }
        let balances = [1, 2, 3].map(|user| rig.balance(user));
        assert_eq!(balances, [999_750, 1_000_180, 40], "without {lost}");
        assert_eq!(world.l1.failed(), 0, "without {lost}");
        assert_eq!(rig.proved_root().await, rig.sealed_root().await);
        rig.stop().await;
        assert_eq!(moved_aside(world.data_dir()), 0);
    }
}

/// What the system refuses ends the start: nothing is moved, nothing is rebuilt, and the next start
/// finds all of it.
#[tokio::test]
async fn an_error_of_the_system_is_no_damage() {
    let refusals = [
        (io::ErrorKind::StorageFull.into(), "make room"),
        (io::Error::from_raw_os_error(5), "nothing was moved"),
        (io::Error::from_raw_os_error(24), "limit of open files"),
        (io::ErrorKind::PermissionDenied.into(), "read and write"),
    ];
    let world = World::new();
    let acknowledged = directory(&world).await;
    let before = files(world.data_dir());
    for (refusal, advice) in refusals {
        let (kind, code) = (refusal.kind(), refusal.raw_os_error());
        for refused in [Step::OpenLog, Step::OpenRows] {
            let disk = Disk::with_faults(move |step| match step == refused {
                true => Err(code.map_or(kind.into(), io::Error::from_raw_os_error)),
                false => Ok(()),
            });
            let error = world.start_with(world.config(), disk).await.err().unwrap();
            assert!(matches!(error, NodeError::Storage(_)), "{error}");
            assert!(error.to_string().contains(advice), "{refused:?}: {error}");
        }
    }
    assert_eq!(files(world.data_dir()), before);
    check(
        &open(world.data_dir()).unwrap(),
        &acknowledged,
        "afterwards",
    );
}

/// sled's own file cannot be opened.
#[tokio::test]
async fn a_database_that_the_system_does_not_open_stays_where_it_is() {
    let world = World::new();
    let acknowledged = directory(&world).await;
    let (db, elsewhere) = (
        world.data_dir().join("store/db"),
        world.data_dir().join("db"),
    );
    fs::rename(&db, &elsewhere).unwrap();
    fs::create_dir(&db).unwrap();
    let error = open(world.data_dir()).err().unwrap();
    assert!(matches!(error, StorageError::DatabaseIo { .. }), "{error}");
    assert_eq!(moved_aside(world.data_dir()), 0);
    fs::remove_dir(&db).unwrap();
    fs::rename(&elsewhere, &db).unwrap();
    check(
        &open(world.data_dir()).unwrap(),
        &acknowledged,
        "afterwards",
    );
}

/// A disk that takes nothing: the store is damaged, and stays where it is until it can be rebuilt.
#[tokio::test]
async fn a_damaged_database_is_moved_when_the_disk_takes_what_replaces_it() {
    let world = World::new();
    let acknowledged = directory(&world).await;
    damage_store(&world);
    for refused in [Step::Probe, Step::MoveAside] {
        let disk = Disk::with_faults(move |step| match step == refused {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        });
        let error = world.start_with(world.config(), disk).await.err().unwrap();
        assert!(error.to_string().contains("make room"), "{error}");
        assert_eq!(moved_aside(world.data_dir()), 0);
    }
    check(
        &open(world.data_dir()).unwrap(),
        &acknowledged,
        "afterwards",
    );
    assert_eq!(moved_aside(world.data_dir()), 1);
}

/// What the version before wrote: one file for all batches, witnesses without checksums, no log of
/// acknowledged transactions.
#[tokio::test]
async fn a_directory_of_the_version_before_is_taken_over() {
    let world = World::new();
    let acknowledged = directory(&world).await;
    let dir = world.data_dir();
    fs::remove_dir_all(dir.join("transactions")).unwrap();
    let log = dir.join("batches/00000000000000000001.log");
    fs::rename(log, dir.join("batches.log")).unwrap();
    fs::remove_dir(dir.join("batches")).unwrap();
    for witness in files(&dir.join("witnesses")) {
        let content = fs::read(&witness).unwrap().split_off(40);
        fs::write(&witness, content).unwrap();
    }
    let writer = RowWriter::open(&dir.join("store"), &Disk::default()).unwrap();
    let db = writer.rows().database();
    db.insert(table::FORMAT.key(), table::encode(&3u32))
        .unwrap();
    db.flush().unwrap();
    drop(writer);
    check(&open(dir).unwrap(), &acknowledged, "taken over");
    check_without_each_part(dir, &acknowledged);
    let rig = world.finish(world.start().await).await;
    assert_eq!(rig.stage(&acknowledged[5]), Some(Stage::Final));
    rig.stop().await;
    assert_eq!(moved_aside(dir), 0);
}

/// A witness whose file is damaged or gone is made again, and is what it was.
#[tokio::test]
async fn a_witness_is_made_again_where_it_is_damaged_or_missing() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    for (nonce, amount) in [(0, 10), (1, 20), (2, 30)] {
        let order = rig.order(1, nonce, Some(3), amount);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await;
    }
    let file = |number: u64| {
        let name = format!("witnesses/{number:020}.witness");
        world.data_dir().join(name)
    };
    for number in (1..=rig.standing.sealed().0).map(BatchNumber) {
        let path = file(number.0);
        let whole = fs::read(&path).unwrap();
        assert_eq!(
            rig.storage.check_witness(number).await.unwrap(),
            WitnessCheck::Whole
        );
        let witness = rig.storage.witness(number).await.unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 4;
        // The last is another file that is whole.
        let other = checked_file::seal(b"another batch's witness");
        for damaged in [Some(flipped), Some(whole[..50].to_vec()), None] {
            match &damaged {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            assert_eq!(rig.storage.witness(number).await.unwrap(), witness);
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
        let neighbour = if number.0 == 1 { 2 } else { 1 };
        let witness_of_neighbour = fs::read(file(neighbour)).unwrap();
        for whole_but_not_it in [other, witness_of_neighbour] {
            fs::write(&path, whole_but_not_it).unwrap();
            assert_eq!(
                rig.storage.check_witness(number).await.unwrap(),
                WitnessCheck::Rebuilt
            );
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }
    rig.stop().await;
}
