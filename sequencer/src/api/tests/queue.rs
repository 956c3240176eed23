//! Entries of the queue, from the open batch to the layer 1.

use assay_circuits::address::{Address, L1Address};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    rig::{Rig, World, owner},
    storage::Disk,
};

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

/// Place, kind, receiver, amount, whether it is confirmed, of all that wait; and the block.
async fn waiting(rig: &mut Rig) -> (Value, Vec<Value>) {
    rig.asking.queue.read().await.unwrap();
    let (status, answer) = rig.get("/v1/queue").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let entries = answer["entries"].as_array().unwrap();
    let fields = ["queue_index", "kind", "to", "amount", "confirmed"];
    let shown = entries
        .iter()
        .map(|entry| json!(fields.map(|field| entry[field].clone())));
    (answer["block"].clone(), shown.collect())
}

#[tokio::test]
async fn what_waits_in_the_queue_is_shown_until_a_batch_takes_it() {
    let world = World::new();
    let mut config = world.config();
    config.l1.confirmations = 2;
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    // Nobody has looked yet, which is not the same as that nothing waits.
    assert_eq!(waiting(&mut rig).await, (Value::Null, vec![]));
    rig.look().await;
    let (block, entries) = waiting(&mut rig).await;
    assert!(block.is_u64() && entries.is_empty(), "{block} {entries:?}");

    world.l1.deposit(&owner(1), 0, 1_000_000);
    world.l1.deposit(&owner(2), 0, 40);
    rig.look().await;
    let address = |user: u8| {
        let network = rig.rollup.network;
        let owner = owner(user);
        Address { network, owner }.to_string()
    };
    let (first, second) = (address(1), address(2));
    let expected = |confirmed: bool| {
        vec![
            json!([0, "deposit", first, "1000000", confirmed]),
            json!([1, "deposit", second, "40", confirmed]),
        ]
    };
    assert_eq!(waiting(&mut rig).await.1, expected(false));
    assert_eq!(entry(&rig, 0).await, None);
    world.l1.mine(2);
    rig.look().await;
    // They are in the open batch, whether what waits was read since or not.
    let (_, answer) = rig.get("/v1/queue").await;
    assert_eq!(answer["entries"], json!([]));
    assert_eq!(waiting(&mut rig).await.1, Vec::<Value>::new());
    assert!(entry(&rig, 1).await.is_some());

    world.l1.force(rig.forced(1, 5, None, 7));
    rig.look().await;
    let to = L1Address([5; 20]).to_string();
    let forced = vec![json!([2, "forced_withdrawal", to, "7", false])];
    assert_eq!(waiting(&mut rig).await.1, forced);

    // Where it was begun to read too late, for whatever reason, it is read from the contract's block on.
    rig.asking.queue.begin_at(u64::MAX);
    world.l1.force(rig.forced(1, 6, None, 8));
    rig.look().await;
    assert!(rig.asking.queue.read().await.is_err());
    let (_, answer) = rig.get("/v1/queue").await;
    let known = answer["entries"].as_array().unwrap();
    assert_eq!(known.len(), 1, "{answer}");
    assert_eq!(waiting(&mut rig).await.1.len(), 2);
    rig.stop().await;
}
