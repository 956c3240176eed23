//! What the node pays for on the layer 1: each batch once, and no more for a place than it must.

use assay_l1::client::RollupCall;

use super::{rig_with_a_transfer, rig_with_proofs, submissions};
use crate::{
    health::Fault,
    l1::contract,
    rig::{Rig, World},
};

/// Every batch was paid for once, in blocks that stand.
fn assert_paid_once(world: &World) {
    let paid = world.l1.paid();
    let once: Vec<_> = (1..=world.l1.batches() as u64).map(|n| (n, 1)).collect();
    assert_eq!(paid.into_iter().collect::<Vec<_>>(), once);
    assert_eq!(world.l1.failed(), 0);
}

fn hashes(world: &World) -> Vec<[u8; 32]> {
    let sent = world.l1.sent();
    sent.iter().map(|(sent, _)| sent.hash).collect()
}

/// A rig with four transactions on their way, none of them mined.
async fn rig_with_busy_lanes(world: &World) -> Rig {
    let mut rig = rig_with_proofs(world, 1).await;
    world.l1.mine_at_once(false);
    rig.look().await;
    assert_eq!(submissions(world), 4);
    rig
}

/// What is lost, whether the node is ended, whether a block comes meanwhile, and whether that block is
/// taken back: in every order of these.
#[tokio::test]
async fn whatever_is_lost_on_the_way_each_batch_is_paid_for_once() {
    for case in 0..48u32 {
        let (lost, restarts) = (case % 3, case / 3 % 2 == 1);
        let (mines, reorganises, forgets) = (case / 6 % 2 == 1, case / 12 % 2 == 1, case / 24 == 1);
        let world = World::new();
        let mut rig = rig_with_proofs(&world, 2).await;
        world.l1.mine_at_once(false);
        // What is reorganised is not the deposits.
        world.l1.mine(1);
        match lost {
            0 => {}
            1 => world.l1.lose_next_request(),
            _ => world.l1.lose_next_answer(),
        }
        rig.look().await;
        if mines {
            world.l1.mine(1);
        }
        if restarts {
            rig.stop().await;
            rig = world.start().await;
        }
        rig.look().await;
        if reorganises {
            world.l1.reorganise(1);
        }
        if forgets {
            world.l1.drop_pending();
        }
        let rig = world.finish(rig).await;
        assert_eq!(rig.health.faults(), [], "case {case}");
        assert_eq!(world.l1.batches(), 4, "case {case}");
        assert_paid_once(&world);
        rig.stop().await;
    }
}

#[tokio::test]
async fn transactions_that_do_not_come_back_are_sent_again_while_others_wait_behind_them() {
    let world = World::new();
    let mut rig = rig_with_busy_lanes(&world).await;
    let before = hashes(&world);
    world.l1.mine(1);
    rig.look().await;
    for nonce in 3..5 {
        let order = rig.order(1, nonce, Some(2), 10);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await.unwrap();
    }
    rig.prove_all().await;
    rig.look().await;
    assert_eq!(submissions(&world), 6);
    world.l1.reorganise(1);
    assert_eq!(world.l1.batches(), 0);
    rig.look().await;
    // The very same.
    assert_eq!(hashes(&world)[6..], before);
    world.l1.mine(1);
    assert_eq!(world.l1.batches(), 6);
    let rig = world.finish(rig).await;
    assert_eq!(rig.health.faults(), []);
    assert_paid_once(&world);
    rig.stop().await;
}

#[tokio::test]
async fn one_of_several_that_the_layer_1_forgot_is_sent_again_at_once() {
    let world = World::new();
    let rig = rig_with_busy_lanes(&world).await;
    let before = hashes(&world);
    world.l1.drop_nonce(1);
    world.l1.mine(1);
    assert_eq!(world.l1.batches(), 1);
    let mut rig = rig;
    rig.look().await;
    assert_eq!(hashes(&world)[4..], [before[1]]);
    world.l1.mine(1);
    assert_eq!(world.l1.batches(), 4);
    assert_paid_once(&world);
    rig.stop().await;
}

/// Whoever has the node's key sent something that a reorganisation took away: nobody sends it again, and
/// what the node has sent waits behind it.
#[tokio::test]
async fn a_gap_below_what_is_under_way_is_filled_by_nothing() {
    let world = World::new();
    let mut rig = rig_with_proofs(&world, 1).await;
    world.l1.mine_at_once(false);
    world.l1.send_otherwise(0, [1_000, 10]);
    rig.look().await;
    assert_eq!(submissions(&world), 0, "its nonce is left to it");
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(submissions(&world), 4);
    world.l1.reorganise(1);
    rig.look().await;
    let (filler, call) = world.l1.sent().pop().unwrap();
    assert_eq!((filler.nonce, call), (0, RollupCall::Nothing));
    world.l1.mine(1);
    assert_eq!(world.l1.batches(), 4);
    let rig = world.finish(rig).await;
    assert_eq!(rig.health.faults(), []);
    assert_paid_once(&world);
    rig.stop().await;
}

/// Something of the node's account waits for long with the nonce that is next: the node takes it.
#[tokio::test]
async fn what_is_not_the_nodes_own_does_not_hold_a_nonce_for_ever() {
    let world = World::new();
    let mut rig = rig_with_proofs(&world, 4).await;
    world.l1.mine_at_once(false);
    // No block takes it.
    world.l1.set_fees(7, 2);
    world.l1.send_otherwise(0, [20, 1]);
    rig.look().await;
    assert_eq!(submissions(&world), 0);
    for _ in 0..20 {
        world.advance_ms(rig.config.l1.resubmit_after_ms);
        rig.look().await;
        world.l1.mine(1);
    }
    assert_eq!(world.l1.batches(), 4);
    assert_paid_once(&world);
    rig.stop().await;
}

/// The same with the next nonce and with one that a reorganisation freed.
#[tokio::test]
async fn what_is_not_the_nodes_own_holds_none_of_several_nonces_for_ever() {
    let world = World::new();
    let mut rig = rig_with_proofs(&world, 2).await;
    world.l1.mine_at_once(false);
    world.l1.send_otherwise(0, [1_000, 10]);
    rig.look().await;
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(submissions(&world), 2);
    world.l1.reorganise(1);
    world.l1.set_fees(7, 2);
    for nonce in [0, 3] {
        world.l1.send_otherwise(nonce, [20, 1]);
    }
    let order = rig.order(1, 3, Some(2), 10);
    rig.admission.submit(order).await.unwrap();
    rig.seal().await.unwrap();
    rig.prove_all().await;
    for _ in 0..20 {
        world.advance_ms(rig.config.l1.resubmit_after_ms);
        rig.look().await;
        world.l1.mine(1);
    }
    assert_eq!(world.l1.batches(), 5);
    assert_paid_once(&world);
    rig.stop().await;
}

/// All that was sent is forgotten, and somebody else has brought its batches.
#[tokio::test]
async fn what_is_needed_no_more_is_not_told_of_as_stuck() {
    let world = World::new();
    let mut rig = rig_with_busy_lanes(&world).await;
    world.l1.drop_pending();
    for (_, call) in world.l1.sent() {
        let RollupCall::Submit(batches) = call else {
            panic!("it brings a batch");
        };
        world.l1.submit_as_stranger(batches).unwrap();
    }
    for _ in 0..20 {
        world.advance_ms(rig.config.l1.resubmit_after_ms);
        rig.look().await;
        world.l1.mine(1);
    }
    assert_eq!(submissions(&world), 4);
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// The proof is copied from what waits, and brought by somebody else: the batch is the same.
#[tokio::test]
async fn what_somebody_else_brings_first_is_not_paid_for() {
    let world = World::new();
    let mut rig = rig_with_busy_lanes(&world).await;
    let RollupCall::Submit(first) = world.l1.sent()[0].1.clone() else {
        panic!("it brings a batch");
    };
    world.l1.submit_as_stranger(first).unwrap();
    rig.look().await;
    let (instead, call) = world.l1.sent().pop().unwrap();
    assert_eq!((instead.nonce, call), (0, RollupCall::Nothing));
    world.l1.mine(1);
    assert_eq!(world.l1.batches(), 4);
    let rig = world.finish(rig).await;
    assert_eq!(rig.health.faults(), []);
    assert_eq!((world.l1.failed(), world.l1.mined()), (0, 4));
    assert_eq!(
        world.l1.paid().into_iter().collect::<Vec<_>>(),
        [(2, 1), (3, 1), (4, 1)]
    );
    rig.stop().await;
}

#[tokio::test]
async fn a_proof_of_somebody_else_that_is_taken_back_leaves_a_job() {
    let world = World::new();
    let (mut rig, order) = rig_with_a_transfer(&world).await;
    rig.look().await;
    let mut brought = Vec::new();
    for number in [1, 2].map(assay_circuits::quantity::BatchNumber) {
        let batch = rig.storage.batch(number).unwrap().unwrap();
        let contents = rig.storage.contents(&batch).unwrap();
        let proof = crate::rig::prove(batch.inputs.to_array());
        brought.push((
            contract::batch_data(&batch, &contents),
            contract::proof_words(&proof),
        ));
    }
    world.l1.submit_as_stranger(brought).unwrap();
    rig.look().await;
    let counts = rig.proving.counts().await;
    assert_eq!((counts.open, rig.standing.heights().proved.0), (0, 2));
    assert_eq!(rig.health.faults(), []);
    world.l1.reorganise(1);
    rig.look().await;
    assert_eq!(rig.proving.counts().await.open, 2);
    assert!(!rig.restart.is_cancelled());
    let rig = world.finish(rig).await;
    assert_eq!(rig.stage(&order), Some(assay_api::stage::Stage::Final));
    assert_paid_once(&world);
    rig.stop().await;
}

#[tokio::test]
async fn what_is_refused_is_tried_again_less_and_less_often() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    world.l1.set_refusing(true);
    let mut tried_after_s = Vec::new();
    for second in 0..200 {
        let before = world.l1.tries();
        rig.look().await;
        if world.l1.tries() > before {
            tried_after_s.push(second);
        }
        assert!(rig.health.has(Fault::L1Refuses));
        world.advance_ms(1_000);
    }
    assert_eq!(tried_after_s, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
    world.l1.set_refusing(false);
    world.advance_ms(60_000);
    rig.look().await;
    assert_eq!(world.l1.batches(), 2);
    let rig = world.finish(rig).await;
    assert_eq!(rig.health.faults(), []);
    assert_paid_once(&world);
    rig.stop().await;
}

#[tokio::test]
async fn fifty_minutes_without_blocks_cost_nothing() {
    let world = World::new();
    let mut rig = rig_with_busy_lanes(&world).await;
    for _ in 0..50 {
        world.advance_ms(60_000);
        rig.look().await;
    }
    assert_eq!(submissions(&world), 4);
    let faults = rig.health.faults();
    let codes: Vec<_> = faults.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["l1_slow", "l1_stuck"]);
    // Its users are served.
    assert!(rig.health.ready());
    assert_eq!(rig.get("/readyz").await.0.as_u16(), 200);
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(rig.health.faults(), []);
    assert_eq!(world.l1.batches(), 4);
    rig.stop().await;
}

/// Blocks come, and the base fee alone keeps the transaction out of them.
#[tokio::test]
async fn a_spike_of_the_base_fee_is_waited_out_and_one_that_lasts_is_followed() {
    let world = World::new();
    let mut rig = rig_with_busy_lanes(&world).await;
    let first = world.l1.sent()[0].0.clone();
    let minutes = |count: u32, base_fee_wei: u128| {
        world.l1.set_fees(base_fee_wei, 1);
        let world = &world;
        async move |rig: &mut Rig| {
            for _ in 0..count {
                world.advance_ms(60_000);
                world.l1.mine(1);
                rig.look().await;
            }
        }
    };
    minutes(9, 1_000)(&mut rig).await;
    assert_eq!(submissions(&world), 4);
    assert!(rig.health.has(Fault::L1Stuck));
    minutes(2, 1_000)(&mut rig).await;
    let sent = world.l1.sent();
    let (raised, _) = sent.last().unwrap();
    assert_eq!((sent.len(), raised.nonce), (5, first.nonce));
    // As much as a replacement must be higher, and twice the base fee.
    assert_eq!(raised.max_priority_fee_wei, 2);
    assert_eq!(raised.max_fee_wei, 2_002);
    minutes(1, 7)(&mut rig).await;
    assert_eq!(world.l1.batches(), 4);
    assert_eq!(rig.health.faults(), []);
    assert_paid_once(&world);
    rig.stop().await;
}

#[tokio::test]
async fn above_the_ceiling_the_node_waits_and_says_so() {
    let world = World::new();
    let mut config = world.config();
    config.l1.max_fee_wei = 100;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    rig.prove_all().await;
    world.l1.set_fees(95, 1);
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(submissions(&world), 0);
    let (_, status) = rig.get("/v1/status").await;
    let told = status["faults"][0].as_str().unwrap();
    assert!(
        told.starts_with("l1_stuck: ")
            && told.contains("0.000000107 gwei")
            && told.contains("0.0000001 gwei"),
        "{told}"
    );
    assert_eq!(status["ready"], true);
    world.l1.set_fees(40, 1);
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(world.l1.batches(), 1);
    assert!(
        world
            .l1
            .sent()
            .iter()
            .all(|(sent, _)| sent.max_fee_wei <= 100)
    );
    rig.look().await;
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}

/// What is sent again and again with a higher fee never comes above the ceiling.
#[tokio::test]
async fn fees_end_at_the_ceiling() {
    let world = World::new();
    let mut config = world.config();
    config.l1.max_fee_wei = 200;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    rig.prove_all().await;
    world.l1.mine_at_once(false);
    rig.look().await;
    // Blocks come, and nobody takes it.
    world.l1.set_fees(7, 1_000);
    for _ in 0..50 {
        world.advance_ms(60_000);
        world.l1.mine(1);
        rig.look().await;
    }
    let sent = world.l1.sent();
    assert!((2..30).contains(&sent.len()), "{}", sent.len());
    assert!(sent.iter().all(|(sent, _)| sent.max_fee_wei <= 200));
    assert!(sent.iter().all(|(sent, _)| sent.nonce == 0));
    assert!(rig.health.has(Fault::L1Stuck));
    world.l1.set_fees(7, 1);
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(rig.health.faults(), []);
    assert_paid_once(&world);
    rig.stop().await;
}

/// Blocks of twelve seconds: what one takes is bounded by the gas that the transactions may use.
#[tokio::test]
async fn a_block_takes_as_many_batches_as_its_gas_allows() {
    const BATCHES: u64 = 100;
    let world = World::new();
    let mut rig = world.start().await;
    world.l1.mine_at_once(false);
    rig.fund(&world.l1, [1, 2]).await;
    let mut nonce = 0;
    while rig.standing.sealed().0 < BATCHES {
        let order = rig.order(1, nonce, Some(2), 1);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await.unwrap();
        nonce += 1;
        // No block comes meanwhile; proofs do.
        rig.prove_all().await;
        let reconciled = rig.pipeline.progress.reconcile_jobs().await;
        reconciled.unwrap();
    }
    rig.look().await;
    world.l1.mine(1);
    let taken = world.l1.batches();
    let gas = world
        .l1
        .sent()
        .iter()
        .map(|(sent, _)| sent.gas_limit)
        .sum::<u64>();
    println!("{taken} batches in one block, for {gas} gas at most");
    assert_eq!(world.l1.sent().len(), 4);
    assert!(taken >= 80, "{taken}");
    // The first one is tried, and its gas is estimated.
    for (sent, _) in &world.l1.sent()[1..] {
        assert!(sent.gas_limit > (1 << 24) - 1_000_000, "{}", sent.gas_limit);
        assert!(sent.gas_limit <= 1 << 24);
    }
    assert_paid_once(&world);
    rig.stop().await;
}
