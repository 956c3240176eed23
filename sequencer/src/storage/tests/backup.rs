//! Copies of a directory, and nodes that begin with an old one.

use std::fs;

use assay_api::stage::Stage;
use tempfile::TempDir;

use super::{
    Disk,
    damage::{copy, directory},
};
use crate::{
    rig::World,
    storage::{BackupError, StorageError, back_up},
};

#[tokio::test]
async fn a_copy_that_was_made_while_the_node_ran_has_all_that_was_acknowledged() {
    let world = World::new();
    let mut acknowledged = directory(&world).await;
    let mut rig = world.start().await;
    rig.look().await;
    let last = rig.order(1, 3, Some(2), 1);
    rig.admission.submit(last).await.unwrap();
    acknowledged.push(last);
    let backup = TempDir::new().unwrap();
    // What was handed in fills a batch, which may be sealed meanwhile.
    let tip = || rig.storage.last_tip().unwrap().number;
    let before = tip();
    let copied = back_up(world.data_dir(), backup.path()).unwrap();
    assert!((before..=tip()).contains(&copied.last_batch));
    assert_eq!(copied.transactions, acknowledged.len());
    let again = back_up(world.data_dir(), backup.path());
    assert!(matches!(
        again,
        Err(BackupError::Storage(StorageError::NotEmpty { .. }))
    ));
    rig.stop().await;
    let mut config = world.config();
    config.data_dir = backup.path().to_owned();
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    rig.look().await;
    let fills = rig.order(1, 4, Some(2), 1);
    rig.admission.submit(fills).await.unwrap();
    rig.finish(&world.l1).await;
    for order in &acknowledged {
        assert_eq!(rig.stage(order), Some(Stage::Final), "{order:?}");
    }
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_node_catches_up_from_any_old_copy() {
    let world = World::new();
    directory(&world).await;
    let (backup, whole) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    back_up(world.data_dir(), backup.path()).unwrap();
    copy(world.data_dir(), whole.path());
    let mut rig = world.start().await;
    rig.look().await;
    let later = [
        rig.order(1, 3, Some(2), 1),
        rig.order(1, 4, Some(2), 2),
        rig.order(2, 3, None, 3),
    ];
    for order in later {
        rig.admission.submit(order).await.unwrap();
        rig.seal().await;
    }
    let rig = world.finish(rig).await;
    let balances = [1, 2, 3].map(|user| rig.balance(user));
    let (root, sealed) = (rig.proved_root().await, rig.standing.sealed());
    rig.stop().await;
    for old in [backup.path(), whole.path()] {
        let mut config = world.config();
        config.data_dir = old.to_owned();
        let mut rig = world.start_with(config, Disk::default()).await.unwrap();
        assert_eq!(rig.standing.sealed(), sealed);
        rig.finish(&world.l1).await;
        assert_eq!(rig.health.faults(), []);
        assert_eq!(rig.proved_root().await, root);
        assert_eq!([1, 2, 3].map(|user| rig.balance(user)), balances);
        rig.stop().await;
    }
    assert_eq!(world.l1.failed(), 0);
}

#[test]
fn what_is_no_nodes_data_is_not_copied() {
    let (empty, to) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let refused = back_up(empty.path(), to.path());
    assert!(matches!(refused, Err(BackupError::Nothing { .. })));
    assert!(fs::read_dir(to.path()).unwrap().next().is_none());
}
