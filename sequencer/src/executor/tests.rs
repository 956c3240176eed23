//! Nonces, expiry, bounds, clocks, entries of the queue, and the order rule.

mod clocks;
mod entries;
mod lists;
mod order_rule;
mod pool;

use assay_api::stage::Stage;
use assay_circuits::{
    order::{Order, TxHash},
    quantity::{Amount, TokenId},
    transition::Rejection,
};

use crate::{
    admission::error::AdmissionError,
    l1::memory::{MAX_LAG_S, domain},
    rig::{World, key},
};

#[tokio::test]
async fn nonces_are_executed_in_their_order_whatever_the_order_of_arrival() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let orders: Vec<_> = (0..3)
        .map(|nonce| rig.order(1, nonce, Some(2), 10))
        .collect();
    for late in [2, 1] {
        rig.admission.submit(orders[late]).await.unwrap();
        assert_eq!(rig.stage(&orders[late]), Some(Stage::Received));
    }
    rig.admission.submit(orders[0]).await.unwrap();
    // Tiny holds two transfers: the first batch is closed by the third.
    for order in &orders {
        assert!(rig.stage(order) >= Some(Stage::Executed));
    }
    assert_eq!((rig.nonce(1), rig.balance(2)), (3, 1_000_030));
    rig.stop().await;
}

#[tokio::test]
async fn nonces_have_a_window_and_a_place_is_taken_once() {
    let world = World::new();
    let mut config = world.config();
    config.limits.pool_per_account = 4;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let far = rig.order(1, 4, Some(2), 1);
    assert!(matches!(
        rig.admission.submit(far).await,
        Err(AdmissionError::NonceTooFar {
            given: 4,
            next: 0,
            window: 4
        })
    ));
    let first = rig.order(1, 3, Some(2), 1);
    rig.admission.submit(first).await.unwrap();
    let second = rig.order(1, 3, Some(2), 2);
    let taken = AdmissionError::NonceTaken {
        given: 3,
        by: first.hash(domain()),
        replace_fee: Amount(1),
    };
    assert_eq!(rig.admission.submit(second).await, Err(taken));
    rig.stop().await;
}

#[tokio::test]
async fn what_waits_is_given_up_when_it_expires_and_says_so() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let now_s = rig.clock.now_s();
    let mut waiting = rig.order(1, 1, Some(2), 1).order;
    let lag_s = u32::try_from(MAX_LAG_S).unwrap();
    waiting.expires = now_s + lag_s + 59;
    let soon = Order {
        expires: now_s + lag_s - 1,
        ..waiting
    };
    let refused = rig.admission.submit(soon.sign(domain(), &key(1))).await;
    assert_eq!(refused.unwrap_err().code(), "expires_too_soon");
    let waiting = waiting.sign(domain(), &key(1));
    rig.admission.submit(waiting).await.unwrap();
    world.advance_ms((MAX_LAG_S + 59) * 1_000);
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&waiting), Some(Stage::Received));
    world.advance_ms(1_000);
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&waiting), Some(Stage::Rejected));
    let hash: TxHash = waiting.hash(domain());
    let (_, view) = rig.get(&format!("/v1/transactions/{hash}")).await;
    assert_eq!(view["rejection"]["code"], "expired");
    assert_eq!(
        view["rejection"]["details"]["expires"],
        waiting.order.expires
    );
    assert!(view["times_ms"]["rejected"].is_u64());
    rig.stop().await;
}

#[tokio::test]
async fn a_withdrawal_after_a_transfer_of_its_sender_goes_into_the_next_batch() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let transfer = rig.order(1, 0, Some(2), 10);
    let withdrawal = rig.order(1, 1, None, 20);
    rig.admission.submit(transfer).await.unwrap();
    rig.admission.submit(withdrawal).await.unwrap();
    assert_eq!(rig.stage(&transfer), Some(Stage::Executed));
    assert_eq!(rig.stage(&withdrawal), Some(Stage::Received));
    rig.seal().await.unwrap();
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&withdrawal), Some(Stage::Executed));
    rig.stop().await;
}

#[tokio::test]
async fn a_batch_is_closed_when_it_is_old_enough() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let before = rig.standing.heights().sealed;
    let order = rig.order(1, 0, Some(2), 10);
    rig.admission.submit(order).await.unwrap();
    world.advance_ms(rig.config.batch_time_ms - 1);
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&order), Some(Stage::Executed));
    assert!(rig.storage.open_batch().unwrap().is_some());
    world.advance_ms(1);
    rig.handle.entries(Vec::new()).await;
    assert!(rig.storage.open_batch().unwrap().is_none());
    assert!(rig.standing.heights().executed > before);
    rig.stop().await;
}

#[tokio::test]
async fn too_many_batches_in_flight_stop_execution_and_not_admission() {
    let world = World::new();
    let mut config = world.config();
    config.limits.batches_in_flight = 2;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let mut orders = Vec::new();
    for nonce in 0..3 {
        let order = rig.order(1, nonce, Some(2), 10);
        rig.admission.submit(order).await.unwrap();
        orders.push(order);
        rig.seal().await;
    }
    assert_eq!(rig.stage(&orders[0]), Some(Stage::Sealed));
    assert_eq!(rig.stage(&orders[2]), Some(Stage::Received));
    rig.finish(&world.l1).await;
    assert_eq!(rig.stage(&orders[2]), Some(Stage::Final));
    rig.stop().await;
}

#[tokio::test]
async fn fees_go_to_the_operators_account_when_the_batch_is_closed() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1, 2]).await;
    let order = rig.order_with_fee(1, 0, Some(2), 10, 7);
    rig.admission.submit(order).await.unwrap();
    assert_eq!((rig.balance(0), rig.balance(1)), (1_000_000, 999_983));
    rig.seal().await.unwrap();
    assert_eq!(rig.balance(0), 1_000_007);
    rig.stop().await;
}

#[tokio::test]
async fn a_rejection_names_its_rule() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let order = rig.order_with_fee(1, 0, Some(2), 10, 7);
    let refused = rig.admission.submit(order).await;
    let rule = Rejection::FeeTokenNotAccepted(TokenId::ETHER);
    assert_eq!(refused, Err(AdmissionError::Rule(rule)));
    rig.stop().await;
}
