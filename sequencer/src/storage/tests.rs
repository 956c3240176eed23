//! Crashes at every step, damage, two nodes on one directory, full disks.

mod backup;
mod claims;
mod damage;
mod durability;
mod format;
mod model;
mod payments;
mod platter;
mod refusing;
mod retention;
mod roll_back;

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use assay_api::stage::Stage;
use assay_circuits::{
    order::{Domain, Order, Signed},
    quantity::AccountIndex,
};

use super::{Disk, LogError, Step, Storage, StorageError};
use crate::{l1::memory::domain, node::NodeError, rig::World};
use platter::Platter;

impl Storage {
    /// How many rows and keys were read since it was opened.
    pub(crate) fn reads(&self) -> u64 {
        self.rows.reads()
    }
}

/// A disk on which the power goes before step number `survives`, and how many steps there were.
fn power_cut(survives: usize) -> (Disk, Arc<AtomicUsize>) {
    let steps = Arc::new(AtomicUsize::new(0));
    let count = steps.clone();
    let fault = move |_: Step| {
        if count.fetch_add(1, Ordering::AcqRel) >= survives {
            return Err(io::Error::other("power cut"));
        }
        Ok(())
    };
    (Disk::with_faults(fault), steps)
}

/// Funds two users and pays back and forth through two batches and a withdrawal; gives what was
/// acknowledged. Stops where the disk does.
async fn story(world: &World, disk: Disk) -> Vec<Signed<Order>> {
    let mut acknowledged = Vec::new();
    let Ok(mut rig) = world.start_with(world.config(), disk).await else {
        return acknowledged;
    };
    if rig.standing.sealed().0 == 0 {
        rig.fund(&world.l1, [1, 2]).await;
    }
    if rig.account(1).is_some() && rig.account(2).is_some() {
        let orders = [
            rig.order(1, 0, Some(2), 10),
            rig.order(2, 0, Some(1), 20),
            rig.order(1, 1, None, 30),
            rig.order(2, 1, Some(3), 40),
        ];
        for order in orders {
            if rig.admission.submit(order).await.is_ok() {
                acknowledged.push(order);
            }
            rig.seal().await;
        }
        rig.look().await;
        rig.prove_all().await;
        rig.look().await;
    }
    rig.stop().await;
    acknowledged
}

/// What a power cut leaves of what was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// All of it, as after a kill of the process.
    Written,
    /// Only what was synced.
    Synced,
}

/// The story with a power cut before every step in turn, and what is there afterwards.
async fn cut_everywhere(left: Left) {
    let mut survives = 0;
    loop {
        let world = World::new();
        let (disk, steps) = power_cut(survives);
        let platter = Platter::of(world.data_dir());
        let acknowledged = story(&world, platter.watch(disk)).await;
        let was_cut = steps.load(Ordering::Acquire) > survives;
        if left == Left::Synced {
            platter.cut();
        }
        // The power is back.
        damage::check_without_each_part(world.data_dir(), &acknowledged);
        let mut rig = world.start().await;
        for order in &acknowledged {
            assert!(
                rig.stage(order).is_some(),
                "step {survives}: {order:?} is lost"
            );
        }
        rig.finish(&world.l1).await;
        for order in &acknowledged {
            assert_eq!(rig.stage(order), Some(Stage::Final), "step {survives}");
        }
        assert_eq!(
            world.l1.failed(),
            0,
            "step {survives}: something was paid for nothing"
        );
        let sealed = rig.sealed_root().await;
        assert_eq!(rig.proved_root().await, sealed, "step {survives}");
        rig.stop().await;
        if !was_cut {
            return;
        }
        survives += 1;
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_wherever_the_power_goes() {
    cut_everywhere(Left::Written).await;
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_where_only_what_was_synced_is_left() {
    cut_everywhere(Left::Synced).await;
}

fn damage_store(world: &World) {
    let file = world.data_dir().join("store").join("db");
    let length = fs::metadata(&file).unwrap().len();
    fs::write(&file, vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
}

#[tokio::test]
async fn a_damaged_store_is_moved_aside_and_rebuilt() {
    let world = World::new();
    let acknowledged = story(&world, Disk::default()).await;
    let rig = world.start().await;
    let (root, heights) = (rig.sealed_root().await, rig.standing.heights());
    rig.stop().await;
    damage_store(&world);
    let mut rig = world.start().await;
    assert_eq!(rig.sealed_root().await, root);
    assert_eq!(rig.standing.heights().sealed, heights.sealed);
    let names = fs::read_dir(world.data_dir()).unwrap();
    let aside = names.filter(|name| {
        name.as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("store.damaged-")
    });
    assert_eq!(aside.count(), 1);
    // Everything was sealed, so everything is there, and goes on.
    rig.finish(&world.l1).await;
    for order in &acknowledged {
        assert_eq!(rig.stage(order), Some(Stage::Final));
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_rebuild_asks_the_disk_and_leaves_old_witnesses_whole() {
    let world = World::new();
    story(&world, Disk::default()).await;
    let witness = world
        .data_dir()
        .join("witnesses/00000000000000000001.witness");
    let whole = fs::read(&witness).unwrap();
    for refused in [Step::WriteFile, Step::RenameFile] {
        damage_store(&world);
        world.advance_ms(1_000);
        let disk = Disk::with_faults(move |step| match step == refused {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        });
        let error = world.start_with(world.config(), disk).await.err().unwrap();
        assert!(
            matches!(error, NodeError::Storage(StorageError::Io { .. })),
            "{error}"
        );
        assert_eq!(fs::read(&witness).unwrap(), whole);
    }
}

#[tokio::test]
async fn a_rebuild_that_is_cut_off_is_done_again() {
    let world = World::new();
    let acknowledged = story(&world, Disk::default()).await;
    let rig = world.start().await;
    let root = rig.sealed_root().await;
    rig.stop().await;
    let mut survives = 0;
    loop {
        damage_store(&world);
        // Each damaged store is moved to a name with another second in it.
        world.advance_ms(1_000);
        let (disk, steps) = power_cut(survives);
        if let Ok(rig) = world.start_with(world.config(), disk).await {
            rig.stop().await;
        }
        world.advance_ms(1_000);
        let mut rig = world.start().await;
        assert_eq!(rig.sealed_root().await, root, "step {survives}");
        if steps.load(Ordering::Acquire) <= survives {
            rig.finish(&world.l1).await;
            for order in &acknowledged {
                assert_eq!(rig.stage(order), Some(Stage::Final));
            }
            return rig.stop().await;
        }
        rig.stop().await;
        survives += 1;
    }
}

#[tokio::test]
async fn accounts_that_do_not_give_the_sealed_root_are_rebuilt() {
    let world = World::new();
    story(&world, Disk::default()).await;
    let root = {
        let rig = world.start().await;
        let root = rig.sealed_root().await;
        rig.stop().await;
        root
    };
    let writer =
        super::rows::RowWriter::open(&world.data_dir().join("store"), &Disk::default()).unwrap();
    let db = writer.rows().database();
    let key = super::table::ACCOUNTS.key(&AccountIndex::new(1).unwrap());
    assert!(db.remove(key).unwrap().is_some());
    db.flush().unwrap();
    drop(writer);
    let rig = world.start().await;
    assert_eq!(rig.sealed_root().await, root);
    rig.stop().await;
}

#[tokio::test]
async fn two_nodes_do_not_share_a_directory() {
    let world = World::new();
    let rig = world.start().await;
    let second = world.start_with(world.config(), Disk::default()).await;
    let error = second.err().unwrap();
    assert!(
        matches!(error, NodeError::Storage(StorageError::InUse { .. })),
        "{error}"
    );
    rig.stop().await;
    world.start().await.stop().await;
}

#[test]
fn a_directory_of_another_rollup_is_refused() {
    let world = World::new();
    drop(Storage::open(world.data_dir(), domain(), 0, Disk::default()).unwrap());
    let other = Domain::new(1, assay_circuits::address::L1Address([1; 20]));
    let refused = Storage::open(world.data_dir(), other, 0, Disk::default());
    assert!(matches!(refused, Err(StorageError::OtherNetwork { .. })));
}

#[tokio::test]
async fn a_soft_confirmation_survives_a_restart() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let (paid, waits) = (rig.order(1, 0, Some(2), 10), rig.order(1, 2, Some(2), 20));
    rig.admission.submit(paid).await.unwrap();
    rig.admission.submit(waits).await.unwrap();
    rig.stop().await;
    let mut rig = world.start().await;
    assert_eq!(rig.stage(&paid), Some(Stage::Executed));
    assert_eq!(rig.stage(&waits), Some(Stage::Received));
    assert_eq!((rig.nonce(1), rig.balance(2)), (1, 1_000_010));
    assert_eq!(rig.standing.executed().waiting, 1);
    rig.look().await;
    let between = rig.order(1, 1, Some(2), 30);
    rig.admission.submit(between).await.unwrap();
    rig.finish(&world.l1).await;
    for order in [paid, between, waits] {
        assert_eq!(rig.stage(&order), Some(Stage::Final));
    }
    rig.stop().await;
}
