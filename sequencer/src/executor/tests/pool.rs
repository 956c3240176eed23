//! Who gets into the pool, who leaves it for another, and what is not looked at before that.

use assay_api::stage::Stage;
use assay_circuits::{
    order::{Order, Signed},
    quantity::{Amount, TokenId},
};

use crate::{
    admission::error::AdmissionError,
    config::NodeConfig,
    health::Fault,
    l1::memory::domain,
    rig::{Rig, World},
};

/// Room for six in rows and four behind gaps, of them two of one account.
fn small(world: &World) -> NodeConfig {
    let mut config = world.config();
    config.limits.pool_transactions = 6;
    config.limits.pool_gapped = 4;
    config.limits.pool_gapped_per_account = 2;
    config
}

/// Users 0 to 5 with money, in a small pool that is full behind gaps: two of each of 3 and 4.
async fn flooded(world: &World) -> (Rig, Vec<Signed<Order>>) {
    let mut rig = world
        .start_with(small(world), Default::default())
        .await
        .unwrap();
    rig.fund(&world.l1, 0..6).await;
    let mut flood = Vec::new();
    for user in [3, 4] {
        for nonce in [1, 2] {
            let order = rig.order(user, nonce, Some(2), 1);
            rig.admission.submit(order).await.unwrap();
            flood.push(order);
        }
    }
    (rig, flood)
}

fn is_busy(answer: &Result<crate::intake::Acknowledgement, AdmissionError>) -> bool {
    matches!(answer, Err(AdmissionError::Busy { .. }))
}

/// What was rejected, and by which code.
fn rejection(rig: &Rig, order: &Signed<Order>) -> String {
    let hash = order.hash(domain());
    let record = rig.storage.transaction(hash).unwrap().unwrap();
    let view = rig.calls.transactions.view(hash, record).unwrap();
    view.rejection.map_or(String::new(), |error| error.code)
}

#[tokio::test]
async fn a_flood_behind_gaps_shuts_nobody_out_after_a_restart_neither() {
    let world = World::new();
    let (rig, flood) = flooded(&world).await;
    for (user, nonce) in [(3, 3), (5, 2)] {
        let gapped = rig.order(user, nonce, Some(2), 1);
        assert_eq!(is_busy(&rig.admission.submit(gapped).await), user == 3);
    }
    // The one of user 5 has taken the place of the second of user 4.
    assert_eq!(rejection(&rig, &flood[3]), "displaced");
    let executable = rig.order(1, 0, Some(2), 1);
    rig.admission.submit(executable).await.unwrap();
    assert!(rig.stage(&executable) >= Some(Stage::Executed));
    rig.stop().await;

    let mut rig = world
        .start_with(small(&world), Default::default())
        .await
        .unwrap();
    rig.look().await;
    let executable = rig.order(1, 1, Some(2), 1);
    rig.admission.submit(executable).await.unwrap();
    let head = rig.order(3, 0, Some(2), 1);
    rig.admission.submit(head).await.unwrap();
    assert!(rig.stage(&head) >= Some(Stage::Executed));
    for follows in &flood[..2] {
        assert!(rig.stage(follows) >= Some(Stage::Executed));
    }
    assert_eq!(rig.standing.executed().occupancy.gapped, 2);
    rig.stop().await;
}

#[tokio::test]
async fn an_account_has_few_places_behind_a_gap() {
    let world = World::new();
    let started = world.start_with(small(&world), Default::default()).await;
    let mut rig = started.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    for (nonce, has_place) in [(1, true), (2, true), (3, false)] {
        let order = rig.order(1, nonce, Some(2), 1);
        let answer = rig.admission.submit(order).await;
        assert_eq!(is_busy(&answer), !has_place, "{nonce}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn who_offers_more_stays_and_what_came_first_stays_at_the_same_offer() {
    let world = World::new();
    let mut config = small(&world);
    config.limits.pool_gapped = 2;
    config.minimum_fees.insert(TokenId::ETHER, Amount(10));
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, 0..6).await;
    let offers = |user, fee| rig.order_with_fee(user, 1, Some(2), 1, fee);
    let (low, high) = (offers(3, 10), offers(4, 11));
    rig.admission.submit(low).await.unwrap();
    rig.admission.submit(high).await.unwrap();
    assert!(is_busy(&rig.admission.submit(offers(1, 10)).await));
    rig.admission.submit(offers(5, 11)).await.unwrap();
    assert_eq!(rejection(&rig, &low), "displaced");
    assert!(is_busy(&rig.admission.submit(offers(1, 11)).await));
    assert_eq!(rig.stage(&high), Some(Stage::Received));
    rig.stop().await;
}

#[tokio::test]
async fn one_that_waits_is_replaced_for_a_tenth_more_and_so_cancelled() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1, 2]).await;
    let first = rig.order_with_fee(1, 1, Some(2), 500, 20);
    rig.admission.submit(first).await.unwrap();
    let too_low = rig.order_with_fee(1, 1, Some(1), 1, 21);
    let taken = AdmissionError::NonceTaken {
        given: 1,
        by: first.hash(domain()),
        replace_fee: Amount(22),
    };
    assert_eq!(rig.admission.submit(too_low).await, Err(taken));
    // To oneself: what the first would have moved stays.
    let cancels = rig.order_with_fee(1, 1, Some(1), 1, 22);
    rig.admission.submit(cancels).await.unwrap();
    assert_eq!(rejection(&rig, &first), "replaced");
    rig.stop().await;

    let mut rig = world.start().await;
    rig.look().await;
    let head = rig.order(1, 0, Some(2), 10);
    rig.admission.submit(head).await.unwrap();
    assert!(rig.stage(&cancels) >= Some(Stage::Executed));
    assert_eq!(rejection(&rig, &first), "replaced");
    assert_eq!(
        (rig.nonce(1), rig.balance(1), rig.balance(2)),
        (2, 999_968, 1_000_010)
    );
    rig.stop().await;
}

#[tokio::test]
async fn a_replacement_need_not_pay_for_what_it_replaces() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1, 2]).await;
    let all = rig.order_with_fee(1, 1, Some(2), 900_000, 10);
    rig.admission.submit(all).await.unwrap();
    let more = rig.order_with_fee(1, 1, Some(2), 900_000, 20);
    rig.admission.submit(more).await.unwrap();
    let beside = rig.order(1, 2, Some(2), 100_000);
    let refused = rig.admission.submit(beside).await.unwrap_err();
    assert_eq!(refused.code(), "insufficient_balance");
    rig.stop().await;
}

#[tokio::test]
async fn what_costs_little_to_find_out_is_found_out_before_the_signature() {
    let world = World::new();
    let mut rig = world
        .start_with(small(&world), Default::default())
        .await
        .unwrap();
    rig.fund(&world.l1, 0..6).await;
    let mut flood = Vec::new();
    for user in 2..6 {
        let order = rig.order(user, 1, Some(2), 1);
        rig.admission.submit(order).await.unwrap();
        flood.push(order);
    }
    let forged = |mut order: Signed<Order>| {
        order.signature.s.0[0] ^= 1;
        order
    };
    let admission = &rig.admission;
    let refused = |order| async move { admission.submit(order).await.unwrap_err() };
    assert_eq!(
        refused(forged(rig.order(1, 0, Some(2), 1))).await.code(),
        "invalid_signature"
    );
    assert_eq!(
        refused(forged(rig.order(1, 1, Some(2), 1))).await.code(),
        "busy"
    );
    assert_eq!(
        refused(forged(rig.order(1, 64, Some(2), 1))).await.code(),
        "nonce_too_far"
    );
    let dear = rig.order(1, 0, Some(2), 1_000_001);
    assert_eq!(refused(forged(dear)).await.code(), "insufficient_balance");
    // Known by its hash, though no signature is checked any more.
    assert_eq!(refused(flood[0]).await.code(), "duplicate");
    rig.admission.signature_checks = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let duplicate = rig.admission.submit(flood[0]).await;
    assert_eq!(duplicate.unwrap_err().code(), "duplicate");
    rig.stop().await;
}

#[tokio::test]
async fn what_moves_nothing_or_to_nobody_or_for_ever_is_refused() {
    let world = World::new();
    let mut config = world.config();
    config.limits.life_max_s = 3_600;
    config.minimum_fees.insert(TokenId::ETHER, Amount(10));
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    // The operator has no account: nothing is asked for.
    assert!(rig.health.has(Fault::NoFeeAccount));
    let now_s = rig.clock.now_s();
    let lag_s = u32::try_from(crate::l1::memory::MAX_LAG_S).unwrap();
    let signed = |change: &dyn Fn(&mut Order)| {
        let mut order = rig.order(1, 0, Some(2), 10).order;
        order.expires = now_s + lag_s + 3_600;
        change(&mut order);
        order.sign(domain(), &crate::rig::key(1))
    };
    let admission = &rig.admission;
    let code = |order| async move { admission.submit(order).await.map_err(|error| error.code()) };
    assert_eq!(
        code(signed(&|order| order.amount = Amount(0))).await,
        Err("zero_amount")
    );
    assert_eq!(
        code(signed(&|order| order.expires += 1)).await,
        Err("expires_too_late")
    );
    for receiver in [[0; 20], crate::l1::memory::CONTRACT.0] {
        let to = assay_circuits::order::Payee::L1(assay_circuits::address::L1Address(receiver));
        assert_eq!(
            code(signed(&|order| order.to = to)).await,
            Err("refused_receiver")
        );
    }
    assert!(code(signed(&|_| {})).await.is_ok());

    rig.fund(&world.l1, [0]).await;
    // The deposit may have come behind the batch that was open.
    rig.look().await;
    rig.seal().await;
    assert!(!rig.health.has(Fault::NoFeeAccount));
    let fees = rig.get("/v1/fees").await.1;
    assert_eq!(
        (&fees[0]["minimum"], &fees[0]["full_record"]),
        (&"10".into(), &"90".into())
    );
    for (to, least) in [(Some(2), 10), (None, 90), (Some(7), 90)] {
        let mut order = rig.order_with_fee(1, 1, to, 10, least - 1).order;
        order.expires = now_s + lag_s + 3_600;
        let order = order.sign(domain(), &crate::rig::key(1));
        let refused = rig.admission.submit(order).await.unwrap_err();
        assert_eq!(refused.details()["minimum"], least.to_string());
    }
    rig.stop().await;
}
