//! Transactions that are handed in together.

use assay_api::{receipt, wire::TransactionList};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::funded;
use crate::{
    health::Fault,
    rig::{Rig, World, owner},
};

const PATH: &str = "/v1/transactions/batch";

async fn hand_in(rig: &Rig, transactions: &[Value]) -> (StatusCode, Value) {
    let list = json!({ "transactions": transactions });
    rig.post(PATH, &list).await
}

/// The code of each answer; nothing where there is a receipt instead.
fn codes(answer: &Value) -> Vec<&str> {
    let answers = answer["answers"].as_array().unwrap();
    let found = answers.iter().map(|answer| {
        assert_ne!(answer["receipt"].is_null(), answer["error"].is_null());
        answer["error"]["code"].as_str().unwrap_or("")
    });
    found.collect()
}

#[tokio::test]
async fn each_of_a_list_is_answered_in_its_place_and_a_bad_one_holds_no_other_up() {
    let world = World::new();
    let rig = funded(&world).await;
    let orders = [
        rig.order(1, 0, Some(2), 10),
        rig.order(2, 0, Some(1), 20),
        rig.order(1, 1, None, 30),
    ];
    let [first, second, third] = orders.map(|order| rig.json(&order));
    let with = |field: &str, value: Value| {
        let mut json = third.clone();
        json[field] = value;
        json
    };
    let list = [
        first.clone(),
        with("amount", json!("x")),
        with("amount", json!("31")),
        second,
        with("from", json!(77)),
        first,
        third.clone(),
        rig.json(&rig.order(1, 70, Some(2), 1)),
        rig.json(&rig.order(2, 1, Some(1), 2_000_000)),
    ];
    let (status, answer) = hand_in(&rig, &list).await;
    assert_eq!(status, StatusCode::OK);
    let expected = [
        "",
        "invalid_amount",
        "invalid_signature",
        "",
        "unknown_account",
        "duplicate",
        "",
        "nonce_too_far",
        "insufficient_balance",
    ];
    assert_eq!(codes(&answer), expected);
    for (place, order) in [(0, 0), (3, 1), (6, 2)] {
        let hash = orders[order].hash(rig.rollup.domain);
        let found = &answer["answers"][place];
        assert_eq!(
            (&found["hash"], &found["status"]),
            (&json!(hash), &json!(202))
        );
        let given = &found["receipt"];
        let signature = serde_json::from_value(given["signature"].clone()).unwrap();
        let received_ms = given["received_ms"].as_u64().unwrap();
        let checked = receipt::verify(&owner(0), rig.rollup.domain, hash, received_ms, &signature);
        assert_eq!(checked, Ok(()));
        let path = format!("/v1/transactions/{hash}/receipt");
        assert_eq!(&rig.get(&path).await.1, given);
    }
    assert_eq!(answer["answers"][1]["hash"], Value::Null);
    // The withdrawal would have run before the payment in this batch, so it waits for the next.
    assert_eq!((rig.nonce(1), rig.nonce(2)), (1, 1));
    // Alone each hears the same.
    for place in [1, 4, 7, 8] {
        let (status, alone) = rig.post("/v1/transactions", &list[place]).await;
        let found = &answer["answers"][place];
        assert_eq!(found["status"], status.as_u16(), "{place}");
        assert_eq!(alone["error"]["code"], found["error"]["code"], "{place}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_node_that_takes_nothing_refuses_the_whole_list() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let order = rig.order(1, 0, Some(2), 10);
    let list = [rig.json(&order)];
    let none = || std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let refused = |code: &'static str, answer: (StatusCode, Value)| {
        let (status, answer) = answer;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (503, &json!(code))
        );
    };
    let open = rig.calls.transactions.door.clone();
    for which in ["lists", "signature_checks"] {
        let crate::api::transactions::Door::Open(intake) = &mut rig.calls.transactions.door else {
            panic!("the node takes transactions");
        };
        match which {
            "lists" => intake.lists = none(),
            _ => intake.signature_checks = none(),
        }
        refused("busy", hand_in(&rig, &list).await);
        rig.calls.transactions.door = open.clone();
    }
    rig.health.raise(Fault::Frozen, "a test");
    refused("halted", hand_in(&rig, &list).await);
    assert_eq!(rig.stage(&order), None);
    rig.health.clear(Fault::Frozen);
    assert_eq!(codes(&hand_in(&rig, &list).await.1), [""]);
    rig.stop().await;
}

#[tokio::test]
async fn a_body_that_is_no_list_of_the_right_length_is_refused_whole() {
    let world = World::new();
    let rig = funded(&world).await;
    let order = rig.order(1, 0, Some(2), 10);
    let good = rig.json(&order);
    let mut surprising = good.clone();
    surprising["surprise"] = json!(1);
    let many = vec![good.clone(); TransactionList::MOST + 1];
    for list in [vec![], many, vec![good, surprising]] {
        let (status, answer) = hand_in(&rig, &list).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (400, &json!("invalid_body")),
        );
    }
    assert_eq!(rig.stage(&order), None);
    let large = Request::post(PATH).body(Body::from(vec![b' '; (1 << 20) + 1]));
    let (status, body) = rig.call(large.unwrap()).await;
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (status.as_u16(), &answer["error"]["details"]["most_bytes"]),
        (413, &json!(1 << 20))
    );
    rig.stop().await;
}

/// A thousand in one body, of which each is as long as it can be.
#[tokio::test]
async fn the_longest_list_fits_into_the_largest_body() {
    let world = World::new();
    let rig = funded(&world).await;
    let mut longest = rig.json(&rig.order(1, 0, Some(2), 10));
    let number = "1".repeat(77);
    longest["amount"] = json!("1".repeat(39));
    longest["fee"] = longest["amount"].clone();
    for field in ["from", "nonce", "token", "expires"] {
        longest[field] = json!(if field == "token" { 65_535 } else { u32::MAX });
    }
    longest["signature"] = json!({ "r8": [number, number], "s": number });
    let list = vec![longest; TransactionList::MOST];
    let (status, answer) = hand_in(&rig, &list).await;
    assert_eq!((status, codes(&answer).len()), (StatusCode::OK, 1_000));
    rig.stop().await;
}

#[tokio::test]
async fn each_of_a_list_counts_as_a_request() {
    let world = World::new();
    let mut config = world.config();
    config.limits.requests_per_s = 1;
    config.limits.request_burst = 10;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    // What is found out at once.
    let mut bad = rig.json(&rig.order(1, 0, Some(2), 10));
    bad["amount"] = json!("x");
    let list = |count: usize| {
        let list = json!({ "transactions": vec![bad.clone(); count] });
        let request = Request::post(PATH).header(header::CONTENT_TYPE, "application/json");
        request.body(Body::from(list.to_string())).unwrap()
    };
    let fees = || Request::get("/v1/fees").body(Body::empty()).unwrap();
    let ask = async |router: &axum::Router, request: Request<Body>| {
        let response = router.clone().oneshot(request).await.unwrap();
        let waits = response.headers().get(header::RETRY_AFTER).cloned();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, waits.is_some(), body)
    };
    let router = crate::api::router(rig.calls.clone());
    assert_eq!(ask(&router, list(8)).await.0, 200);
    let (status, waits, body) = ask(&router, list(8)).await;
    assert_eq!((status, waits), (429, true));
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer["error"]["code"], "too_many_requests");
    // The seven beside the request itself.
    assert_eq!(answer["error"]["details"]["wait_s"], 7);
    // Of a list that was refused one request was counted.
    assert_eq!(ask(&router, fees()).await.0, 200);
    // One of more than the burst takes all of it, and is not kept out for good.
    let router = crate::api::router(rig.calls.clone());
    assert_eq!(ask(&router, list(12)).await.0, 200);
    assert_eq!(ask(&router, fees()).await.0, 429);
    rig.stop().await;
}
