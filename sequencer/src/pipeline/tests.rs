//! The layer 1's moods: slow, lossy, reorganising, foreign.

use assay_api::stage::Stage;
use assay_circuits::{
    order::{Order, Signed},
    quantity::BatchNumber,
};
use assay_l1::client::RollupCall;

use crate::{
    health::Fault,
    rig::{Rig, World},
};

async fn rig_with_a_transfer(world: &World) -> (Rig, Signed<Order>) {
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let order = rig.order(1, 0, Some(2), 10);
    rig.admission.submit(order).await.unwrap();
    rig.seal().await.unwrap();
    (rig, order)
}

fn commits(world: &World) -> usize {
    let sent = world.l1.sent();
    sent.iter()
        .filter(|(_, call)| matches!(call, RollupCall::Commit(_)))
        .count()
}

#[tokio::test]
async fn a_transfer_goes_from_received_to_final() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    assert_eq!(rig.stage(&order), Some(Stage::Sealed));
    rig.look().await;
    rig.look().await;
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Committed));
    rig.prove_all().await;
    rig.look().await;
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Proved));
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!(world.l1.failed(), 0);
    let (_, view) = rig
        .get(&format!(
            "/v1/transactions/{}",
            order.hash(rig.rollup.domain)
        ))
        .await;
    assert!(view["l1"]["commit"].as_str().unwrap().starts_with("0x"));
    assert!(view["l1"]["prove"].as_str().unwrap().starts_with("0x"));
    rig.stop().await;
}

#[tokio::test]
async fn proofs_that_are_ready_together_go_in_one_call() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    for nonce in 0..3 {
        let order = rig.order(1, nonce, Some(2), 10);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await.unwrap();
    }
    for _ in 0..6 {
        rig.look().await;
    }
    assert_eq!(world.l1.counts(), (4, 0));
    rig.prove_all().await;
    rig.look().await;
    assert_eq!(world.l1.counts(), (4, 4));
    assert!(
        matches!(&world.l1.sent().last().unwrap().1, RollupCall::Prove(proofs) if proofs.len() == 4)
    );
    rig.stop().await;
}

#[tokio::test]
async fn a_reorganisation_takes_batches_back_and_they_are_sent_again() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    for _ in 0..3 {
        rig.look().await;
    }
    rig.prove_all().await;
    rig.look().await;
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Proved));
    let proved = rig.proved_root().await;
    // Two commits and one call with both proofs are taken back.
    world.l1.reorganise(3);
    rig.look().await;
    assert_eq!(rig.standing.heights().committed, BatchNumber::GENESIS);
    assert_eq!(rig.stage(&order), Some(Stage::Sealed));
    assert_ne!(rig.proved_root().await, proved);
    for _ in 0..4 {
        rig.look().await;
    }
    assert_eq!(rig.stage(&order), Some(Stage::Proved));
    assert_eq!(rig.proved_root().await, proved);
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_transaction_that_is_stuck_is_replaced_and_not_doubled() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    world.l1.mine_at_once(false);
    rig.look().await;
    rig.look().await;
    assert_eq!(commits(&world), 1);
    world.advance_ms(rig.config.l1.resubmit_after_ms);
    rig.look().await;
    let sent = world.l1.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].0.nonce, sent[1].0.nonce);
    assert!(sent[1].0.max_fee_wei > sent[0].0.max_fee_wei);
    world.l1.mine(1);
    assert_eq!(world.l1.counts().0, 1);
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_transaction_that_was_dropped_is_sent_again() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    world.l1.mine_at_once(false);
    rig.look().await;
    world.l1.drop_pending();
    world.l1.mine_at_once(true);
    world.advance_ms(rig.config.l1.resubmit_after_ms);
    for _ in 0..3 {
        rig.look().await;
    }
    assert_eq!(world.l1.counts().0, 2);
    rig.stop().await;
}

#[tokio::test]
async fn an_answer_that_was_lost_does_not_make_the_node_pay_twice() {
    for restarts in [false, true] {
        let world = World::new();
        let (mut rig, order) = rig_with_a_transfer(&world).await;
        world.l1.mine_at_once(false);
        world.l1.lose_next_answer();
        rig.look().await;
        assert!(rig.health.has(Fault::L1Unreachable));
        if restarts {
            rig.stop().await;
            rig = world.start().await;
        }
        rig.look().await;
        rig.look().await;
        world.l1.mine_at_once(true);
        world.l1.mine(1);
        world.advance_ms(60_000);
        rig.finish(&world.l1).await;
        assert_eq!(rig.stage(&order), Some(Stage::Final));
        assert_eq!(world.l1.failed(), 0);
        assert_eq!(commits(&world), 2);
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_deposit_waits_for_its_confirmations() {
    let world = World::new();
    let mut config = world.config();
    config.l1.confirmations = 3;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    world.l1.deposit(&crate::rig::owner(1), 0, 5);
    world.l1.mine(2);
    rig.look().await;
    assert_eq!(rig.balance(1), 0);
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(rig.balance(1), 5);
    rig.stop().await;
}

#[tokio::test]
async fn a_credited_deposit_that_is_gone_stops_sending_until_it_is_back() {
    let world = World::new();
    let mut rig = world.start().await;
    world.l1.deposit(&crate::rig::owner(1), 0, 5);
    rig.look().await;
    assert_eq!(rig.balance(1), 5);
    world.l1.reorganise(1);
    rig.look().await;
    assert!(rig.health.has(Fault::DepositReorganised));
    let (status, ready) = rig.get("/readyz").await;
    assert_eq!(status.as_u16(), 503);
    assert_eq!(ready["faults"][0]["code"], "deposit_reorganised");
    rig.seal().await.unwrap();
    rig.look().await;
    assert_eq!(world.l1.counts().0, 0);
    world.l1.deposit(&crate::rig::owner(1), 0, 5);
    rig.look().await;
    assert!(!rig.health.has(Fault::DepositReorganised));
    rig.look().await;
    assert_eq!(world.l1.counts().0, 1);
    rig.stop().await;
}

#[tokio::test]
async fn another_deposit_in_its_place_is_noticed() {
    let world = World::new();
    let mut rig = world.start().await;
    world.l1.deposit(&crate::rig::owner(1), 0, 5);
    rig.look().await;
    world.l1.reorganise(1);
    world.l1.deposit(&crate::rig::owner(2), 0, 5);
    rig.look().await;
    assert!(rig.health.has(Fault::DepositReorganised));
    rig.stop().await;
}

#[tokio::test]
async fn a_foreign_batch_stops_the_node_and_it_says_why() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    world.l1.commit_foreign_batch();
    rig.look().await;
    assert!(rig.health.has(Fault::ForeignBatch));
    let order = rig.order(1, 0, Some(2), 1);
    let (status, code) = rig.submit(&order).await;
    assert_eq!((status.as_u16(), code.as_str()), (503, "halted"));
    rig.stop().await;
}

#[tokio::test]
async fn an_unreachable_layer_1_is_said_and_survived() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    world.l1.set_unreachable(true);
    rig.look().await;
    assert!(rig.health.has(Fault::L1Unreachable));
    world.l1.set_unreachable(false);
    rig.finish(&world.l1).await;
    assert!(!rig.health.has(Fault::L1Unreachable));
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    rig.stop().await;
}

/// The oracle is the layer 1's own crate, which makes the header from what is posted.
#[tokio::test]
async fn the_contract_makes_the_same_header_of_the_data() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let withdrawal = rig.order(1, 0, None, 10);
    rig.admission.submit(withdrawal).await.unwrap();
    rig.seal().await.unwrap();
    // The test contract compares the headers of `prove` with those it made at `commit`.
    rig.finish(&world.l1).await;
    let (committed, proved) = world.l1.counts();
    assert_eq!((committed, proved), (2, 2));
    rig.stop().await;
}
