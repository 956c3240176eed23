//! What is asked, what that is made of, and what batches earned and cost.

use assay_circuits::quantity::{Amount, TokenId};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};

use crate::{
    l1::memory::BATCH_GAS,
    prices::LIFETIME_MS,
    rig::{Rig, World, owner},
    storage::Disk,
};

/// What is asked is steady for so long, ms.
const STEADY_MS: u64 = 5_000;

/// A node that asks for what a transfer costs, with accounts for fees in ether and in a token.
async fn asking(world: &World) -> Rig {
    let mut config = world.config();
    config.minimum_fees.insert(TokenId::ETHER, Amount(100));
    config.minimum_fees.insert(TokenId(1), Amount(200));
    config.fee_percent = 100;
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    world.l1.deposit(&owner(0), 1, 5);
    rig.fund(&world.l1, [0, 1, 2]).await;
    rig.look().await;
    rig.seal().await;
    rig
}

/// What is asked for a transfer in a token.
async fn least(rig: &Rig, token: usize) -> u128 {
    let (status, fees) = rig.get("/v1/fees").await;
    assert_eq!(status, StatusCode::OK);
    let text = fees[token]["minimum"].as_str().unwrap();
    text.parse().unwrap()
}

/// How the node answers to a transfer that pays this fee.
async fn pay(rig: &Rig, nonce: u32, fee: u128) -> (StatusCode, Value) {
    let order = rig.order_with_fee(1, nonce, Some(2), 10, fee);
    rig.post("/v1/transactions", &rig.json(&order)).await
}

#[tokio::test]
async fn a_fee_that_was_quoted_is_taken_for_a_minute_though_more_is_asked() {
    let world = World::new();
    let mut rig = asking(&world).await;
    world.advance_ms(STEADY_MS);
    rig.look().await;
    // 313,000 gas at 7 wei among a batch's 2 transfers and 2 full records, which are worth 18.
    let first = least(&rig, 0).await;
    assert!((109_550..110_000).contains(&first), "{first}");
    let in_token = least(&rig, 1).await;
    assert!((219_100..221_000).contains(&in_token), "{in_token}");
    let (_, fees) = rig.get("/v1/fees").await;
    assert_eq!(fees[0]["valid_ms"], LIFETIME_MS);
    let until_ms = rig.clock.now_ms() + LIFETIME_MS;
    assert_eq!(fees[0]["valid_until_ms"], until_ms);
    // The least fee was asked just now.
    assert_eq!(pay(&rig, 0, 100).await.0, StatusCode::ACCEPTED);
    world.advance_ms(LIFETIME_MS);
    let (status, refused) = pay(&rig, 1, 100).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(refused["error"]["code"], "fee_too_low");
    assert_eq!(refused["error"]["details"]["minimum"], "109550");

    world.l1.set_fees(700, 1);
    world.l1.mine(1);
    rig.look().await;
    let second = least(&rig, 0).await;
    assert!(second > 10 * first, "{second}");
    world.advance_ms(LIFETIME_MS - 1);
    assert_eq!(pay(&rig, 1, first).await.0, StatusCode::ACCEPTED);
    world.advance_ms(1);
    let (status, refused) = pay(&rig, 2, first).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    // What is asked now, which is honoured from now on.
    let minimum = refused["error"]["details"]["minimum"].as_str().unwrap();
    let minimum: u128 = minimum.parse().unwrap();
    assert!(minimum > 10 * first && minimum <= second, "{minimum}");
    rig.stop().await;
}

/// The value of a metric that has one series, or of the one with this label.
async fn metric(rig: &Rig, series: &str) -> f64 {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let text = String::from_utf8(rig.call(request).await.1).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn a_batch_says_what_it_earned_and_cost() {
    let world = World::new();
    let mut rig = world.start().await;
    let series = [
        "assay_l1_gas_used_total ",
        "assay_l1_spent_wei ",
        "assay_fees_earned{token=\"0\"} ",
    ];
    let mut before = Vec::new();
    for series in series {
        before.push(metric(&rig, series).await);
    }
    rig.fund(&world.l1, [0, 1]).await;
    for (nonce, fee) in [(0, 500), (1, 300)] {
        let order = rig.order_with_fee(1, nonce, Some(0), 10, fee);
        assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
    }
    rig.seal().await;
    let account = rig.account(0).unwrap().get();
    let earned = json!([{ "token": 0, "amount": "800", "account": account }]);
    let (_, sealed) = rig.get("/v1/batches/2").await;
    let nothing_yet = json!({ "earned": earned, "l1": null, "proving_ms": null });
    assert_eq!(sealed["economics"], nothing_yet);

    rig.finish(&world.l1).await;
    let (_, r#final) = rig.get("/v1/batches/2").await;
    let cost = json!({
        "batches": 2,
        "transaction_gas": 2 * BATCH_GAS,
        "gas": BATCH_GAS,
        "gas_price_wei": "8",
        "wei": (8 * BATCH_GAS).to_string(),
        "gas_per_operation": BATCH_GAS / 2,
    });
    let known = json!({ "earned": earned, "l1": cost, "proving_ms": 0 });
    assert_eq!(r#final["economics"], known);
    let (_, first) = rig.get("/v1/batches/1").await;
    assert_eq!(first["economics"]["earned"], json!([]));
    // Other tests may count as well.
    let grown = [2.0, 16.0].map(|factor| factor * BATCH_GAS as f64);
    for (at, least) in [grown[0], grown[1], 800.0].into_iter().enumerate() {
        let after = metric(&rig, series[at]).await;
        assert!(after - before[at] >= least, "{} {after}", series[at]);
    }
    rig.stop().await;
}

#[tokio::test]
async fn costs_are_those_of_the_batches_that_came_last_also_after_a_restart() {
    let world = World::new();
    let mut rig = world.start().await;
    let (_, unseen) = rig.get("/v1/costs").await;
    assert_eq!(unseen["estimate"], Value::Null);
    rig.fund(&world.l1, [0, 1]).await;
    for nonce in 0..2 {
        rig.submit(&rig.order(1, nonce, Some(0), 10)).await;
    }
    rig.seal().await;
    let (_, assumed) = rig.get("/v1/costs").await;
    assert_eq!(assumed["estimate"]["batch_gas"], 313_000);
    assert_eq!(assumed["estimate"]["fill_percent"], 100);
    rig.finish(&world.l1).await;
    let batches = json!([
        { "batch": 1, "gas": BATCH_GAS, "operations": 2 },
        { "batch": 2, "gas": BATCH_GAS, "operations": 2 },
    ]);
    let (_, costs) = rig.get("/v1/costs").await;
    assert_eq!(costs["batches"], batches);
    let estimate = &costs["estimate"];
    assert_eq!(estimate["batch_gas"], BATCH_GAS);
    // Two deposits are worth 18 transfers of 20, and two transfers count for an eighth.
    assert_eq!(estimate["fill_percent"], 80);
    assert_eq!(
        (&estimate["base_fee_wei"], &estimate["tip_wei"]),
        (&json!("7"), &json!("1"))
    );
    assert_eq!(estimate["batch_wei"], (8 * BATCH_GAS).to_string());
    assert_eq!(estimate["transfer_wei"], (8 * BATCH_GAS / 16).to_string());
    assert_eq!(
        estimate["full_record_wei"],
        (9 * 8 * BATCH_GAS / 16).to_string()
    );
    let latest = costs["blocks"].as_array().unwrap().last().unwrap();
    assert_eq!(latest["base_fee_wei"], "7");
    rig.stop().await;
    let mut rig = world.start().await;
    rig.look().await;
    let (_, again) = rig.get("/v1/costs").await;
    assert_eq!(again["batches"], batches);
    assert_eq!(again["estimate"]["fill_percent"], 80);
    rig.stop().await;
}
