//! Test money, where the node was handed a way to give some.

use assay_api::wire::{FaucetGrant, FaucetRequest};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    faucet::{Faucet, FaucetError, Giving},
    rig::World,
    storage::Disk,
};

fn give(request: FaucetRequest) -> Giving {
    Box::pin(async move {
        match request.token {
            0 => Ok(FaucetGrant {
                token: 0,
                amount: request.amount.unwrap_or_else(|| "5".to_owned()),
                queue_index: Some(3),
                l1_transaction: "0x00".to_owned(),
            }),
            1 => Err(FaucetError::Busy),
            2 => Err(FaucetError::Failed("secret words".to_owned())),
            _ => Err(FaucetError::Field {
                field: "token",
                message: "there is none".to_owned(),
            }),
        }
    })
}

#[tokio::test]
async fn test_money_is_given_where_there_is_a_way_to() {
    let world = World::new();
    let mut config = world.config();
    config.faucet = Some(Faucet::new(give));
    let rig = world.start_with(config, Disk::default()).await.unwrap();
    let (_, status) = rig.get("/v1/status").await;
    assert_eq!(status["faucet"], "/faucet");
    let (status, given) = rig.post("/faucet", &json!({ "address": "a" })).await;
    let expected = json!({ "token": 0, "amount": "5", "queue_index": 3, "l1_transaction": "0x00" });
    assert_eq!((status, given), (StatusCode::OK, expected));
    for (body, status, code) in [
        (json!({ "token": 0 }), 400, "invalid_body"),
        (json!({ "address": "a", "more": 1 }), 400, "invalid_body"),
        (
            json!({ "address": "a", "token": 1 }),
            429,
            "too_many_requests",
        ),
        (json!({ "address": "a", "token": 2 }), 500, "internal"),
        (
            json!({ "address": "a", "token": 3 }),
            400,
            "invalid_parameter",
        ),
    ] {
        let (found, answer) = rig.post("/faucet", &body).await;
        assert_eq!(found.as_u16(), status, "{body}");
        assert_eq!(answer["error"]["code"], code, "{body}");
        assert!(!answer.to_string().contains("secret words"));
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_node_has_no_test_money_by_itself() {
    let world = World::new();
    let rig = world.start().await;
    let (_, status) = rig.get("/v1/status").await;
    assert_eq!(status["faucet"], Value::Null);
    let (status, answer) = rig.post("/faucet", &json!({ "address": "a" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["error"]["code"], "unknown_path");
    rig.stop().await;
}
