//! What becomes of a node's own batches and transactions when somebody else's batch stands on the
//! layer 1.

use assay_api::{reference, stage::Stage, wire::SignatureView};
use assay_circuits::{
    order::{Order, Signed},
    quantity::BatchNumber,
};
use assay_l1::client::RollupCall;
use serde_json::Value;

use crate::{
    l1::memory::domain,
    rig::{Rig, World, owner, stranger::Stranger},
};

/// A node whose first batch, with the users' deposits, is proved.
async fn funded(world: &World, users: impl IntoIterator<Item = u8>) -> Rig {
    let mut rig = world.start().await;
    rig.fund(&world.l1, users).await;
    let mut rig = world.finish(rig).await;
    rig.look().await;
    rig
}

/// What the node says of a transaction.
async fn view(rig: &Rig, order: &Signed<Order>) -> Value {
    let path = format!("/v1/transactions/{}", order.hash(domain()));
    rig.get(&path).await.1
}

/// Hands orders in; each is in a batch of its own, of which the last stays open.
async fn pay(rig: &mut Rig, orders: &[Signed<Order>]) {
    for (at, order) in orders.iter().enumerate() {
        if at > 0 {
            rig.seal().await.unwrap();
        }
        rig.admission.submit(*order).await.unwrap();
    }
    rig.handle.entries(Vec::new()).await;
}

/// The node notices, and has what the layer 1 has.
async fn adopt(world: &World, mut rig: Rig) -> Rig {
    rig.look_until_anew().await;
    rig.stop().await;
    let rig = world.start().await;
    assert_eq!(rig.health.faults(), []);
    rig
}

/// Goes on until all is final, with the same state at every height.
async fn settle(world: &World, rig: Rig) -> Rig {
    let rig = world.finish(rig).await;
    assert_eq!(rig.health.faults(), []);
    assert_eq!(rig.sealed_root().await, rig.proved_root().await);
    assert_eq!(rig.standing.heights().sealed.0, world.l1.batches() as u64);
    assert_eq!(rig.storage.in_flight().unwrap(), []);
    rig
}

#[tokio::test]
async fn a_foreign_batch_is_adopted_and_what_was_promised_is_executed_again() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let orders = [rig.order(1, 0, Some(2), 10), rig.order(2, 0, Some(1), 25)];
    pay(&mut rig, &orders).await;
    let before = view(&rig, &orders[0]).await;
    assert_eq!(
        (&before["stage"], &before["batch"]),
        (&"sealed".into(), &2.into())
    );
    world.l1.deposit(&owner(3), 0, 70);
    Stranger::of(&world.l1).submit(1, &[]);

    let rig = adopt(&world, rig).await;
    assert_eq!(rig.standing.heights().sealed, BatchNumber(2));
    assert_eq!(rig.balance(3), 70);
    for (order, batch) in orders.iter().zip([2, 3]) {
        let view = view(&rig, order).await;
        assert_eq!(view["stage"], "received");
        assert_eq!(view["dropped"]["batch"], batch);
        assert_eq!(view["dropped"]["code"], "foreign_batch");
    }
    let rig = settle(&world, rig).await;
    for order in &orders {
        let view = view(&rig, order).await;
        assert_eq!(view["stage"], "final");
        assert_eq!(view["dropped"], Value::Null);
    }
    let after = view(&rig, &orders[0]).await;
    assert_eq!(
        after["times_ms"]["received"],
        before["times_ms"]["received"]
    );
    assert_eq!((rig.balance(1), rig.balance(2)), (1_000_015, 999_985));
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

/// A stranger may know what was signed for this node.
#[tokio::test]
async fn what_a_foreign_batch_holds_is_executed_there_and_never_again() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let (there, waits) = (rig.order(1, 0, Some(2), 10), rig.order(1, 2, Some(2), 20));
    let withdrawn = rig.order(1, 1, None, 30);
    pay(&mut rig, &[there, withdrawn]).await;
    rig.admission.submit(waits).await.unwrap();
    let mut stranger = Stranger::of(&world.l1);
    stranger.submit(0, &[there]);
    stranger.submit(0, &[withdrawn]);

    let mut rig = adopt(&world, rig).await;
    rig.look().await;
    for (order, batch, stage) in [(&there, 2, "final"), (&withdrawn, 3, "proved")] {
        let view = view(&rig, order).await;
        assert_eq!(
            (&view["stage"], &view["batch"]),
            (&stage.into(), &batch.into())
        );
        assert_eq!(view["position"], 0);
        assert_eq!(view["dropped"], Value::Null);
        let (_, detail) = rig.get(&format!("/v1/batches/{batch}")).await;
        let hash = order.hash(domain()).to_string();
        assert_eq!(detail["contents"][0]["hash"], hash);
        assert_eq!(detail["prover"], Value::Null);
        let (status, bundle) = rig.get(&format!("/v1/batches/{batch}/bundle")).await;
        assert_eq!(status.as_u16(), 200, "{bundle}");
    }
    let (_, third) = rig.get("/v1/batches/3").await;
    assert_eq!(third["claims"][0]["amount"], "30");
    let rig = settle(&world, rig).await;
    for order in [there, withdrawn, waits] {
        assert_eq!(rig.stage(&order), Some(Stage::Final));
    }
    assert_eq!((rig.nonce(1), rig.balance(2)), (3, 1_000_030));
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn what_a_foreign_batch_overtakes_is_rejected_and_its_promise_is_told() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let promised = [rig.order(1, 0, Some(2), 10), rig.order(2, 0, Some(1), 10)];
    let instead = rig.order(1, 0, Some(2), 11);
    let forced = rig.forced(2, 0, Some(1), 5);
    pay(&mut rig, &promised).await;
    world.l1.force(forced);
    Stranger::of(&world.l1).submit(1, &[instead]);

    let rig = adopt(&world, rig).await;
    let rig = settle(&world, rig).await;
    for (order, batch) in promised.iter().zip([2, 3]) {
        let view = view(&rig, order).await;
        assert_eq!(view["stage"], "rejected");
        assert_eq!(view["rejection"]["code"], "wrong_nonce");
        assert_eq!(view["rejection"]["details"]["next"], 1);
        assert_eq!(view["dropped"]["batch"], batch);
    }
    assert_eq!(rig.stage(&instead), None);
    assert_eq!((rig.balance(1), rig.balance(2)), (999_994, 1_000_006));
    rig.stop().await;
}

#[tokio::test]
async fn what_cannot_be_paid_any_more_waits_for_money_and_is_shown_as_dropped() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let promised = [
        rig.order(1, 0, Some(2), 10),
        rig.order(1, 1, Some(2), 999_990),
    ];
    let instead = rig.order(1, 0, None, 500_000);
    pay(&mut rig, &promised).await;
    Stranger::of(&world.l1).submit(0, &[instead]);
    let rig = adopt(&world, rig).await;
    let mut rig = settle(&world, rig).await;
    let waiting = view(&rig, &promised[1]).await;
    assert_eq!(waiting["stage"], "received");
    assert_eq!(waiting["dropped"]["code"], "foreign_batch");
    assert_eq!(rig.balance(1), 500_000);

    world.l1.deposit(&owner(1), 0, 600_000);
    rig.look().await;
    let rig = settle(&world, rig).await;
    assert_eq!(rig.stage(&promised[1]), Some(Stage::Final));
    assert_eq!(rig.balance(1), 100_010);
    rig.stop().await;
}

/// A transfer that opens an account in a batch that comes to nothing, and an order of that account.
/// A stranger's batch gives the leaf to owner 4.
async fn lose_a_leaf<'a>(
    world: &'a World,
    rig: &mut Rig,
) -> (Signed<Order>, Signed<Order>, Stranger<'a>) {
    let opening = rig.order(1, 0, Some(3), 100);
    pay(rig, &[opening]).await;
    rig.seal().await.unwrap();
    let spending = rig.order(3, 0, Some(2), 60);
    rig.admission.submit(spending).await.unwrap();
    world.l1.deposit(&owner(4), 0, 70);
    let mut stranger = Stranger::of(&world.l1);
    stranger.submit(1, &[]);
    (opening, spending, stranger)
}

/// The leaf that an account had in a dropped batch may be another's.
#[tokio::test]
async fn an_order_does_not_move_the_money_of_whoever_got_its_senders_leaf() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let (opened, spent, _) = lose_a_leaf(&world, &mut rig).await;

    let rig = adopt(&world, rig).await;
    let rig = settle(&world, rig).await;
    assert_eq!(rig.stage(&opened), Some(Stage::Final));
    let spent = view(&rig, &spent).await;
    assert_eq!(spent["rejection"]["code"], "invalid_signature");
    assert_eq!(spent["dropped"]["batch"], 3);
    assert_eq!((rig.balance(3), rig.balance(4)), (100, 70));
    rig.stop().await;
}

/// Whoever has the leaf now did not sign the order, and who signed it has the leaf no more.
#[tokio::test]
async fn nobody_puts_a_text_beside_an_order_whose_senders_leaf_is_anothers() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let (opened, spent, _) = lose_a_leaf(&world, &mut rig).await;
    let rig = adopt(&world, rig).await;
    let rig = settle(&world, rig).await;
    assert_eq!(rig.account(4), Some(spent.order.from));
    let refer = async |user: u8, order: &Signed<Order>| {
        let hash = order.hash(domain());
        let signature = reference::sign(&crate::rig::key(user), domain(), hash, "invoice 17");
        let signature = SignatureView::from(&signature);
        let text = serde_json::json!({ "text": "invoice 17", "signature": signature });
        let path = format!("/v1/transactions/{hash}/reference");
        let (status, answer) = rig.post(&path, &text).await;
        (status.as_u16(), answer["error"]["code"].clone())
    };
    for user in [3, 4] {
        assert_eq!(refer(user, &spent).await, (400, "invalid_signature".into()));
    }
    assert_eq!(view(&rig, &spent).await["reference"], Value::Null);
    assert_eq!(refer(1, &opened).await.0, 200);
    rig.stop().await;
}

/// An order of the same account, nonce, payee and amounts, but of another owner, is another order.
#[tokio::test]
async fn the_same_order_of_another_owner_is_not_this_nodes() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let (_, ours, mut stranger) = lose_a_leaf(&world, &mut rig).await;
    let theirs = ours.order.sign(domain(), &crate::rig::key(4));
    stranger.submit(0, &[theirs]);

    let rig = adopt(&world, rig).await;
    let rig = settle(&world, rig).await;
    assert_eq!(view(&rig, &ours).await["rejection"]["code"], "wrong_nonce");
    assert_eq!((rig.balance(3), rig.balance(4)), (100, 10));
    rig.stop().await;
}

#[tokio::test]
async fn a_foreign_batch_that_is_reorganised_away_is_dropped_again() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let promised = [rig.order(1, 0, Some(2), 10), rig.order(2, 0, Some(1), 20)];
    let instead = rig.order(2, 0, Some(1), 21);
    pay(&mut rig, &promised).await;
    Stranger::of(&world.l1).submit(0, &[promised[0], instead]);
    let mut rig = adopt(&world, rig).await;
    rig.look().await;
    assert_eq!(rig.stage(&promised[0]), Some(Stage::Proved));
    assert_eq!(rig.stage(&promised[1]), Some(Stage::Rejected));

    world.l1.reorganise(1);
    let rig = adopt(&world, rig).await;
    assert_eq!(rig.standing.heights().sealed, BatchNumber(1));
    let codes = ["reorganised", "foreign_batch"];
    for (order, code) in promised.iter().zip(codes) {
        let view = view(&rig, order).await;
        assert_eq!(view["stage"], "received");
        assert_eq!(view["dropped"]["code"], code);
    }
    let rig = settle(&world, rig).await;
    for order in &promised {
        assert_eq!(rig.stage(order), Some(Stage::Final));
    }
    assert_eq!((rig.balance(1), rig.balance(2)), (1_000_010, 999_990));
    rig.stop().await;
}

#[tokio::test]
async fn what_was_under_way_when_a_foreign_batch_came_first_is_not_sent_for_ever() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let order = rig.order(1, 0, Some(2), 10);
    pay(&mut rig, &[order]).await;
    rig.seal().await.unwrap();
    rig.prove_all().await;
    world.l1.mine_at_once(false);
    rig.look().await;
    assert_eq!(rig.storage.in_flight().unwrap().len(), 1);
    let other = rig.order(2, 0, Some(1), 20);
    Stranger::of(&world.l1).submit(0, &[other]);

    let mut rig = adopt(&world, rig).await;
    let [in_flight] = rig.storage.in_flight().unwrap().try_into().unwrap();
    assert!(in_flight.abandoned);
    rig.look().await;
    rig.seal().await.unwrap();
    rig.prove_all().await;
    world.l1.mine_at_once(true);
    rig.look().await;
    let rig = settle(&world, rig).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    // What could only fail was replaced by nothing before the layer 1 took it.
    let sent = world.l1.sent();
    let submits = sent
        .iter()
        .filter(|(_, call)| matches!(call, RollupCall::Submit(_)));
    let nonces: Vec<_> = submits.map(|(sent, _)| sent.nonce).collect();
    assert_eq!(nonces, [0, 1, 2]);
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

/// As above, but it is mined and reverts.
#[tokio::test]
async fn what_reverts_behind_a_foreign_batch_costs_once() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let order = rig.order(1, 0, Some(2), 10);
    pay(&mut rig, &[order]).await;
    rig.seal().await.unwrap();
    rig.prove_all().await;
    world.l1.mine_at_once(false);
    rig.look().await;
    let other = rig.order(2, 0, Some(1), 20);
    Stranger::of(&world.l1).submit(0, &[other]);
    world.l1.mine_at_once(true);
    world.l1.mine(1);
    assert_eq!(world.l1.failed(), 1);
    let rig = adopt(&world, rig).await;
    let rig = settle(&world, rig).await;
    assert_eq!(rig.stage(&order), Some(Stage::Final));
    assert_eq!(world.l1.failed(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_log_with_adopted_batches_rebuilds_the_store() {
    let world = World::new();
    let mut rig = funded(&world, [1, 2]).await;
    let there = rig.order(1, 0, Some(2), 10);
    pay(&mut rig, &[there]).await;
    Stranger::of(&world.l1).submit(0, &[there]);
    let rig = adopt(&world, rig).await;
    let after = rig.order(1, 1, Some(2), 10);
    rig.admission.submit(after).await.unwrap();
    let rig = settle(&world, rig).await;
    let root = rig.sealed_root().await;
    rig.stop().await;
    let file = world.data_dir().join("store/db");
    let length = std::fs::metadata(&file).unwrap().len();
    std::fs::write(&file, vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
    let rig = world.start().await;
    let rig = settle(&world, rig).await;
    assert_eq!(rig.sealed_root().await, root);
    for order in [there, after] {
        assert_eq!(rig.stage(&order), Some(Stage::Final));
    }
    rig.stop().await;
}
