//! Entries of the queue, from the open batch to the layer 1.

use assay_circuits::address::{Address, L1Address};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::rig::{Rig, World, owner};

/// Batch, stage, kind, receiver, amount and whether it had an effect.
async fn entry(rig: &Rig, index: u64) -> Option<[Value; 6]> {
    let (status, mut answer) = rig.get(&format!("/v1/queue/{index}")).await;
    if status != StatusCode::OK {
        assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
        assert_eq!(answer["error"]["code"], "unknown_entry");
        assert_eq!(answer["error"]["details"]["entry"], index);
        return None;
    }
    assert_eq!(answer["queue_index"], json!(index));
    let fields = ["batch", "stage", "kind", "to", "amount", "executed"];
    Some(fields.map(|field| answer[field].take()))
}

#[tokio::test]
async fn an_entry_of_the_queue_is_found_wherever_its_batch_is() {
    let world = World::new();
    let mut rig = world.start().await;
    let address = |user: u8| {
        let network = rig.rollup.network;
        let owner = owner(user);
        json!(Address { network, owner }.to_string())
    };
    let addresses: Vec<Value> = (0..5).map(address).collect();
    let deposit = |batch: u64, stage: &str, user: usize, amount: &str| {
        Some([
            json!(batch),
            json!(stage),
            json!("deposit"),
            addresses[user].clone(),
            json!(amount),
            json!(true),
        ])
    };
    assert_eq!(entry(&rig, 0).await, None);
    for (index, user) in [(0, 1), (1, 2)] {
        world.l1.deposit(&owner(user), 0, 1_000_000);
        rig.look().await;
        let batch = index + 1;
        let user = usize::from(user);
        let found = entry(&rig, index).await;
        assert_eq!(found, deposit(batch, "executed", user, "1000000"));
        assert_eq!(entry(&rig, index + 1).await, None);
        rig.seal().await.unwrap();
        let found = entry(&rig, index).await;
        assert_eq!(found, deposit(batch, "sealed", user, "1000000"));
    }
    // A batch that holds something else as well, and one with an order that was forced.
    world.l1.deposit(&owner(3), 0, 40);
    rig.look().await;
    let transfer = rig.order(1, 0, Some(2), 1);
    assert_eq!(rig.submit(&transfer).await.0, StatusCode::ACCEPTED);
    assert_eq!(entry(&rig, 2).await, deposit(3, "executed", 3, "40"));
    rig.seal().await.unwrap();
    world.l1.force(rig.forced(1, 5, None, 7));
    rig.look().await;
    let forced = entry(&rig, 3).await.unwrap();
    let to = L1Address([5; 20]).to_string();
    let expected = [json!("forced_withdrawal"), json!(to), json!("7")];
    assert_eq!(forced[2..5], expected);
    rig.finish(&world.l1).await;
    for (index, batch, user, amount) in
        [(0, 1, 1, "1000000"), (1, 2, 2, "1000000"), (2, 3, 3, "40")]
    {
        let found = entry(&rig, index).await;
        assert_eq!(found, deposit(batch, "final", user, amount));
    }
    assert_eq!(
        entry(&rig, 3).await.unwrap()[..2],
        [json!(4), json!("final")]
    );
    assert_eq!(entry(&rig, 4).await, None);
    let (_, status) = rig.get("/v1/status").await;
    let hash = status["l1"]["block_hash"].as_str().unwrap();
    assert_eq!(hash.len(), 66, "{hash}");
    rig.stop().await;
}
