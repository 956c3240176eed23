//! What batches cost, by receipts and workers.

use assay_circuits::quantity::BatchNumber;
use assay_prover::groth16::{Phase, PhaseSeconds};

use super::rig_with_a_transfer;
use crate::{
    l1::memory::{BASE_FEE_WEI, BATCH_GAS, MAX_LAG_S, TIP_WEI},
    pipeline::costs::Own,
    rig::{Rig, World, prove, stranger::Stranger},
};

#[tokio::test]
async fn what_a_batch_cost_is_read_once_more_when_it_is_final() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    rig.prove_all().await;
    rig.look().await;
    rig.look().await;
    let cost = |rig: &Rig| {
        let cost = rig.storage.submission_cost(BatchNumber(1)).unwrap();
        cost.map(|cost| (cost.gas_price_wei, cost.r#final))
    };
    assert_eq!(cost(&rig), Some((8, false)));
    // The same transaction in another block, which is dearer.
    world.l1.set_fees(9, 1);
    world.l1.reorganise(1);
    rig.look().await;
    rig.look().await;
    world.l1.mine(1);
    rig.look().await;
    assert_eq!(cost(&rig), Some((10, true)));
    rig.stop().await;
}

/// The batch that a reorganisation took away comes back in somebody else's transaction, which is dearer.
#[tokio::test]
async fn what_another_transaction_brought_costs_what_that_one_took() {
    let world = World::new();
    let mut config = world.config();
    config.l1.finality_blocks = 1_000;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    rig.prove_all().await;
    rig.look().await;
    rig.look().await;
    let number = BatchNumber(1);
    let cost = |rig: &Rig| rig.storage.submission_cost(number).unwrap().unwrap();
    let brought_by = |rig: &Rig| rig.storage.l1_record(number).unwrap().transaction;
    let first = cost(&rig);
    assert_eq!(Some(first.transaction), brought_by(&rig));
    let taken = world.l1.taken();
    world.l1.mine_at_once(false);
    world.l1.reorganise(1);
    rig.look().await;
    assert_eq!(brought_by(&rig), None);
    world.l1.set_fees(90, 1);
    world.l1.submit_as_stranger(taken).unwrap();
    world.l1.drop_pending();
    rig.look().await;
    let second = cost(&rig);
    assert_ne!(second.transaction, first.transaction);
    assert_eq!(Some(second.transaction), brought_by(&rig));
    assert_eq!((second.gas_price_wei, second.r#final), (91, false));
    rig.stop().await;
}

#[tokio::test]
async fn what_others_spent_for_their_batches_is_told_and_is_not_this_nodes() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let mut rig = world.finish(rig).await;
    rig.look().await;
    let order = rig.order(1, 0, Some(2), 10);
    Stranger::of(&world.l1).submit(0, &[order]);
    rig.look_until_anew().await;
    rig.stop().await;
    let mut rig = world.start().await;
    rig.look().await;
    let own = |number| {
        let batch = rig.storage.batch(number).unwrap().unwrap();
        let cost = rig.storage.submission_cost(number).unwrap().unwrap();
        rig.pipeline.progress.costs.own(&batch, &cost).unwrap()
    };
    let wei = BATCH_GAS as f64 * (BASE_FEE_WEI + TIP_WEI) as f64;
    let first = Own {
        gas: BATCH_GAS,
        wei,
        fees: Vec::new(),
    };
    assert_eq!(own(BatchNumber(1)), Some(first));
    assert_eq!(own(BatchNumber(2)), None);
    let (_, batch) = rig.get("/v1/batches/2").await;
    assert_eq!(batch["economics"]["l1"]["gas"], BATCH_GAS);
    rig.stop().await;
}

#[tokio::test]
async fn a_look_asks_for_few_receipts_and_what_is_not_answered_is_asked_again() {
    let world = World::new();
    let mut config = world.config();
    config.limits.proofs_per_call = 1;
    config.l1.finality_blocks = 1_000;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    for nonce in 0..11 {
        let order = rig.order(1, nonce, Some(2), 10);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await.unwrap();
    }
    rig.prove_all().await;
    world.l1.leave_unanswered(Some(("receipt", 0)));
    for _ in 0..20 {
        rig.look().await;
    }
    assert_eq!(rig.standing.heights().proved, BatchNumber(12));
    let known = |rig: &Rig| {
        let numbers = (1..=12).map(BatchNumber);
        let costs = numbers.map(|number| rig.storage.submission_cost(number).unwrap());
        costs.flatten().count()
    };
    assert_eq!((known(&rig), rig.health.faults()), (0, vec![]));
    world.l1.leave_unanswered(None);
    rig.look().await;
    assert_eq!(known(&rig), 8);
    rig.look().await;
    assert_eq!(known(&rig), 12);
    rig.stop().await;
}

#[tokio::test]
async fn a_proof_takes_no_longer_than_its_batch_is_there_and_is_forgotten_with_it() {
    let world = World::new();
    let (mut rig, _) = rig_with_a_transfer(&world).await;
    world.advance_ms(3_000);
    let mut expected = Vec::new();
    for (number, said_s) in [(1, 1e9), (2, 1.5)] {
        let number = BatchNumber(number);
        let batch = rig.storage.batch(number).unwrap().unwrap();
        let phases = PhaseSeconds([(Phase::Fft, said_s)].into());
        let proof = prove(batch.inputs.to_array());
        let taken = rig.proving.accept(number, 0, proof, &phases).await;
        assert!(taken.unwrap());
        expected.push(rig.clock.now_ms() - batch.sealed_ms);
    }
    expected[1] = 1_500;
    let times = |rig: &Rig| {
        let times = [1, 2].map(|number| rig.storage.proving_time(BatchNumber(number)));
        times.map(|time| time.unwrap().map(|time| time.ms))
    };
    assert!(expected[0] >= 3_000, "{expected:?}");
    assert_eq!(times(&rig), [Some(expected[0]), Some(1_500)]);
    // Nothing of it came to the layer 1 in time.
    world.advance_ms(2 * MAX_LAG_S * 1_000);
    rig.look_until_anew().await;
    rig.stop().await;
    let rig = world.start().await;
    assert_eq!(times(&rig), [None, None]);
    rig.stop().await;
}
