//! Entries of the queue, from the open batch to the layer 1.

use assay_circuits::{
    address::{Address, L1Address},
    quantity::BatchNumber,
};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::rig::{Rig, World, owner};

/// Whether its batch holds it, stage, kind, receiver, amount and whether it had an effect.
async fn entry(rig: &Rig, index: u64) -> Option<[Value; 6]> {
    let (status, mut answer) = rig.get(&format!("/v1/queue/{index}")).await;
    if status != StatusCode::OK {
        assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
        assert_eq!(answer["error"]["code"], "unknown_entry");
        assert_eq!(answer["error"]["details"]["entry"], index);
        return None;
    }
    assert_eq!(answer["queue_index"], json!(index));
    let batch = answer["batch"].as_u64().map(BatchNumber).unwrap();
    let ends_at = rig.storage.tip(batch).unwrap().map(|tip| tip.queue_end);
    let follows = rig.storage.tip(BatchNumber(batch.0 - 1)).unwrap();
    // The open batch has no end yet.
    let held = follows.is_none_or(|tip| tip.queue_end <= index);
    answer["batch"] = json!(held && ends_at.is_none_or(|end| index < end));
    let fields = ["batch", "stage", "kind", "to", "amount", "executed"];
    Some(fields.map(|field| answer[field].take()))
}

#[tokio::test]
async fn an_entry_of_the_queue_is_found_wherever_its_batch_is() {
    let world = World::new();
    let mut rig = world.start().await;
    for user in 0..3 {
        world.l1.deposit(&owner(user), 0, 1_000_000);
    }
    rig.look().await;
    let address = |user: u8| {
        let network = rig.rollup.network;
        let owner = owner(user);
        json!(Address { network, owner }.to_string())
    };
    let addresses: Vec<Value> = (0..5).map(address).collect();
    let deposit = |stage: &str, user: usize, amount: &str| {
        Some([
            json!(true),
            json!(stage),
            json!("deposit"),
            addresses[user].clone(),
            json!(amount),
            json!(true),
        ])
    };
    for user in 0..3 {
        let found = entry(&rig, user as u64).await;
        assert_eq!(found, deposit("executed", user, "1000000"));
    }
    assert_eq!(entry(&rig, 3).await, None);
    rig.seal().await.unwrap();
    // A forced order, and a deposit behind it, with a transfer between.
    let order = rig.forced(1, 5, None, 7);
    world.l1.force(order);
    assert_eq!(
        rig.submit(&rig.order(2, 0, Some(1), 1)).await.0,
        StatusCode::ACCEPTED
    );
    world.l1.deposit(&owner(3), 0, 40);
    world.l1.mine(3);
    assert_eq!(entry(&rig, 3).await, None);
    rig.look().await;
    let to = L1Address([5; 20]).to_string();
    let forced = entry(&rig, 3).await.unwrap();
    let expected = [json!("forced_withdrawal"), json!(to), json!("7")];
    assert_eq!(forced[2..5], expected);
    assert_eq!(entry(&rig, 4).await, deposit("executed", 3, "40"));
    rig.seal().await.unwrap();
    assert_eq!(entry(&rig, 1).await, deposit("sealed", 1, "1000000"));
    assert_eq!(entry(&rig, 4).await, deposit("sealed", 3, "40"));
    rig.finish(&world.l1).await;
    for (index, user, amount) in [(0, 0, "1000000"), (2, 2, "1000000"), (4, 3, "40")] {
        let found = entry(&rig, index).await;
        assert_eq!(found, deposit("final", user, amount));
    }
    assert_eq!(entry(&rig, 5).await, None);
    let (_, status) = rig.get("/v1/status").await;
    let hash = status["l1"]["block_hash"].as_str().unwrap();
    assert_eq!(hash.len(), 66, "{hash}");
    rig.stop().await;
}
