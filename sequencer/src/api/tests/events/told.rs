//! What is told, and to whom.

use serde_json::{Value, json};

use super::{super::funded, Stream, hash, send};
use crate::{
    event::Filter,
    rig::{Rig, World, owner, stranger::Stranger},
};

#[tokio::test]
async fn each_stage_of_a_transaction_is_told() {
    let world = World::new();
    let mut rig = funded(&world).await;
    rig.finish(&world.l1).await;
    let order = rig.order(1, 0, Some(2), 10);
    let (from, to) = (rig.account(1).unwrap(), rig.account(2).unwrap());
    let number = rig.standing.sealed().0 + 1;
    // Before it is there.
    let query = format!("?transaction={}", hash(&rig, &order));
    let mut stream = Stream::open(&rig, &query, None).await;
    send(&rig, &order).await;
    rig.finish(&world.l1).await;
    for (stage, batch, to) in [
        ("received", None, None),
        ("executed", Some(number), Some(to)),
        ("sealed", Some(number), Some(to)),
        ("proved", Some(number), Some(to)),
        ("final", Some(number), Some(to)),
    ] {
        let found = stream.next().await;
        assert_eq!(found.event, "transaction");
        let mut json = found.json();
        assert!(json["at_ms"].take().is_u64());
        let expected = json!({
            "type": "transaction", "hash": hash(&rig, &order), "stage": stage, "batch": batch,
            "from": from, "to_account": to, "dropped": null, "at_ms": null,
        });
        assert_eq!(json, expected);
    }
    let rejected = rig.order_with_fee(1, 5, Some(2), 10, 100);
    let query = format!("?transaction={}", hash(&rig, &rejected));
    let mut stream = Stream::open(&rig, &query, None).await;
    send(&rig, &rejected).await;
    send(&rig, &rig.order_with_fee(1, 5, Some(2), 10, 200)).await;
    let stages = stream.stages().await;
    assert_eq!(
        stages,
        ["received", "rejected"].map(|stage| [json!(stage), Value::Null])
    );
    rig.stop().await;
}

#[tokio::test]
async fn a_batch_that_the_layer_1_takes_back_is_told_with_what_it_holds() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let order = rig.order(1, 0, Some(2), 10);
    send(&rig, &order).await;
    let number = rig.seal().await.unwrap().0;
    let query = format!("?batch={number}");
    let mut stream = Stream::open(&rig, &query, None).await;
    rig.prove_all().await;
    rig.look().await;
    rig.look().await;
    world.l1.reorganise(1);
    rig.look().await;
    rig.look().await;
    for stage in ["proved", "sealed", "proved"] {
        let batch = stream.next().await;
        assert_eq!(
            batch.shown(["type", "number", "stage"]),
            [json!("batch"), json!(number), json!(stage)]
        );
        let held = stream.next().await;
        assert_eq!(
            held.shown(["hash", "stage"]),
            [json!(hash(&rig, &order)), json!(stage)]
        );
    }
    rig.stop().await;
}

#[tokio::test]
async fn an_account_hears_of_what_it_sends_and_of_what_it_is_paid_once_that_is_executed() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let account = |rig: &Rig, user| rig.account(user).unwrap().get();
    let (one, two) = (account(&rig, 1), account(&rig, 2));
    let mut payer = Stream::open(&rig, &format!("?account={one}"), None).await;
    let mut payee = Stream::open(&rig, &format!("?account={two}"), None).await;
    let both = format!("?account={one},{two}&type=operation");
    let mut both = Stream::open(&rig, &both, None).await;
    send(&rig, &rig.order(1, 0, Some(2), 10)).await;
    let number = rig.seal().await.unwrap().0;
    let stages = ["received", "executed", "sealed"];
    let batches = [Value::Null, json!(number), json!(number)];
    let mut expected: Vec<_> = stages.map(Value::from).into_iter().zip(batches).collect();
    for (stream, skipped) in [(&mut payer, 0), (&mut payee, 1)] {
        for (stage, batch) in &expected[skipped..] {
            let found = stream.next().await.shown(["stage", "batch"]);
            assert_eq!(found, [stage.clone(), batch.clone()]);
        }
    }
    expected.clear();
    // What comes through the queue is told when it is sealed.
    world.l1.deposit(&owner(2), 0, 70);
    world.l1.force(rig.forced(1, 1, Some(2), 7));
    // Not valid, and told to the one whose order it was.
    world.l1.force(rig.forced(1, 1, None, 8));
    rig.look().await;
    rig.seal().await.unwrap();
    let queue = world.l1.entries().len() as u64;
    let fields = [
        "kind",
        "executed",
        "from",
        "to_account",
        "queue_index",
        "stage",
    ];
    let rows = [
        ("deposit", true, Value::Null, json!(two)),
        ("forced_transfer", true, json!(one), json!(two)),
        ("forced_withdrawal", false, json!(one), Value::Null),
    ];
    let rows = rows.into_iter().zip(queue - 3..);
    let rows: Vec<_> = rows
        .map(|((kind, executed, from, to), index)| {
            [
                json!(kind),
                json!(executed),
                from,
                to,
                json!(index),
                json!("sealed"),
            ]
        })
        .collect();
    for (stream, places) in [
        (&mut payer, &[1, 2][..]),
        (&mut payee, &[0, 1]),
        (&mut both, &[0, 1, 2]),
    ] {
        for place in places {
            let found = stream.next().await;
            assert_eq!(found.event, "operation");
            assert_eq!(found.shown(fields), rows[*place]);
        }
    }
    rig.stop().await;
}

/// Somebody else's batch stands in the place of the node's: each who was told of what was in it is told
/// that it was dropped, and of what is there instead.
#[tokio::test]
async fn a_batch_that_is_dropped_is_told_with_what_becomes_of_its_transactions() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let mut rig = world.finish(rig).await;
    rig.look().await;
    let promised = [rig.order(1, 0, Some(2), 10), rig.order(2, 0, Some(1), 20)];
    send(&rig, &promised[0]).await;
    rig.seal().await.unwrap();
    send(&rig, &promised[1]).await;
    let hashes = promised.map(|order| json!(hash(&rig, &order)));
    let [one, two] = [1, 2].map(|user| json!(rig.account(user).unwrap()));
    // It takes the first one's turn, and was not handed in here.
    let instead = rig.order(1, 0, Some(2), 11);
    let begin = world
        .events
        .listen(Filter::default(), None)
        .place()
        .unwrap();
    Stranger::of(&world.l1).submit(0, &[instead]);
    rig.look_until_anew().await;
    rig.stop().await;
    let rig = world.start().await;
    let mut stream = Stream::open(&rig, "", Some(&begin.to_string())).await;
    for number in [2, 3] {
        let dropped = stream.next().await;
        assert_eq!(dropped.event, "dropped");
        assert_eq!(
            dropped.shown(["number", "code"]),
            [json!(number), json!("foreign_batch")]
        );
    }
    let fields = ["hash", "stage", "batch", "from", "to_account"];
    for (hash, from, to, batch) in [(&hashes[0], &one, &two, 2), (&hashes[1], &two, &one, 3)] {
        let again = stream.next().await;
        let expected = [
            hash.clone(),
            json!("received"),
            Value::Null,
            from.clone(),
            to.clone(),
        ];
        assert_eq!(again.shown(fields), expected);
        assert_eq!(again.json()["dropped"]["batch"], batch);
    }
    // For good.
    let rejected = stream.next().await;
    assert_eq!(
        rejected.shown(["hash", "stage"]),
        [hashes[0].clone(), json!("rejected")]
    );
    assert_eq!(rejected.json()["dropped"]["batch"], 2);
    let batch = stream.next().await;
    assert_eq!(
        batch.shown(["type", "number", "stage"]),
        [json!("batch"), json!(2), json!("sealed")]
    );
    let foreign = stream.next().await;
    let fields = [
        "kind",
        "position",
        "queue_index",
        "from",
        "to_account",
        "stage",
    ];
    let expected = [
        json!("transfer"),
        json!(0),
        Value::Null,
        one,
        two,
        json!("sealed"),
    ];
    assert_eq!(foreign.shown(fields), expected);
    // What had only to wait is executed again.
    let rig = world.finish(rig).await;
    let query = format!("?transaction={}", hashes[1].as_str().unwrap());
    let mut stream = Stream::open(&rig, &query, Some(&foreign.id)).await;
    let stages = stream.stages().await;
    assert_eq!(
        stages,
        ["executed", "sealed", "proved", "final"].map(|stage| [json!(stage), json!(3)])
    );
    rig.stop().await;
}
