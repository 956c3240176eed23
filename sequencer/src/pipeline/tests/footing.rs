//! A layer 1 that answers late, from behind, or now and then; and what a reorganisation takes with it.

use assay_api::stage::Stage;
use assay_circuits::{
    order::{Order, Signed},
    quantity::BatchNumber,
};

use super::{rig_with_a_transfer, submissions};
use crate::{
    health::Fault,
    rig::{Rig, World, owner, stranger::Stranger},
};

/// Another operator brings a batch with this order, and the node takes it up.
async fn adopted(world: &World, mut rig: Rig, order: Signed<Order>) -> Rig {
    Stranger::of(&world.l1).submit(0, &[order]);
    rig.look_until_anew().await;
    rig.stop().await;
    let rig = world.start().await;
    world.finish(rig).await
}

/// One of several backends is some blocks behind, and answers each second time.
#[tokio::test]
async fn a_layer_1_that_answers_now_and_then_from_behind_drops_nothing() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let rig = world.finish(rig).await;
    // A batch of another operator is what a look from behind would have dropped.
    let order = rig.order(1, 0, Some(2), 10);
    let before = world.l1.blocks();
    let mut rig = adopted(&world, rig, order).await;
    world.l1.deposit(&owner(3), 0, 5);
    rig.look().await;
    let promised = rig.order(1, 1, Some(2), 10);
    rig.admission.submit(promised).await.unwrap();
    rig.seal().await.unwrap();
    let heights = rig.standing.heights();
    let behind = world.l1.blocks() - before;
    for look in 0..60 {
        let behind = if look % 2 == 0 { behind } else { 0 };
        world.l1.answer_from_behind(behind);
        rig.look().await;
        assert!(!rig.restart.is_cancelled());
        assert_eq!(rig.standing.heights().proved, heights.proved);
    }
    // All of them are behind, and go on from there.
    world.l1.answer_from_behind(behind);
    for _ in 0..behind {
        world.l1.mine(1);
        rig.look().await;
        assert!(!rig.restart.is_cancelled());
        assert_eq!(rig.standing.heights().proved, heights.proved);
    }
    world.l1.answer_from_behind(0);
    let rig = world.finish(rig).await;
    assert_eq!(rig.stage(&promised), Some(Stage::Final));
    assert_eq!((rig.balance(3), world.l1.failed()), (5, 0));
    let path = format!("/v1/transactions/{}", promised.hash(rig.rollup.domain));
    assert!(rig.get(&path).await.1["dropped"].is_null());
    rig.stop().await;
}

/// The same at a start: the store is opened beside a backend that is behind.
#[tokio::test]
async fn a_node_that_starts_while_answers_come_from_behind_drops_nothing() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let rig = world.finish(rig).await;
    let order = rig.order(1, 0, Some(2), 10);
    let before = world.l1.blocks();
    let rig = adopted(&world, rig, order).await;
    let sealed = rig.standing.sealed();
    rig.stop().await;
    world.l1.answer_from_behind(world.l1.blocks() - before);
    let l1 = world.l1.clone();
    let looks = l1.looks();
    let catches_up = async {
        // The second look is at the latest block.
        while l1.looks() == looks {
            tokio::task::yield_now().await;
        }
        l1.answer_from_behind(0);
    };
    let (rig, ()) = tokio::join!(world.start(), catches_up);
    assert_eq!(rig.standing.sealed(), sealed);
    assert_eq!(rig.balance(2), 1_000_010);
    rig.stop().await;
}

/// Before that there is no time of which the layer 1 would say that it is not past.
#[tokio::test]
async fn nothing_is_executed_until_the_layer_1_was_looked_at() {
    let world = World::new();
    let (rig, _) = rig_with_a_transfer(&world).await;
    let rig = world.finish(rig).await;
    rig.stop().await;
    let mut rig = world.start().await;
    let order = rig.order(1, 1, Some(2), 10);
    rig.admission.submit(order).await.unwrap();
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&order), Some(Stage::Received));
    rig.look().await;
    assert!(rig.stage(&order) >= Some(Stage::Executed));
    rig.stop().await;
}

/// Deposits that were credited vanish while what spends them is on its way.
#[tokio::test]
async fn a_credited_deposit_may_vanish_while_transactions_are_under_way() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    world.l1.mine_at_once(false);
    rig.look().await;
    assert_eq!(submissions(&world), 1);
    let later = rig.order(1, 1, Some(2), 10);
    rig.admission.submit(later).await.unwrap();
    rig.seal().await.unwrap();
    rig.prove_all().await;
    rig.look().await;
    assert_eq!(submissions(&world), 2);
    world.l1.reorganise(2);
    rig.look_until_anew().await;
    rig.stop().await;
    let mut rig = world.start().await;
    for order in [&order, &later] {
        let path = format!("/v1/transactions/{}", order.hash(rig.rollup.domain));
        let (_, view) = rig.get(&path).await;
        assert_eq!(view["dropped"]["code"], "entry_gone");
        assert_eq!(view["stage"], "received");
    }
    // What is on its way could only fail, and is replaced before a block takes it.
    rig.look().await;
    world.l1.mine(1);
    assert_eq!(world.l1.failed(), 0);
    // They come back.
    for user in [1, 2] {
        world.l1.deposit(&owner(user), 0, 1_000_000);
    }
    world.l1.mine_at_once(true);
    let rig = world.finish(rig).await;
    assert_eq!(rig.health.faults(), []);
    for order in [&order, &later] {
        assert_eq!(rig.stage(order), Some(Stage::Final));
    }
    assert_eq!((rig.balance(2), world.l1.failed()), (1_000_020, 0));
    rig.stop().await;
}

#[tokio::test]
async fn answers_that_fail_at_random_put_nothing_off_for_ever() {
    for (percent, seed) in [(30, 1), (30, 2), (70, 3), (70, 4)] {
        let world = World::new();
        let mut rig = world.start().await;
        world.l1.fail(percent, seed);
        for user in [1, 2] {
            world.l1.deposit(&owner(user), 0, 1_000_000);
        }
        let (mut looks, mut nonce) = (0, 0);
        while rig.standing.heights().r#final < BatchNumber(5) {
            assert!(looks < 3_000, "{:?}", rig.standing.heights());
            looks += 1;
            rig.look().await;
            assert!(!rig.restart.is_cancelled());
            if rig.account(1).is_some() && nonce < 5 {
                let order = rig.order(1, nonce, Some(2), 1);
                rig.admission.submit(order).await.unwrap();
                nonce += 1;
            }
            rig.seal().await;
            rig.prove_all().await;
            if looks % 4 == 0 {
                world.advance_ms(12_000);
                world.l1.mine(1);
            }
        }
        println!("{percent} of 100 fail: {looks} looks");
        world.l1.fail(0, 0);
        rig.look().await;
        assert_eq!(rig.health.faults(), []);
        assert!(world.l1.paid().values().all(|times| *times == 1));
        assert_eq!(world.l1.failed(), 0);
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_layer_1_that_hangs_is_told_of_while_it_hangs() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    let (health, l1) = (rig.health.clone(), world.l1.clone());
    l1.set_hanging(true);
    tokio::time::pause();
    let told = async {
        while !health.has(Fault::L1Slow) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        l1.set_hanging(false);
    };
    tokio::join!(rig.pipeline.watched_look(), told);
    assert!(rig.health.has(Fault::L1Slow) && rig.health.ready());
    tokio::time::resume();
    rig.pipeline.watched_look().await;
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// A deposit that waits its turn in the executor is replaced by another meanwhile.
#[tokio::test]
async fn an_entry_that_vanishes_before_it_is_in_a_batch_stops_nothing() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    let later = rig.order(1, 1, Some(2), 10);
    rig.admission.submit(later).await.unwrap();
    world.l1.deposit(&owner(3), 0, 5);
    rig.look().await;
    // An entry that is not due leaves the open batch to users.
    assert!(rig.account(3).is_none());
    world.l1.reorganise(1);
    world.l1.deposit(&owner(4), 0, 7);
    rig.look().await;
    let rig = world.finish(rig).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!(rig.stage(&later), Some(Stage::Final));
    assert_eq!((rig.balance(3), rig.balance(4)), (0, 7));
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// A deposit in a sealed batch is another when the batch comes to the contract, and no look has seen how.
async fn comes_right_although_an_entry_is_another(unseen: impl FnOnce(&World)) {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    world.l1.deposit(&owner(3), 0, 5);
    rig.look().await;
    rig.seal().await.unwrap();
    assert_eq!(rig.balance(3), 5);
    unseen(&world);
    rig.look().await;
    world.l1.leave_unanswered(None);
    let rig = world.finish(rig).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!((rig.balance(3), rig.balance(4)), (0, 7));
    assert_eq!((rig.health.faults(), world.l1.failed()), (vec![], 0));
    rig.stop().await;
}

#[tokio::test]
async fn a_reorganisation_of_which_nothing_was_heard_is_noticed_later() {
    comes_right_although_an_entry_is_another(|world| {
        world.l1.reorganise(1);
        world.l1.deposit(&owner(4), 0, 7);
        world.l1.leave_unanswered(Some(("block", 1)));
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_is_refused_for_its_entries_is_sealed_again() {
    comes_right_although_an_entry_is_another(|world| {
        world.l1.rewrite_deposit(&owner(4), 0, 7);
    })
    .await;
}
