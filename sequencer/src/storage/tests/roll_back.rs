//! Dropping batches, and directories that begin after batch 0.

use std::sync::atomic::Ordering;

use assay_api::stage::Stage;
use assay_circuits::quantity::BatchNumber;
use tempfile::TempDir;

use super::power_cut;
use crate::{
    l1::memory::{MAX_LAG_S, domain},
    rig::World,
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
        let rig = world.start().await;
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
}
