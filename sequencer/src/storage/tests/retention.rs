//! What is not kept for ever.

use std::{fs, time::Instant};

use assay_api::stage::Stage;
use assay_circuits::quantity::BatchNumber;
use tempfile::TempDir;

use super::{Disk, Storage};
use crate::{
    l1::memory::domain,
    rig::World,
    storage::log::{Kind, Log, TRANSACTIONS},
};

/// Files that hold two records of the tests.
static SHORT: Kind = Kind {
    file_bytes: 200,
    ..TRANSACTIONS
};

#[tokio::test]
async fn batches_that_are_final_are_kept_as_long_as_is_said() {
    let world = World::new();
    let mut config = world.config();
    config.limits.keep_batches = Some(2);
    let start = || world.start_with(config.clone(), Disk::default());
    let mut rig = start().await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let mut orders = Vec::new();
    for nonce in 0..6 {
        let order = rig.order(1, nonce, Some(2), 10);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await;
        orders.push(order);
    }
    rig.finish(&world.l1).await;
    let last = rig.standing.sealed();
    let witnesses = fs::read_dir(world.data_dir().join("witnesses")).unwrap();
    assert_eq!(witnesses.count(), 0, "all batches are final");
    let base = BatchNumber(last.0 - 2);
    rig.stop().await;
    let mut rig = start().await.unwrap();
    rig.look().await;
    assert_eq!(rig.storage.base().unwrap().number, base);
    assert_eq!(rig.storage.batch(base).unwrap(), None);
    assert!(rig.storage.batch(base.next()).unwrap().is_some());
    assert_eq!(rig.storage.submission_cost(base).unwrap(), None);
    assert_eq!(rig.storage.proving_time(base).unwrap(), None);
    assert!(rig.storage.submission_cost(base.next()).unwrap().is_some());
    assert!(rig.storage.proving_time(base.next()).unwrap().is_some());
    assert_eq!(rig.stage(&orders[0]), None);
    assert_eq!(rig.stage(&orders[5]), Some(Stage::Final));
    assert_eq!((rig.balance(1), rig.balance(2)), (999_940, 1_000_060));
    let more = rig.order(1, 6, Some(2), 10);
    rig.admission.submit(more).await.unwrap();
    rig.finish(&world.l1).await;
    assert_eq!(rig.stage(&more), Some(Stage::Final));
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// A log of several files, of which the first are forgotten and the last are cut.
#[test]
fn a_log_goes_on_through_its_files() {
    let (dir, disk) = (TempDir::new().unwrap(), Disk::default());
    let open = || Log::open(&SHORT, dir.path(), &disk, 0).unwrap();
    let payload = |number: u64| vec![number as u8; 50];
    let check = |log: &Log, from: u64, to: u64| {
        assert!(log.is_whole());
        assert_eq!(log.records().numbers(), (from..=to).collect::<Vec<_>>());
        for number in from..=to {
            let found = log.records().payload(number).unwrap();
            assert_eq!(found, Some(payload(number)));
        }
    };
    let mut log = open();
    for number in 1..=20 {
        log.append(&disk, number, &[payload(number)]).unwrap();
    }
    assert!(log.append(&disk, 22, &[payload(22)]).is_err());
    check(&log, 1, 20);
    check(&open(), 1, 20);
    log.cut(&disk, 13).unwrap();
    log.append(&disk, 14, &[payload(14), payload(15)]).unwrap();
    check(&log, 1, 15);
    check(&open(), 1, 15);
    log.forget(&disk, 7).unwrap();
    let first = log.base() + 1;
    assert!(first > 1 && first <= 8, "{first}");
    check(&log, first, 15);
    check(&open(), first, 15);
    // A file in the middle is gone.
    let files = fs::read_dir(dir.path()).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    fs::remove_file(&files[1]).unwrap();
    assert!(!open().is_whole());
}

/// The power went while a further file was begun: what is in the one before it stays.
#[test]
fn a_file_that_was_only_begun_leaves_the_one_before_it_as_it_is() {
    let (dir, disk) = (TempDir::new().unwrap(), Disk::default());
    let open = || Log::open(&SHORT, dir.path(), &disk, 0).unwrap();
    let payload = |number: u64| vec![number as u8; 50];
    let mut log = open();
    for number in 1..=8 {
        log.append(&disk, number, &[payload(number)]).unwrap();
    }
    drop(log);
    let files = fs::read_dir(dir.path()).unwrap();
    let last = files.map(|file| file.unwrap().path()).max().unwrap();
    let digits = last.file_stem().unwrap().len();
    let begun = dir.path().join(format!("{:0digits$}.log", 9));
    fs::write(&begun, &fs::read(&last).unwrap()[..5]).unwrap();
    let mut log = open();
    log.append(&disk, 9, &[payload(9)]).unwrap();
    drop(log);
    let log = open();
    assert!(log.is_whole());
    for number in 1..=9 {
        let found = log.records().payload(number).unwrap();
        assert_eq!(found, Some(payload(number)), "{number}");
    }
}

/// After how many batches the node is started again: others where `ASSAY_STARTED` says so, as 10,1000.
fn started_after() -> Vec<u64> {
    let asked = std::env::var("ASSAY_STARTED").unwrap_or("4,12".to_owned());
    asked
        .split(',')
        .map(|count| count.parse().unwrap())
        .collect()
}

/// With `--nocapture` it prints what opening the store takes.
#[tokio::test]
async fn a_start_finds_what_was_left_after_however_many_batches() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let mut nonce = 0;
    for batches in started_after() {
        while rig.standing.sealed().0 < batches {
            for _ in 0..8 {
                let order = rig.order(1, nonce, Some(2), 1);
                rig.admission.submit(order).await.unwrap();
                rig.seal().await;
                nonce += 1;
            }
            rig.finish(&world.l1).await;
        }
        let (sealed, root) = (rig.standing.sealed(), rig.sealed_root().await);
        rig.stop().await;
        let begin = Instant::now();
        let opened = Storage::open(world.data_dir(), domain(), 0, Disk::default());
        let (storage, recovered) = opened.unwrap();
        println!("{} batches: opened in {:?}", sealed.0, begin.elapsed());
        assert_eq!(
            (recovered.tip.number, recovered.state.root().0),
            (sealed, root)
        );
        drop(storage);
        rig = world.start().await;
        assert_eq!(rig.balance(2), 1_000_000 + u128::from(nonce));
        rig.look().await;
    }
    rig.stop().await;
}
