//! Batches that wait too long for their proofs: their time would be refused.

use assay_api::stage::Stage;

use super::{rig_with_a_transfer, submissions};
use crate::{health::Fault, l1::memory::MAX_LAG_S, rig::World};

/// The time of the last sealed batch.
fn last_timestamp(rig: &crate::rig::Rig) -> u32 {
    rig.storage.last_tip().unwrap().timestamp
}

#[tokio::test]
async fn a_batch_that_has_waited_too_long_is_sealed_again_with_a_new_time() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    let (root, timestamp) = (rig.sealed_root().await, last_timestamp(&rig));
    world.advance_ms(MAX_LAG_S / 2 * 1_000);
    rig.look().await;
    assert!(!rig.restart.is_cancelled());
    world.advance_ms(MAX_LAG_S / 2 * 1_000);
    rig.prove_all().await;
    rig.look_until_anew().await;
    assert_eq!(submissions(&world), 0);
    rig.stop().await;
    let rig = world.start().await;
    assert_eq!(rig.standing.sealed().0, 0);
    assert_eq!(rig.stage(&order), Some(Stage::Received));
    assert_eq!(rig.balance(1), 0);
    let rig = world.finish(rig).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!(rig.sealed_root().await, root);
    assert!(u64::from(last_timestamp(&rig)) > u64::from(timestamp) + MAX_LAG_S / 2);
    assert_eq!((world.l1.failed(), submissions(&world)), (0, 1));
    rig.stop().await;
}

/// The layer 1 may still include what is under way, so it is given up only when it cannot take
/// effect any more, and what is sent next has its nonce.
#[tokio::test]
async fn a_batch_that_is_under_way_is_given_up_only_when_it_is_dead() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    world.l1.mine_at_once(false);
    rig.look().await;
    assert_eq!(submissions(&world), 1);
    world.advance_ms((MAX_LAG_S - 60) * 1_000);
    rig.look().await;
    assert!(!rig.restart.is_cancelled());
    world.advance_ms(120_000);
    world.l1.drop_pending();
    world.l1.mine(1);
    rig.look_until_anew().await;
    rig.stop().await;
    world.l1.mine_at_once(true);
    let rig = world.start().await;
    let rig = world.finish(rig).await;
    assert_eq!(rig.health.faults(), []);
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    let sent = world.l1.sent();
    let (first, last) = (&sent[0].0, &sent.last().unwrap().0);
    assert_eq!(first.nonce, last.nonce);
    assert!(last.max_fee_wei > first.max_fee_wei);
    assert_eq!(world.l1.failed(), 0);
    assert_eq!(rig.storage.in_flight().unwrap(), []);
    rig.stop().await;
}

/// It came too late at the block that is looked at, and in time at another of the layer 1's nodes, which
/// answers when its receipt is asked for.
#[tokio::test]
async fn a_success_that_the_block_looked_at_does_not_show_is_no_failure() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    world.l1.mine_at_once(false);
    rig.look().await;
    assert_eq!(submissions(&world), 1);
    world.advance_ms((MAX_LAG_S + 60) * 1_000);
    world.l1.mine(1);
    assert_eq!(world.l1.failed(), 1);
    world.l1.hide_failures(true);
    rig.look().await;
    assert!(!rig.health.has(Fault::L1Refuses));
    world.l1.hide_failures(false);
    rig.look().await;
    assert!(rig.health.has(Fault::L1Refuses));
    rig.stop().await;
}
