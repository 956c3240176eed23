//! The operator's receipts, at once and again.

use assay_api::receipt;
use axum::http::StatusCode;
use serde_json::json;

use super::funded;
use crate::{
    health::Fault,
    rig::{World, owner},
};

#[tokio::test]
async fn a_receipt_is_the_operators_signed_word() {
    let world = World::new();
    let rig = funded(&world).await;
    let order = rig.order(1, 0, Some(2), 10);
    let (status, answer) = rig.post("/v1/transactions", &rig.json(&order)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let hash = order.hash(rig.rollup.domain);
    assert_eq!(answer["hash"], json!(hash));
    let signature = serde_json::from_value(answer["signature"].clone()).unwrap();
    let received_ms = answer["received_ms"].as_u64().unwrap();
    let check = |ms| receipt::verify(&owner(0), rig.rollup.domain, hash, ms, &signature);
    assert_eq!(check(received_ms), Ok(()));
    assert!(check(received_ms + 1).is_err());
    rig.stop().await;
}

#[tokio::test]
async fn a_receipt_can_be_fetched_again_and_is_the_same() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let order = rig.order(1, 0, Some(2), 10);
    let path = format!("/v1/transactions/{}/receipt", order.hash(rig.rollup.domain));
    let (status, answer) = rig.get(&path).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]["code"]),
        (404, &json!("unknown_transaction"))
    );
    let (_, given) = rig.post("/v1/transactions", &rig.json(&order)).await;
    // At any time, at any stage, and by a node that was started since.
    world.advance_ms(1_000);
    assert_eq!(rig.get(&path).await, (StatusCode::OK, given.clone()));
    rig.finish(&world.l1).await;
    assert_eq!(rig.get(&path).await, (StatusCode::OK, given.clone()));
    rig.stop().await;
    let rig = world.start().await;
    assert_eq!(rig.get(&path).await, (StatusCode::OK, given));
    // Where the rollup has stopped the promise is still the operator's.
    rig.health.raise(Fault::Frozen, "a test");
    assert_eq!(rig.get(&path).await.0, StatusCode::OK);
    rig.stop().await;
}
