//! Dropping batches, and directories that begin after batch 0.

use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering},
};

use assay_api::stage::Stage;
use assay_circuits::{
    order::{Order, Signed},
    quantity::BatchNumber,
};
use tempfile::TempDir;

use super::{Left, Step, damage, damage_store, platter::Platter, power_cut};
use crate::{
    l1::memory::{MAX_LAG_S, domain},
    rig::{World, key, owner, stranger::Stranger},
    storage::{Disk, Storage, StorageError},
};

#[tokio::test]
async fn nothing_is_lost_wherever_the_power_goes_while_batches_are_dropped() {
    let mut survives = 0;
    loop {
        let world = World::new();
        let mut rig = world.start().await;
        rig.fund(&world.l1, [1, 2]).await;
        let orders = [rig.order(1, 0, Some(2), 10), rig.order(1, 1, None, 30)];
        for order in orders {
            rig.admission.submit(order).await.unwrap();
            rig.seal().await;
        }
        let root = rig.sealed_root().await;
        rig.stop().await;
        world.advance_ms(MAX_LAG_S * 1_000);
        let (disk, steps) = power_cut(survives);
        for _ in 0..2 {
            if let Ok(mut rig) = world.start_with(world.config(), disk.clone()).await {
                rig.look().await;
                rig.stop().await;
            }
        }
        let was_cut = steps.load(Ordering::Acquire) > survives;
        damage::check_without_each_part(world.data_dir(), &orders);
        let rig = world.start().await;
        // A log that was not cut yet is no damage.
        assert_eq!(damage::moved_aside(world.data_dir()), 0, "step {survives}");
        let rig = world.finish(rig).await;
        for order in &orders {
            assert_eq!(rig.stage(order), Some(Stage::Final), "step {survives}");
        }
        assert_eq!(rig.sealed_root().await, root, "step {survives}");
        assert_eq!(rig.proved_root().await, root, "step {survives}");
        assert_eq!(world.l1.failed(), 0, "step {survives}");
        rig.stop().await;
        if !was_cut {
            return;
        }
        survives += 1;
    }
}

/// A directory with a sealed batch, an open one and one that waits, of which somebody else's batch on
/// the layer 1 holds the first.
async fn directory_that_is_behind(world: &World, disk: Disk) -> [Signed<Order>; 3] {
    let mut rig = world.start_with(world.config(), disk).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let mut rig = world.finish(rig).await;
    let orders = [
        rig.order(1, 0, Some(2), 10),
        rig.order(1, 1, Some(3), 20),
        rig.order(2, 1, Some(1), 30),
    ];
    rig.admission.submit(orders[0]).await.unwrap();
    rig.seal().await.unwrap();
    rig.admission.submit(orders[1]).await.unwrap();
    rig.admission.submit(orders[2]).await.unwrap();
    world.l1.deposit(&owner(4), 0, 70);
    let first = rig.order(2, 0, Some(1), 5);
    let mut stranger = Stranger::of(&world.l1);
    stranger.submit(0, &[orders[0]]);
    stranger.submit(1, &[first]);
    rig.stop().await;
    orders
}

/// The first adopted batch after each, as all batches say.
fn check_adopted(storage: &Storage) -> usize {
    let (base, last) = (storage.base().unwrap(), storage.last_tip().unwrap());
    let is_adopted = |number: &BatchNumber| storage.batch(*number).unwrap().unwrap().adopted;
    let all = (base.number.0 + 1..=last.number.0).map(BatchNumber);
    let adopted: Vec<_> = all.filter(is_adopted).collect();
    for after in (base.number.0..=last.number.0 + 1).map(BatchNumber) {
        let expected = adopted.iter().find(|number| **number > after);
        let found = storage.first_adopted(after).unwrap();
        assert_eq!(found.as_ref(), expected, "{after}");
    }
    adopted.len()
}

async fn cut_an_adoption_everywhere(left: Left) {
    let mut survives = 0;
    loop {
        let world = World::new();
        let platter = Platter::of(world.data_dir());
        let orders = directory_that_is_behind(&world, platter.watch(Disk::default())).await;
        let (disk, steps) = power_cut(survives);
        let disk = platter.watch(disk);
        if let Ok(mut rig) = world.start_with(world.config(), disk).await {
            rig.look().await;
            rig.stop().await;
        }
        let was_cut = steps.load(Ordering::Acquire) > survives;
        if left == Left::Synced {
            platter.cut();
        }
        let rig = world.start().await;
        let rig = world.finish(rig).await;
        for order in &orders {
            assert_eq!(rig.stage(order), Some(Stage::Final), "step {survives}");
        }
        assert!(check_adopted(&rig.storage) >= 2, "step {survives}");
        let balances = [1, 2, 3, 4].map(|user| rig.balance(user));
        assert_eq!(balances, [1_000_005, 999_975, 20, 70], "step {survives}");
        let root = rig.sealed_root().await;
        assert_eq!(rig.proved_root().await, root, "step {survives}");
        assert_eq!(world.l1.failed(), 0, "step {survives}");
        rig.stop().await;
        if !was_cut {
            assert!(survives > 10, "{survives}");
            return;
        }
        survives += 1;
    }
}

#[tokio::test]
async fn an_adoption_is_taken_up_wherever_the_node_is_killed() {
    cut_an_adoption_everywhere(Left::Written).await;
}

#[tokio::test]
async fn an_adoption_is_taken_up_where_only_what_was_synced_is_left() {
    cut_an_adoption_everywhere(Left::Synced).await;
}

/// The power goes when a batch is in the log and not in the rows, and then the layer 1 takes it back.
#[tokio::test]
async fn the_log_does_not_keep_a_batch_that_the_rows_never_had() {
    let world = World::new();
    let orders = directory_that_is_behind(&world, Disk::default()).await;
    // The log is cut first, where the batch that is in the way is dropped.
    let logged = AtomicUsize::new(0);
    let disk = Disk::with_faults(move |step| match step {
        Step::AppendLog => {
            logged.fetch_add(1, Ordering::AcqRel);
            Ok(())
        }
        Step::ApplyRows if logged.load(Ordering::Acquire) > 1 => Err(io::Error::other("power cut")),
        _ => Ok(()),
    });
    let started = world.start_with(world.config(), disk).await;
    assert!(started.is_err());
    world.l1.reorganise(2);
    let rig = world.start().await;
    let rig = world.finish(rig).await;
    assert_eq!(rig.stage(&orders[0]), Some(Stage::Final));
    let root = rig.sealed_root().await;
    rig.stop().await;
    damage_store(&world);
    let rig = world.start().await;
    assert_eq!(rig.sealed_root().await, root);
    rig.stop().await;
}

#[tokio::test]
async fn adopted_batches_are_found_among_own_ones_also_in_a_database_that_was_made_again() {
    let world = World::new();
    let orders = directory_that_is_behind(&world, Disk::default()).await;
    let rig = world.start().await;
    let mut rig = world.finish(rig).await;
    for nonce in [2, 3] {
        let order = rig.order(1, nonce, Some(2), 1);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await.unwrap();
    }
    // Own ones that were never on the layer 1 are not read, of which there are two; nor is their end looked for.
    let last = rig.standing.proved();
    assert!(last.0 + 2 <= rig.standing.sealed().0);
    let before = rig.storage.reads();
    assert_eq!(rig.storage.first_adopted(last).unwrap(), None);
    assert_eq!(rig.storage.reads(), before);
    assert_eq!(check_adopted(&rig.storage), 2);
    rig.stop().await;
    damage_store(&world);
    let rig = world.start().await;
    assert_eq!(check_adopted(&rig.storage), 2);
    let rig = world.finish(rig).await;
    assert_eq!(check_adopted(&rig.storage), 2);
    assert_eq!(rig.stage(&orders[0]), Some(Stage::Final));
    rig.stop().await;
}

/// The layer 1 has lost even the batch with which the directory begins: the node begins with batch 0.
#[tokio::test]
async fn a_directory_that_begins_after_a_batch_that_is_gone_begins_anew() {
    for (blocks, batches) in [(1, 2), (2, 1), (3, 0)] {
        let world = World::new();
        let mut rig = world.start().await;
        rig.fund(&world.l1, [1, 2]).await;
        let order = rig.order(1, 0, Some(2), 10);
        rig.stop().await;
        // The layer 1's last blocks bring a batch each.
        let mut stranger = Stranger::of(&world.l1);
        stranger.submit(2, &[]);
        stranger.submit(0, &[order]);
        let next = Order {
            nonce: 1,
            ..order.order
        };
        stranger.submit(0, &[next.sign(domain(), &key(1))]);
        let rig = world.start().await;
        let (tip, state) = (
            rig.storage.last_tip().unwrap(),
            rig.storage.recover().unwrap().state,
        );
        assert_eq!(tip.number, BatchNumber(3));
        rig.stop().await;
        let restored = TempDir::new().unwrap();
        Storage::begin(restored.path(), domain(), Disk::default(), &tip, &state).unwrap();
        world.l1.reorganise(blocks);
        let mut config = world.config();
        config.data_dir = restored.path().to_owned();
        let start = || world.start_with(config.clone(), Disk::default());
        let mut rig = start().await.unwrap();
        assert_eq!(rig.standing.sealed(), BatchNumber(batches));
        assert_eq!(rig.storage.base().unwrap().number, BatchNumber::GENESIS);
        rig.finish(&world.l1).await;
        assert_eq!(rig.health.faults(), []);
        assert_eq!(rig.balance(2), 1_000_000 + [0, 0, 10][batches as usize]);
        rig.stop().await;
        start().await.unwrap().stop().await;
    }
}

/// The state and the tip are those of another node's directory; the new one has nothing else of it.
#[tokio::test]
async fn a_node_goes_on_from_a_directory_that_begins_after_a_batch() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let before = rig.order(1, 0, Some(2), 10);
    rig.admission.submit(before).await.unwrap();
    rig.finish(&world.l1).await;
    let (tip, state) = (
        rig.storage.last_tip().unwrap(),
        rig.storage.recover().unwrap().state,
    );
    rig.stop().await;
    let restored = TempDir::new().unwrap();
    let begin = || Storage::begin(restored.path(), domain(), Disk::default(), &tip, &state);
    begin().unwrap();
    assert!(matches!(begin(), Err(StorageError::NotEmpty { .. })));
    let mut config = world.config();
    config.data_dir = restored.path().to_owned();
    let start = || world.start_with(config.clone(), Disk::default());
    let mut rig = start().await.unwrap();
    rig.look().await;
    assert_eq!(rig.health.faults(), []);
    assert_eq!(rig.standing.heights().proved, tip.number);
    assert_eq!((rig.balance(1), rig.nonce(1)), (999_990, 1));
    let after = rig.order(1, 1, Some(2), 10);
    rig.admission.submit(after).await.unwrap();
    rig.finish(&world.l1).await;
    assert_eq!(rig.stage(&after), Some(Stage::Final));
    rig.stop().await;
    let rig = start().await.unwrap();
    assert_eq!(rig.standing.sealed(), tip.number.next());
    assert_eq!(rig.storage.base().unwrap(), tip);
    assert!(rig.storage.batch(BatchNumber(1)).unwrap().is_none());
    rig.stop().await;
    // What was restored is enough to make the database again, with what came after it.
    for lost in ["store", "batches", "transactions"] {
        std::fs::remove_dir_all(restored.path().join(lost)).unwrap();
        let mut rig = start().await.unwrap();
        rig.finish(&world.l1).await;
        assert_eq!(rig.standing.sealed(), tip.number.next(), "without {lost}");
        assert_eq!(rig.stage(&after), Some(Stage::Final), "without {lost}");
        assert_eq!(rig.balance(2), 1_000_020, "without {lost}");
        rig.stop().await;
    }
}
