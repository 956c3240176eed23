//! The router without a socket.

mod claims;
mod client;
mod connections;
mod document;
mod events;
mod faucet;
mod fees;
mod governance;
mod http;
mod lists;
mod operations;
mod page;
mod payments;
mod prover;
mod queue;
mod receipts;
mod references;
mod wallet;
mod webhooks;

use assay_api::stage::Stage;
use assay_circuits::{
    quantity::{AccountIndex, BatchNumber, Fee, TokenId},
    tree::{SiblingTriple, root_of},
    word,
};
use assay_prover::bundle::{Bundle, Outcome};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};

use crate::rig::{Rig, World, key, owner};

async fn funded(world: &World) -> Rig {
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1, 2]).await;
    rig
}

#[tokio::test]
async fn every_bad_input_has_its_code() {
    let world = World::new();
    let mut config = world.config();
    config
        .minimum_fees
        .insert(TokenId::ETHER, assay_circuits::quantity::Amount(5));
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    // More than the largest amount that is a float whatever it is.
    world.l1.deposit(&owner(1), 0, 1 << 36);
    rig.fund(&world.l1, [0, 1, 2]).await;
    let good = rig.order_with_fee(1, 0, Some(2), 10, 5);
    let order = good.order;
    let signed = |change: &dyn Fn(&mut assay_circuits::order::Order)| {
        let mut order = order;
        change(&mut order);
        order.sign(rig.rollup.domain, &key(1))
    };
    let by_field = |field: &str, value: Value| {
        let mut json = rig.json(&good);
        json[field] = value;
        json
    };
    let public = {
        let network = assay_circuits::address::Network::Public;
        assay_circuits::address::Address {
            network,
            owner: owner(2),
        }
        .to_string()
    };
    let l = "2736030358979909402780800718157159386076813972158567259200215660948447373041";
    let now_s = rig.clock.now_s();
    let cases: Vec<(Value, u16, &str)> = vec![
        (by_field("from", json!(0)), 400, "invalid_account_index"),
        (
            by_field("from", json!(1 << 24)),
            400,
            "invalid_account_index",
        ),
        (by_field("from", json!(77)), 400, "unknown_account"),
        (by_field("amount", json!("01")), 400, "invalid_amount"),
        (by_field("amount", json!("-1")), 400, "invalid_amount"),
        (by_field("amount", json!(5)), 400, "invalid_body"),
        (
            by_field("fee", json!("20479")),
            400,
            "fee_not_representable",
        ),
        (by_field("fee", json!("x")), 400, "invalid_fee"),
        (
            by_field("to", json!("assaydev1qqqq")),
            400,
            "invalid_address",
        ),
        (by_field("to", json!(public)), 400, "wrong_network"),
        (
            by_field("kind", json!("withdrawal")),
            400,
            "invalid_address",
        ),
        (by_field("kind", json!("escape")), 400, "invalid_body"),
        (by_field("surprise", json!(1)), 400, "invalid_body"),
        (by_field("nonce", json!(1u64 << 32)), 400, "invalid_body"),
        (
            by_field("signature", json!({ "r8": ["1", "1"], "s": l })),
            400,
            "invalid_signature",
        ),
        (
            by_field("signature", json!({ "r8": ["1", "1"], "s": "1" })),
            400,
            "invalid_signature",
        ),
        (
            by_field("signature", json!({ "r8": ["1", "1", "1"], "s": "1" })),
            400,
            "invalid_body",
        ),
        (by_field("amount", json!("11")), 400, "invalid_signature"),
        (
            rig.json(&signed(&|order| order.nonce = 64)),
            400,
            "nonce_too_far",
        ),
        (
            rig.json(&signed(&|order| order.token = TokenId(1))),
            400,
            "fee_token_not_accepted",
        ),
        (
            rig.json(&signed(&|order| {
                (order.token, order.fee) = (TokenId(1), Fee::ZERO)
            })),
            400,
            "wrong_token",
        ),
        (
            rig.json(&signed(&|order| order.amount.0 = 10u128.pow(13))),
            400,
            "insufficient_balance",
        ),
        (
            rig.json(&signed(&|order| order.amount.0 = (1 << 35) + 1)),
            400,
            "amount_not_representable",
        ),
        (
            rig.json(&signed(&|order| order.expires = now_s + 10)),
            400,
            "expires_too_soon",
        ),
        (
            rig.json(&signed(&|order| order.expires = now_s - 1)),
            400,
            "expired",
        ),
        (
            rig.json(&rig.order_with_fee(1, 0, Some(2), 10, 4)),
            400,
            "fee_too_low",
        ),
    ];
    for (body, status, code) in cases {
        let (found, answer) = rig.post("/v1/transactions", &body).await;
        assert_eq!(
            (found.as_u16(), &answer["error"]["code"]),
            (status, &json!(code)),
            "{body}"
        );
        assert!(
            answer["error"]["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        assert!(answer["error"]["details"].is_object(), "{answer}");
    }
    assert_eq!(rig.submit(&good).await.0, StatusCode::ACCEPTED);
    assert_eq!(
        rig.submit(&good).await,
        (StatusCode::CONFLICT, "duplicate".to_owned())
    );
    let used = rig.order_with_fee(1, 0, Some(2), 11, 5);
    assert_eq!(
        rig.submit(&used).await,
        (StatusCode::BAD_REQUEST, "wrong_nonce".to_owned())
    );
    rig.stop().await;
}

#[tokio::test]
async fn details_carry_the_data() {
    let world = World::new();
    let rig = funded(&world).await;
    let poor = rig.order(1, 0, Some(2), 2_000_000);
    let (_, answer) = rig.post("/v1/transactions", &rig.json(&poor)).await;
    let details = json!({ "balance": "1000000", "needed": "2000000", "reserved": "0" });
    assert_eq!(answer["error"]["details"], details);
    rig.stop().await;
}

#[tokio::test]
async fn malformed_json_is_refused_with_its_place_and_large_bodies_at_all() {
    let world = World::new();
    let rig = funded(&world).await;
    let post = |body: Vec<u8>| {
        Request::post("/v1/transactions")
            .body(Body::from(body))
            .unwrap()
    };
    let (status, body) = rig.call(post(b"{\n  \"kind\": nonsense".to_vec())).await;
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::BAD_REQUEST, &json!("malformed_json"))
    );
    assert_eq!(answer["error"]["details"]["line"], 2);
    let (status, body) = rig.call(post(vec![b' '; 17 << 10])).await;
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer["error"]["code"], "body_too_large");
    rig.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_not_there() {
    let world = World::new();
    let rig = funded(&world).await;
    let none = format!("/v1/transactions/0x{}", "00".repeat(32));
    for (path, status, code) in [
        (none.as_str(), 404, "unknown_transaction"),
        ("/v1/transactions/0x12", 400, "invalid_parameter"),
        ("/v1/transactions/0x12/receipt", 400, "invalid_parameter"),
        ("/v1/accounts/99", 404, "unknown_account"),
        ("/v1/accounts/0", 400, "invalid_parameter"),
        ("/v1/accounts?owner=me", 400, "invalid_address"),
        ("/v1/accounts?who=me", 400, "invalid_parameter"),
        ("/v1/accounts/1/proof?batch=77", 404, "root_not_kept"),
        ("/v1/batches/99", 404, "unknown_batch"),
        ("/v1/batches/x", 400, "invalid_parameter"),
        ("/v1/batches/1/bundle", 404, "not_proved_yet"),
        ("/v1/nothing", 404, "unknown_path"),
        ("/v1/prover/jobs/lease", 405, "wrong_method"),
    ] {
        let (found, answer) = rig.get(path).await;
        assert_eq!(
            (found.as_u16(), &answer["error"]["code"]),
            (status, &json!(code)),
            "{path}"
        );
    }
    rig.stop().await;
}

#[tokio::test]
async fn an_account_proof_leads_to_the_root_on_the_layer_1() {
    let world = World::new();
    let mut rig = funded(&world).await;
    rig.finish(&world.l1).await;
    let order = rig.order(1, 0, Some(2), 10);
    assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
    let sealed = rig.seal().await.unwrap();
    let index = rig.account(2).unwrap();
    let proved = rig.standing.heights().proved.0;
    assert!(proved < sealed.0);
    for (query, batch, balance) in [
        (String::new(), proved, "1000000"),
        (format!("?batch={proved}"), proved, "1000000"),
        (format!("?batch={sealed}"), sealed.0, "1000010"),
    ] {
        let (_, proof) = rig.get(&format!("/v1/accounts/{index}/proof{query}")).await;
        assert_eq!(
            (&proof["batch"], &proof["balance"]),
            (&json!(batch), &json!(balance))
        );
        let number = |value: &Value| -> ark_bn254::Fr { value.as_str().unwrap().parse().unwrap() };
        let path: Vec<_> = proof["siblings"].as_array().unwrap().iter().collect();
        let path: Vec<SiblingTriple> = path
            .iter()
            .map(|t| SiblingTriple(number(&t[0]), number(&t[1]), number(&t[2])))
            .collect();
        let root = root_of(
            index.get(),
            number(&proof["leaf"]),
            &path.try_into().unwrap(),
        );
        let expected = rig
            .storage
            .batch(BatchNumber(batch))
            .unwrap()
            .unwrap()
            .new_root;
        assert_eq!(root, expected.0);
        assert_eq!(
            proof["root"],
            json!(format!("0x{}", hex::encode(word::to_bytes(root))))
        );
    }
    let (_, accounts) = rig
        .get(&format!(
            "/v1/accounts?owner={}",
            assay_circuits::address::Address {
                network: rig.rollup.network,
                owner: owner(2)
            }
        ))
        .await;
    assert_eq!(accounts["accounts"][0]["balance"], "1000010");
    assert_eq!(accounts["accounts"][0]["proved_balance"], "1000000");
    rig.stop().await;
}

#[tokio::test]
async fn a_proved_batch_has_a_bundle_that_checks() {
    let world = World::new();
    let mut rig = funded(&world).await;
    rig.finish(&world.l1).await;
    let path = "/v1/batches/1/bundle";
    let (status, body) = rig
        .call(Request::get(path).body(Body::empty()).unwrap())
        .await;
    assert_eq!(status, StatusCode::OK);
    let checks = Bundle::parse(&body).unwrap().check(None);
    for check in &checks {
        assert!(matches!(check.outcome, Outcome::Passed), "{check:?}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn batches_are_listed_latest_first_in_pages() {
    let world = World::new();
    let mut rig = funded(&world).await;
    for nonce in 0..3 {
        let order = rig.order(1, nonce, None, 1);
        assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
        rig.seal().await.unwrap();
    }
    let numbers = |page: &Value| -> Vec<u64> {
        let batches = page["batches"].as_array().unwrap();
        batches
            .iter()
            .map(|batch| batch["number"].as_u64().unwrap())
            .collect()
    };
    let last = rig.standing.sealed().0;
    let (_, first) = rig.get("/v1/batches?limit=2").await;
    assert_eq!(numbers(&first), [last, last - 1]);
    let before = first["next_before"].as_u64().unwrap();
    let (_, rest) = rig.get(&format!("/v1/batches?before={before}")).await;
    assert_eq!(numbers(&rest), (1..=last - 2).rev().collect::<Vec<_>>());
    assert_eq!(rest["next_before"], Value::Null);
    let (_, detail) = rig.get(&format!("/v1/batches/{last}")).await;
    assert_eq!(detail["claims"][0]["which"], 0);
    assert_eq!(detail["contents"][0]["kind"], "withdrawal");
    rig.stop().await;
}

#[tokio::test]
async fn status_fees_tokens_and_pages_for_people() {
    let world = World::new();
    let rig = funded(&world).await;
    let (_, status) = rig.get("/v1/status").await;
    assert_eq!(status["network"], "development");
    assert_eq!(status["ready"], true);
    assert_eq!(status["shapes"][0]["insecure_development_key"], true);
    let (_, fees) = rig.get("/v1/fees").await;
    assert_eq!(
        (&fees[0]["accepted"], &fees[1]["accepted"]),
        (&json!(true), &json!(false))
    );
    let (_, tokens) = rig.get("/v1/tokens").await;
    assert_eq!(
        (&tokens[0]["address"], &tokens[1]["symbol"]),
        (&Value::Null, &json!("TST"))
    );
    for path in ["/", "/healthz", "/readyz", "/metrics", "/docs/"] {
        let (status, body) = rig
            .call(Request::get(path).body(Body::empty()).unwrap())
            .await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(!body.is_empty(), "{path}");
    }
    rig.stop().await;
}

/// The list is that of `docs/spec/api.md`.
#[tokio::test]
async fn the_description_names_every_call() {
    let world = World::new();
    let rig = world.start().await;
    let (_, document) = rig.get("/openapi.json").await;
    let paths = document["paths"].as_object().unwrap();
    let page = include_str!("../../../docs/spec/api.md");
    for path in paths.keys() {
        assert!(page.contains(path), "{path} is not in docs/spec/api.md");
    }
    for path in [
        "/v1/transactions",
        "/v1/transactions/{hash}",
        "/v1/transactions/{hash}/receipt",
        "/v1/transactions/batch",
        "/v1/accounts",
        "/v1/accounts/{index}",
        "/v1/accounts/{index}/proof",
        "/v1/batches",
        "/v1/batches/{number}",
        "/v1/batches/{number}/bundle",
        "/v1/fees",
        "/v1/tokens",
        "/v1/status",
        "/v1/events",
        "/v1/prover/jobs/lease",
        "/v1/prover/jobs/{id}/heartbeat",
        "/v1/prover/jobs/{id}/proof",
    ] {
        assert!(paths.contains_key(path), "{path} is not described");
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_to_wait() {
    let world = World::new();
    let mut config = world.config();
    config.limits.requests_per_s = 1;
    config.limits.request_burst = 2;
    let rig = world.start_with(config, Default::default()).await.unwrap();
    let router = super::router(rig.calls.clone());
    let mut seen = Vec::new();
    for _ in 0..3 {
        let request = Request::get("/v1/fees").body(Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(router.clone(), request)
            .await
            .unwrap();
        seen.push(response.status().as_u16());
    }
    assert_eq!(seen, [200, 200, 429]);
    rig.stop().await;
}

#[tokio::test]
async fn accounts_show_what_waits_and_the_nonce_to_sign_next() {
    let world = World::new();
    let rig = funded(&world).await;
    for nonce in [1, 2, 4] {
        let order = rig.order(1, nonce, Some(2), 1);
        assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
        assert_eq!(rig.stage(&order), Some(Stage::Received));
    }
    let index = rig.account(1).unwrap();
    let (_, account) = rig.get(&format!("/v1/accounts/{index}")).await;
    assert_eq!(
        (&account["pending"], &account["next_nonce"]),
        (&json!(3), &json!(0))
    );
    let order = rig.order(1, 0, None, 1);
    rig.submit(&order).await;
    let (_, account) = rig.get(&format!("/v1/accounts/{index}")).await;
    assert_eq!(
        (&account["pending"], &account["next_nonce"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(AccountIndex::new(index.get()).unwrap(), index);
    rig.stop().await;
}
