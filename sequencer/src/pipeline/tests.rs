//! The layer 1's moods: slow, lossy, reorganising, foreign.

mod belief;
mod costs;
mod footing;
mod jobs;
mod lag;
mod paying;

use assay_api::stage::Stage;
use assay_circuits::{
    order::{Order, Signed},
    quantity::BatchNumber,
};
use assay_l1::client::RollupCall;

use crate::{
    admission::error::AdmissionError,
    executor::command::Arrival,
    health::Fault,
    l1::memory::QUEUE_DELAY_S,
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

/// How often batches were sent, lost and mined ones and all.
fn submissions(world: &World) -> usize {
    let sent = world.l1.sent();
    sent.iter()
        .filter(|(_, call)| matches!(call, RollupCall::Submit(_)))
        .count()
}

#[tokio::test]
async fn a_transfer_goes_from_received_to_final() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Sealed));
    assert_eq!(submissions(&world), 0);
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
    assert!(view["l1"]["submit"].as_str().unwrap().starts_with("0x"));
    rig.stop().await;
}

/// A rig with four sealed batches that have proofs, of which nothing is sent.
async fn rig_with_proofs(world: &World, proofs_per_call: usize) -> Rig {
    let mut config = world.config();
    config.limits.proofs_per_call = proofs_per_call;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    for nonce in 0..3 {
        let order = rig.order(1, nonce, Some(2), 10);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await.unwrap();
    }
    rig.prove_all().await;
    rig
}

#[tokio::test]
async fn batches_whose_proofs_are_ready_together_go_in_one_call() {
    let world = World::new();
    let mut rig = rig_with_proofs(&world, 4).await;
    rig.look().await;
    assert_eq!(world.l1.batches(), 4);
    assert!(
        matches!(&world.l1.sent().last().unwrap().1, RollupCall::Submit(batches) if batches.len() == 4)
    );
    rig.stop().await;
}

#[tokio::test]
async fn several_calls_are_under_way_with_nonces_that_follow_each_other() {
    let world = World::new();
    let mut rig = rig_with_proofs(&world, 1).await;
    world.l1.mine_at_once(false);
    rig.look().await;
    rig.look().await;
    let sent = world.l1.sent();
    let nonces: Vec<_> = sent.iter().map(|(sent, _)| sent.nonce).collect();
    assert_eq!(nonces, [0, 1, 2, 3]);
    // A node that forgets nothing sends nothing twice.
    rig.stop().await;
    let mut rig = world.start().await;
    rig.look().await;
    assert_eq!(submissions(&world), 4);
    world.l1.mine(1);
    rig.look().await;
    assert_eq!((world.l1.batches(), world.l1.failed()), (4, 0));
    assert_eq!(rig.standing.heights().proved, BatchNumber(4));
    // They are remembered until they are final.
    assert_eq!(rig.storage.in_flight().unwrap().len(), 4);
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(rig.storage.in_flight().unwrap(), []);
    rig.stop().await;
}

#[tokio::test]
async fn a_reorganisation_takes_batches_back_and_they_are_sent_again() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    rig.look().await;
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Proved));
    let proved = rig.proved_root().await;
    world.l1.reorganise(1);
    // Sent again at once, and seen at the next look.
    rig.look().await;
    assert_eq!(rig.standing.heights().proved, BatchNumber::GENESIS);
    assert_eq!(rig.stage(&order), Some(Stage::Sealed));
    assert_ne!(rig.proved_root().await, proved);
    rig.look().await;
    assert_eq!(rig.stage(&order), Some(Stage::Proved));
    assert_eq!(rig.proved_root().await, proved);
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_transaction_that_is_stuck_is_replaced_and_not_doubled() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    world.l1.mine_at_once(false);
    rig.look().await;
    rig.look().await;
    assert_eq!(submissions(&world), 1);
    // The layer 1 asks for more than it suggested.
    world.l1.set_fees(7, 2);
    world.l1.mine(1);
    world.advance_ms(rig.config.l1.resubmit_after_ms);
    rig.look().await;
    let sent = world.l1.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].0.nonce, sent[1].0.nonce);
    assert!(sent[1].0.max_fee_wei > sent[0].0.max_fee_wei);
    world.l1.mine(1);
    assert_eq!(world.l1.batches(), 2);
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_transaction_that_was_dropped_is_sent_again() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    world.l1.mine_at_once(false);
    rig.look().await;
    world.l1.drop_pending();
    world.l1.mine_at_once(true);
    world.l1.mine(1);
    // At once, and the very same.
    rig.look().await;
    assert_eq!(world.l1.batches(), 2);
    let sent = world.l1.sent();
    assert_eq!((sent.len(), sent[0].0.hash), (2, sent[1].0.hash));
    rig.stop().await;
}

#[tokio::test]
async fn an_answer_that_was_lost_does_not_make_the_node_pay_twice() {
    for restarts in [false, true] {
        let world = World::new();
        let (mut rig, order) = rig_with_a_transfer(&world).await;
        rig.prove_all().await;
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
        assert_eq!(submissions(&world), 1);
        rig.stop().await;
    }
}

/// What was written down before it was sent is sent once more as it was: no second transaction can
/// take effect, even if the first is still on its way somewhere.
#[tokio::test]
async fn a_request_that_was_lost_is_sent_again_as_it_was() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    world.l1.lose_next_request();
    rig.look().await;
    assert_eq!(submissions(&world), 0);
    let [written] = rig.storage.in_flight().unwrap().try_into().unwrap();
    rig.finish(&world.l1).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!(world.l1.sent()[0].0.hash, written.sent.hash);
    assert_eq!(submissions(&world), 1);
    rig.stop().await;
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

/// No layer 1 will take a batch with an entry that is not in the queue any more.
#[tokio::test]
async fn an_entry_that_was_taken_and_is_gone_is_given_up_with_its_batch() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let order = rig.order(1, 0, Some(2), 10);
    rig.admission.submit(order).await.unwrap();
    world.l1.reorganise(2);
    rig.look_until_anew().await;
    rig.stop().await;
    let rig = world.start().await;
    assert_eq!((rig.balance(1), rig.balance(2)), (0, 0));
    assert_eq!(rig.stage(&order), Some(Stage::Received));
    let path = format!("/v1/transactions/{}", order.hash(rig.rollup.domain));
    assert_eq!(rig.get(&path).await.1["dropped"]["code"], "entry_gone");
    // It is back, in another order.
    for user in [2, 1] {
        world.l1.deposit(&crate::rig::owner(user), 0, 50);
    }
    let rig = world.finish(rig).await;
    assert_eq!(rig.health.faults(), []);
    assert_eq!((rig.balance(1), rig.balance(2)), (50, 50));
    assert_eq!((world.l1.batches(), world.l1.failed()), (1, 0));
    // The account that it is of has another index now.
    assert_eq!(rig.stage(&order), Some(Stage::Rejected));
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
    let rig = world.finish(rig).await;
    assert_eq!((rig.balance(1), rig.balance(2)), (0, 5));
    assert_eq!(rig.standing.heights().proved, BatchNumber(1));
    rig.stop().await;
}

/// An entry may be due before the node has seen enough blocks on top of it.
#[tokio::test]
async fn a_batch_that_leaves_a_due_entry_is_sealed_again_with_it() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let rig = world.finish(rig).await;
    rig.stop().await;
    let mut config = world.config();
    config.l1.confirmations = 2;
    let start = || world.start_with(config.clone(), Default::default());
    let mut rig = start().await.unwrap();
    world.l1.deposit(&crate::rig::owner(3), 0, 5);
    world.advance_ms((QUEUE_DELAY_S + 600) * 1_000);
    rig.look().await;
    let order = rig.order(1, 0, Some(2), 10);
    rig.admission.submit(order).await.unwrap();
    rig.seal().await.unwrap();
    rig.prove_all().await;
    rig.look().await;
    assert!(rig.health.has(Fault::L1Refuses));
    assert!(!rig.restart.is_cancelled());
    world.l1.mine(2);
    rig.look_until_anew().await;
    rig.stop().await;
    let mut rig = start().await.unwrap();
    let path = format!("/v1/transactions/{}", order.hash(rig.rollup.domain));
    assert_eq!(rig.get(&path).await.1["dropped"]["code"], "entry_left");
    rig.finish(&world.l1).await;
    assert_eq!(rig.health.faults(), []);
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!((rig.balance(3), world.l1.failed()), (5, 0));
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

#[tokio::test]
async fn a_frozen_rollup_takes_nothing_and_says_so() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    world.l1.freeze();
    rig.look().await;
    assert!(rig.health.has(Fault::Frozen));
    let order = rig.order(1, 0, Some(2), 1);
    let (status, code) = rig.submit(&order).await;
    assert_eq!((status.as_u16(), code.as_str()), (503, "halted"));
    // What was on its way to the executor comes too late as well.
    let hash = order.hash(rig.rollup.domain);
    let signed = order;
    let late = rig.handle.submit(vec![Arrival { hash, signed }]).await;
    assert!(matches!(late, Err(AdmissionError::Halted)));
    assert_eq!(rig.stage(&order), None);
    let (_, status) = rig.get("/v1/status").await;
    assert_eq!(status["l1"]["frozen"], true);
    rig.stop().await;
}

/// The test contract makes statement and header of what is posted by the text of the specification,
/// checks the proof against them, and the node compares its hashes with the contract's: also of
/// every kind of entry and of claim.
#[tokio::test]
async fn the_contract_makes_the_same_statement_and_header_of_the_data() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let withdrawal = rig.order(1, 0, None, 10);
    rig.admission.submit(withdrawal).await.unwrap();
    rig.seal().await.unwrap();
    for forced in [
        rig.forced(1, 1, None, 7),
        rig.forced(1, 2, Some(2), 8),
        rig.forced(1, 0, Some(2), 9),
        rig.forced(2, 0, None, u128::MAX),
    ] {
        world.l1.force(forced);
    }
    rig.finish(&world.l1).await;
    assert_eq!(rig.health.faults(), []);
    assert_eq!((world.l1.batches(), world.l1.failed()), (4, 0));
    assert_eq!(
        (rig.balance(1), rig.balance(2)),
        (1_000_000 - 10 - 7 - 8, 0)
    );
    // An order whose nonce was used has no effect; one that asks for more than there is pays all.
    let (_, third) = rig.get("/v1/batches/4").await;
    let contents = |field: &str| [0, 1].map(|at| third["contents"][at][field].clone());
    assert_eq!(contents("kind"), ["forced_transfer", "forced_withdrawal"]);
    assert_eq!(contents("executed"), [false, true]);
    assert_eq!(contents("queue_index"), [4, 5]);
    assert_eq!(third["claims"][0]["amount"], (1_000_000 + 8).to_string());
    assert_eq!(third["claims"][0]["queue_index"], 5);
    rig.stop().await;
}
