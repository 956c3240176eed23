//! A time of day that jumps.

use assay_api::stage::Stage;
use assay_circuits::{circuit::CircuitId, shape::Shape};

use crate::rig::{EXPIRES, World, key};

const HOUR_MS: i64 = 3_600_000;
/// Longer than a batch may take to the layer 1, and shorter than the clock jumps.
const LIFE_S: u32 = 5_400;

#[tokio::test]
async fn a_clock_that_jumps_back_stops_no_batch_and_no_lease() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let order = rig.order(1, 0, Some(2), 10);
    rig.admission.submit(order).await.unwrap();
    let circuits = [CircuitId::Batch(Shape::Tiny)];
    let lent = rig.proving.lend("a", &circuits).await.unwrap().unwrap();
    world.set_ahead_ms(-HOUR_MS);
    world.advance_ms(rig.config.batch_time_ms);
    rig.handle.entries(Vec::new()).await;
    assert!(rig.storage.open_batch().unwrap().is_none());
    world.advance_ms(rig.config.limits.lease_ms);
    let again = rig.proving.lend("b", &circuits).await.unwrap().unwrap();
    assert_eq!(again.loan.batch, lent.loan.batch);
    rig.stop().await;
}

#[tokio::test]
async fn hours_ahead_for_a_moment_reject_nothing_before_the_first_look_either() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let mut order = rig.order(1, 1, Some(2), 10).order;
    let expires = rig.clock.now_s() + LIFE_S;
    order.expires = expires;
    let waiting = order.sign(rig.rollup.domain, &key(1));
    rig.admission.submit(waiting).await.unwrap();
    world.set_ahead_ms(2 * HOUR_MS);
    assert!(rig.clock.now_s() > expires);
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&waiting), Some(Stage::Received));
    // What arrives meanwhile is judged by the same time.
    let mut order = rig.order(1, 2, Some(2), 10).order;
    order.expires = expires;
    let taken = rig.admission.submit(order.sign(rig.rollup.domain, &key(1)));
    taken.await.unwrap();
    rig.stop().await;
    let mut rig = world.start().await;
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&waiting), Some(Stage::Received));
    rig.look().await;
    assert_eq!(rig.stage(&waiting), Some(Stage::Received));
    let first = rig.order(1, 0, Some(2), 10);
    assert_eq!(first.order.expires, EXPIRES);
    rig.admission.submit(first).await.unwrap();
    assert!(rig.stage(&waiting) >= Some(Stage::Executed));
    rig.stop().await;
}

#[tokio::test]
async fn clocks_that_are_apart_are_a_fault_that_names_both_until_they_are_not() {
    let world = World::new();
    let mut rig = world.start().await;
    for ahead_ms in [HOUR_MS, -HOUR_MS] {
        world.set_ahead_ms(ahead_ms);
        rig.look().await;
        let (own, l1) = (rig.clock.now_s(), rig.standing.look().timestamp);
        let (_, answer) = rig.get("/readyz").await;
        assert_eq!(answer["faults"][0]["code"], "clock_apart");
        let sentence = answer["faults"][0]["message"].as_str().unwrap();
        assert!(sentence.contains(&own.to_string()), "{sentence}");
        assert!(sentence.contains(&l1.to_string()), "{sentence}");
        world.set_ahead_ms(0);
        rig.look().await;
        assert!(rig.health.faults().is_empty());
    }
    rig.stop().await;
}
