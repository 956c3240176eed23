//! What senders put beside their transactions.

use assay_api::{reference, wire::SignatureView};
use assay_circuits::order::{Order, Signed};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::funded;
use crate::{
    health::Fault,
    rig::{Rig, World, key},
};

/// The text as a user signs it for an order.
fn of(rig: &Rig, user: u8, order: &Signed<Order>, text: &str) -> Value {
    let domain = rig.rollup.domain;
    let signature = reference::sign(&key(user), domain, order.hash(domain), text);
    json!({ "text": text, "signature": SignatureView::from(&signature) })
}

async fn refer(rig: &Rig, order: &Signed<Order>, body: &Value) -> (u16, Value) {
    let hash = order.hash(rig.rollup.domain);
    let path = format!("/v1/transactions/{hash}/reference");
    let (status, answer) = rig.post(&path, body).await;
    (status.as_u16(), answer)
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"]["code"].as_str().unwrap_or(""))
}

#[tokio::test]
async fn a_senders_text_is_shown_to_both_sides_with_its_signature() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let order = rig.order(1, 0, Some(2), 10);
    let text = of(&rig, 1, &order, "invoice 17, M\u{e4}rz");
    let early = refer(&rig, &order, &text).await;
    assert_eq!(code(&early), (404, "unknown_transaction"));
    assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
    assert_eq!(refer(&rig, &order, &text).await, (200, text.clone()));
    let hash = order.hash(rig.rollup.domain);
    rig.seal().await.unwrap();
    // It survives the node, at every stage.
    rig.finish(&world.l1).await;
    rig.stop().await;
    let rig = world.start().await;
    let (_, shown) = rig.get(&format!("/v1/transactions/{hash}")).await;
    assert_eq!(shown["reference"], text);
    for user in [1, 2] {
        let account = rig.account(user).unwrap();
        let (_, page) = rig.get(&format!("/v1/accounts/{account}/payments")).await;
        let payments = page["payments"].as_array().unwrap();
        let is_it = |payment: &&Value| payment["hash"] == json!(hash);
        let found = payments.iter().find(is_it).unwrap();
        assert_eq!(found["reference"], text, "{user}");
        let others = payments.iter().filter(|payment| !is_it(payment));
        for other in others {
            assert_eq!(other["reference"], Value::Null);
        }
    }
    rig.stop().await;
}

#[tokio::test]
async fn nobody_but_the_sender_puts_a_text_there_and_the_first_stands() {
    let world = World::new();
    let rig = funded(&world).await;
    let (order, other) = (rig.order(1, 0, Some(2), 10), rig.order(1, 1, Some(2), 10));
    for order in [&order, &other] {
        assert_eq!(rig.submit(order).await.0, StatusCode::ACCEPTED);
    }
    let mut changed = of(&rig, 1, &order, "invoice 17");
    changed["text"] = json!("invoice 18");
    let of_payee = of(&rig, 2, &order, "invoice 17");
    let of_operator = of(&rig, 0, &order, "invoice 17");
    let of_another = of(&rig, 1, &other, "invoice 17");
    for forged in [changed, of_payee, of_operator, of_another] {
        let refused = refer(&rig, &order, &forged).await;
        assert_eq!(code(&refused), (400, "invalid_signature"));
    }
    for text in ["", "a\nb", "\u{202e}17", &"x".repeat(141)] {
        let refused = refer(&rig, &order, &of(&rig, 1, &order, text)).await;
        assert_eq!(code(&refused), (400, "invalid_body"), "{text:?}");
    }
    let first = of(&rig, 1, &order, "invoice 17");
    for _ in 0..2 {
        assert_eq!(refer(&rig, &order, &first).await.0, 200);
    }
    let second = refer(&rig, &order, &of(&rig, 1, &order, "invoice 18")).await;
    assert_eq!(code(&second), (409, "reference_taken"));
    let hash = order.hash(rig.rollup.domain);
    let (_, shown) = rig.get(&format!("/v1/transactions/{hash}")).await;
    assert_eq!(shown["reference"], first);
    rig.stop().await;
}

#[tokio::test]
async fn a_node_that_checks_too_many_signatures_takes_no_reference() {
    let world = World::new();
    let mut rig = funded(&world).await;
    let order = rig.order(1, 0, Some(2), 10);
    assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
    let crate::api::transactions::Door::Open(intake) = &mut rig.calls.transactions.door else {
        panic!("the node takes transactions");
    };
    intake.signature_checks = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let text = of(&rig, 1, &order, "invoice 17");
    assert_eq!(code(&refer(&rig, &order, &text).await), (503, "busy"));
    assert!(!rig.health.has(Fault::StorageFailed));
    rig.stop().await;
}

/// What is kept of a transaction goes with it.
#[tokio::test]
async fn a_reference_is_forgotten_with_its_transaction() {
    let world = World::new();
    let mut config = world.config();
    config.limits.keep_batches = Some(2);
    let start = || world.start_with(config.clone(), Default::default());
    let mut rig = start().await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let mut hashes = Vec::new();
    for nonce in 0..6 {
        let order = rig.order(1, nonce, Some(2), 10);
        assert_eq!(rig.submit(&order).await.0, StatusCode::ACCEPTED);
        let text = of(&rig, 1, &order, "invoice 17");
        assert_eq!(refer(&rig, &order, &text).await.0, 200);
        rig.seal().await.unwrap();
        hashes.push(order.hash(rig.rollup.domain));
    }
    rig.finish(&world.l1).await;
    rig.stop().await;
    let mut rig = start().await.unwrap();
    rig.look().await;
    let kept = |hash| {
        let transaction = rig.storage.transaction(hash).unwrap();
        let reference = rig.storage.reference(hash).unwrap();
        (transaction.is_some(), reference.is_some())
    };
    let kept: Vec<_> = hashes.into_iter().map(kept).collect();
    assert_eq!((kept[0], kept[5]), ((false, false), (true, true)));
    assert!(
        kept.iter()
            .all(|(transaction, reference)| transaction == reference)
    );
    rig.stop().await;
}
