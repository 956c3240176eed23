//! A node that only follows, beside the one that makes batches.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    health::Fault,
    pipeline::finding::LOOKS,
    rig::{World, owner, stranger::Stranger},
};

#[tokio::test]
async fn a_follower_has_what_the_layer_1_has_after_every_batch() {
    let world = World::new();
    let dir = TempDir::new().unwrap();
    let mut follower = world.follow(dir.path()).await;
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    for nonce in 0..4 {
        let to = [Some(2), Some(3), None, Some(3)][nonce as usize];
        let order = rig.order(1, nonce, to, 10);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await;
        rig.prove_all().await;
        rig.look().await;
        rig.look().await;
        follower.look().await;
        assert_eq!(follower.health().faults(), []);
        assert_eq!(follower.proved_root().await, rig.proved_root().await);
        assert_eq!(follower.proved_root().await, rig.sealed_root().await);
        for user in 1..=3 {
            assert_eq!(follower.balance(user), rig.balance(user));
        }
    }
    for path in ["/v1/batches/1", "/v1/batches/3", "/v1/batches/4"] {
        let (mut ours, mut theirs) = (rig.get(path).await.1, follower.get(path).await.1);
        assert_eq!(theirs["stage"], ours["stage"]);
        for batch in [&mut ours, &mut theirs] {
            // Neither on the layer 1.
            batch["times_ms"] = Value::Null;
            batch["prover"] = Value::Null;
            batch["economics"]["proving_ms"] = Value::Null;
            for content in batch["contents"].as_array_mut().unwrap() {
                content["hash"] = Value::Null;
            }
            for claim in batch["claims"].as_array_mut().unwrap() {
                claim["hash"] = Value::Null;
            }
        }
        assert_eq!(theirs, ours);
    }
    let bundle = "/v1/batches/3/bundle";
    assert_eq!(follower.get(bundle).await, rig.get(bundle).await);
    rig.stop().await;
}

#[tokio::test]
async fn a_follower_goes_back_with_the_layer_1() {
    let world = World::new();
    let dir = TempDir::new().unwrap();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let mut rig = world.finish(rig).await;
    rig.look().await;
    let order = rig.order(1, 0, Some(2), 10);
    Stranger::of(&world.l1).submit(0, &[order]);
    let mut follower = world.follow(dir.path()).await;
    follower.look().await;
    assert_eq!(follower.balance(2), 1_000_010);
    world.l1.reorganise(1);
    for _ in 0..LOOKS {
        assert!(!follower.restart.is_cancelled());
        follower.look().await;
    }
    assert!(follower.restart.is_cancelled());
    drop(follower);
    let mut follower = world.follow(dir.path()).await;
    follower.look().await;
    assert_eq!(follower.health().faults(), []);
    assert_eq!(follower.balance(2), 1_000_000);
    assert_eq!(follower.proved_root().await, rig.proved_root().await);
    rig.stop().await;
}

#[tokio::test]
async fn a_follower_takes_nothing_and_says_where_to_go() {
    let world = World::new();
    let dir = TempDir::new().unwrap();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let order = rig.order(1, 0, Some(2), 10);
    let mut follower = world.follow(dir.path()).await;
    follower.look().await;
    let request = Request::post("/v1/transactions")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(rig.json(&order).to_string()))
        .unwrap();
    let (status, answer) = follower.call(request).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]["code"]),
        (403, &"read_only".into())
    );
    assert_eq!(follower.get("/v1/fees").await.0.as_u16(), 403);
    let list = serde_json::json!({ "transactions": [rig.json(&order)] });
    let request = Request::post("/v1/transactions/batch")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(list.to_string()))
        .unwrap();
    assert_eq!(follower.call(request).await.0.as_u16(), 403);
    let hash = order.hash(rig.rollup.domain);
    let receipt = format!("/v1/transactions/{hash}/receipt");
    assert_eq!(follower.get(&receipt).await.0.as_u16(), 403);
    let (status, answer) = follower.get("/v1/status").await;
    assert_eq!((status.as_u16(), &answer["operator"]), (200, &Value::Null));
    assert_eq!(follower.get("/readyz").await.0.as_u16(), 200);
    let (status, _) = follower
        .get(&format!(
            "/v1/transactions/{}",
            order.hash(rig.rollup.domain)
        ))
        .await;
    assert_eq!(status.as_u16(), 404);
    rig.stop().await;
}

/// Data that the contract did not take is noticed, and when the layer 1 tells the truth the node goes on.
#[tokio::test]
async fn a_layer_1_that_lies_is_not_believed_and_the_fault_ends_with_the_lie() {
    let world = World::new();
    let dir = TempDir::new().unwrap();
    world.l1.deposit(&owner(1), 0, 70);
    Stranger::of(&world.l1).submit(1, &[]);
    let told = world.l1.submissions();
    for lie in 0..3 {
        world
            .l1
            .tell_of_submissions(told.iter().map(|(hash, batches)| {
                let mut batches = batches.clone();
                match lie {
                    0 => batches[0].0.settler.0[0] ^= 1,
                    1 => batches[0].0.accounts += 1,
                    _ => batches[0].0.tails[0][31] ^= 1,
                }
                (*hash, batches)
            }));
        let mut follower = world.follow(dir.path()).await;
        follower.look().await;
        assert!(follower.health().has(Fault::ForeignBatch));
        assert_eq!(follower.get("/readyz").await.0.as_u16(), 503);
        assert_eq!(follower.balance(1), 0);
        world.l1.tell_of_submissions(told.clone());
        if lie < 2 {
            continue;
        }
        follower.look().await;
        assert_eq!(follower.health().faults(), []);
        assert_eq!(follower.balance(1), 70);
    }
}

/// Two of three questions fail, and the events come in ten pieces.
#[tokio::test]
async fn what_was_read_stays_when_the_layer_1_does_not_answer() {
    let world = World::new();
    let dir = TempDir::new().unwrap();
    world.l1.mine(95);
    world.l1.deposit(&owner(1), 0, 70);
    Stranger::of(&world.l1).submit(1, &[]);
    world.l1.set_logs(10, 3);
    let mut follower = world.follow(dir.path()).await;
    for _ in 0..100 {
        follower.look().await;
    }
    assert_eq!(follower.balance(1), 70);
    assert_eq!(follower.health().faults(), []);
}
