//! Entries of the layer 1's queue on their way through the node.

use assay_api::stage::Stage;
use assay_circuits::forced::ForcedOrder;

use crate::rig::{World, owner};

#[tokio::test]
async fn a_forced_order_begins_the_next_batch_and_uses_nonces_up() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let paid = rig.order(1, 0, Some(2), 10);
    // It waits for nonce 1, which the forced order takes away with its own, nonce 3.
    let waits = rig.order(1, 2, Some(2), 20);
    let later = rig.order(1, 4, Some(2), 30);
    for order in [paid, waits, later] {
        rig.admission.submit(order).await.unwrap();
    }
    let open = rig.storage.open_batch().unwrap().unwrap().0.number;
    world.l1.force(rig.forced(1, 3, Some(2), 100));
    // It does not part what users have in the open batch before that is old enough.
    rig.look().await;
    assert_eq!(rig.storage.open_batch().unwrap().unwrap().0.number, open);
    world.advance_ms(rig.config.batch_time_ms);
    rig.handle.entries(Vec::new()).await;
    rig.handle.entries(Vec::new()).await;
    let (header, rows) = rig.storage.open_batch().unwrap().unwrap();
    assert_eq!(header.number, open.next());
    assert!(rows[0].operation.is_from_l1());
    assert_eq!(rig.stage(&waits), Some(Stage::Rejected));
    assert_eq!(rig.stage(&later), Some(Stage::Executed));
    assert_eq!(rig.balance(1), 1_000_000 - 10 - 100 - 30);
    rig.finish(&world.l1).await;
    assert_eq!(rig.stage(&later), Some(Stage::Final));
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_quiet_rollup_seals_a_batch_for_what_the_queue_holds() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    rig.finish(&world.l1).await;
    let nobody = ForcedOrder {
        from: None,
        ..rig.forced(1, 0, Some(2), 100)
    };
    world.l1.force(nobody);
    rig.finish(&world.l1).await;
    assert_eq!(rig.standing.look().queue_consumed, 3);
    assert_eq!(rig.balance(1), 1_000_000);
    rig.stop().await;
}

/// A batch that leaves a due entry out is refused; the oracle is the test contract.
#[tokio::test]
async fn a_batch_takes_every_confirmed_entry_that_fits() {
    let world = World::new();
    let mut rig = world.start().await;
    for _ in 0..5 {
        world.l1.deposit(&owner(1), 0, 10);
    }
    // So long without a node: all of them are due.
    world.advance_ms(4 * 24 * 3600 * 1_000);
    world.l1.mine(1);
    rig.finish(&world.l1).await;
    assert_eq!(rig.standing.look().queue_consumed, 5);
    assert_eq!((world.l1.batches(), world.l1.failed()), (3, 0));
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

#[tokio::test]
async fn a_hundred_deposits_leave_room_for_what_users_withdraw() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    rig.finish(&world.l1).await;
    for _ in 0..100 {
        world.l1.deposit(&owner(3), 0, 1);
    }
    rig.look().await;
    rig.handle.entries(Vec::new()).await;
    assert!(rig.storage.open_batch().unwrap().is_none());
    let taken = rig.standing.executed().queue_taken;
    assert!(taken < 100, "{taken}");
    for nonce in 0..3 {
        let withdrawal = rig.order(1, nonce, None, 10);
        rig.admission.submit(withdrawal).await.unwrap();
        rig.seal().await.unwrap();
        assert_eq!(rig.stage(&withdrawal), Some(Stage::Sealed), "{nonce}");
        // Each shared its batch with one of the deposits.
        assert_eq!(
            rig.standing.executed().queue_taken,
            taken + u64::from(nonce) + 1
        );
    }
    for _ in 0..4 {
        rig.finish(&world.l1).await;
    }
    assert_eq!((rig.balance(3), world.l1.failed()), (100, 0));
    rig.stop().await;
}

#[tokio::test]
async fn what_is_due_is_taken_before_what_users_want() {
    let world = World::new();
    let mut config = world.config();
    config.limits.batches_in_flight = 2;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    rig.finish(&world.l1).await;
    for _ in 0..20 {
        world.l1.deposit(&owner(3), 0, 1);
    }
    world.advance_ms(8 * 24 * 3600 * 1_000);
    world.l1.mine(1);
    rig.look().await;
    // Two batches are under way: it waits for its turn.
    let withdrawal = rig.order(1, 0, None, 10);
    rig.admission.submit(withdrawal).await.unwrap();
    let taken = rig.standing.executed().queue_taken;
    rig.seal().await;
    rig.prove_all().await;
    for _ in 0..2 {
        rig.look().await;
        world.l1.mine(1);
    }
    assert!(rig.standing.executed().queue_taken >= taken + 2);
    assert_eq!(rig.stage(&withdrawal), Some(Stage::Received));
    rig.finish(&world.l1).await;
    assert_eq!((rig.balance(3), world.l1.failed()), (20, 0));
    assert_eq!(rig.stage(&withdrawal), Some(Stage::Final));
    rig.stop().await;
}
